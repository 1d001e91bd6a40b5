"""Star families (星级家庭): ward households by their zero days in a row (docs/rules.md 38.8)."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, or_, select

from models.honours.streaks import STARS, ZeroStreak
from models.organisation.people import Membership, Person, here
from models.organisation.units import Unit, below


def families(
    session: Session, reader: Person, tops: Sequence[Unit], day: date, most: int | None
) -> list[tuple[ZeroStreak, Person, Unit]]:
    """Return the households with a star that somebody reports for, or whose unit they lead: those with the longest
    streak first."""
    theirs = or_(Person.reporter_id == reader.id, *(below(it.path) for it in tops))
    query = (
        select(ZeroStreak, Person, Unit)
        .join(Person, col(Person.id) == col(ZeroStreak.person_id))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(theirs, col(Membership.home).is_(True), here(day))
        .where(col(ZeroStreak.total) - col(ZeroStreak.base) >= STARS[0])
        .order_by((col(ZeroStreak.total) - col(ZeroStreak.base)).desc(), col(Person.staff_no))
        .limit(most)
    )
    return [(it, ward, unit) for it, ward, unit in session.exec(query).all()]
