"""Leave as it stands in the records."""

from sqlmodel import select

from models.absence.leave import Absence
from models.organisation import people
from tests.support.world import World


def leave_of(world: World, who: str) -> Absence:
    with world.database.reading() as session:
        person = people.find_person(session, who)
        query = select(Absence).where(Absence.person_id == person.id).order_by(Absence.id.desc())  # type: ignore[attr-defined]
        return session.exec(query).first()  # type: ignore[return-value]
