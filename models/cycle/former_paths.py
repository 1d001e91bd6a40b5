"""Remember which path a unit had in which period, so that old days are found under new names and in new places
(docs/decisions/0003-places.md)."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy import bindparam
from sqlmodel import Field, Session, col, or_, select

from models.core.database import in_chunks
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.units import Unit, below

MANY = 500  # units of which it is asked first whether any had another path at all


class Placed(Protocol):
    """A unit, or what is read of one."""

    @property
    def id(self) -> int: ...
    @property
    def path(self) -> str: ...


class FormerPath(Table, table=True):
    """The path of a unit in all periods up to the id `upto`, after any earlier row of the unit; "" if it did not exist
    yet."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    path: str
    upto: int


def remember(session: Session, unit: Unit, path: str, upto: int | None) -> None:
    """Note that every period up to the id `upto`, the newest there is, knows the unit by this path; later ones by its
    new one."""
    if upto:
        session.add(FormerPath(unit_id=unit.id, path=path, upto=upto))


_LATER = (
    select(FormerPath)
    .where(col(FormerPath.unit_id).in_(bindparam("units", expanding=True)), FormerPath.upto >= bindparam("period"))
    .order_by(col(FormerPath.id).desc())
)


def paths_in(session: Session, period_id: int, units: Iterable[Placed]) -> dict[int, str]:
    """Return the path each of these units had when the period's rows were frozen: unit id → path; "" for a
    later unit."""
    found = {u.id: u.path for u in units}
    if len(found) > MANY and not any_since(session, [period_id]):
        return found
    for some in in_chunks(found):
        for former in session.exec(_LATER, params={"units": some, "period": period_id}).all():
            found[former.unit_id] = former.path  # the earliest row that ended later has the path of that time
    return found


def paths_over(session: Session, period_ids: Sequence[int], unit: Unit) -> dict[int, str]:
    """Return the path that one unit had in each of these periods: period id → path; "" if it was a later unit. One
    look-up, however many periods there are."""
    if not period_ids:
        return {}
    query = select(FormerPath).where(FormerPath.unit_id == unit.id, FormerPath.upto >= min(period_ids))
    former = session.exec(query.order_by(col(FormerPath.id))).all()
    return {it: next((row.path for row in former if row.upto >= it), unit.path) for it in period_ids}


def any_since(session: Session, period_ids: Sequence[int]) -> bool:
    """Say whether any unit had another path in any of these periods, or did not exist yet."""
    if not period_ids:
        return False
    return session.exec(select(FormerPath.id).where(FormerPath.upto >= min(period_ids)).limit(1)).first() is not None


def moved(session: Session, unit: Unit, period_ids: Sequence[int]) -> bool:
    """Say whether a unit, or one below it, was moved or renamed between the first and the last of these periods."""
    if not period_ids:
        return False
    then = select(FormerPath.path).join(Unit, col(Unit.id) == col(FormerPath.unit_id))
    then = then.where(FormerPath.upto >= min(period_ids), FormerPath.upto < max(period_ids), FormerPath.path != "")
    own = FormerPath.path == unit.path
    inside = col(FormerPath.path).startswith(unit.path + "/", autoescape=True)
    return session.exec(then.where(or_(below(unit.path), own, inside)).limit(1)).first() is not None
