"""Write reports as rows of a table, for the auditor and for spreadsheets (docs/rules.md 20.1)."""

from collections.abc import Iterable, Iterator
from itertools import count, product
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.places import Place
from models.files.attachments import Attachment, among
from models.files.blobs import safe_name
from models.files.records import is_file
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures
from models.reporting.reports import Report, shown_state
from models.reporting.revisions import Revision, after_lock
from models.spreadsheets.writer import plain as plain
from models.summaries.posts import SummaryPost

COLUMNS = (
    "day", "assignment", "unit", "staff_no", "name", "state", "late", "proxy", "excused", "submitted_at",
    "submitted_by", "receipt", "form_version", "statement",
)  # fmt: skip
AFTER = ("proxy_reason", "checked_by", "checked_at")  # behind the columns whose places scripts know
MARKS = ("after_lock", "attachments")  # what the chat's export adds


def fields(session: Session, periods: Iterable[Period]) -> list[str]:
    """Return the names of the questions of all forms shown, in their order, each once."""
    names: dict[str, None] = {}
    for version in {p.version_id: None for p in periods}:
        for question in session.get_one(FormVersion, version).spec.questions:
            if question.type != "note":
                names[question.name] = None
    return list(names)


def table(session: Session, periods: list[Period], unit: Unit | None) -> Iterator[list[str]]:
    """Yield the heading and a row per expected report, unit by unit in the roster's order, as words that are safe in
    CSV."""
    return ([plain(value) for value in row] for row in rows(session, periods, unit))


def rows(
    session: Session, periods: list[Period], unit: Unit | None, *, marked: bool = False
) -> Iterator[list[object]]:  # fmt: skip
    """Yield the same with the values as they are, for `spreadsheets.writer`. Times are ISO 8601 in the assignment's
    zone. A field that shares its name with a column is called `form.<name>`; a file stands by its name; `checked_by` is
    who signed the unit's summary (核对). `marked` adds `MARKS`: `after_lock` says whether the newest revision was made
    under a reopening (补录), `attachments` names the files that answer no question."""
    names = fields(session, periods)
    after = AFTER + (MARKS if marked else ())
    yield [*COLUMNS, *(f"form.{n}" if n in COLUMNS + after else n for n in names), *after]
    for period in periods:
        assignment = session.get_one(Assignment, period.assignment_id)
        version = session.get_one(FormVersion, period.version_id)
        for row in _rows(session, period, unit):
            answers = (row[5].answers if row[5] else None) or {}
            cells = _cells(period, assignment, version, *row)
            fixed, behind = cells[: len(COLUMNS)], cells[len(COLUMNS) :][: len(after)]
            yield [*fixed, *(_answer(answers.get(n)) for n in names), *behind]


def _answer(value: Any) -> object:
    return value["name"] if is_file(value) else value


def files(session: Session, periods: list[Period], units: Iterable[Unit | None]) -> Iterator[tuple[str, str]]:
    """Yield the files of the reports as they stand, each with a name that says whose it is and is safe on
    every disk."""
    taken: set[str] = set()
    for period, unit in product(periods, units):
        where = figures.rows_of(session, period, unit) if unit else col(Report.period_id) == period.id
        for report, person, about, revision in session.execute(_holding(where)):
            who = safe_name(person.staff_no if person else about.name if about else str(report.id))
            for field, told in among(revision.answers, revision.attachments):
                name = "-".join((period.day.isoformat(), who, field or MARKS[1], safe_name(told["name"])))
                yield _unique(name.replace("/", "_"), taken), told["digest"]


def has_files(session: Session, periods: list[Period]) -> bool:
    """Say whether any of the reports as they stand holds a file."""
    found = _holding(col(Report.period_id).in_([it.id for it in periods]))
    return session.execute(found.limit(1)).first() is not None


def _holding(where: ColumnElement[bool]) -> Any:
    held = sqlalchemy.select(col(Attachment.id)).where(col(Attachment.revision_id) == col(Report.head_id))
    return (
        sqlalchemy.select(Report, Person, Unit, Revision)
        .join(Person, col(Person.id) == col(Report.person_id), isouter=True)
        .join(Unit, col(Unit.id) == col(Report.unit_id), isouter=True)
        .join(Revision, col(Revision.id) == col(Report.head_id))
        .where(where, held.exists())
        .order_by(col(Report.id))
    )


def _unique(name: str, taken: set[str]) -> str:
    """Return the name, with a number before its suffix if another file has it."""
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    free = next(it for n in count(1) if (it := name if n == 1 else f"{stem}-{n}{ending}").casefold() not in taken)
    taken.add(free.casefold())
    return free


def _rows(session: Session, period: Period, unit: Unit | None) -> Iterable[Any]:
    by, checker, asked = aliased(Person), aliased(Person), aliased(Unit)
    of_unit = (col(SummaryPost.period_id) == col(Report.period_id)) & (col(SummaryPost.unit_id) == col(Place.unit_id))
    query = (
        sqlalchemy.select(Report, Place, Person, Unit, by, Revision, SummaryPost, checker)
        .join(Place, col(Place.id) == col(Report.place_id))
        .join(asked, col(asked.id) == col(Place.unit_id))
        .join(Person, col(Person.id) == col(Report.person_id), isouter=True)
        .join(Unit, col(Unit.id) == col(Report.unit_id), isouter=True)
        .join(by, col(by.id) == col(Report.submitted_by), isouter=True)
        .join(Revision, col(Revision.id) == col(Report.head_id), isouter=True)
        .join(SummaryPost, of_unit, isouter=True)
        .join(checker, col(checker.id) == col(SummaryPost.signed_by), isouter=True)
        .where(figures.rows_of(session, period, unit) if unit else col(Report.period_id) == period.id)
        .order_by(asked.rank, col(Report.id))
        .execution_options(yield_per=2000)
    )
    return session.execute(query)


def _cells(
    period: Period, assignment: Assignment, version: FormVersion, report: Report, place: Place,
    person: Person | None, unit: Unit | None, by: Person | None, revision: Revision | None,
    post: SummaryPost | None, checker: Person | None,
) -> list[object]:  # fmt: skip
    zone = ZoneInfo(period.timezone)
    at = report.submitted_at.astimezone(zone).isoformat(timespec="seconds") if report.submitted_at else ""
    stands = post is not None and post.checked  # what changed afterwards was not checked
    return [
        period.day.isoformat(), assignment.code, place.path,
        person.staff_no if person else "", person.name if person else unit.name if unit else "",
        shown_state(report, period), report.late, report.proxy, report.excused or "", at,
        by.staff_no if by else "", report.receipt or "", f"{version.code}@{version.number}",
        revision.statement if revision else "", revision.reason if revision else "",
        checker.staff_no if checker and stands else "",
        post.signed_at.astimezone(zone).isoformat(timespec="seconds") if post and post.signed_at and stands else "",
        after_lock(period, revision), "; ".join(it["name"] for it in (revision.attachments or [] if revision else [])),
    ]  # fmt: skip
