"""Find the units whose messages reach nobody: those without a lead, and leads who were never enrolled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, or_, select

from models.authority import responsibility
from models.messaging import addresses
from models.organisation.people import Person
from models.organisation.units import Unit, below


@dataclass(frozen=True)
class LeadGaps:
    """The units without a lead, in the roster's order, and the leads who were never enrolled, each with a unit."""

    units: list[Unit]
    strangers: list[tuple[Person, Unit]]

    @property
    def root(self) -> Unit | None:
        """Return the root if it has no lead: then nobody gets the director's message."""
        return next((unit for unit in self.units if unit.parent_id is None), None)

    @property
    def urgent(self) -> bool:
        """Say whether messages reach nobody. A unit without a lead is no such case: the leads above answer for it."""
        return self.root is not None or bool(self.strangers)


def gaps(session: Session, day: date, tops: Iterable[Unit] | None = None) -> LeadGaps:
    """Return the gaps in the whole organisation, or at and below these units."""
    query = select(Unit).order_by(col(Unit.rank), col(Unit.path))
    inside = [below(top.path) for top in tops] if tops is not None else []
    units = session.exec(query.where(or_(*inside)) if inside else query).all()
    leads = responsibility.all_leads(session, day)
    places = {person: unit for unit in reversed(units) for person in leads.get(unit.id, [])}
    reach = addresses.silence(session, places)
    strangers = [(session.get_one(Person, person), unit) for person, unit in places.items() if reach[person] == "never"]
    return LeadGaps([unit for unit in units if unit.id not in leads], sorted(strangers, key=lambda it: it[1].rank))
