"""Run `verify`: compute everything that was sealed or chained again from the records, and name every difference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, Table, bindparam, func, select, text
from sqlmodel import Session

import models.tables  # noqa: F401 -- whatever is looked at is known by its table's name
from models.core import audit, ledger
from models.core.canonical import plain
from models.cycle.periods import Period, Phase
from models.cycle.steps import StepKind
from models.evidence import (
    seals,
    settled,
    stored_values,
    verified_files,
    verified_periods,
    verified_sums,
    verified_surveys,
)
from models.evidence.seals import At
from models.evidence.verdicts import Tick, Verdict, every, read, table, unheard


@dataclass
class Chains:
    """The digests at the positions that seals name, and where each chain ends."""

    wanted: dict[str, set[int]]
    found: dict[tuple[str, int], str] = field(default_factory=dict)

    def take(self, name: str, number: int, digest: str) -> None:
        if number in self.wanted[name]:
            self.found[name, number] = digest

    def holds(self, name: str, number: int, digest: str) -> bool:
        return (number, digest) == (0, "") or self.found.get((name, number)) == digest


def size(session: Session) -> int:
    """Return how many things `verify` looks at, to tell how far it is: entries, their histories, and reports by seals
    and by periods."""
    entries, lines = ledger.head(session)[0], audit.head(session)[0]
    of_seals = session.execute(select(func.coalesce(func.sum(table("seal").c.rows), 0))).scalar_one()
    of_periods = session.execute(select(func.coalesce(func.sum(table("period").c.rows), 0))).scalar_one()
    return int(2 * entries + lines + of_seals + of_periods)


def verify(session: Session, tick: Tick = unheard) -> Verdict:
    """Check the chains, the rows they tell of, the seals, and each period; never raises, whatever stands there."""
    verdict = Verdict(tick=tick)
    made: list[Row[Any]] = []
    with verdict.looking("seal"):
        made = read(session, verdict, "seal")
    chains = Chains({"ledger": {it.ledger for it in made}, "audit": {it.audit for it in made}})
    with verdict.looking("ledger"):
        _ledger(session, verdict, chains)
    with verdict.looking("audit"):
        _audit(session, verdict, chains)
    for name in ledger.WATCHED:
        with verdict.looking(name):
            _rows(session, verdict, name)
            settled.check(session, verdict, name)
    for name, it in tables().items():
        with verdict.looking(name):
            stored_values.check(session, verdict, it)
    with verdict.looking("seal"):
        _seals(session, verdict, chains, made)
    with verdict.looking("step"):
        check_steps(session, verdict, made)
    verified_files.check(session, verdict)
    verified_periods.check(session, verdict)
    verified_sums.check(session, verdict)
    with verdict.looking("survey"):
        verified_surveys.check(session, verdict)
    with verdict.looking("foreign keys"):
        _dangling(session, verdict)
    return verdict


def _erased(session: Session) -> set[tuple[str, str]]:
    """Return the ledger's rows whose words were lawfully erased."""
    erased = table("erasure").c
    kinds = {"telling": erased.telling_id, "round_version": erased.version_id, "reply": erased.reply_id}
    attempts = table("quiz_attempt").c
    of_replies = select(attempts.id).where(attempts.reply_id.in_(select(erased.reply_id)))  # go with their reply
    return {("quiz_attempt", str(it)) for it in session.execute(of_replies).scalars()} | {
        (kind, str(it))
        for kind, which in kinds.items()
        for it in session.execute(select(which).where(which.is_not(None))).scalars()
    }


def _ledger(session: Session, verdict: Verdict, chains: Chains) -> None:
    """Check that each entry says what its digest says, and follows the one before."""
    number, previous, erased = 0, "", _erased(session)
    for entry in every(session, verdict, "ledger_entry"):
        verdict.entries += 1
        verdict.look()
        number, follows = number + 1, entry.id == number + 1
        tied = entry.digest == ledger.chain(previous, entry.id, entry.kind, entry.key, entry.gone, entry.said)
        emptied = entry.salt is None and entry.content is None and (entry.kind, entry.key) in erased
        told = emptied or entry.said == ledger.said(entry.salt, entry.kind, entry.key, entry.content)
        if not follows:
            verdict.say("ledger_gap", f"№{number}", f"{entry.kind} {entry.key}")
        elif not (tied and told):
            verdict.say("ledger", f"№{entry.id}", f"{entry.kind} {entry.key}")
        number, previous = entry.id, entry.digest
        chains.take("ledger", number, previous)


def _audit(session: Session, verdict: Verdict, chains: Chains) -> None:
    number, previous = 0, ""
    for line in every(session, verdict, "audit_entry"):
        verdict.look()
        if line.id != number + 1:
            verdict.say("audit_gap", f"№{number + 1}", line.what)
        elif line.digest != audit.chain(previous, line):
            verdict.say("audit", f"№{line.id}", f"{line.at:%Y-%m-%d} {line.what} {line.about}")
        number, previous = line.id, line.digest
        chains.take("audit", number, previous)


def _rows(session: Session, verdict: Verdict, name: str) -> None:
    """Check that each row is as the newest entry about it says, that none is missing and that none is unknown to the
    ledger, except excuses from the start, which are in the roster's digest, and totals still being added up."""
    it, newest = table(name), _newest(session, name)
    (key,) = it.primary_key.columns
    for row in read(session, verdict, name):
        values = row._asdict()
        check_row(session, verdict, name, values, newest.pop(plain(values[key.name]), None))
    for number, entry in newest.items():
        before = {} if entry.gone else _content(session, entry.id)
        if not entry.gone and not (name == "address" and _strangers(before)):
            verdict.say("row_gone", f"{name} {number}", _words(name, before))


def check_row(
    session: Session, verdict: Verdict, name: str, values: Mapping[str, Any], entry: Row[Any] | None
) -> None:  # fmt: skip
    """Check that a row stands as `entry`, the newest about it in the ledger, says."""
    it = table(name)
    (key,) = it.primary_key.columns
    number = plain(values[key.name])
    if entry is None or entry.gone:
        if not _elsewhere(session, name, values):
            verdict.say("row_added", f"{name} {number}", _words(name, values))
        return
    stands = ledger.content(it, values)
    if ledger.said(entry.salt, name, number, stands) != entry.said:
        verdict.say("row", f"{name} {number}", _moved(session, entry.id, stands))


def _newest(session: Session, name: str) -> dict[str, Row[Any]]:
    return {row.key: row for row in session.execute(_entries(), {"kind": name})}


@cache
def _entries() -> Select[Any]:
    it = table("ledger_entry")
    asked = select(it.c.id, it.c.key, it.c.gone, it.c.salt, it.c.said)
    return asked.where(it.c.kind == bindparam("kind")).order_by(it.c.id)


def _content(session: Session, number: int) -> dict[str, Any]:
    it = table("ledger_entry")
    return session.execute(select(it.c.content).where(it.c.id == number)).scalar_one_or_none() or {}


def _elsewhere(session: Session, name: str, values: Mapping[str, Any]) -> bool:
    """Say whether a row that the ledger does not know is covered elsewhere."""
    if name == "excuse":
        return True  # verified_periods checks it as part of the roster
    if name == "address":
        return _strangers(values)
    steps, periods = table("step"), table("period")
    waiting = select(steps.c.id).join(periods, periods.c.id == steps.c.period_id).where(
        steps.c.period_id == values.get("period_id"), steps.c.kind == StepKind.LOCK, steps.c.done_at.is_(None),
        periods.c.phase == Phase.LOCKED,
    )  # fmt: skip
    return name == "total" and values["upto"] is None and session.execute(waiting).first() is not None


def _strangers(values: Mapping[str, Any]) -> bool:
    """Say whether an account is a stranger's: it may come, and be forgotten."""
    return bool(values) and values["person_id"] is None and values["unit_id"] is None


_TELLING = ("staff_no", "name", "path", "code", "receipt", "what", "kind", "day", "first")


def _words(name: str, values: Mapping[str, Any]) -> str:
    """Return a few words by which a person recognises a row."""
    return " ".join(str(values[it]) for it in _TELLING if values.get(it) is not None)[:80]


def _moved(session: Session, number: int, stands: Mapping[str, Any]) -> str:
    """Return which columns differ from the ledger: `staff_no: 1005 → 1006`."""
    before = _content(session, number)
    told = [f"{c}: {before.get(c)} → {stands[c]}"[:80] for c in stands if before.get(c) != stands[c]]
    return f"{_words('', before)} ({'; '.join(told[:5])})"


def _seals(session: Session, verdict: Verdict, chains: Chains, made: list[Row[Any]]) -> None:
    number, previous = 0, ""
    for row in made:
        verdict.seals += 1
        about = str(row.period_id)
        with verdict.looking(f"seal {row.id}"):
            about = verified_periods.about(session, row.period_id)
            check_seal(session, verdict, row, about)
        if row.id != number + 1 or row.previous != previous or row.digest != seals.chain(row):
            verdict.say("seal_chain", about, f"№{row.id} {row.digest[: seals.SHORT].upper()}")
        for name, count, digest in (("ledger", row.ledger, row.ledger_head), ("audit", row.audit, row.audit_head)):
            if not chains.holds(name, count, digest):
                verdict.say(f"seal_{name}", about, f"№{row.id} {row.digest[: seals.SHORT].upper()}: №{count}")
        number, previous = row.id, row.digest


def check_seal(session: Session, verdict: Verdict, row: Row[Any], about: str) -> None:
    """Check that the period still has the digest that was sealed."""
    period = session.get(Period, row.period_id)
    if period is None:
        verdict.say("seal_body", about, row.digest[: seals.SHORT].upper())
        return
    made = seals.body(session, period, row.at, seals.Boundary(row.upto, row.excuses))
    verdict.reports += made[1]
    verdict.look(made[1])
    if made != (row.body, row.rows):
        verdict.say("seal_body", about, row.digest[: seals.SHORT].upper())


def check_steps(session: Session, verdict: Verdict, made: list[Row[Any]], period_id: int | None = None) -> None:
    """Check that every close, lock and end of a reopening that was done, of one period or of all, has its seal."""
    there, steps = {(it.period_id, it.at) for it in made}, table("step")
    sealing = steps.c.kind.in_([At.CLOSE, At.LOCK, seals.REOPEN])
    own = [steps.c.period_id == period_id] if period_id is not None else []
    for step in read(session, verdict, "step", sealing, steps.c.outcome == "done", *own):
        at = seals.reopened(step.number) if step.kind == StepKind.REOPEN else step.kind
        if (step.period_id, at) not in there:
            verdict.say("seal_missing", verified_periods.about(session, step.period_id), step.kind)


def _dangling(session: Session, verdict: Verdict) -> None:
    """Name what points to nothing, and an index that finds other rows than there are; PostgreSQL prevents both."""
    if session.get_bind().dialect.name == "sqlite":
        for (said,) in session.execute(text("PRAGMA integrity_check(20)")).all():
            if said != "ok":
                verdict.say("damaged", str(said).splitlines()[0][:120])
        evidence = {
            *ledger.WATCHED,
            *verified_files.TABLES,
            *verified_periods.TABLES,
            *verified_sums.TABLES,
            *verified_surveys.TABLES,
        }
        for name, number, parent, _ in session.execute(text("PRAGMA foreign_key_check")).all():
            if name in evidence:
                verdict.say("dangling", f"{name} {number}", parent)


def tables() -> dict[str, Table]:
    """Return the tables `verify` checks, by name."""
    return {
        name: table(name)
        for name in {
            *ledger.WATCHED,
            *verified_files.TABLES,
            *verified_periods.TABLES,
            *verified_sums.TABLES,
            *verified_surveys.TABLES,
            "audit_entry",
            "ledger_entry",
            "seal",
        }
    }
