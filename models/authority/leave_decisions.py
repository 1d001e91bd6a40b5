"""Decide who decides about whose leave (docs/rules.md 7.2)."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from models.authority import permissions, responsibility
from models.organisation import people, units
from models.organisation.people import Person, Role
from models.organisation.units import Unit


def office(session: Session, person: Person) -> Unit | None:
    """Return the unit whose leads decide: the person's home or, for a lead of the home or of a unit above it, the unit
    above what they lead. None for a lead of the whole, over whom there is nobody."""
    home = people.home(session, person)
    led = [u for role, u in people.roles(session, person) if role is Role.LEAD and units.is_below(home.path, u.path)]
    if not led:
        return home
    return session.get(Unit, led[0].parent_id) if led[0].parent_id is not None else None


def may_decide(session: Session, by: Person, about: Person, day: date) -> bool:
    """Say whether `by` may decide about the leave of `about`, or enter it."""
    return decides(session, by, permissions.leads(session, by, day), about)


def decides(session: Session, by: Person, tops: Sequence[Unit], about: Person) -> bool:
    """Say the same of somebody who answers for these units, as `permissions.leads` returns them."""
    unit = office(session, about)
    return by.id != about.id and unit is not None and any(units.is_below(unit.path, top.path) for top in tops)


def deciders(session: Session, about: Person, day: date) -> list[Person]:
    """Return who is asked: those who answer for the office on that day, never the person themselves; empty if there is
    nobody."""
    unit = office(session, about)
    found = responsibility.responsible(session, unit, day) if unit else None
    while found:
        others = [p for p in found[1] if p.id != about.id]
        if others:
            return others
        found = responsibility.lead_above(session, found[0], day)
    return []
