"""Whoever got something says so with a tap, or that it is not what they got (docs/rules.md 33.3)."""

from typing import Any

from handlers.alerts import levels
from handlers.core import asking
from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from handlers.core.ids import HandingId
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.supplies import standing, story
from models.authority import permissions, responsibility
from models.core.errors import Refusal
from models.forms.answers import read_words
from models.messaging import cards, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.supplies import handouts, items, movements, transfers
from models.supplies.handouts import Handing, Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Told
from models.time.times import awake

router = Router("handing", MEMBER)


def bring(context: Context, it: Handing, *, urged: Person | None = None) -> int:
    """Ask who got something to confirm it, at the end of their chat; return how many chats that reaches."""
    return _bring(context, it, receivers(context, it), urged)


def bring_to(turn: Turn, it: Handing) -> None:
    """Show the speaker alone what waits for them: somebody else who may confirm it too has not asked."""
    _bring(turn, it, [turn.person])


def _bring(context: Context, it: Handing, whom: list[Person], urged: Person | None = None) -> int:
    found = levels.reached(context.session, whom, None)
    for person, address in found:
        at = awake(context.now, person.timezone or context.defaults.zone)
        _stand(context, it, person, address, below=True, not_before=at, urged=urged)
    return len(found)


def receivers(context: Context, it: Handing) -> list[Person]:
    """Return who is asked to confirm: the person, who answers for the unit, or who keeps the store and, where no keeper
    is reached, who answers for its unit."""
    session = context.session
    if it.person_id is not None:
        return [session.get_one(Person, it.person_id)]
    if it.store_id is None:
        return responsibility.responsible(session, session.get_one(Unit, it.unit_id), context.today)[1]
    store = session.get_one(Store, it.store_id)
    kept = items.keepers(session, store, context.today)
    if levels.reached(session, kept, None):
        return kept
    return responsibility.responsible(session, items.unit_of(session, store), context.today)[1]


def refresh(context: Context, it: Handing) -> None:
    """Show how it stands wherever it is shown."""
    for person, address in levels.told(context.session, Subject.HANDING, str(it.id)):
        _stand(context, it, person, address, below=False)


def _stand(context: Context, it: Handing, person: Person, address: Address, *, below: bool, **how: Any) -> None:
    content = _content(context, it, person, how.pop("urged", None))
    slot = Slot.of(Subject.HANDING, address, it.id)
    live_messages.show(context.session, slot, Kind.NOTICE, content, context.now, below=below, **how)


def _content(context: Context, it: Handing, person: Person, urged: Person | None) -> Content:
    return context.words_for(person).content("supplies/handing", urged=urged, **view(context, it))


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show what somebody has still to confirm in the language they chose."""
    for number in cards.shown_in(context.session, event.address, Subject.HANDING):
        it = context.session.get(Handing, int(number))
        if it is not None and it.waits:
            _stand(context, it, event.person, event.address, below=False)


def view(context: Context, it: Handing) -> dict[str, Any]:
    """Return what templates show of it."""
    session = context.session
    movement = handouts.movement_of(session, it)
    return {
        "it": it, "movement": movement, "item": session.get_one(Item, movement.item_id),
        "store": session.get_one(Store, movement.store_id), "keeper": session.get_one(Person, movement.by),
        "unit": session.get(Unit, it.unit_id) if it.unit_id else None,
        "to": session.get(Store, it.store_id) if it.store_id else None,
        "confirmer": session.get(Person, it.confirmed_by) if it.confirmed_by else None,
    }  # fmt: skip


def own(turn: Turn, number: int) -> Handing | None:
    """Return what the speaker, a unit they lead, or a store whose stock they may move got; None for anybody else's, as
    for one that there is not."""
    it = turn.session.get(Handing, number)
    if it is None:
        return None
    if it.person_id is not None:
        return it if it.person_id == turn.person.id else None
    if it.store_id is not None:
        store = turn.session.get_one(Store, it.store_id)
        return it if items.may_move(turn.session, turn.person, store, turn.today) else None
    unit = turn.session.get_one(Unit, it.unit_id)
    return it if permissions.may_lead(turn.session, turn.person, unit.path, turn.today) else None


@router.button("got")
def tap_got(turn: Turn, handing_id: HandingId) -> None:
    """Confirm what was got."""
    it = own(turn, handing_id)
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return
    fresh = _confirm(turn, it)
    turn.toast("supplies/confirmed" if fresh else "supplies/confirmed_before")
    if fresh:
        changed(turn, it)


def _confirm(turn: Turn, it: Handing) -> bool:
    """Note that it was got; what was sent to a store is in it from now on."""
    if it.store_id is None:
        return handouts.confirm(turn.session, it, turn.person, turn.now)
    moved = transfers.arrive(turn.session, it, turn.person, turn.now)
    if moved is not None:
        story.sent(turn, turn.session.get_one(Item, moved.movement.item_id), moved.movement)
    return moved is not None


@router.button("wrong")
def tap_wrong(turn: Turn, handing_id: HandingId) -> None:
    """Say that it is not what was got; what was got is asked for."""
    it = own(turn, handing_id)
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return
    if it.confirmed_at is not None:
        raise Refusal("supplies.confirmed")
    asking.for_words(turn, "supplies_wrong", f"supplies wrong {it.id} {{}}")


@router.button("refuse")
def tap_refuse(turn: Turn, handing_id: HandingId) -> None:
    """Refuse what was sent to a store; why is asked for."""
    it = own(turn, handing_id)
    if it is None or it.store_id is None:
        turn.toast("core/not_yours", alert=True)
        return
    _refuse_late(it)
    asking.for_words(turn, "supplies_refuse", f"supplies refuse {it.id} {{}}")


def _refuse_late(it: Handing) -> None:
    if it.confirmed_at is not None:
        raise Refusal("supplies.confirmed")
    if not it.left:
        raise Refusal("supplies.taken_back")


def refuse(turn: Turn, parts: list[str]) -> None:
    """Refuse what was sent to a store, with a reason: all that is on the way goes back, and whoever sent it is told."""
    it = _said(turn, parts)
    if len(parts) < 2 or it.store_id is None:
        tap_refuse(turn, it.id)
        return
    _refuse_late(it)
    it.said = read_words(" ".join(parts[1:]), movements.LONGEST)
    moved = handouts.take_back(turn.session, it, it.left, Told(turn.person, turn.now, it.said))
    turn.say("supplies/refused", moved=moved.movement, **view(turn, it))
    changed(turn, it, ring=True)


def _said(turn: Turn, parts: list[str]) -> Handing:
    it = own(turn, int(parts[0])) if parts and parts[0].isdecimal() and len(parts[0]) < 10 else None
    if it is None:
        raise Refusal("supplies.no_handing")
    return it


def wrong(turn: Turn, parts: list[str]) -> None:
    """Take what a receiver says instead of confirming; the keeper is told."""
    it = _said(turn, parts)
    if len(parts) < 2:
        tap_wrong(turn, it.id)
        return
    handouts.dispute(turn.session, it, read_words(" ".join(parts[1:]), movements.LONGEST), turn.now)
    turn.say("supplies/disputed", **view(turn, it))
    changed(turn, it, ring=True)


def changed(turn: Turn, it: Handing, *, ring: bool = False) -> None:
    """Show how it stands to whoever got it and whoever handed it out; `ring` the latter."""
    refresh(turn, it)
    made = turn.session.get_one(Handout, it.handout_id)
    standing.refresh(turn, made, ring=ring)


def for_them(turn: Turn, parts: list[str]) -> None:
    """Confirm in the name of somebody whom no message reaches: the keeper's word, kept as the keeper's."""
    it = turn.session.get(Handing, int(parts[0])) if parts and parts[0].isdecimal() and len(parts[0]) < 10 else None
    seen = it is not None and items.may_move(turn.session, turn.person, view(turn, it)["store"], turn.today)
    if it is None or it.store_id is not None or not seen:  # what is put into a store is its keepers' word alone
        raise Refusal("supplies.no_handing")
    if levels.reached(turn.session, receivers(turn, it), None):
        raise Refusal("supplies.has_chat")
    handouts.confirm(turn.session, it, turn.person, turn.now)
    standing.show(turn, turn.session.get_one(Handout, it.handout_id), turn.person, below=True)
