"""Reports as rows of a table, for the auditor and for spreadsheets."""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models import figures
from models.assignments import Assignment
from models.people import Person, Unit
from models.periods import Period, Place
from models.posts import Post
from models.reports import Report, Revision, after_lock, shown_state
from models.table_files import plain as plain
from models.versions import FormVersion

COLUMNS = (
    "day", "assignment", "unit", "staff_no", "name", "state", "late", "proxy", "excused", "submitted_at",
    "submitted_by", "receipt", "form_version", "statement",
)  # fmt: skip
AFTER = ("proxy_reason", "after_lock", "checked_by", "checked_at")  # the first columns keep their places for scripts


def fields(session: Session, periods: Iterable[Period]) -> list[str]:
    """The names of the questions of all forms shown, in their order, each once."""
    names: dict[str, None] = {}
    for version in {p.version_id: None for p in periods}:
        for question in session.get_one(FormVersion, version).spec.questions:
            if question.type != "note":
                names[question.name] = None
    return list(names)


def table(session: Session, periods: list[Period], unit: Unit | None, locale: str | None = None) -> Iterator[list[str]]:
    """The heading and a row per expected report, streamed, as words that are safe in CSV."""
    return ([plain(value) for value in row] for row in rows(session, periods, unit))


def rows(session: Session, periods: list[Period], unit: Unit | None) -> Iterator[list[object]]:
    """The same with the values as they are, for `table_files.write_xlsx`. Times are ISO 8601 in the assignment's zone.
    A field that shares its name with a column is called `form.<name>`; `after_lock` says whether the newest revision
    was made under a reopening (补录), `checked_by` who signed the unit's summary (核对)."""
    names = fields(session, periods)
    yield [*COLUMNS, *(f"form.{n}" if n in COLUMNS + AFTER else n for n in names), *AFTER]
    for period in periods:
        assignment = session.get_one(Assignment, period.assignment_id)
        version = session.get_one(FormVersion, period.version_id)
        for row in _rows(session, period, unit):
            answers = (row[5].answers if row[5] else None) or {}
            cells = _cells(period, assignment, version, *row)
            fixed, after = cells[: len(COLUMNS)], cells[len(COLUMNS) :]
            yield [*fixed, *(answers.get(n) for n in names), *after]


def _rows(session: Session, period: Period, unit: Unit | None) -> Iterable[Any]:
    by, checker = aliased(Person), aliased(Person)
    of_unit = (col(Post.period_id) == col(Report.period_id)) & (col(Post.unit_id) == col(Place.unit_id))
    query = (
        sqlalchemy.select(Report, Place, Person, Unit, by, Revision, Post, checker)
        .join(Place, col(Place.id) == col(Report.place_id))
        .join(Person, col(Person.id) == col(Report.person_id), isouter=True)
        .join(Unit, col(Unit.id) == col(Report.unit_id), isouter=True)
        .join(by, col(by.id) == col(Report.submitted_by), isouter=True)
        .join(Revision, col(Revision.id) == col(Report.head_id), isouter=True)
        .join(Post, of_unit, isouter=True)
        .join(checker, col(checker.id) == col(Post.signed_by), isouter=True)
        .where(figures.rows_of(session, period, unit) if unit else col(Report.period_id) == period.id)
        .order_by(col(Report.id))
        .execution_options(yield_per=2000)
    )
    return session.execute(query)


def _cells(
    period: Period, assignment: Assignment, version: FormVersion, report: Report, place: Place,
    person: Person | None, unit: Unit | None, by: Person | None, revision: Revision | None,
    post: Post | None, checker: Person | None,
) -> list[object]:  # fmt: skip
    zone = ZoneInfo(period.timezone)
    at = report.submitted_at.astimezone(zone).isoformat(timespec="seconds") if report.submitted_at else ""
    return [
        period.day.isoformat(), assignment.code, place.path,
        person.staff_no if person else "", person.name if person else unit.name if unit else "",
        shown_state(report, period), report.late, report.proxy, report.excused or "", at,
        by.staff_no if by else "", report.receipt or "", f"{version.code}@{version.number}",
        revision.statement if revision else "", revision.reason if revision else "",
        after_lock(period, revision), checker.staff_no if checker else "",
        post.signed_at.astimezone(zone).isoformat(timespec="seconds") if post and post.signed_at else "",
    ]  # fmt: skip
