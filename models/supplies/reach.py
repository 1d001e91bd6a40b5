"""Say what of the stock somebody sees: what the stores hold together whose stock they may move, and of no other store
(docs/rules.md 33.1)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, func, select

from models.authority import permissions
from models.organisation.people import Person
from models.supplies import items
from models.supplies.items import Item
from models.supplies.movements import Stock


def sees_all(session: Session, person: Person, item: Item, day: date) -> bool:
    """Say whether somebody sees what all the stores hold of an item: who leads or administers its unit."""
    return permissions.may_lead(session, person, items.unit_of(session, item).path, day)


def held(session: Session, person: Person, item: Item, day: date) -> Decimal:
    """Return what somebody's stores hold of an item."""
    stores = [it.id for it in items.stores_of(session, person, day)]
    return held_in(session, stores, [item]).get(item.id, Decimal(0))


def held_in(session: Session, stores: Sequence[int], of: Sequence[Item]) -> dict[int, Decimal]:
    """Return what these stores hold together, by the item's id; an item of which nothing was ever there is missing."""
    query = select(Stock.item_id, func.sum(Stock.balance)).group_by(col(Stock.item_id))
    query = query.where(col(Stock.store_id).in_(stores), col(Stock.item_id).in_([it.id for it in of]))
    return dict(session.exec(query).all())
