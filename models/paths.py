"""Which path a unit had in which period: what keeps the old days findable under new names and in new places."""

from collections.abc import Iterable

from sqlalchemy import bindparam
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.database import in_chunks
from models.people import Unit


class FormerPath(SQLModel, table=True):
    """The path of a unit in all periods up to the one with the id `upto`, after any earlier one of its; "" where it
    did not exist yet."""

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    path: str
    upto: int


def remember(session: Session, unit: Unit, path: str) -> None:
    """Every period there is knows the unit by this path; those to come, by the one it gets now."""
    from models.periods import Period

    newest = session.exec(select(func.max(Period.id))).one()
    if newest:
        session.add(FormerPath(unit_id=unit.id, path=path, upto=newest))


_LATER = (
    select(FormerPath)
    .where(col(FormerPath.unit_id).in_(bindparam("units", expanding=True)), FormerPath.upto >= bindparam("period"))
    .order_by(col(FormerPath.id).desc())
)


def paths_in(session: Session, period_id: int, units: Iterable[Unit]) -> dict[int, str]:
    """The path each of these units had in a period: id → path."""
    found = {u.id: u.path for u in units}
    for some in in_chunks(found):
        for former in session.exec(_LATER, params={"units": some, "period": period_id}).all():
            found[former.unit_id] = former.path  # the earliest of those that ended later was the one then
    return found
