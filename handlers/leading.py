"""What the leads' commands have in common: which unit is meant, if it is theirs, and its periods."""

from datetime import date

from handlers.turn import Turn
from models import people, periods
from models.calendars import zone
from models.errors import Refusal
from models.people import Person, Unit
from models.periods import Period


def chosen_unit(turn: Turn, words: str, command: str) -> Unit | None:
    """The unit named in the command, or the only one the lead has; None where buttons were shown to choose one.

    Refusal `people.not_yours` for a unit outside the lead's subtrees.
    """
    led = people.leads(turn.session, turn.person)
    if words.strip():
        unit = people.find_unit(turn.session, words.strip())
        if not people.may_lead(turn.session, turn.person, unit.path):
            raise Refusal("people.not_yours", path=unit.path)
        return unit
    if len(led) == 1:
        return led[0]
    turn.say("choose_unit", units=led, command=command)
    return None


def today(turn: Turn) -> date:
    return turn.now.astimezone(zone(turn.house.zone)).date()


def about(turn: Turn, unit: Unit, day: date) -> list[Period]:
    """The periods of a day in which this unit has a part."""
    return periods.of_day(turn.session, day, unit=unit)


def person_in_reach(turn: Turn, words: str) -> Person:
    """The person named, if they are the lead's own; Refusal `people.not_yours` otherwise."""
    person = people.find_person(turn.session, words)
    home = people.home(turn.session, person)
    if not people.may_lead(turn.session, turn.person, home.path):
        raise Refusal("people.not_yours", path=home.path)
    return person
