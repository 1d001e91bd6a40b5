"""Show a keeper how a hand-out stands: who has confirmed, who has not, and what is wrong; remind and take back from
there (docs/rules.md 33.4)."""

from typing import Any

from sqlmodel import Session

from handlers.alerts import levels
from handlers.core.context import Context
from handlers.core.rendering import Content
from models.messaging import live_messages
from models.messaging.addresses import Address, reachable, silence
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.supplies import handouts, items
from models.supplies.handouts import Handing, Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Movement
from models.time.times import awake

NAMED = 30  # of those who have not confirmed


def view(context: Context, made: Handout, most: int = NAMED) -> dict[str, Any]:
    """Return what templates show of a hand-out."""
    session = context.session
    movement = handouts.movement_of(session, made)
    every, done, waits = handouts.counted(session, made)
    waiting = handouts.next_waiting(session, made, 0, most)
    only = None if made.listed else handouts.handings(session, made)[0]
    silent = silence(session, [it.person_id for it in waiting if it.person_id is not None])
    return {
        "it": made, "movement": movement, "item": session.get_one(Item, movement.item_id),
        "store": session.get_one(Store, movement.store_id), "keeper": session.get_one(Person, movement.by),
        "every": every, "done": done, "waits": waits,
        "waiting": [(it, name(context, it), silent.get(it.person_id or 0, "silent")) for it in waiting],
        "only": only, "first": name(context, only) if only else "",
        "confirmer": session.get(Person, only.confirmed_by) if only and only.confirmed_by else None,
        "late": context.now - made.at >= handouts.PATIENCE and waits > 0,
    }  # fmt: skip


def name(context: Context, it: Handing) -> str:
    if it.person_id is not None:
        return context.session.get_one(Person, it.person_id).name
    if it.store_id is not None:
        return context.session.get_one(Store, it.store_id).name
    return context.session.get_one(Unit, it.unit_id).name


def whom(session: Session, it: Movement) -> str:
    """Return who got what a movement moved, or brought it: a person, a unit or the other store; "" for nobody."""
    if it.person_id is not None:
        return session.get_one(Person, it.person_id).name
    if it.unit_id is not None:
        return session.get_one(Unit, it.unit_id).name
    return session.get_one(Store, it.other_id).name if it.other_id is not None else ""


def content(context: Context, made: Handout, reader: Person) -> Content:
    return context.words_for(reader).content("supplies/handout", **view(context, made))


def show(context: Context, made: Handout, reader: Person, *, below: bool, at_night: bool = True) -> None:
    """Show it in somebody's chat."""
    address = reachable(context.session, reader)
    if address is not None:
        _stand(context, made, reader, address, below=below, at_night=at_night)


def _stand(
    context: Context, made: Handout, reader: Person, address: Address, *, below: bool, at_night: bool = True
) -> None:  # fmt: skip
    at = None if at_night else awake(context.now, reader.timezone or context.defaults.zone)
    slot = Slot.of(Subject.HANDOUT, address, made.id)
    shown = content(context, made, reader)
    live_messages.show(context.session, slot, Kind.NOTICE, shown, context.now, below=below, not_before=at)


def refresh(context: Context, made: Handout, *, ring: bool = False) -> None:
    """Show how it stands wherever it is shown to somebody who may still move that stock; `ring` whoever handed it
    out."""
    session = context.session
    movement = handouts.movement_of(session, made)
    store = session.get_one(Store, movement.store_id)
    for person, address in levels.told(session, Subject.HANDOUT, str(made.id)):
        if items.may_move(session, person, store, context.today):
            rings = ring and person.id == movement.by
            _stand(context, made, person, address, below=rings, at_night=not rings)
