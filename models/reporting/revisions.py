"""File a report: immutable revisions in a chain."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint, bindparam, insert
from sqlmodel import Field, Session, col, select

from models.core.canonical import digest
from models.core.database import Instant, ask, change
from models.core.errors import Refusal
from models.core.table import Table
from models.cycle.periods import Period
from models.files import attachments
from models.files.records import FileRecord
from models.organisation.people import Person
from models.reporting.receipt_numbers import mint
from models.reporting.reports import Report, State, takes

CONTENT = ("salt", "answers", "statement", "reason", "attachments", "proposed")  # of a revision, can be erased


LINK = (
    "report_id", "number", "kind", "uncontacted", "content_digest", "version_id", "since", "at", "by", "channel",
    "previous",
)  # fmt: skip


class Revision(Table, table=True):
    """One version of a report's content, never changed. A zero keeps its statement's exact words and the two instants
    it covers, a proxy report its `reason`. `attachments` are the files that answer no question; those and the answers
    that are files are described by digest, name, mime and size, so that the chain proves their bytes. `proposed` is
    what other reports came to when it was filed, for the answers proposed from them (`proposals.of_form`). The content
    can be erased, which `models/evidence/erasures.py` records: `digest` is over its salted digest, so the chain still
    holds."""

    __table_args__ = (UniqueConstraint("report_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id")
    number: int
    kind: str
    uncontacted: bool = False
    answers: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    attachments: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    proposed: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    statement: str | None = None
    reason: str | None = None
    version_id: int = Field(foreign_key="form_version.id")
    since: datetime | None = Field(default=None, sa_type=Instant)
    at: datetime = Field(sa_type=Instant)
    by: int = Field(foreign_key="person.id")
    channel: str
    salt: str | None
    content_digest: str
    previous: str
    digest: str


@dataclass(frozen=True)
class Filing:
    """What somebody reports: `kind` is zero or filled; answers and attachments go with filled, the statement's words
    with zero, and a `reason` with what a lead files for somebody; `proposed` with answers proposed from other
    reports."""

    kind: State
    by: Person
    channel: str
    now: datetime
    answers: dict[str, Any] | None = None
    statement: str | None = None
    uncontacted: bool = False
    reason: str | None = None
    attachments: list[FileRecord] | None = None
    proposed: Mapping[str, Any] | None = None


def content_digest(revision: Any) -> str:
    return digest([getattr(revision, name) for name in CONTENT])


def revision_digest(revision: Any, receipt: str | None) -> str:
    """Return the link of the chain: what was said (by its digest), when, by whom, in which form, after what."""
    return digest([receipt, *(getattr(revision, name) for name in LINK)])


def after_lock(period: Period, revision: Revision | None) -> bool:
    """Say whether a revision was made under a reopening (补录)."""
    return revision is not None and period.locked_at is not None and revision.at > period.locked_at


def refuse_if_not_theirs(session: Session, period: Period, report: Report, by: Person) -> None:
    """Raise `reports.own` or `reports.ward_filed` if this would replace somebody's own report, or what a ward's
    reporter filed; `reports.unit_filed` if a lead was first; `reports.locked` after the lock."""
    if not takes(session, period, report):
        raise Refusal("reports.locked", day=period.day)
    if report.submitted_by in (None, by.id) or by.id == report.person_id:
        return
    first = session.get_one(Person, report.submitted_by)
    if report.unit_id is not None:
        raise Refusal("reports.unit_filed", name=first.name, receipt=report.receipt)
    subject = session.get_one(Person, report.person_id)
    if first.id == subject.id:
        raise Refusal("reports.own", name=first.name)
    if first.id == subject.reporter_id:
        raise Refusal("reports.ward_filed", name=subject.name, reporter=first.name)


def file(session: Session, period: Period, report: Report, filing: Filing) -> Revision:
    """Add a revision and update the report's row. The same content twice adds nothing. Raises as
    `refuse_if_not_theirs`."""
    refuse_if_not_theirs(session, period, report, filing.by)
    head = session.get(Revision, report.head_id) if report.head_id else None
    if head and head.by == filing.by.id and _says_the_same(head, filing):
        return head
    return _add(session, period, [(report, filing, head)])[0]


def file_first(session: Session, period: Period, found: Iterable[tuple[Report, Filing]]) -> list[Revision]:
    """Add the first revision of each of these reports. The caller has checked that each may be filed by its author; all
    are about persons, or all about units."""
    return _add(session, period, [(report, filing, None) for report, filing in found])


_INSERT = insert(Revision).returning(Revision, sort_by_parameter_order=True)


def _add(
    session: Session, period: Period, found: Sequence[tuple[Report, Filing, Revision | None]]
) -> list[Revision]:  # fmt: skip
    since = last_reports(session, period, [report for report, filing, _ in found if filing.kind == State.ZERO])
    fresh = iter(mint(session, period, sum(head is None for _, _, head in found)))
    receipts = [report.receipt if head else next(fresh) for report, _, head in found]
    rows = [
        _revision(period, report, receipt, filing, head, since.get(report.id))
        for (report, filing, head), receipt in zip(found, receipts, strict=True)
    ]
    made = list(session.scalars(_INSERT, rows))
    change(session, [
        (report, {
            "submitted_at": report.submitted_at if head else filing.now,
            "late": report.late if head else filing.now > period.due_at,
            "receipt": receipt,
            "state": filing.kind, "uncontacted": filing.uncontacted, "head_id": revision.id,
            "submitted_by": filing.by.id,
            "proxy": report.person_id is not None and filing.by.id != report.person_id,
        })
        for (report, filing, head), receipt, revision in zip(found, receipts, made, strict=True)
    ])  # fmt: skip
    for revision in made:
        files = [told for _, told in attachments.among(revision.answers, revision.attachments)]
        if files:
            attachments.record(session, files, revision=revision.id)
    return made


def _revision(
    period: Period, report: Report, receipt: str | None, filing: Filing, head: Revision | None, since: datetime | None
) -> dict[str, Any]:  # fmt: skip
    """Return the row of the next link of the report's chain."""
    row: dict[str, Any] = {
        "report_id": report.id,
        "number": head.number + 1 if head else 1,
        "kind": filing.kind,
        "uncontacted": filing.uncontacted,
        "answers": filing.answers,
        "attachments": filing.attachments or None,
        "proposed": dict(filing.proposed) if filing.proposed else None,
        "statement": filing.statement,
        "reason": filing.reason,
        "version_id": period.version_id,
        "since": since,
        "at": filing.now,
        "by": filing.by.id,
        "channel": filing.channel,
        "salt": secrets.token_hex(16),
        "previous": head.digest if head else "",
    }
    row["content_digest"] = digest([row[name] for name in CONTENT])
    row["digest"] = digest([receipt, *(row[name] for name in LINK)])
    return row


def _says_the_same(head: Revision, filing: Filing) -> bool:
    """Say whether a filing repeats the last revision, whatever language its statement is in."""
    one, other = ((it.kind, it.uncontacted, it.reason, it.answers or {}, it.attachments or []) for it in (head, filing))
    return one == other


def _last(subject: Any) -> Any:
    before = (
        select(Period.id)
        .where(Period.assignment_id == bindparam("assignment"), Period.day < bindparam("day"))
        .order_by(col(Period.day).desc())
        .limit(31)
    )
    return (
        select(subject, col(Report.submitted_at))
        .join(Period, col(Period.id) == col(Report.period_id))
        .where(
            col(Report.period_id).in_(before),
            subject.in_(bindparam("subjects", expanding=True)),
            col(Report.submitted_at).is_not(None),
        )
        .order_by(col(Period.day))
    )


_LAST_OF_PERSONS, _LAST_OF_UNITS = _last(col(Report.person_id)), _last(col(Report.unit_id))


def last_reports(session: Session, period: Period, found: Sequence[Report]) -> dict[int, datetime]:
    """Return when the subjects of these reports last reported in the same assignment, looking back over 31 periods, by
    the report's id; all are about persons, or all about units."""
    subjects = {report.person_id or report.unit_id: report.id for report in found}
    query = _LAST_OF_UNITS if found and found[0].unit_id else _LAST_OF_PERSONS
    rows = ask(session, query, assignment=period.assignment_id, day=period.day, subjects=list(subjects)).all()
    return {subjects[subject]: at for subject, at in rows}  # the newest of each comes last
