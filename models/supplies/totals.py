"""Count how supplies stand: for the evening report and `/system` (docs/rules.md 33.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from models.organisation.units import Unit, below
from models.supplies.handouts import WAITING, Handing, Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Movement


@dataclass(frozen=True)
class Standing:
    """How many movements there were lately, how many items are below their minimum, how many receivers have not
    confirmed, or said that it is not what they got, and how many transfers are on the way."""

    movements: int
    low: int
    waiting: int
    disputed: int
    coming: int

    def __bool__(self) -> bool:
        return bool(self.movements or self.low or self.waiting or self.disputed or self.coming)


def standing(session: Session, tops: Sequence[Unit], since: datetime) -> Standing:
    """Return how supplies stand in and below these units."""
    if not tops:
        return Standing(0, 0, 0, 0, 0)
    inside = or_(*(below(top.path) for top in tops))
    stores = select(Store.id).join(Unit).where(inside)
    lately = select(func.count()).where(Movement.at > since, col(Movement.store_id).in_(stores))
    low = select(func.count()).select_from(Item).join(Unit).where(
        inside, col(Item.low).is_(True), col(Item.ended_at).is_(None)
    )  # fmt: skip
    coming = func.count(col(Handing.store_id))
    open_ = (
        select(func.count() - coming, func.count(col(Handing.disputed_at)), coming)
        .join(Handout, col(Handout.id) == col(Handing.handout_id))
        .join(Movement, col(Movement.id) == col(Handout.movement_id))
        .where(col(Movement.store_id).in_(stores), *WAITING)
    )
    waiting, disputed, coming_now = session.execute(open_).one()
    return Standing(session.exec(lately).one(), session.exec(low).one(), waiting, disputed, coming_now)
