"""Say what of a unit's timeline somebody sees (docs/rules.md 39.3)."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from models.authority import permissions
from models.core.errors import Refusal
from models.organisation.people import Membership, Person, here, home, own
from models.organisation.units import Unit, above, below, is_below
from models.timeline.entries import TimelineEntry
from models.timeline.reading import Scope

FEW = 20  # people of a unit, below which counts of alerts, incidents and things could tell of one of them


def scope(session: Session, person: Person, unit: Unit, day: date) -> Scope:
    """Return what somebody sees of a unit's timeline: their own unit's and those above, or of a unit that they answer
    for. Raises `timeline.not_yours`, which says nothing of the unit."""
    led, administered = permissions.leads(session, person, day), permissions.administers(session, person)
    if unit.path not in above(home(session, person).path) and not _within(unit, led):
        raise Refusal("timeline.not_yours")
    units = session.exec(select(Unit).where(col(Unit.path).in_(above(unit.path)))).all()
    guarded = {it.id for it in units if _within(it, led) or not few(session, it, day)}
    edited = {it.id for it in units if _within(it, administered)}
    return Scope(unit, units, frozenset(guarded), frozenset(edited))


def _within(unit: Unit, tops: Iterable[Unit]) -> bool:
    return any(is_below(unit.path, top.path) for top in tops)


def few(session: Session, unit: Unit, day: date) -> bool:
    """Say whether fewer than `FEW` people are at home in a unit and those below."""
    query = select(Membership.id).join(Unit).join(Person).where(below(unit.path), col(Membership.home).is_(True))
    return len(session.exec(query.where(here(day), own()).limit(FEW)).all()) < FEW


def edited(session: Session, person: Person, number: int) -> tuple[TimelineEntry, Unit]:
    """Return an entry that an admin of its unit may word and hide. Raises `timeline.not_yours`."""
    it = session.get(TimelineEntry, number)
    unit = session.get(Unit, it.unit_id) if it else None
    if it is None or unit is None or not permissions.may_admin(session, person, unit.path):
        raise Refusal("timeline.not_yours")
    return it, unit
