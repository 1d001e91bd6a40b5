"""Run `verify` on one period: its seals, the rows that hang on it, its roster, reports, revisions and files. The chains
as a whole are left to `models/evidence/verification.py`."""

from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from models.core import ledger
from models.core.canonical import plain
from models.evidence import seals, verification, verified_periods
from models.evidence.verdicts import Tick, Verdict, read, table, unheard


def verify(session: Session, period_id: int, tick: Tick = unheard) -> Verdict:
    """Check one period; never raises, whatever stands there."""
    verdict = Verdict(tick=tick)
    made: list[Row[Any]] = []
    with verdict.looking("seal"):
        made = read(session, verdict, "seal", table("seal").c.period_id == period_id)
    for row in made:
        with verdict.looking(f"seal {row.id}"):
            _seal(session, verdict, row)
    with verdict.looking("step"):
        verification.check_steps(session, verdict, made, period_id)
    for name, key in [("period", "id"), *((name, "period_id") for name in _hanging())]:
        with verdict.looking(name):
            _rows(session, verdict, name, key, period_id)
    verified_periods.check_one(session, verdict, period_id)
    return verdict


def _hanging() -> list[str]:
    """Return the tables under the ledger whose rows name their period."""
    return [name for name in ledger.WATCHED if "period_id" in table(name).c]


def _seal(session: Session, verdict: Verdict, row: Row[Any]) -> None:
    """Check a seal, that it follows the one before, and the entries of the ledger and the audit that it names."""
    about, short = verified_periods.about(session, row.period_id), row.digest[: seals.SHORT].upper()
    verdict.seals += 1
    verification.check_seal(session, verdict, row, about)
    before = read(session, verdict, "seal", table("seal").c.id == row.id - 1)
    if row.previous != (before[0].digest if before else "") or row.digest != seals.chain(row):
        verdict.say("seal_chain", about, f"№{row.id} {short}")
    for name, kept, count, digest in (
        ("ledger", "ledger_entry", row.ledger, row.ledger_head), ("audit", "audit_entry", row.audit, row.audit_head),
    ):  # fmt: skip
        found = read(session, verdict, kept, table(kept).c.id == count)
        if digest != (found[0].digest if found else ""):
            verdict.say(f"seal_{name}", about, f"№{row.id} {short}: №{count}")


def _rows(session: Session, verdict: Verdict, name: str, key: str, period_id: int) -> None:
    """Check that these rows stand as the newest entry of the ledger about each says."""
    it, entries = table(name), table("ledger_entry")
    (own,) = it.primary_key.columns
    for row in read(session, verdict, name, it.c[key] == period_id):
        values = row._asdict()
        number = plain(values[own.name])
        found = read(session, verdict, "ledger_entry", entries.c.kind == name, entries.c.key == number)
        verdict.entries += len(found)
        verification.check_row(session, verdict, name, values, found[-1] if found else None)
