"""Tell the timeline what was handed out of an item in a month (docs/rules.md 39.2): the total, never to whom."""

from decimal import Decimal

from handlers.core.context import Context
from models.supplies.items import Item
from models.supplies.movements import Movement
from models.timeline import entries
from models.timeline.sources import STOCK


def handed_out(context: Context, item: Item, movement: Movement) -> None:
    """Add what a hand-out took out of the store, or take off what came back."""
    session, day, key = context.session, context.today, f"{item.id}:{context.today:%Y-%m}"
    entries.once(session, STOCK, item.unit_id, day, key, item=item.name, measure=item.measure)
    it = entries.add(session, STOCK, item.unit_id, day, key, n=0, sums={"amount": -movement.amount})
    if not Decimal(it.told["amount"]):  # all of it came back
        entries.take_away(session, STOCK, key)
