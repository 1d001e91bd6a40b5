"""Movements (出入库): the only way in which stock changes. None is ever edited; one is undone by a movement against it
(docs/rules.md 33.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text, update
from sqlmodel import Field, Session, col, func, select

from models.core.database import Instant, insert_new
from models.core.errors import Refusal
from models.core.exact import MONEY, NOTHING, QUANTITY
from models.core.table import IDS_NOT_REUSED, Table
from models.files.records import FileRecord
from models.organisation.people import Person
from models.supplies.items import Item, Store

LONGEST = 200  # characters of a note
LARGEST = Decimal(10) ** 9  # of one movement


class Move(StrEnum):
    BOUGHT = "bought"
    RECEIVED = "received"
    OUT = "out"  # handed out
    RETURNED = "returned"  # of what was handed out: by a receiver, or because nobody collected it
    OFF = "off"  # written off
    COUNTED = "counted"  # the difference that a count found, often 0
    SENT = "sent"  # to another store, out of this one
    ARRIVED = "arrived"  # from another store, once it is confirmed there
    UNDONE = "undone"  # against another movement


OTHERWISE = (Move.UNDONE, Move.OUT, Move.RETURNED, Move.SENT, Move.ARRIVED)  # not undone by a movement alone


class Stock(Table, table=True):
    """What a store holds of an item now: the sum of its movements, kept with each of them and never below 0; and
    `coming`, what is on the way to it from other stores. `verify` adds the movements up."""

    __table_args__ = (
        UniqueConstraint("item_id", "store_id"),
        CheckConstraint("balance >= 0 AND coming >= 0", name="stock_not_negative"),
    )

    id: int = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    store_id: int = Field(foreign_key="store.id", index=True)
    balance: Decimal = Field(default=NOTHING, sa_type=QUANTITY)
    coming: Decimal = Field(default=NOTHING, sa_type=QUANTITY)


class Movement(Table, table=True):
    """One movement: `amount` with its sign, and `after`, what the store held of the item then. `price` is what all of
    it cost. `person_id` or `unit_id` is who got it, or brought it back, `other_id` the other store of a transfer.
    `undoes_id` is the movement it goes against, the hand-out of which something came back, or the one that sent what
    arrived."""

    __table_args__ = (
        Index("movement_stock", "item_id", "store_id", "id"),
        Index("movement_store", "store_id", "id"),
        Index("movement_at", "at"),
        Index("movement_undone", "undoes_id", unique=True, sqlite_where=text("kind IN ('undone', 'arrived')"),
              postgresql_where=text("kind IN ('undone', 'arrived')")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    kind: str
    item_id: int = Field(foreign_key="item.id")
    store_id: int = Field(foreign_key="store.id")
    amount: Decimal = Field(sa_type=QUANTITY)
    after: Decimal = Field(sa_type=QUANTITY)
    price: Decimal | None = Field(default=None, sa_type=MONEY)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    other_id: int | None = Field(default=None, foreign_key="store.id")
    note: str = ""
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    undoes_id: int | None = Field(default=None, foreign_key="movement.id")
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class Told:
    """What is said with a movement."""

    by: Person
    at: datetime
    note: str = ""
    price: Decimal | None = None
    files: Sequence[FileRecord] = ()
    person_id: int | None = None
    unit_id: int | None = None
    other_id: int | None = None
    undoes_id: int | None = None


@dataclass(frozen=True)
class Moved:
    """A movement that was made, and whether the item fell below its minimum with it."""

    movement: Movement
    fell: bool = field(default=False)


def balance(session: Session, item: Item, store: Store) -> Decimal:
    """Return what a store holds of an item."""
    query = select(col(Stock.balance)).where(Stock.item_id == item.id, Stock.store_id == store.id)
    return session.exec(query).first() or NOTHING


def total(session: Session, item: Item) -> Decimal:
    """Return what all stores hold of an item, and what is on the way between them."""
    query = select(func.sum(Stock.balance), func.sum(Stock.coming)).where(Stock.item_id == item.id)
    held, coming = session.exec(query).one()
    return (held or NOTHING) + (coming or NOTHING)


def move(session: Session, kind: Move, item: Item, store: Store, amount: Decimal, told: Told) -> Moved:
    """Add a movement and change the balance with it, in this transaction. The database itself refuses a balance below
    0, whoever else moves at the same moment. Raises `supplies.ended`, `supplies.short`, `supplies.large`."""
    for it in (item, store):
        if it.ended_at is not None:  # ended while this was being entered: nobody would see what is put there
            raise Refusal("supplies.ended", name=it.name)
    if abs(amount) > LARGEST:
        raise Refusal("supplies.large", most=LARGEST)
    after = _change(session, item, store, amount)
    made = Movement(
        kind=kind, item_id=item.id, store_id=store.id, amount=amount, after=after, price=told.price,
        person_id=told.person_id, unit_id=told.unit_id, other_id=told.other_id, note=told.note,
        files=list(told.files), undoes_id=told.undoes_id, by=told.by.id, at=told.at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return Moved(made, judge(session, item) and amount < 0)


def _change(session: Session, item: Item, store: Store, amount: Decimal) -> Decimal:
    """Change a balance, and return it. The statement locks the row until the transaction ends: of two hand-outs of the
    last box the second one finds none."""
    insert_new(session, Stock, [{"item_id": item.id, "store_id": store.id, "balance": NOTHING, "coming": NOTHING}])
    here = (Stock.item_id == item.id, Stock.store_id == store.id)
    changed = (
        update(Stock)
        .where(*here, Stock.balance + amount >= NOTHING)  # type: ignore[arg-type]
        .values(balance=Stock.balance + amount)
        .returning(col(Stock.balance))
    )
    after: Decimal | None = session.connection().execute(changed).scalar_one_or_none()
    if after is None:
        raise Refusal(
            "supplies.short", item=item.name, store=store.name, held=balance(session, item, store),
            measure=item.measure,
        )  # fmt: skip
    return after


def expect(session: Session, item: Item, store: Store, amount: Decimal) -> None:
    """Note that so much more of an item is on the way to a store, or, below 0, not any more. It is noted before the
    movement it belongs to, so that what is on the way never looks as if it were gone."""
    insert_new(session, Stock, [{"item_id": item.id, "store_id": store.id, "balance": NOTHING, "coming": NOTHING}])
    here = (Stock.item_id == item.id, Stock.store_id == store.id)
    session.connection().execute(update(Stock).where(*here).values(coming=Stock.coming + amount))  # type: ignore[arg-type]


def judge(session: Session, item: Item) -> bool:
    """Note whether an item is below its minimum; say whether it was not before."""
    low = bool(item.least) and total(session, item) < item.least
    fell = low and not item.low
    if low != item.low:
        item.low = low
        session.add(item)
        session.flush()
    return fell


def count(session: Session, item: Item, store: Store, counted: Decimal, told: Told) -> Moved:
    """Add the difference between what was counted and the balance, 0 too."""
    return move(session, Move.COUNTED, item, store, counted - balance(session, item, store), told)


def undo(session: Session, it: Movement, told: Told) -> Moved:
    """Undo a movement by one against it. A hand-out is undone by taking back from those who got it
    (`handouts.take_back`), a transfer that arrived by `transfers.undo`. Raises `supplies.no_undo`, `supplies.undone`,
    `supplies.short`."""
    if it.kind in OTHERWISE:
        raise Refusal("supplies.no_undo")
    if undone(session, [it.id]):
        raise Refusal("supplies.undone")
    item, store = session.get_one(Item, it.item_id), session.get_one(Store, it.store_id)
    price = -it.price if it.price is not None else None
    against = Told(told.by, told.at, told.note, price, undoes_id=it.id)
    return move(session, Move.UNDONE, item, store, -it.amount, against)


def undone(session: Session, ids: Sequence[int]) -> set[int]:
    """Return those of these movements that were undone."""
    query = select(Movement.undoes_id).where(col(Movement.undoes_id).in_(ids), Movement.kind == Move.UNDONE)
    return {it for it in session.exec(query).all() if it is not None}


def newest(session: Session, stores: Sequence[int], most: int) -> list[Movement]:
    """Return the newest movements of these stores, the newest first."""
    query = select(Movement).where(col(Movement.store_id).in_(stores)).order_by(col(Movement.id).desc())
    return list(session.exec(query.limit(most)).all())


def each(session: Session, stores: Sequence[int], size: int = 500) -> Iterator[list[Movement]]:
    """Yield all movements of these stores in their order; memory holds so many at a time."""
    after = 0
    of = select(Movement).where(col(Movement.store_id).in_(stores))
    while found := session.exec(of.where(col(Movement.id) > after).order_by(col(Movement.id)).limit(size)).all():
        yield list(found)
        after = found[-1].id


def number(session: Session, stores: Sequence[int]) -> int:
    """Return how many movements these stores have."""
    return session.exec(select(func.count()).where(col(Movement.store_id).in_(stores))).one()


def held(session: Session, stores: Sequence[int]) -> list[tuple[Item, Store, Decimal, Decimal]]:
    """Return what these stores hold, and what is on the way to them, by item and store: of items that run, and of
    others where there is any."""
    query = (
        select(Item, Store, col(Stock.balance), col(Stock.coming))
        .join(Stock, col(Stock.item_id) == col(Item.id))
        .join(Store, col(Store.id) == col(Stock.store_id))
        .where(col(Stock.store_id).in_(stores))
        .order_by(col(Item.name), col(Item.id), col(Store.id))
    )
    return [it for it in session.exec(query).all() if it[2] or it[3] or it[0].ended_at is None]
