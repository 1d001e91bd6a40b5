"""An entry of a collection's ledger that is about to be made: the donor, how they are shown, a photo; recorded with a
tap (docs/rules.md 34.2)."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from handlers.core import held_files
from handlers.core.access import LEAD
from handlers.core.rendering import Content
from handlers.core.router import InForm, Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import UNNAMED
from handlers.donations import gifts, standing
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core import audit, characters
from models.core.errors import Refusal
from models.donations import collections, entries, story
from models.donations.collections import Collection
from models.donations.entries import DonationEntry, Entered, Said, Shown
from models.files import attachments
from models.forms.answers import read_words
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.supplies import bills, items, movements
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Movement, Told

router = Router("donation", LEAD)

GIFTS = (Entered.MONEY, Entered.GOODS)


def begin(turn: Turn, it: Collection, kind: Entered, donor: str = "", **values: object) -> None:
    """Show an entry that is to be recorded; of a gift the donor is asked for."""
    kept: dict[str, Any] = {"kind": kind, "collection": it.id, "shown": Shown.NAME, **values}
    if donor:
        kept |= _donor(turn, it, donor, kept)
    expected = expected_input.expect(turn.session, turn.person, Purpose.DONATION, turn.now)
    expected.about, expected.kind = expected.revision, json.dumps(kept)
    _show(turn, expected, below=True)


def undo(turn: Turn, entry: DonationEntry, reason: str = "") -> None:
    """Show what undoes an entry; the reason is asked for. Raises `donations.no_undo`, `donations.undone`."""
    if entry.kind == Entered.UNDONE:
        raise Refusal("donations.no_undo")
    if entries.undone(turn.session, [entry.id]):
        raise Refusal("donations.undone")
    it = turn.session.get_one(Collection, entry.collection_id)
    words = read_words(reason, entries.LONGEST) if reason.strip() else ""
    begin(turn, it, Entered.UNDONE, amount=str(-entry.amount), undoes=entry.id, words=words)


def _donor(turn: Turn, it: Collection, typed: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return who gives: nobody who is named, somebody of the organisation by staff number, or a name. Whoever is named
    after nobody was is shown again. Raises `donations.donor`, and as `_numbered`."""
    said = characters.name(typed)
    if said.lower() in UNNAMED:
        return {"donor": "", "shown": Shown.HIDDEN, "person": None}
    shown = Shown.NAME if values.get("donor") == "" else values["shown"]
    if person := _numbered(turn, it, said):
        return {"donor": person.name, "person": person.id, "shown": shown}
    if not characters.is_name(said):
        raise Refusal("donations.donor")
    return {"donor": said, "person": None, "shown": shown}


def _numbered(turn: Turn, it: Collection, said: str) -> Person | None:
    """Return whose staff number it is. Digits alone are meant as one, so that a slip is seen; `3M` may be a firm.
    Raises as `people.find_person`."""
    if not said.isascii() or not any(c.isdecimal() for c in said):
        return None
    try:
        return people.find_person(turn.session, said, [collections.unit_of(turn.session, it)])
    except Refusal as refusal:
        if said.isdecimal() or refusal.key != "people.no_person":
            raise
        return None


def _show(turn: Turn, expected: ExpectedInput, *, below: bool = False) -> None:
    session, values = turn.session, json.loads(expected.kind or "{}")
    it = session.get_one(Collection, values["collection"])
    sums = collections.sums(session, it)
    person = session.get(Person, values["person"]) if values.get("person") else None
    content = turn.words.content(
        "donations/draft", kind=values["kind"], it=it, expected=expected, files=expected.files,
        amount=Decimal(values.get("amount", 0)), words=values.get("words", ""), donor=values.get("donor"),
        person=person, shown=values["shown"], gift=values["kind"] in GIFTS, left=sums.given - sums.spent,
        item=session.get(Item, values["item"]) if "item" in values else None,
        store=session.get(Store, values["store"]) if "store" in values else None,
        count=Decimal(values.get("count", 0)), unit=collections.unit_of(session, it),
        undoes=session.get(DonationEntry, values["undoes"]) if "undoes" in values else None,
        initials=entries.initials(values["donor"]) if values.get("donor") else "",
    )  # fmt: skip
    _stand(turn, expected, content, below=below)


def _stand(turn: Turn, expected: ExpectedInput, content: Content, *, below: bool = False) -> None:
    slot = Slot.of(Subject.SUPPLY, turn.here, expected.about)
    live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=below)


def drop(turn: Turn, expected: ExpectedInput) -> None:
    """Cancel (取消): nothing was recorded."""
    _stand(turn, expected, turn.words.content("core/nothing_changed"), below=turn.incoming.data is None)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)


@router.expects(Purpose.DONATION, dropped=drop)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take the donor of a gift, or the reason; typed again, it replaces the earlier one."""
    values = json.loads(expected.kind or "{}")
    it = turn.session.get_one(Collection, values["collection"])
    gift = values["kind"] in GIFTS
    values |= _donor(turn, it, text, values) if gift else {"words": read_words(text, entries.LONGEST)}
    _change(turn, expected, values, below=True)


def _change(turn: Turn, expected: ExpectedInput, values: dict[str, Any], *, below: bool = False) -> None:
    expected.kind = json.dumps(values)
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=below)


@router.file
def received(turn: Turn) -> bool:
    """Take a photo of a bill or of the goods."""
    expected = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if expected is None or expected.use != Purpose.DONATION:
        return False
    expected.files = attachments.added(expected.files, [held_files.sent(turn)])
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)
    return True


@router.button("shown", in_form=InForm.OTHER)
def tap_shown(turn: Turn, revision: int, how: Literal["name", "initials", "hidden"]) -> None:
    """Choose how the donor is shown."""
    expected = _held(turn, revision)
    if expected:
        _change(turn, expected, json.loads(expected.kind or "{}") | {"shown": how})


@router.button("cancel", in_form=InForm.LEAVING)
def tap_cancel(turn: Turn, revision: int) -> None:
    """Cancel the entry that is being made."""
    expected = _held(turn, revision)
    if expected:
        drop(turn, expected)


@router.button("record", in_form=InForm.OTHER)
def tap_record(turn: Turn, revision: int) -> None:
    """Record the entry."""
    expected = _held(turn, revision)
    if expected is None:
        return
    values = json.loads(expected.kind or "{}")
    if values["kind"] in GIFTS and values.get("donor") is None:
        turn.toast("donations/donor_first", alert=True)
        return
    if values["kind"] == Entered.UNDONE and not values.get("words"):
        turn.toast("supplies/reason_first", alert=True)
        return
    it = standing.seen(turn, values["collection"], turn.person, keeping=True)
    if values["kind"] in GIFTS and not it.open(turn.today):
        raise Refusal("donations.over", purpose=it.purpose)
    entry = _record(turn, it, values, expected)
    story.came_to(turn.session, it)
    live_messages.take_away(turn.session, Slot.of(Subject.SUPPLY, turn.here, expected.about), Kind.REPLY, turn.now)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.say("donations/done", one=entry, **standing.view(turn, it, turn.person, 0))


def _held(turn: Turn, revision: int) -> ExpectedInput | None:
    """Return what is being entered, if the button belongs to the current screen."""
    expected = expected_input.held(turn.session, turn.person)
    if expected is None or expected.use != Purpose.DONATION or expected.revision != revision:
        turn.toast("core/form_gone")
        return None
    return expected


def _record(turn: Turn, it: Collection, values: dict[str, Any], expected: ExpectedInput) -> DonationEntry:
    session, kind = turn.session, values["kind"]
    said = Said(
        turn.person, turn.now, values.get("words", ""), values.get("donor") or "", values.get("person"),
        Shown(values["shown"]), None, expected.files,
    )  # fmt: skip
    if kind == Entered.UNDONE:
        return _undo(turn, session.get_one(DonationEntry, values["undoes"]), said)
    if "item" in values:
        said = _into_stock(turn, it, values, said)
    amount = Decimal(values.get("amount", 0))
    entry = (
        entries.spend(session, it, amount, said) if kind == Entered.SPENT else entries.give(session, it, amount, said)
    )
    bills.record(session, said.files, entry=entry.id)
    gifts.thank(turn, entry)
    return entry


def _into_stock(turn: Turn, it: Collection, values: dict[str, Any], said: Said) -> Said:
    """Receive the goods in the store, in this transaction; the entry says which and how much."""
    session = turn.session
    item, store = session.get_one(Item, values["item"]), session.get_one(Store, values["store"])
    if not items.may_move(session, turn.person, store, turn.today):
        raise Refusal("supplies.no_store")
    count = Decimal(values["count"])
    told = Told(turn.person, turn.now, it.purpose)
    moved = movements.move(session, Move.RECEIVED, item, store, count, told)
    words = turn.words.line("donations/goods_words", item=item, count=count)
    return Said(said.by, said.at, words, said.donor, said.person_id, said.shown, moved.movement.id, said.files)


def _undo(turn: Turn, entry: DonationEntry, said: Said) -> DonationEntry:
    """Undo an entry; goods that went into the stock leave it again."""
    made = entries.undo(turn.session, entry, Said(said.by, said.at, said.words, files=said.files))
    bills.record(turn.session, said.files, entry=made.id)
    if entry.movement_id is not None:
        movement = turn.session.get_one(Movement, entry.movement_id)
        if not movements.undone(turn.session, [movement.id]):
            movements.undo(turn.session, movement, Told(said.by, said.at, said.words))
    path = collections.unit_of(turn.session, turn.session.get_one(Collection, entry.collection_id)).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "donation undone", path, number=entry.id)
    gifts.refresh(turn, entry)
    return made
