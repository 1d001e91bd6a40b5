"""Gather honours and streaks as somebody may see them (docs/rules.md 38.9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from models.cycle.assignments import Assignment
from models.forms import versions
from models.forms.spec import say
from models.honours import families, honours
from models.honours.honours import Honour
from models.honours.streaks import ZeroStreak
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit


@dataclass(frozen=True)
class Told:
    """An honour in words: `title` is the task of a milestone, or the award's own; `by` who awarded it; `why` why it was
    withdrawn, a reason in words or a code of `honours.Lost`."""

    id: int
    kind: str
    unit: Unit
    title: str
    days: int | None
    reason: str
    by: str
    day: date
    withdrawn_at: datetime | None
    withdrawn_by: str
    why: str


@dataclass(frozen=True)
class Line:
    """A unit's streak in one task: its `days`, up to which day, when it broke last, and the `next` milestone."""

    unit: Unit
    task: str
    days: int
    upto: date
    broken_on: date | None
    next: int | None


@dataclass(frozen=True)
class Family:
    """A ward's household with its stars, and the zero days in a row they are for."""

    name: str
    staff_no: str
    unit: Unit
    task: str
    days: int
    stars: int


@dataclass(frozen=True)
class Standing:
    """What somebody sees: everybody's newest honours, the streaks of their units (`more`: there are more of them), and
    households with stars (`more_families`)."""

    honours: Sequence[Told]
    lines: Sequence[Line]
    families: Sequence[Family]
    more: bool = False
    more_families: bool = False


@dataclass(frozen=True)
class _Names:
    """What tasks and people are called, each looked up once however many lines name it."""

    session: Session
    words: Renderer
    tasks: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)

    def task(self, assignment_id: int | None) -> str:
        if assignment_id is None:
            return ""
        if assignment_id not in self.tasks:
            form = versions.latest(self.session, self.session.get_one(Assignment, assignment_id).form_code)
            self.tasks[assignment_id] = say(form.spec.title, self.words.locale) if form else ""
        return self.tasks[assignment_id]

    def person(self, person_id: int | None) -> str:
        if person_id is None:
            return ""
        if person_id not in self.people:
            self.people[person_id] = self.session.get_one(Person, person_id).name
        return self.people[person_id]


def told(session: Session, words: Renderer, it: Honour, unit: Unit) -> Told:
    """Return one honour in words."""
    return _told(_Names(session, words), it, unit)


def _told(names: _Names, it: Honour, unit: Unit) -> Told:
    return Told(
        it.id, it.kind, unit, it.title or names.task(it.assignment_id), it.days, it.reason, names.person(it.by), it.day,
        it.withdrawn_at, names.person(it.withdrawn_by), it.withdrawn_why or "",
    )  # fmt: skip


def seen(context: Context, words: Renderer, reader: Person, tops: Sequence[Unit], most: int | None) -> Standing:
    """Return what a reader sees who leads `tops`; at most so many of each, None being all."""
    session, steps = context.session, context.defaults.milestones
    own, names = people.home(session, reader), _Names(session, words)
    board = honours.board(session, own, tops, most and most + 1)
    starred = families.families(session, reader, tops, context.today, most and most + 1)
    return Standing(
        [_told(names, it, unit) for it, unit in honours.newest(session, most)],
        [_line(names, it, unit, steps) for it, unit in board[:most]],
        [
            Family(ward.name, ward.staff_no, unit, names.task(it.assignment_id), it.days, it.stars)
            for it, ward, unit in starred[:most]
        ],
        most is not None and len(board) > most,
        most is not None and len(starred) > most,
    )


def _line(names: _Names, it: ZeroStreak, unit: Unit, steps: Sequence[int]) -> Line:
    ahead = next((step for step in steps if step > it.days), None)
    return Line(unit, names.task(it.assignment_id), it.days, it.upto, it.broken_on, ahead)
