"""Places: a unit under the path it had at a time (docs/decisions/0003-places.md)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import UniqueConstraint, bindparam
from sqlmodel import Field, Session, col, select

from models.core.database import in_chunks
from models.core.table import Table
from models.cycle import former_paths
from models.organisation.units import Unit


class Place(Table, table=True):
    """A unit under the path it had at a time. Reports point here, so that no later move rewrites history."""

    __table_args__ = (UniqueConstraint("path", "unit_id"),)

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    path: str


def place_of(session: Session, unit: Unit) -> Place:
    found = session.exec(select(Place).where(Place.unit_id == unit.id, Place.path == unit.path)).first()
    if found is None:
        found = Place(unit_id=unit.id, path=unit.path)
        session.add(found)
        session.flush()
    return found


_PLACES = select(Place).where(col(Place.id).in_(bindparam("ids", expanding=True)))


def places(session: Session, ids: Sequence[int]) -> Sequence[Place]:
    return session.exec(_PLACES, params={"ids": ids}).all() if ids else []


_NAMED = (
    select(Place, Unit)
    .join(Unit)
    .where(col(Place.path).in_(bindparam("paths", expanding=True)))
    .order_by(col(Place.id))
)


def named(session: Session, period_id: int, wished: Iterable[str]) -> list[Place]:
    """Return the places of these paths as a period knew them: of units that had the same path in turn, the
    one of then."""
    found: list[Place] = []
    for some in in_chunks(wished):
        rows = session.exec(_NAMED, params={"paths": some}).all()
        then = former_paths.paths_in(session, period_id, [unit for _, unit in rows])
        found += [place for place, unit in rows if then[unit.id] == place.path]
    return found
