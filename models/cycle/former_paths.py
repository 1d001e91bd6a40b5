"""Remember which path a unit had in which period, so that old days are found under new names and in new places
(docs/decisions/0003-places.md)."""

from collections.abc import Iterable

from sqlalchemy import bindparam
from sqlmodel import Field, Session, col, select

from models.core.database import in_chunks
from models.core.table import Table
from models.organisation.units import Unit


class FormerPath(Table, table=True):
    """The path of a unit in all periods up to the id `upto`, after any earlier row of the unit; "" if it did not exist
    yet."""

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


def paths_in(session: Session, period_id: int, units: Iterable[Unit]) -> dict[int, str]:
    """Return the path each of these units had when the period's rows were frozen: unit id → path; "" for a
    later unit."""
    found = {u.id: u.path for u in units}
    for some in in_chunks(found):
        for former in session.exec(_LATER, params={"units": some, "period": period_id}).all():
            found[former.unit_id] = former.path  # the earliest row that ended later has the path of that time
    return found
