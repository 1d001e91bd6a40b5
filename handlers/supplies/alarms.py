"""Tell the keepers and the lead, once for each fall, that an item is below its minimum (docs/rules.md 33.5)."""

from handlers.core.context import Context
from models.authority import responsibility
from models.messaging import cards
from models.messaging.addresses import reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.supplies import items, movements, reach
from models.supplies.items import Item, Store
from models.supplies.movements import Movement
from models.time.times import awake


def tell(context: Context, item: Item, store: Store, movement: Movement) -> None:
    """Tell the keepers of the store and who answers for the item's unit; at night in the morning."""
    session, day = context.session, context.today
    total = movements.total(session, item)
    for person in told(context, item, store):
        address = reachable(session, person)
        if address is None:
            continue
        whole = reach.sees_all(session, person, item, day)
        held = total if whole else reach.held(session, person, item, day)
        content = context.words_for(person).content("supplies/low", item=item, held=held, whole=whole)
        at = awake(context.now, person.timezone or context.defaults.zone)
        slot = Slot.of(Subject.LOW_STOCK, address, item.id, movement.id)
        cards.want(session, slot, Kind.NOTICE, content, context.now, not_before=at)


def told(context: Context, item: Item, store: Store) -> list[Person]:
    """Return the keepers of the store and who answers for the item's unit, each once."""
    session, day = context.session, context.today
    _, leads = responsibility.responsible(session, items.unit_of(session, item), day)
    return list({it.id: it for it in [*items.keepers(session, store, day), *leads]}.values())
