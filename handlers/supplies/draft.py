"""A movement that is about to be entered: shown once more, with room for a note and a photo of the bill, and recorded
with a tap (docs/rules.md 33.2)."""

import json
from decimal import Decimal
from typing import Any

from handlers.core import held_files
from handlers.core.access import MEMBER
from handlers.core.rendering import Content
from handlers.core.router import InForm, Router
from handlers.core.turn import Turn
from handlers.supplies import alarms, receivers, rest, standing, story
from handlers.supplies.reading import Read
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core import audit
from models.core.errors import Refusal
from models.files import attachments
from models.forms.answers import read_words
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.supplies import bills, handouts, items, movements, transfers
from models.supplies.handouts import Handing, Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Moved, Movement, Told

router = Router("supply", MEMBER)

EACH, REST = "each", "rest"  # a list of people; what nobody of a hand-out confirmed
NEEDS_REASON = (Move.OFF, Move.UNDONE, REST)
WITH_FILES = (Move.BOUGHT, Move.RECEIVED, Move.OFF)


def begin(turn: Turn, kind: str, read: Read, **values: object) -> None:
    """Show a movement that is to be recorded."""
    start(turn, {"kind": kind, "item": read.item.id, "store": read.store.id, **values}, " ".join(read.rest))


def start(turn: Turn, values: dict[str, Any], note: str = "") -> None:
    expected = expected_input.expect(turn.session, turn.person, Purpose.SUPPLY, turn.now)
    expected.about, expected.kind = expected.revision, json.dumps(values)
    expected.words = read_words(note, movements.LONGEST) if note.strip() else None
    _show(turn, expected, below=True)


def _show(turn: Turn, expected: ExpectedInput, *, below: bool = False) -> None:
    view = _view(turn, expected)
    _refuse_other(turn, view["store"])
    expected.kind = json.dumps(json.loads(expected.kind or "{}") | {"seen": _rests_on(view)})
    turn.session.add(expected)
    _stand(turn, expected, turn.words.content("supplies/draft", **view), below=below)


def _rests_on(view: dict[str, Any]) -> str:
    """Return what else than what was typed decides how much is recorded: what the store held when it was counted, how
    many people get something."""
    return {Move.COUNTED: str(view["held"]), EACH: str(view["people"])}.get(view["kind"], "")


def _refuse_other(turn: Turn, store: Store) -> None:
    """Raise `supplies.no_store` for whoever may not move that stock, or not any more."""
    if not items.may_move(turn.session, turn.person, store, turn.today):
        raise Refusal("supplies.no_store")


def _stand(turn: Turn, expected: ExpectedInput, content: Content, *, below: bool = False) -> None:
    slot = Slot.of(Subject.SUPPLY, turn.here, expected.about)
    live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=below)


def _view(turn: Turn, expected: ExpectedInput) -> dict[str, Any]:
    """Return what the card shows of the movement."""
    session, values = turn.session, json.loads(expected.kind or "{}")
    item, store = session.get_one(Item, values["item"]), session.get_one(Store, values["store"])
    held = movements.balance(session, item, store)
    amount = Decimal(values.get("amount", 0))
    unit = session.get(Unit, values["unit"]) if values.get("unit") else None
    people = len(handouts.listed(session, unit, turn.today)) if unit and values["kind"] == EACH else 0
    return {
        "kind": values["kind"], "item": item, "store": store, "held": held, "amount": amount, "unit": unit,
        "people": people, "all": amount * people, "price": Decimal(values["price"]) if "price" in values else None,
        "person": session.get(Person, values["person"]) if values.get("person") else None,
        "to": session.get(Store, values["to"]) if values.get("to") else None,
        "undoes": session.get(Movement, values["undoes"]) if values.get("undoes") else None,
        "expected": expected, "files": expected.files, "reason": values["kind"] in NEEDS_REASON,
        "takes_files": values["kind"] in WITH_FILES,
    }  # fmt: skip


def drop(turn: Turn, expected: ExpectedInput) -> None:
    """Cancel (取消): nothing was recorded."""
    _stand(turn, expected, turn.words.content("core/nothing_changed"), below=turn.incoming.data is None)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)


@router.expects(Purpose.SUPPLY, dropped=drop)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take the note, or the reason; typed again, it replaces the earlier one."""
    expected.words = read_words(text, movements.LONGEST)
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)


@router.file
def received(turn: Turn) -> bool:
    """Take a photo of the bill while a purchase, a receipt or a write-off is entered."""
    expected = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if expected is None or expected.use != Purpose.SUPPLY:
        return False
    if json.loads(expected.kind or "{}")["kind"] not in WITH_FILES:
        raise Refusal("supplies.no_file")
    expected.files = attachments.added(expected.files, [held_files.sent(turn)])
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)
    return True


@router.button("cancel", in_form=InForm.LEAVING)
def tap_cancel(turn: Turn, revision: int) -> None:
    """Cancel the movement that is being entered."""
    expected = _held(turn, revision)
    if expected:
        drop(turn, expected)


@router.button("record", in_form=InForm.OTHER)
def tap_record(turn: Turn, revision: int) -> None:
    """Record the movement."""
    expected = _held(turn, revision)
    if expected is None:
        return
    values = json.loads(expected.kind or "{}")
    if values["kind"] in NEEDS_REASON and not expected.words:
        turn.toast("supplies/reason_first", alert=True)
        return
    store = turn.session.get_one(Store, values["store"])
    _refuse_other(turn, store)
    if _rests_on(_view(turn, expected)) != values["seen"]:
        expected_input.step(turn.session, expected, turn.now)
        _show(turn, expected)
        turn.toast("supplies/changed_meanwhile", alert=True)
        return
    _record(turn, expected, values, store)
    live_messages.take_away(turn.session, Slot.of(Subject.SUPPLY, turn.here, expected.about), Kind.REPLY, turn.now)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)


def _held(turn: Turn, revision: int) -> ExpectedInput | None:
    """Return what is being entered, if the button belongs to the current screen."""
    expected = expected_input.held(turn.session, turn.person)
    if expected is None or expected.use != Purpose.SUPPLY or expected.revision != revision:
        turn.toast("core/form_gone")
        return None
    return expected


def _record(turn: Turn, expected: ExpectedInput, values: dict[str, Any], store: Store) -> None:
    session, kind = turn.session, values["kind"]
    item = session.get_one(Item, values["item"])
    price = Decimal(values["price"]) if "price" in values else None
    told = Told(turn.person, turn.now, expected.words or "", price, expected.files)
    if kind in (Move.OUT, EACH, Move.SENT):
        _hand_out(turn, item, store, values, told)
    elif kind == REST:
        _take_rest(turn, session.get_one(Handout, values["handout"]), told)
    elif kind == Move.RETURNED:
        handing = session.get_one(Handing, values["handing"])
        moved = handouts.take_back(session, handing, Decimal(values["amount"]), told)
        if handing.store_id is None:
            story.came_back(turn, item, moved.movement.amount)
        done(turn, item, store, moved)
        receivers.refresh(turn, handing)
    elif kind == Move.UNDONE:
        undoes = session.get_one(Movement, values["undoes"])
        arrived = undoes.kind == Move.ARRIVED
        moved = _send_back(turn, item, undoes, told) if arrived else movements.undo(session, undoes, told)
        done(turn, item, store, moved)
        audit.note(session, turn.now, turn.person.staff_no, "movement undone", _path(turn, store), number=undoes.id)
    else:
        done(turn, item, store, _simple(turn, Move(kind), item, store, Decimal(values["amount"]), told))


def _take_rest(turn: Turn, made: Handout, told: Told) -> None:
    """Take back what nobody confirmed. Raises `supplies.all_confirmed` where all have meanwhile."""
    if made.rest_by is not None:  # somebody else began it meanwhile
        turn.toast("supplies/taking")
        return
    if not handouts.unconfirmed(turn.session, made):
        raise Refusal("supplies.all_confirmed")
    rest.begin(turn, made, told)


def _simple(turn: Turn, kind: Move, item: Item, store: Store, amount: Decimal, told: Told) -> Moved:
    """Buy, receive, write off or count."""
    if kind == Move.COUNTED:
        return movements.count(turn.session, item, store, amount, told)
    moved = movements.move(turn.session, kind, item, store, -amount if kind == Move.OFF else amount, told)
    bills.record(turn.session, told.files, movement=moved.movement.id)
    return moved


def _send_back(turn: Turn, item: Item, arrived: Movement, told: Told) -> Moved:
    """Undo what arrived from another store; whoever sent it sees it."""
    handing, moved = transfers.undo(turn.session, arrived, told)
    story.sent(turn, item, moved.movement)
    receivers.changed(turn, handing, ring=True)
    return moved


def done(turn: Turn, item: Item, store: Store, moved: Moved) -> None:
    """Show what was recorded, and tell those who are told when an item falls below its minimum."""
    turn.say("supplies/done", it=moved.movement, item=item, store=store)
    if moved.fell:
        alarms.tell(turn, item, store, moved.movement)


def _hand_out(turn: Turn, item: Item, store: Store, values: dict[str, Any], told: Told) -> None:
    session, amount = turn.session, Decimal(values["amount"])
    unit = session.get_one(Unit, values["unit"]) if values.get("unit") else None
    if values["kind"] == EACH and unit is not None:
        made, moved = handouts.to_each(session, item, store, handouts.listed(session, unit, turn.today), amount, told)
    else:
        if values["kind"] == Move.SENT:
            handing, moved = transfers.send(session, item, store, session.get_one(Store, values["to"]), amount, told)
        else:
            receiver = unit or session.get_one(Person, values["person"])
            if isinstance(receiver, Person) and receiver.left_by(turn.today):
                raise Refusal("supplies.no_receiver", path=items.unit_of(session, item).path)
            handing, moved = handouts.to_one(session, item, store, receiver, amount, told)
        made = session.get_one(Handout, handing.handout_id)
        receivers.bring(turn, handing)
    if moved.movement.kind == Move.OUT:
        story.handed_out(turn, item, moved.movement)
    standing.show(turn, made, turn.person, below=True)
    if moved.fell:
        alarms.tell(turn, item, store, moved.movement)


def _path(turn: Turn, store: Store) -> str:
    return items.unit_of(turn.session, store).path
