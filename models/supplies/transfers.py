"""Transfers (调拨) between two stores: out of the one at once, into the other when somebody there confirms it. Each one
is a hand-out whose receiver is a store: it is confirmed, disputed, taken back, reminded of and told like one
(docs/rules.md 33.7)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from models.core.errors import Refusal
from models.organisation.people import Person
from models.supplies import handouts, items, movements
from models.supplies.handouts import WAITING, Handing, Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Moved, Movement, Told


def targets(session: Session, item: Item, source: Store) -> list[Store]:
    """Return the other stores that may hold an item, in the roster's order."""
    found = items.stores_in(session, [items.unit_of(session, item)])
    return [it for it in found if it.id != source.id]


def send(
    session: Session, item: Item, source: Store, target: Store, amount: Decimal, told: Told
) -> tuple[Handing, Moved]:
    """Send something to another store: it is on the way until it is confirmed there or comes back. Raises
    `supplies.same_store` and as `movements.move`."""
    if source.id == target.id:
        raise Refusal("supplies.same_store")
    if target.ended_at is not None:
        raise Refusal("supplies.ended", name=target.name)
    movements.expect(session, item, target, amount)
    moved = movements.move(session, Move.SENT, item, source, -amount, replace(told, other_id=target.id))
    made = handouts.begun(session, moved, listed=False)
    handing = Handing(handout_id=made.id, store_id=target.id, amount=amount)
    session.add(handing)
    session.flush()
    return handing, moved


def arrive(session: Session, it: Handing, by: Person, now: datetime) -> Moved | None:
    """Put into the store what is on the way to it; None if that was done before. Raises `supplies.taken_back`."""
    if not handouts.confirm(session, it, by, now):
        return None
    sent = handouts.movement_of(session, it)
    item, store = session.get_one(Item, sent.item_id), session.get_one(Store, it.store_id)
    movements.expect(session, item, store, -it.left)
    told = Told(by, now, sent.note, other_id=sent.store_id, undoes_id=sent.id)
    return movements.move(session, Move.ARRIVED, item, store, it.left, told)


def of_arrival(session: Session, it: Movement) -> Handing:
    """Return the transfer that arrived with this movement."""
    query = select(Handing).join(Handout).where(Handout.movement_id == it.undoes_id)
    return session.exec(query).one()


def undo(session: Session, it: Movement, told: Told) -> tuple[Handing, Moved]:
    """Undo what arrived: it leaves this store, and is back in the one that sent it. Return the transfer and the
    movement out of this store. Raises `supplies.undone`, `supplies.short`, `supplies.ended`."""
    if movements.undone(session, [it.id]):
        raise Refusal("supplies.undone")
    handing = of_arrival(session, it)
    item, store = session.get_one(Item, it.item_id), session.get_one(Store, it.store_id)
    source = session.get_one(Store, it.other_id)
    handing.returned, handing.said = handing.returned + it.amount, told.note
    session.add(handing)
    # into the one first: in between, less than the minimum would look like a fall
    back = replace(told, other_id=store.id, undoes_id=it.undoes_id)
    movements.move(session, Move.RETURNED, item, source, it.amount, back)
    gone = replace(told, other_id=source.id, undoes_id=it.id)
    return handing, movements.move(session, Move.UNDONE, item, store, -it.amount, gone)


@dataclass(frozen=True)
class Coming:
    """Something on its way from one store to another."""

    handing: Handing
    movement: Movement
    item: Item
    source: Store
    target: Store


def on_the_way(session: Session, stores: Sequence[int], most: int | None = None) -> list[Coming]:
    """Return what is on its way from or to these stores, the newest first."""
    target = aliased(Store)
    columns: tuple[Any, ...] = (Handing, Movement, Item, Store, target)
    found: Select[Any] = select(*columns)
    query = (
        found.join(Handout, col(Handout.id) == col(Handing.handout_id))
        .join(Movement, col(Movement.id) == col(Handout.movement_id))
        .join(Item, col(Item.id) == col(Movement.item_id))
        .join(Store, col(Store.id) == col(Movement.store_id))
        .join(target, col(target.id) == col(Handing.store_id))
        .where(*_under_way(stores))
        .order_by(col(Handing.id).desc())
    )
    return [Coming(*it) for it in session.execute(query.limit(most)).all()]


def count_on_the_way(session: Session, stores: Sequence[int]) -> int:
    """Return how many transfers are on their way from or to these stores."""
    query = select(func.count()).select_from(Handing).join(Handout, col(Handout.id) == col(Handing.handout_id))
    query = query.join(Movement, col(Movement.id) == col(Handout.movement_id))
    return session.exec(query.where(*_under_way(stores))).one()


def _under_way(stores: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    either = or_(col(Movement.store_id).in_(stores), col(Handing.store_id).in_(stores))
    return (col(Handing.store_id).is_not(None), *WAITING, either)
