"""`/history`, 记录: show a month of days as calendars in characters, with the streaks: one's own, and those of the
units and wards one answers for."""

import calendar
from datetime import date, timedelta
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.groups import Group
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.authority import permissions, responsibility
from models.core import months, typed_text
from models.core.errors import Refusal
from models.cycle.assignments import Assignment
from models.forms import passes, versions
from models.forms.passes import TrainingPass
from models.forms.spec import Text
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person, Role
from models.organisation.units import Unit
from models.reporting import history as days
from models.time.times import day_at

router = Router("history", MEMBER)

CERTIFICATES = 4  # of the newest quizzes passed
MOST = 12  # calendars in one message


@router.command("history", word="记录", takes_words=True, group=Group.RECORD)
def history(turn: Turn, words: str) -> None:
    """Show the month named, or this one. Raises `history.no_month`."""
    first = typed_text.month(words, _today(turn)) if words.strip() else _today(turn).replace(day=1)
    if first is None:
        raise Refusal("history.no_month", typed=words.strip()[:20])
    _stand(turn, _month(turn, first), below=True)


@router.button("month")
def tap_month(turn: Turn, first: date) -> None:
    """Show the month before or after, in place."""
    _stand(turn, _month(turn, first.replace(day=1)))


def _today(turn: Turn) -> date:
    return day_at(turn.now, turn.words.zone.key)


def _month(turn: Turn, first: date) -> Content:
    today, session = _today(turn), turn.session
    last = months.last_day(first)
    subjects = [turn.person, *_answered_for(turn, first, last, today)]
    parts = []
    for who, (assignment_id, marks) in ((w, it) for w in subjects for it in days.days(session, w, first, last).items()):
        assignment = session.get_one(Assignment, assignment_id)
        version = versions.latest(session, assignment.form_code)
        parts.append({
            "form": version.spec if version else None,
            "weeks": _weeks(first, today, marks, later=_opens_later(turn, assignment)),
            "streak": days.streak(session, who, assignment), "about": who if who is not turn.person else None,
        })  # fmt: skip
    begun = min((day for who in subjects if (day := days.first_day(session, who))), default=None)
    before, after = months.before(first), last + timedelta(days=1)
    return turn.words.content(
        "reporting/history",
        first=first,
        parts=parts[:MOST],
        more=max(0, len(parts) - MOST),
        before=before if begun and begun < first else None,
        after=after if after <= today else None,
        passed=_passed(turn),
    )


def _passed(turn: Turn) -> list[tuple[Text, TrainingPass]]:
    """Return the quizzes that the person passed, with what they are called: their certificates can be sent again."""
    found = passes.of_person(turn.session, turn.person)[:CERTIFICATES]
    titled = [(versions.latest(turn.session, it.form_code), it) for it in found]
    return [(version.spec.title, it) for version, it in titled if version]


def _answered_for(turn: Turn, first: date, last: date, today: date) -> list[Person | Unit]:
    """Return the units the person leads, as a deputy too, those below without a lead, for which the person answers, and
    the wards for whom they report."""
    session, tops = turn.session, permissions.leads(turn.session, turn.person, today)
    led = [unit for role, unit in people.roles(session, turn.person) if role is Role.LEAD]
    for unit in days.without_lead(session, tops, first, last):
        if turn.person.id in {p.id for p in responsibility.responsible(session, unit, today)[1]}:
            led.append(unit)
    units = {unit.id: unit for unit in [*tops, *led]}
    return [*sorted(units.values(), key=lambda u: u.rank), *responsibility.wards(session, turn.person, today)]


def _opens_later(turn: Turn, assignment: Assignment) -> bool:
    """Say whether today's period of the task has not opened yet."""
    return assignment.next_at is not None and assignment.next_day == turn.today and assignment.next_at > turn.now


def _weeks(first: date, today: date, marks: Any, *, later: bool) -> list[tuple[int, list[str]]]:
    """Return (the day of the month a row begins with, seven marks from Monday on); days of another month are blank."""
    rows = []
    for week in calendar.Calendar().monthdatescalendar(first.year, first.month):
        cells = [
            "blank"
            if day.month != first.month
            else marks.get(day, "future" if day > today or (day == today and later) else "nothing")
            for day in week
        ]
        rows.append((max(week[0], first).day, cells))
    return rows


def _stand(turn: Turn, content: Content, *, below: bool = False) -> None:
    """Show the calendar, one for each chat and day; its buttons turn the pages."""
    slot = Slot.of(Subject.HISTORY, turn.here, _today(turn))
    live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=below)
