"""A depot with masks and a collection, straight in the models."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlmodel import Session, select

from models.changes import roster_import
from models.donations import collections
from models.donations.collections import Collection
from models.organisation.people import Person
from models.organisation.units import Unit, root
from models.supplies import items, movements
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Told
from tests.support.world import ROSTER

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def found(session: Session, masks: str = "0") -> None:
    """Found the organisation, a store with as many masks, and a collection."""
    roster_import.take(session, roster_import.read(ROSTER.encode()))
    unit = root(session)
    assert unit is not None
    item = items.put(session, unit, "口罩", "个", Decimal(0), NOW)
    store = items.put_store(session, unit, "仓库", NOW)
    items.put_store(session, unit, "备用仓库", NOW)
    if Decimal(masks):
        movements.move(session, Move.RECEIVED, item, store, Decimal(masks), told(session))
    collections.begin(session, unit, "互助", NOW.date(), keeper(session), NOW)


def keeper(session: Session) -> Person:
    return session.exec(select(Person).where(Person.staff_no == "1002")).one()


def told(session: Session, note: str = "") -> Told:
    return Told(keeper(session), NOW, note)


def other(session: Session) -> Store:
    """Return the second store, to which things are sent."""
    return session.exec(select(Store).where(Store.name == "备用仓库")).one()


def things(session: Session) -> tuple[Item, Store, Collection, Unit]:
    unit = session.exec(select(Unit).where(Unit.path == "区局/一站")).one()
    item, store = session.exec(select(Item)).one(), session.exec(select(Store).where(Store.name == "仓库")).one()
    return item, store, session.exec(select(Collection)).one(), unit
