"""Count honours for the evening's report and `/system`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from models.honours.honours import Honour, HonourKind
from models.organisation.units import Unit, below

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """How many milestones were reached, awards made, and honours withdrawn within a day."""

    milestones: int
    awards: int
    withdrawn: int

    def __bool__(self) -> bool:
        return bool(self.milestones or self.awards or self.withdrawn)


def standing(session: Session, tops: Sequence[Unit], now: datetime) -> Standing:
    """Return the counts of these units and those below."""
    if not tops:
        return Standing(0, 0, 0)
    inside = or_(*(below(it.path) for it in tops))
    since = now - DAY

    def count(*which: object) -> int:
        query = select(func.count()).select_from(Honour).join(Unit, col(Unit.id) == col(Honour.unit_id))
        return session.exec(query.where(inside, *which)).one()  # type: ignore[arg-type]

    return Standing(
        count(Honour.made_at > since, Honour.kind == HonourKind.MILESTONE),
        count(Honour.made_at > since, Honour.kind == HonourKind.AWARD), count(col(Honour.withdrawn_at) > since),
    )  # fmt: skip
