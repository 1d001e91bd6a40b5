"""Seal periods: the digest of a period at close and at lock, chained to the seal before and to the heads of the ledger
and the audit (docs/decisions/0008-seals.md). Seals prove agreement with what was published, and nothing more."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Field, Session, col, select

from models.core import audit, ledger
from models.core.canonical import digest
from models.core.database import Instant, in_chunks
from models.core.table import Table
from models.cycle import reopenings
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.forms.versions import FormVersion
from models.reporting import excuses, snapshots
from models.reporting.reports import Report
from models.reporting.revisions import Revision

CHUNK = 5000
SHORT = 8
LONG = 16
REOPEN = "reopen"


class At(StrEnum):
    CLOSE = "close"
    LOCK = "lock"


def reopened(reopening_id: int) -> str:
    """Return the occasion of a seal at the end of a reopening: `reopen:` and its number."""
    return f"{REOPEN}:{reopening_id}"


class Seal(Table, table=True):
    """`id` counts the seals without a gap. `upto` and `excuses` are the ids of the newest revision and excuse it
    covers, `rows` the number of reports. `body` is the digest of the heads; `ledger` and `audit` say how many entries
    and lines there were, `…_head` is the digest of the last. `digest` chains it all to the seal before."""

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id", index=True)
    at: str
    upto: int
    excuses: int
    rows: int
    body: str
    ledger: int
    ledger_head: str
    audit: int
    audit_head: str
    previous: str
    digest: str = Field(unique=True)
    made_at: datetime = Field(sa_type=Instant)

    @property
    def short(self) -> str:
        """Return the characters that the group post shows."""
        return self.digest[:SHORT].upper()

    @property
    def long(self) -> str:
        """Return the characters that the admins get in the evening: the running head of everything sealed."""
        return self.digest[:LONG].upper()


class Boundary(NamedTuple):
    """Where a seal ends: the ids of the last revision and the last excuse it covers."""

    revision: int
    excuse: int


def boundary(session: Session) -> Boundary:
    """Return the boundary of everything there is now."""
    return Boundary(session.exec(select(func.max(Revision.id))).one() or 0, excuses.newest(session))


def _heads(session: Session, period: Period, upto: Boundary, after: int) -> list[tuple[Any, ...]]:
    """Return up to a chunk of reports: id, subject, place, the excuses not later than the boundary, receipt and digest
    of the newest revision not later than it."""
    reports = session.execute(
        sqlalchemy.select(
            col(Report.id),
            col(Report.person_id),
            col(Report.unit_id),
            col(Report.place_id),
            col(Report.receipt),
            col(Report.head_id),
        )
        .where(col(Report.period_id) == period.id, col(Report.id) > after)
        .order_by(col(Report.id))
        .limit(CHUNK)
    ).all()
    newer = [r[0] for r in reports if r[5] is not None and r[5] > upto.revision]
    current = [r[5] for r in reports if r[5] is not None and r[5] <= upto.revision]
    digests: dict[int, str] = {}
    for some in in_chunks(current, 1000):
        rows = session.exec(select(Revision.report_id, Revision.digest).where(col(Revision.id).in_(some))).all()
        digests.update(dict(rows))
    for some in in_chunks(newer, 1000):
        older = session.exec(
            select(Revision.report_id, Revision.digest)
            .where(col(Revision.report_id).in_(some), Revision.id <= upto.revision)
            .order_by(col(Revision.id))
        ).all()
        digests.update(dict(older))
    given = excuses.upto(session, period, reports[0][0], reports[-1][0], upto.excuse) if reports else {}
    return [(*r[:4], given.get(r[0], []), r[4] if r[0] in digests else None, digests.get(r[0], "")) for r in reports]


def _frame(session: Session, period: Period, at: str) -> str:
    """Return what holds for the whole period, with the figures as at close; at the end of a reopening also that one and
    those before it."""
    version = session.get_one(FormVersion, period.version_id)
    frame = [
        period.id, period.day, period.due_at, period.lock_at, version.code, version.number, version.source,
        period.rows, period.roster, period.known, snapshots.kept(session, period),
    ]  # fmt: skip
    if at.startswith(REOPEN):
        rows = reopenings.upto(session, period.id, int(at.rpartition(":")[2]))
        frame += [[r.id, r.report_id, r.by, r.at, r.until, r.reason] for r in rows]
    return digest(frame)


def fold(session: Session, period: Period, at: str, upto: Boundary, state: str, after: int) -> tuple[str, int, int]:
    """Take one chunk of reports into the digest; returns digest so far, last report id, reports in the chunk. A
    period's rows are frozen, so the chunks are always the same and sealing may stop and go on between any two."""
    state = state or _frame(session, period, at)
    chunk = _heads(session, period, upto, after)
    if not chunk:
        return state, after, 0
    return digest([state, chunk]), chunk[-1][0], len(chunk)


def body(session: Session, period: Period, at: str, upto: Boundary) -> tuple[str, int]:
    """Return the digest of a period as it stood at a revision, and how many reports are in it."""
    state, after, rows = "", 0, 0
    while True:
        state, after, more = fold(session, period, at, upto, state, after)
        rows += more
        if more < CHUNK:
            return state, rows


def chain(row: Any) -> str:
    """Return the digest that ties a seal to the one before."""
    return digest([
        row.previous, row.id, row.period_id, row.at, row.upto, row.excuses, row.rows, row.body, row.ledger,
        row.ledger_head, row.audit, row.audit_head, row.made_at,
    ])  # fmt: skip


def seal(session: Session, period: Period, at: str, upto: Boundary, made: tuple[str, int], now: datetime) -> Seal:
    """Chain and store the seal whose body was made before; once for each period and occasion."""
    found = of(session, period, at)
    if found:
        return found
    before = last(session)
    lines, entries = audit.head(session), ledger.head(session)
    row = Seal(
        id=before.id + 1 if before else 1, period_id=period.id, at=at, upto=upto.revision, excuses=upto.excuse,
        rows=made[1], body=made[0], ledger=entries[0], ledger_head=entries[1], audit=lines[0], audit_head=lines[1],
        previous=before.digest if before else "", digest="", made_at=now,
    )  # fmt: skip
    row.digest = chain(row)
    session.add(row)
    session.flush()
    return row


def of(session: Session, period: Period, at: str) -> Seal | None:
    return session.exec(select(Seal).where(Seal.period_id == period.id, Seal.at == at)).first()


def of_period(session: Session, period: Period) -> list[Seal]:
    """Return the seals of a period, that of the close first."""
    return list(session.exec(select(Seal).where(Seal.period_id == period.id).order_by(col(Seal.id))).all())


def newest(session: Session, period: Period) -> Seal | None:
    return session.exec(select(Seal).where(Seal.period_id == period.id).order_by(col(Seal.id).desc())).first()


def with_prefix(session: Session, prefix: str) -> list[Seal]:
    """Return the seals whose published letters begin so."""
    return list(session.exec(select(Seal).where(col(Seal.digest).startswith(prefix.lower(), autoescape=True))).all())


def advance(session: Session, period: Period, at: str, upto: Boundary, step: Step, now: datetime) -> bool:
    """Seal a chunk; `step` keeps the place between two chunks. True when the seal is made."""
    count, _, state = step.state.rpartition(":")
    state, step.cursor, more = fold(session, period, at, upto, state, step.cursor)
    rows = int(count or 0) + more
    step.state = f"{rows}:{state}"
    session.add(step)
    if more == CHUNK:
        return False
    seal(session, period, at, upto, (state, rows), now)
    return True


def last(session: Session) -> Seal | None:
    """Return the newest seal of all."""
    return session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
