"""Gather the dashboard's page *Duty*: who is on duty today and in the next week and what is missing, who is seconded
here or away, and for which wards a reporter or a deputy is missing (docs/rules.md 35.14)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.looks import Look
from handlers.dashboard.pages import Group, Page, View, table, within
from handlers.duty import duty_file, telling
from handlers.exports import list_files
from models.core.errors import Refusal
from models.duty import availability, coverage, secondments, shifts
from models.duty.availability import Gap
from models.duty.coverage import Head
from models.duty.shifts import Duty, Shift
from models.organisation.people import Person
from models.organisation.units import Unit
from models.time.times import ClockTime, instant

DAYS, SHOWN = 8, 200  # today and the week after it; how many shifts, and how many of all else
COLUMNS = (
    "shift", "unit", "day", "name", "starts_at", "ends_at", "posts", "posts_unfilled", "staff_no", "person",
    "checked_in_at", "place", "handed_over", "cannot",
)  # fmt: skip
POSTS = ("posts", "posts_unfilled")


@dataclass(frozen=True)
class Line:
    """A shift, its unit, who is on it, and what it lacks; of one that is over, only how many were too few."""

    shift: Shift
    unit: Unit
    held: Sequence[tuple[Duty, Person]]
    gap: Gap


@dataclass
class OnDuty:
    """The page: shifts by their day, `more` that are left out, secondments as `telling.view` tells of them, and the
    reporters with whom something is wrong, of so many `reporters`."""

    lines: Sequence[Line] = field(default_factory=list)
    more: bool = False
    seconded: Sequence[Mapping[str, Any]] = field(default_factory=list)
    bare: Sequence[Head] = field(default_factory=list)
    reporters: int = 0
    left_out: tuple[int, int] = (0, 0)  # secondments and reporters that there is no room for
    file: tuple[str, bytes] | None = None

    @property
    def days(self) -> list[tuple[date, list[Line]]]:
        ordered = sorted(self.lines, key=lambda it: it.shift.day)
        return [(day, list(some)) for day, some in groupby(ordered, key=lambda it: it.shift.day)]


def gather(context: Context, view: View) -> OnDuty:
    session, tops, today = context.session, view.tops, context.today
    view.ages = True  # shifts begin and end by themselves
    since, until = (instant(it, ClockTime(0), context.defaults.zone) for it in (today, today + timedelta(days=DAYS)))
    found = shifts.listed(session, tops, since, until, SHOWN + 1)
    held = shifts.of_shifts(session, [it.id for it, _ in found])
    heads = coverage.heads(session, tops, today)
    bare, seconded = [it for it in heads if it.why], secondments.open_ones(session, tops, view.reader)
    page = OnDuty(
        [_line(context, it, unit, held.get(it.id, [])) for it, unit in found[:SHOWN]], len(found) > SHOWN,
        [_seconded(context, view, it) for it in seconded[:SHOWN]], bare[:SHOWN], len(heads),
        (max(0, len(seconded) - SHOWN), max(0, len(bare) - SHOWN)),
    )  # fmt: skip
    if view.query.text("as") == "file":
        view.look = Look("export", tops[0].path, {"of": "duty"})
        page.file = list_files.at_once(context, view.words, view.reader, duty_file.Shifts(), duty_file.asked(tops))
    return page


def _line(context: Context, shift: Shift, unit: Unit, held: Sequence[tuple[Duty, Person]]) -> Line:
    over = shift.ends_at <= context.now
    gap = Gap(max(0, shift.need - len(held)), []) if over else availability.gap(context.session, shift, held)
    return Line(shift, unit, held, gap)


def _seconded(context: Context, view: View, it: secondments.Secondment) -> dict[str, Any]:
    told = telling.view(context, it)
    return told | {"here": within(view, told["unit"])}


def _shift(it: Line) -> dict[str, Any]:
    shift = it.shift
    return {
        "shift": shift.id, "unit": it.unit.path, "day": shift.day.isoformat(), "name": shift.name,
        "starts_at": shift.starts_at.isoformat(), "ends_at": shift.ends_at.isoformat(), "posts": shift.need,
        "posts_unfilled": it.gap.missing,
    }  # fmt: skip


def _people(it: Line) -> list[dict[str, Any]]:
    why = {person.id: kind for person, kind in it.gap.unfit}

    def at(instant: datetime | None) -> str | None:
        return instant.isoformat() if instant else None

    return [
        {"staff_no": person.staff_no, "person": person.name, "checked_in_at": at(duty.checked_at),
         "place": duty.place, "handed_over": duty.note, "cannot": why.get(person.id)}
        for duty, person in it.held
    ]  # fmt: skip


def data(view: View, page: OnDuty) -> dict[str, Any]:
    """Return the page as data for programs."""
    return {
        "shifts": [_shift(it) | {"people": _people(it)} for it in page.lines],
        "more": page.more,
        "seconded": [
            {"number": one["it"].id, "staff_no": one["person"].staff_no, "person": one["person"].name,
             "from": one["home"].path, "to": one["unit"].path, "here": one["here"],
             "first": one["it"].first.isoformat(), "last": one["it"].last.isoformat(), "state": one["it"].state,
             "longer": one["it"].longer.isoformat() if one["it"].longer else None}
            for one in page.seconded
        ],
        "more_seconded": page.left_out[0],
        "reporters": page.reporters,
        "more_uncovered": page.left_out[1],
        "uncovered": [
            {"unit": it.unit.path, "reporter": it.reporter.name, "wards": it.wards,
             "deputies": [one.name for one in it.deputies], "why": list(it.why)}
            for it in page.bare
        ],
    }  # fmt: skip


def rows(view: View, page: OnDuty) -> Iterator[list[object]]:
    """Return a row for each person of each shift; a shift with nobody has one row without a name. Posts stand on the
    first row of their shift only, so that a column of them can be added up."""
    return table(COLUMNS, (row for it in page.lines for row in _rows(it)))


def _rows(it: Line) -> Iterator[dict[str, Any]]:
    shift = _shift(it)
    for n, person in enumerate(_people(it) or [{}]):
        yield (shift if n == 0 else shift | dict.fromkeys(POSTS)) | person


def file(view: View, page: OnDuty) -> tuple[str, bytes]:
    """Return the shifts as an Excel file, a month back and two weeks ahead. Raises `duty.lead`."""
    if page.file is None:
        raise Refusal("duty.lead")
    return page.file


PAGE = Page("duty", "duty", LEAD, gather, data, rows, Group.SUPPORT, file=file)
