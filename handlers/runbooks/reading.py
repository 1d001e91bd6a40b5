"""Read who is to be asked for a step, as people type it, among those of the runbook's unit."""

from sqlmodel import Session

from handlers.rounds.messages import unit_called
from models.core.errors import Refusal
from models.organisation import people
from models.organisation.kinds import Kind
from models.organisation.units import Unit
from models.runbooks import typed_steps
from models.runbooks.runbooks import MOST_STEPS, PlanStep, Who


def who(session: Session, typed: str, unit: Unit, line: int = 0) -> tuple[Who, int]:
    """Return who is meant: a role in the unit for which the runbook is started (0) or in one that is named, a unit's
    lead by the unit's name alone, or a person at home in the runbook's unit or below. Raises `runbooks.no_who`,
    `people.many_units`, `people.many_persons`."""
    typed = " ".join(typed.split())
    role = typed_steps.role(typed)
    if role is not None:
        kind, name = role
        place = unit_called(session, name, [unit]) if name else None
        if not name or place is not None:
            return kind, place.id if place else 0
    if typed and (place := unit_called(session, typed, [unit])):
        return Who.LEAD, place.id
    try:
        person = people.find_person(session, typed, [unit])
    except Refusal as refusal:
        if refusal.key == "people.many_persons":
            raise
        raise Refusal("runbooks.no_who", number=line, typed=typed[:40], path=unit.path) from None
    if person.kind != Kind.STAFF or person.left_on is not None:
        raise Refusal("runbooks.no_who", number=line, typed=typed[:40], path=unit.path)
    return Who.PERSON, person.id


def steps(session: Session, typed: str, unit: Unit, before: int = 0) -> list[PlanStep]:
    """Return the steps of pasted lines; a first step of all waits for nothing. Raises as `typed_steps.lines`, `who`,
    and `runbooks.many_steps`."""
    found: list[PlanStep] = []
    for line in typed_steps.lines(typed):
        kind, target = who(session, line.who, unit, line.number)
        waits = line.waits and before + len(found) > 0
        found.append(PlanStep(line.words, kind, target, line.minutes, waits, line.proof))
    if before + len(found) > MOST_STEPS:
        raise Refusal("runbooks.many_steps", most=MOST_STEPS)
    return found
