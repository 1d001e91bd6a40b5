"""Tell the timeline what was handed out of an item in a month, and what went from one store to another (docs/rules.md
39.2): the total, never to whom."""

from decimal import Decimal
from typing import Any

from handlers.core.context import Context
from models.supplies.items import Item, Store
from models.supplies.movements import Movement
from models.timeline import entries
from models.timeline.sources import STOCK, TRANSFER, Source


def handed_out(context: Context, item: Item, movement: Movement) -> None:
    """Add what a hand-out took out of the store."""
    _add(context, STOCK, item, f"{item.id}:{context.today:%Y-%m}", -movement.amount)


def came_back(context: Context, item: Item, amount: Decimal) -> None:
    """Take off what came back of a hand-out. Of a transfer nothing was told while it was on the way."""
    _add(context, STOCK, item, f"{item.id}:{context.today:%Y-%m}", -amount)


def sent(context: Context, item: Item, movement: Movement) -> None:
    """Add what arrived from another store, or take off what went back to it."""
    source, store = context.session.get_one(Store, movement.other_id), context.session.get_one(Store, movement.store_id)
    key = f"{item.id}:{source.id}:{store.id}:{context.today:%Y-%m}"
    _add(context, TRANSFER, item, key, movement.amount, origin=source.name, store=store.name)


def _add(context: Context, source: Source, item: Item, key: str, amount: Decimal, **told: Any) -> None:
    session, day = context.session, context.today
    entries.once(session, source, item.unit_id, day, key, item=item.name, measure=item.measure, **told)
    it = entries.add(session, source, item.unit_id, day, key, n=0, sums={"amount": amount})
    if not Decimal(it.told["amount"]):  # all of it came back
        entries.take_away(session, source, key)
