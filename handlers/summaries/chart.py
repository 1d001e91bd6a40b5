"""`/chart`, 图表: show a month as pictures: to a lead the people of a unit by days and what its forms count, to
everybody their own days."""

from datetime import date, timedelta

from handlers.core import lead_arguments, vocabulary
from handlers.core.access import MEMBER
from handlers.core.groups import Group
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.summaries import month_pictures as drawn
from models.authority import permissions
from models.core import months, typed_text
from models.cycle.assignments import Assignment
from models.forms import versions
from models.organisation.units import Unit
from models.reporting import history
from models.summaries import month

router = Router("chart", MEMBER)
WINDOW = 30  # days of an indicator's line
MOST = 3  # tasks that are shown at once


@router.command("chart", word="图表", takes_words=True, group=Group.RECORD)
def chart(turn: Turn, words: str) -> None:
    """Show a unit's month, or one's own where nobody is led or `me` is typed. Raises `people.not_yours`."""
    first, rest = _month_and_rest(turn, words)
    last = months.last_day(first)
    if rest.strip().lower() in vocabulary.OWN or (
        not rest and not permissions.leads(turn.session, turn.person, turn.today)
    ):
        _own(turn, first, last)
        return
    unit = lead_arguments.chosen_unit(turn, rest, f"chart {first:%Y-%m}")
    if unit is None:
        return
    found = month.asked_in(turn.session, unit, first, last)
    if not found:
        turn.say("summaries/chart_empty", first=first, unit=unit)
    for assignment in found[:MOST]:
        _of_unit(turn, assignment, unit, first, last)
    _say_more(turn, len(found))


def _month_and_rest(turn: Turn, words: str) -> tuple[date, str]:
    """Return the first day of the month, if the first or the last word names one, otherwise of this; and the other
    words."""
    parts = words.split()
    for at in (0, -1):
        found = typed_text.month(parts[at], turn.today) if parts else None
        if found:
            parts.pop(at)
            return found, " ".join(parts)
    return turn.today.replace(day=1), words.strip()


def _own(turn: Turn, first: date, last: date) -> None:
    found = history.days(turn.session, turn.person, first, last)
    parts = []
    for number, marks in list(found.items())[:MOST]:
        assignment = turn.session.get_one(Assignment, number)
        version = versions.latest(turn.session, assignment.form_code)
        if version:
            parts.append((version.spec, marks, history.streak(turn.session, turn.person, assignment)))
    if not parts:
        turn.say("summaries/chart_empty", first=first, unit=None)
        return
    turn.send(drawn.own(turn.words, turn.person.name, first, turn.today, parts))
    _say_more(turn, len(found))


def _say_more(turn: Turn, count: int) -> None:
    """Say that there are more tasks than are drawn."""
    if count > MOST:
        turn.say("summaries/chart_more", more=count - MOST)


def _of_unit(turn: Turn, assignment: Assignment, unit: Unit, first: date, last: date) -> None:
    session, version = turn.session, versions.latest(turn.session, assignment.form_code)
    if version is None:
        return
    days = month.of_unit(session, assignment, unit, first, last)
    if days.rows:
        turn.send(drawn.heat(turn.words, version.spec, unit, first, last, days))
    end = min(last, turn.today)
    since = end - timedelta(days=WINDOW - 1)
    counted = month.indicators(session, assignment, version.spec, unit, since, end)
    if any(value is not None for _, line in counted for value in line.values()):
        turn.send(drawn.lines(turn.words, version.spec, unit, since, end, counted))
