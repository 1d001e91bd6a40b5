"""Make template weeks of a duty table that somebody sent, or say everything that is wrong with it (docs/rules.md 35.16
to 35.18)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlmodel import Session

from models.changes.duty_sheets import Entry
from models.core.errors import Note, Refusal, Refusals
from models.duty import rotas, week_lines
from models.duty.duty_names import Names
from models.duty.rotas import AHEAD, Line, Rota
from models.duty.week_rows import Row, Rows, by_unit
from models.organisation.units import Unit


@dataclass(frozen=True)
class Week:
    """The lines that a file has for a unit, and the template week that is there now."""

    unit: Unit
    lines: Sequence[Line]
    now: Rota | None

    @property
    def gone(self) -> list[Line]:
        return [it for it in (self.now.week if self.now else ()) if it not in self.lines]

    @property
    def new(self) -> list[Line]:
        return [it for it in self.lines if it not in (self.now.week if self.now else ())]


@dataclass
class Weeks:
    """What a file makes: the weeks that differ from those there are, how many are the same, since when a file of dates
    holds, and what is to be said about it."""

    weeks: list[Week] = field(default_factory=list)
    same: int = 0
    first: date | None = None
    notes: list[Note] = field(default_factory=list)


def of(
    session: Session, entries: Sequence[Entry], units: Mapping[str, Unit], today: date, wrong: Sequence[Refusal] = ()
) -> Weeks:
    """Return the weeks; `units` are those that the entries name, by their words. Raises everything that is wrong, with
    what is `wrong` in cells that could not be read."""
    problems, made, dates = [*wrong], Weeks(), set[date]()
    past = 0
    rows: list[Row] = []
    for unit, some in by_unit(entries, units).values():
        now = rotas.current(session, unit)
        before = len(problems)
        names = Names(session, unit, today, [f"{it.people}\n{it.staff_no}" for it in some])
        read = Rows(unit, now.week if now else [], names, today)
        found: list[Row] = []
        for it in some:
            row, refused = read.of(it)
            problems += refused
            if row is not None and row.day is not None and row.day < today:
                past += 1
            elif row is not None:
                found.append(row)
        lines = week_lines.lines(found, problems)
        dates |= {it.day for it in found if it.day}
        rows += found
        if found and len(problems) == before:
            _add(made, Week(unit, lines, now), problems)
    if not problems and not rows:
        problems.append(Refusal("rota.past") if past else Refusal("rota.empty"))
    if dates and min(dates) > today + AHEAD:
        problems.append(Refusal("rota.too_far", first=min(dates), since=min(dates) - AHEAD))
    if problems:
        raise Refusals(_in_order(problems, entries))
    made.first = min(dates) if dates else None
    if past:
        made.notes.append(Note("rota.past_rows", {"count": past}))
    weeks = _repeats(dates)
    if weeks > 1:
        made.notes.append(Note("rota.repeats", {"weeks": weeks}))
    return made


def _add(made: Weeks, week: Week, problems: list[Refusal]) -> None:
    try:
        rotas.check(week.lines)
    except Refusal as refusal:
        problems.append(refusal)
    before = week.now.week if week.now else []
    if sorted(before, key=repr) == sorted(week.lines, key=repr):
        made.same += 1
    else:
        made.weeks.append(replace(week, lines=_ordered(week.lines)))


def _ordered(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda it: (it.days[0], it.start))


def _repeats(dates: set[date]) -> int:
    """Return how many weeks dates cover, after which they begin again."""
    return max(Counter(it.weekday() for it in dates).values(), default=0)


def _in_order(wrong: Sequence[Refusal], entries: Sequence[Entry]) -> list[Refusal]:
    """Return what is wrong in the file's order; what is said of several cells alike comes once, and again at the end,
    so that a name misspelt on every day hides nothing else."""
    sheets = list(dict.fromkeys(it.sheet for it in entries))
    found = sorted(wrong, key=lambda it: (sheets.index(it.sheet) if it.sheet in sheets else -1, it.line or 0))
    first: dict[tuple[str, str], Refusal] = {}
    for it in found:
        first.setdefault((it.key, repr(it.values)), it)
    said = {id(it) for it in first.values()}
    return [*first.values(), *(it for it in found if id(it) not in said)]
