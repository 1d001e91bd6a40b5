"""Write reports as rows of a table in codes, for scripts, and find the files that reports hold (docs/rules.md 20.1).
The table in words, for people: `handlers/exports/report_words.py`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count, product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.core.database import in_chunks
from models.core.typed_text import written
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.places import Place
from models.files.attachments import Attachment, among
from models.files.blobs import safe_name
from models.files.records import is_file
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures, proposals
from models.reporting.report_context import form_of
from models.reporting.reports import Report, shown_state
from models.reporting.revisions import Revision, after_lock
from models.summaries.posts import SummaryPost

COLUMNS = (
    "day", "assignment", "unit", "staff_no", "name", "state", "late", "proxy", "excused", "submitted_at",
    "submitted_by", "receipt", "form_version", "statement",
)  # fmt: skip
AFTER = ("proxy_reason", "checked_by", "checked_at")  # behind the columns whose places scripts know
MARKS = ("after_lock", "attachments")  # what the chat's export adds
PROPOSED = "proposed"  # where a form asks what is proposed from other reports


class Line(NamedTuple):
    """A report with all that an export says of it; `checker` signed the summary `post` of its unit."""

    report: Report
    place: Place
    person: Person | None
    unit: Unit | None
    by: Person | None
    revision: Revision | None
    post: SummaryPost | None
    checker: Person | None

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.unit.name if self.unit else ""

    @property
    def checked(self) -> SummaryPost | None:
        """Return the summary in which this was checked; None if something changed since."""
        return self.post if self.post is not None and self.post.checked else None


def fields(session: Session, periods: Iterable[Period]) -> list[str]:
    """Return the names of the questions of all forms shown, in their order, each once."""
    names: dict[str, None] = {}
    for version in {p.version_id: None for p in periods}:
        for question in session.get_one(FormVersion, version).spec.questions:
            if question.type != "note":
                names[question.name] = None
    return list(names)


def rows(
    session: Session, periods: list[Period], tops: Sequence[Unit | None] = (None,), *, marked: bool = False
) -> Iterator[list[object]]:
    """Yield the heading and a row per expected report, unit by unit in the roster's order: of these units' subtrees, or
    of all (None). Times are ISO 8601 in the assignment's zone. A field that shares its name with a column is called
    `form.<name>`; a file stands by its name; `checked_by` is who signed the unit's summary (核对);
    `proposed`, where a form asks for sums, what changed answers were before. `marked` adds
    `MARKS`: `after_lock` says whether the newest revision was made under a reopening (补录), `attachments` names the
    files that answer no question."""
    names = fields(session, periods)
    after = AFTER + (MARKS if marked else ())
    last = (PROPOSED,) if any(proposals.sourced(form_of(session, it)) for it in periods) else ()
    yield [*COLUMNS, *(f"form.{n}" if n in COLUMNS + after + last else n for n in names), *after, *last]
    for top, period in product(tops, periods):
        assignment = session.get_one(Assignment, period.assignment_id)
        version = session.get_one(FormVersion, period.version_id)
        for line in lines(session, period, top):
            answers = (line.revision.answers if line.revision else None) or {}
            cells = _cells(period, assignment, version, line)
            fixed, behind = cells[: len(COLUMNS)], cells[len(COLUMNS) :][: len(after)]
            was = [proposed(version, line.revision)] if last else []
            yield [*fixed, *(_answer(answers.get(n)) for n in names), *behind, *was]


def _answer(value: Any) -> object:
    return value["name"] if is_file(value) else value


def number(session: Session, periods: list[Period], tops: Sequence[Unit | None]) -> int:
    """Return how many rows `lines` has for all of these."""
    wheres = (_within(session, period, top) for top, period in product(tops, periods))
    return sum(session.exec(select(func.count()).select_from(Report).where(it)).one() for it in wheres)


def number_up_to(session: Session, periods: list[Period], tops: Sequence[Unit | None], most: int) -> int | None:
    """Return the same if it is no more than `most`, None otherwise, without counting them all."""
    counted = 0
    for top, period in product(tops, periods):
        rows = select(Report.id).where(_within(session, period, top)).limit(most + 1 - counted).subquery()
        counted += session.exec(select(func.count()).select_from(rows)).one()
        if counted > most:
            return None
    return counted


def _within(session: Session, period: Period, unit: Unit | None) -> ColumnElement[bool]:
    return figures.rows_of(session, period, unit) if unit else col(Report.period_id) == period.id


class Held(NamedTuple):
    """A file of a report: whose it is, and the question it answers, if any."""

    period: Period
    person: Person | None
    unit: Unit | None
    revision: Revision
    field: str | None
    name: str


def coded(held: Held) -> str:
    """Return a file's name for scripts: `<day>-<staff_no or unit>-<field>-<name>` (docs/rules.md 20.4)."""
    who = held.person.staff_no if held.person else held.unit.name if held.unit else str(held.revision.report_id)
    return "-".join((held.period.day.isoformat(), safe_name(who), held.field or MARKS[1], held.name))


def files(
    session: Session, periods: list[Period], units: Iterable[Unit | None], named: Callable[[Held], str] = coded
) -> Iterator[tuple[str, str]]:
    """Yield the files of the reports as they stand, each with a name that says whose it is and is safe on
    every disk."""
    taken: set[str] = set()
    for period, top in product(periods, units):
        for _, person, unit, revision in session.execute(_holding(_within(session, period, top))):
            for field, told in among(revision.answers, revision.attachments):
                name = named(Held(period, person, unit, revision, field, safe_name(told["name"])))
                yield _unique(name.replace("/", "_"), taken), told["digest"]


def has_files(session: Session, periods: list[Period]) -> bool:
    """Say whether any of the reports as they stand holds a file. Files are few, so it looks among them."""
    held = select(Attachment.id).join(Revision, col(Revision.id) == col(Attachment.revision_id))
    held = held.join(Report, (col(Report.id) == col(Revision.report_id)) & (col(Report.head_id) == col(Revision.id)))
    these = (held.where(col(Report.period_id).in_(some)) for some in in_chunks([it.id for it in periods]))
    return any(session.exec(it.limit(1)).first() is not None for it in these)


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


def lines(session: Session, period: Period, unit: Unit | None) -> Iterator[Line]:
    """Yield the reports of a period, or of a unit's subtree in it, in the roster's order. Their ids alone are sorted,
    and the reports read some at a time: neither this program nor the database holds them all."""
    asked = aliased(Unit)
    order = (
        sqlalchemy.select(col(Report.id))
        .join(Place, col(Place.id) == col(Report.place_id))
        .join(asked, col(asked.id) == col(Place.unit_id))
        .where(_within(session, period, unit))
        .order_by(asked.rank, col(Report.id))
    )
    for some in in_chunks(session.scalars(order).all()):
        found = {row[0].id: row for row in session.execute(_LINES, {"reports": some})}
        yield from (Line(*found[number]) for number in some)


_BY, _CHECKER = aliased(Person), aliased(Person)
_LINES = (
    sqlalchemy.select(Report, Place, Person, Unit, _BY, Revision, SummaryPost, _CHECKER)
    .join(Place, col(Place.id) == col(Report.place_id))
    .join(Person, col(Person.id) == col(Report.person_id), isouter=True)
    .join(Unit, col(Unit.id) == col(Report.unit_id), isouter=True)
    .join(_BY, col(_BY.id) == col(Report.submitted_by), isouter=True)
    .join(Revision, col(Revision.id) == col(Report.head_id), isouter=True)
    .join(
        SummaryPost,
        (col(SummaryPost.period_id) == col(Report.period_id)) & (col(SummaryPost.unit_id) == col(Place.unit_id)),
        isouter=True,
    )
    .join(_CHECKER, col(_CHECKER.id) == col(SummaryPost.signed_by), isouter=True)
    .where(col(Report.id).in_(bindparam("reports", expanding=True)))
)


def _cells(period: Period, assignment: Assignment, version: FormVersion, line: Line) -> list[object]:
    report, person, revision, checked = line.report, line.person, line.revision, line.checked
    return [
        period.day.isoformat(), assignment.code, line.place.path, person.staff_no if person else "", line.name,
        shown_state(report, period), report.late, report.proxy, report.excused or "",
        _iso(report.submitted_at, period), line.by.staff_no if line.by else "", report.receipt or "",
        f"{version.code}@{version.number}", revision.statement if revision else "", revision.reason if revision else "",
        line.checker.staff_no if line.checker and checked else "", _iso(checked.signed_at if checked else None, period),
        after_lock(period, revision), attached(revision),
    ]  # fmt: skip


def proposed(version: FormVersion, revision: Revision | None) -> str:
    """Return what was proposed for the answers that were changed, by the question's name."""
    changed = proposals.differing(version.spec, revision.answers or {}, revision.proposed or {}) if revision else []
    return "; ".join(f"{question.name}={written(it['value'])}" for question, it in changed)


def _iso(at: datetime | None, period: Period) -> str:
    return at.astimezone(ZoneInfo(period.timezone)).isoformat(timespec="seconds") if at else ""


def attached(revision: Revision | None) -> str:
    """Return the names of the files that answer no question."""
    return "; ".join(it["name"] for it in (revision.attachments or [] if revision else []))
