"""Seals: the digest of a period at close and at lock, each chained to the one before. They prove agreement with what
was published, and claim no more."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Field, Session, SQLModel, col, select

from models import blobs, excuses, incidents, reopenings
from models.assignments import Assignment
from models.attachments import among
from models.database import Instant
from models.people import Person, Unit
from models.periods import Period, Place, Step, StepKind
from models.reports import Report, Revision, State, canonical, content_digest, revision_digest
from models.versions import FormVersion

CHUNK = 5000
SHORT = 8
REOPEN = "reopen"


class At(StrEnum):
    CLOSE = "close"
    LOCK = "lock"


def reopened(reopening_id: int) -> str:
    """The occasion of a seal at the end of a reopening: `reopen:` and its number."""
    return f"{REOPEN}:{reopening_id}"


class Seal(SQLModel, table=True):
    """`upto` and `excuses` are the ids of the newest revision and excuse it covers; `rows` how many
    reports. `body` is the digest of the heads, `digest` chains it to the seal before."""

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id", index=True)
    at: str
    upto: int
    excuses: int
    rows: int
    body: str
    previous: str
    digest: str = Field(unique=True)
    made_at: datetime = Field(sa_type=Instant)

    @property
    def short(self) -> str:
        """What the group post prints."""
        return self.digest[:SHORT].upper()


class Boundary(NamedTuple):
    """What counts: the ids of the last revision and of the last excuse."""

    revision: int
    excuse: int


def boundary(session: Session) -> Boundary:
    """All there is by now."""
    return Boundary(session.exec(select(func.max(Revision.id))).one() or 0, excuses.newest(session))


def _heads(session: Session, period: Period, upto: Boundary, after: int) -> list[tuple[Any, ...]]:
    """Up to a chunk of reports: id, subject, place, the excuses not later than the boundary, receipt and digest of the
    newest revision not later than it."""
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
    for at in range(0, len(current), 1000):
        rows = session.exec(
            select(Revision.report_id, Revision.digest).where(col(Revision.id).in_(current[at : at + 1000]))
        ).all()
        digests.update(dict(rows))
    for at in range(0, len(newer), 1000):
        older = session.exec(
            select(Revision.report_id, Revision.digest)
            .where(col(Revision.report_id).in_(newer[at : at + 1000]), Revision.id <= upto.revision)
            .order_by(col(Revision.id))
        ).all()
        digests.update(dict(older))
    given = excuses.upto(session, period, reports[0][0], reports[-1][0], upto.excuse) if reports else {}
    return [(*r[:4], given.get(r[0], []), r[4] if r[0] in digests else None, digests.get(r[0], "")) for r in reports]


def _frame(session: Session, period: Period, at: str) -> bytes:
    """What holds for the whole period; at the end of a reopening also that one and those before it."""
    version = session.get_one(FormVersion, period.version_id)
    source = hashlib.sha256(version.source.encode()).hexdigest()
    frame = [period.id, period.day, period.due_at, period.lock_at, version.code, source]
    if at.startswith(REOPEN):
        rows = reopenings.upto(session, period.id, int(at.rpartition(":")[2]))
        frame += [[r.id, r.report_id, r.by, r.at, r.until, r.reason] for r in rows]
    return canonical(frame)


def fold(session: Session, period: Period, at: str, upto: Boundary, state: str, after: int) -> tuple[str, int, int]:
    """Takes one chunk of reports into the digest: (digest so far, last report id, reports in the chunk). The chunks are
    always the same, for a period's rows are frozen; so sealing may stop and go on between any two."""
    state = state or hashlib.sha256(_frame(session, period, at)).hexdigest()
    chunk = _heads(session, period, upto, after)
    if not chunk:
        return state, after, 0
    return hashlib.sha256(canonical([state, chunk])).hexdigest(), chunk[-1][0], len(chunk)


def body(session: Session, period: Period, at: str, upto: Boundary) -> tuple[str, int]:
    """The digest of a period as it stood at a revision, and how many reports are in it."""
    state, after, rows = "", 0, 0
    while True:
        state, after, more = fold(session, period, at, upto, state, after)
        rows += more
        if more < CHUNK:
            return state, rows


def chain(row: Seal) -> str:
    """The digest that ties a seal to the one before."""
    return hashlib.sha256(
        canonical([row.previous, row.period_id, row.at, row.upto, row.excuses, row.rows, row.body, row.made_at])
    ).hexdigest()


def seal(session: Session, period: Period, at: str, upto: Boundary, made: tuple[str, int], now: datetime) -> Seal:
    """Chains and stores the seal whose body was made before; once per period and occasion."""
    found = of(session, period, at)
    if found:
        return found
    last = session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
    row = Seal(
        period_id=period.id, at=at, upto=upto.revision, excuses=upto.excuse, rows=made[1], body=made[0],
        previous=last.digest if last else "", digest="", made_at=now,
    )  # fmt: skip
    row.digest = chain(row)
    session.add(row)
    session.flush()
    return row


def of(session: Session, period: Period, at: str) -> Seal | None:
    return session.exec(select(Seal).where(Seal.period_id == period.id, Seal.at == at)).first()


def of_period(session: Session, period: Period) -> list[Seal]:
    """The seals of a period, that of the close first."""
    return list(session.exec(select(Seal).where(Seal.period_id == period.id).order_by(col(Seal.id))).all())


def newest(session: Session, period: Period) -> Seal | None:
    return session.exec(select(Seal).where(Seal.period_id == period.id).order_by(col(Seal.id).desc())).first()


@dataclass
class Verdict:
    """What `verify` looked at, and every place where the records and the seals disagree: (what, where, detail)."""

    seals: int = 0
    reports: int = 0
    revisions: int = 0
    differs: list[tuple[str, str, str]] = field(default_factory=list)


def verify(session: Session) -> Verdict:
    """Recomputes every digest of every revision and every seal from the records, and what a report's row repeats."""
    verdict = Verdict()
    ends: dict[int, tuple[Revision, Revision]] = {}
    for revision in _revisions(session):
        verdict.revisions += 1
        first, last = ends.get(revision.report_id, (revision, None))
        _check_revision(session, revision, last, verdict)
        ends[revision.report_id] = first, revision
    _check_seals(session, verdict)
    for incident, telling in incidents.with_files(session):
        if not all(blobs.sound(session, it) for it in telling.files):
            verdict.differs.append(("file", incident.receipt, f"{incident.receipt} №{telling.number}"))
    given = excuses.standing(session)
    for report in session.exec(select(Report)).yield_per(CHUNK):
        if not _agrees(session, report, ends.get(report.id)) or report.excused != given.get(report.id):
            verdict.differs.append(("head", _where(session, report), report.receipt or ""))
    return verdict


def _check_seals(session: Session, verdict: Verdict) -> None:
    previous, there = "", set()
    for row in session.exec(select(Seal).order_by(col(Seal.id))).all():
        verdict.seals += 1
        period = session.get_one(Period, row.period_id)
        made = body(session, period, row.at, Boundary(row.upto, row.excuses))
        verdict.reports += made[1]
        if made != (row.body, row.rows):
            verdict.differs.append(("seal_body", _about(session, period), row.short))
        if row.previous != previous or row.digest != chain(row):
            verdict.differs.append(("seal_chain", _about(session, period), row.short))
        if row.at == At.LOCK:
            verdict.differs += [("gap", _about(session, period), receipt or "") for receipt in _after(session, row)]
        previous = row.digest
        there.add((row.period_id, row.at))
    done = select(Step).where(col(Step.kind).in_([At.CLOSE, At.LOCK, REOPEN]), Step.outcome == "done")
    for step in session.exec(done.order_by(col(Step.id))).all():
        at = reopened(step.number) if step.kind == StepKind.REOPEN else step.kind
        if (step.period_id, at) not in there:
            verdict.differs.append(("seal_chain", _about(session, session.get_one(Period, step.period_id)), step.kind))


def _after(session: Session, lock: Seal) -> Sequence[str | None]:
    """The receipts of reports to which something was added after the lock, under no reopening."""
    newer = select(Report.receipt).join(Revision, col(Revision.report_id) == col(Report.id))
    late = (Report.period_id == lock.period_id, Revision.id > lock.upto, ~reopenings.covered(Revision))
    return session.exec(newer.where(*late)).all()


def _agrees(session: Session, report: Report, ends: tuple[Revision, Revision] | None) -> bool:
    """Whether a report's row says what its first and its newest revision say."""
    stands = (
        report.head_id, report.state, report.uncontacted, report.submitted_by, report.proxy,
        report.submitted_at, report.late, report.receipt is None,
    )  # fmt: skip
    if ends is None:
        return stands == (None, State.DUE, False, None, False, None, False, True)
    first, head = ends
    proxy = report.person_id is not None and head.by != report.person_id
    late = first.at > session.get_one(Period, report.period_id).due_at
    return stands == (head.id, head.kind, head.uncontacted, head.by, proxy, first.at, late, False)


def _revisions(session: Session) -> Iterator[Revision]:
    yield from session.exec(select(Revision).order_by(col(Revision.report_id), col(Revision.number))).yield_per(CHUNK)


def _check_revision(session: Session, revision: Revision, before: Revision | None, verdict: Verdict) -> None:
    number, previous = (before.number + 1, before.digest) if before else (1, "")
    erased = revision.salt is None
    wrong = None
    if revision.number != number or revision.previous != previous:
        wrong = "gap"
    elif not erased and revision.content_digest != content_digest(revision):
        wrong = "content"
    elif revision.digest != revision_digest(revision):
        wrong = "revision"
    elif not all(blobs.sound(session, it) for _, it in among(revision.answers, revision.attachments)):
        wrong = "file"
    if wrong:
        report = session.get_one(Report, revision.report_id)
        verdict.differs.append((wrong, _where(session, report), f"{report.receipt} №{revision.number}"))


def _about(session: Session, period: Period) -> str:
    return f"{session.get_one(Assignment, period.assignment_id).code} {period.day}"


def _where(session: Session, report: Report) -> str:
    period = session.get_one(Period, report.period_id)
    if report.person_id is not None:
        subject = session.get_one(Person, report.person_id).staff_no
    else:
        subject = session.get_one(Unit, report.unit_id).path
    return f"{_about(session, period)} {session.get_one(Place, report.place_id).path} {subject}"


def with_prefix(session: Session, prefix: str) -> list[Seal]:
    """The seals whose published letters begin so."""
    return list(session.exec(select(Seal).where(col(Seal.digest).startswith(prefix.lower(), autoescape=True))).all())


def advance(session: Session, period: Period, at: str, upto: Boundary, step: Step, now: datetime) -> bool:
    """Seals a chunk at a time; `step` keeps the place between two of them. True when the seal is made."""
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
    """The newest seal of all."""
    return session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
