"""Gather honours and streaks as somebody may see them (docs/rules.md 38.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """What somebody sees: everybody's newest honours, the streaks of their units, and households with stars."""

    honours: Sequence[Told]
    lines: Sequence[Line]
    families: Sequence[Family]


def told(session: Session, words: Renderer, it: Honour, unit: Unit) -> Told:
    return Told(
        it.id, it.kind, unit, it.title or _task(session, words, it.assignment_id), it.days, it.reason,
        _name(session, it.by), it.day, it.withdrawn_at, _name(session, it.withdrawn_by), it.withdrawn_why or "",
    )  # fmt: skip


def seen(context: Context, words: Renderer, reader: Person, tops: Sequence[Unit], most: int) -> Standing:
    """Return what a reader sees who leads `tops`; at most so many of each."""
    session, steps = context.session, context.defaults.milestones
    own = people.home(session, reader)
    return Standing(
        [told(session, words, it, unit) for it, unit in honours.newest(session, most)],
        [_line(session, words, it, unit, steps) for it, unit in honours.board(session, own, tops, most)],
        [
            Family(ward.name, ward.staff_no, unit, _task(session, words, it.assignment_id), it.days, it.stars)
            for it, ward, unit in families.families(session, reader, tops, context.today, most)
        ],
    )


def _line(session: Session, words: Renderer, it: ZeroStreak, unit: Unit, steps: Sequence[int]) -> Line:
    ahead = next((step for step in steps if step > it.days), None)
    return Line(unit, _task(session, words, it.assignment_id), it.days, it.upto, it.broken_on, ahead)


def _task(session: Session, words: Renderer, assignment_id: int | None) -> str:
    task = session.get(Assignment, assignment_id) if assignment_id else None
    form = versions.latest(session, task.form_code) if task else None
    return say(form.spec.title, words.locale) if form else ""


def _name(session: Session, person_id: int | None) -> str:
    return session.get_one(Person, person_id).name if person_id else ""
