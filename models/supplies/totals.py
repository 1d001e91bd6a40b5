"""Say what moved in a unit within a time: for the timeline, the evening report and the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from models.core.exact import NOTHING
from models.organisation.units import Unit, below
from models.supplies.handouts import WAITING, Handing, Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Movement


@dataclass(frozen=True)
class Total:
    """What came in (more than 0) or went out of an item by one kind of movement; `price` is what it cost, 0 for
    nothing."""

    item: str
    measure: str
    kind: str
    amount: Decimal
    price: Decimal
    movements: int


def moved(session: Session, unit: Unit, since: datetime, until: datetime) -> list[Total]:
    """Return the totals of the stores in and below a unit in this time (the end excluded), by item and kind, without
    what was undone by now."""
    against = aliased(Movement)
    undone = select(against.id).where(against.undoes_id == Movement.id, against.kind == Move.UNDONE).exists()
    sums = (func.sum(Movement.amount), func.sum(Movement.price), func.count())
    columns: tuple[Any, ...] = (Item.name, Item.measure, Movement.kind, *sums)
    found: Select[Any] = select(*columns)
    query = (
        found.join(Item, col(Item.id) == col(Movement.item_id))
        .join(Store, col(Store.id) == col(Movement.store_id))
        .join(Unit, col(Unit.id) == col(Store.unit_id))
        .where(below(unit.path), col(Movement.at) >= since, col(Movement.at) < until)
        .where(col(Movement.kind) != Move.UNDONE, ~undone)
        .group_by(col(Item.id), col(Item.name), col(Item.measure), col(Movement.kind))
        .order_by(col(Item.name), col(Movement.kind))
    )
    return [
        Total(item, measure, kind, amount, price or NOTHING, count)
        for item, measure, kind, amount, price, count in session.execute(query).all()
    ]


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
