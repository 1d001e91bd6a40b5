"""Store the figures of every unit as at close."""

import sqlalchemy
from sqlalchemy import UniqueConstraint, bindparam, delete, func, insert
from sqlmodel import Field, Session, col, select

from models.core.table import Table
from models.cycle.periods import Period
from models.cycle.places import Place
from models.organisation.units import Unit
from models.reporting.figures import Figures, by_place, is_whole, rows_of
from models.reporting.reports import Report


class Snapshot(Table, table=True):
    """A unit's figures as at close, kept for ever."""

    __table_args__ = (UniqueConstraint("period_id", "place_id"),)

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    place_id: int = Field(foreign_key="place.id")
    zero: int
    filled: int
    excused: int
    due: int
    late: int
    proxy: int
    uncontacted: int

    @property
    def figures(self) -> Figures:
        return Figures(self.zero, self.filled, self.excused, self.due, 0, self.late, self.proxy, self.uncontacted)


STORED = ("zero", "filled", "excused", "due", "late", "proxy", "uncontacted")


_KEPT = (
    sqlalchemy.select(col(Snapshot.place_id), *(getattr(Snapshot, name) for name in STORED))
    .where(col(Snapshot.period_id) == bindparam("period"))
    .order_by(col(Snapshot.place_id))
)


def keep(session: Session, period: Period) -> None:
    """Store every unit's figures as at close, and delete whatever stands there: the program did not write it."""
    session.execute(delete(Snapshot).where(col(Snapshot.period_id) == period.id))
    rows = [
        {"period_id": period.id, "place_id": place_id, **{name: getattr(f, name) for name in STORED}}
        for place_id, f in by_place(session, period).values()
    ]
    if rows:
        session.execute(insert(Snapshot), rows)


def kept(session: Session, period: Period) -> list[list[int]]:
    """Return what is stored of a period, as seals cover it."""
    rows = session.execute(_KEPT, {"period": period.id}).all()
    return [list(row) for row in rows]


def added(session: Session, period: Period, unit: Unit) -> int:
    """Return how many reports of a unit were filed for the first time under a reopening (补录n); they count as late."""
    if period.locked_at is None:
        return 0
    after = (rows_of(session, period, unit), col(Report.submitted_at) > period.locked_at)
    return session.exec(select(func.count()).select_from(Report).where(*after)).one()


def at_close(session: Session, period: Period, unit: Unit) -> Figures | None:
    """Return a unit's figures as at close, those of the assigned unit for every unit above it; None before
    the close."""
    if period.closed_at is None:
        return None
    at = Place.id == period.place_id if is_whole(session, period, unit) else Place.unit_id == unit.id
    kept = session.exec(
        select(Snapshot).join(Place, col(Place.id) == col(Snapshot.place_id)).where(Snapshot.period_id == period.id, at)
    ).first()
    return kept.figures if kept else Figures()
