"""`/supplies`, 物资: see what the stores hold, and enter what comes, goes and is handed out; whoever keeps nothing sees
what they have to confirm (docs/rules.md 33)."""

from collections.abc import Callable, Mapping
from typing import Literal

from handlers.core import asking
from handlers.core.access import MEMBER
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import HandoutId, MovementId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import SUPPLIES, verb
from handlers.supplies import draft, entering, ledger_file, receivers, setup, standing
from handlers.supplies.draft import REST
from models.authority import permissions
from models.core import audit
from models.core.errors import Refusal
from models.donations import entries
from models.files.records import as_file
from models.organisation.people import Person
from models.supplies import handouts, items, movements, transfers
from models.supplies.handouts import AGAIN, Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Movement

router = Router("supplies", MEMBER)

SHOWN, LISTED = 40, 12  # lines of stock, and movements or hand-outs in a list


@router.command("supplies", word="物资", tells=True, takes_words=True, group=Group.SUPPORT)
def supplies(turn: Turn, words: str) -> None:
    """Show the stock; with a verb, do that step by step: bought, received, out, each, transfer, back, off, count, undo,
    and for leads item, store, keeper."""
    said, rest = verb(words, SUPPLIES)
    if said is None and rest:
        raise Refusal("supplies.no_verb", typed=rest[0][:20])
    VERBS[said or "list"](turn, rest)


def overview(turn: Turn, parts: list[str]) -> None:
    """Show what the speaker has to confirm, and what their stores hold."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    waiting = handouts.waiting_for(turn.session, turn.person, [it.id for it in led])
    for it in waiting:
        receivers.bring_to(turn, it)
    stores = items.stores_of(turn.session, turn.person, turn.today)
    if not stores and not led:
        turn.say("supplies/nothing", waiting=len(waiting))
        return
    ids = [it.id for it in stores]
    held, coming = movements.held(turn.session, ids), transfers.on_the_way(turn.session, ids, LISTED)
    turn.say(
        "supplies/stock", held=held[:SHOWN], more=len(held) - len(held[:SHOWN]), stores=stores, lead=bool(led),
        several=len(stores) > 1, open=handouts.count_open(turn.session, ids), coming=coming,
        coming_more=transfers.count_on_the_way(turn.session, ids) - len(coming),
    )  # fmt: skip


@router.button("begin")
def tap_begin(
    turn: Turn,
    what: Literal[
        "bought",
        "received",
        "out",
        "each",
        "transfer",
        "back",
        "off",
        "count",
        "open",
        "log",
        "export",
        "item",
        "store",
        "keeper",
    ],
) -> ToCommand:
    """Begin what the button says."""
    return ToCommand("supplies", what)


def undo(turn: Turn, parts: list[str]) -> None:
    """Undo a movement by its number; a reason follows. Raises `supplies.no_movement` and as `movements.undo`."""
    number = parts[0].lstrip("№#") if parts else ""
    it = _seen(turn, int(number)) if number.isdecimal() and len(number) < 10 else None
    if it is None:
        raise Refusal("supplies.no_movement")
    if it.kind in (Move.OUT, Move.SENT):
        tap_rest(turn, _handout_of(turn, it).id)
        return
    if it.kind in (Move.UNDONE, Move.RETURNED):
        raise Refusal("supplies.no_undo")
    if movements.undone(turn.session, [it.id]):
        raise Refusal("supplies.undone")
    gift = entries.of_movement(turn.session, it)
    if gift is not None:
        raise Refusal("supplies.donated", number=gift.id)
    values = {"kind": Move.UNDONE, "item": it.item_id, "store": it.store_id, "amount": str(-it.amount)}
    draft.start(turn, values | {"undoes": it.id}, " ".join(parts[1:]))


def _handout_of(turn: Turn, it: Movement) -> Handout:
    found = handouts.of_movement(turn.session, it)
    if found is None:
        raise Refusal("supplies.no_movement")
    return found


def _seen(turn: Turn, number: int) -> Movement | None:
    """Return a movement of a store whose stock the speaker may move; None for any other, as for one that there is
    not."""
    it = turn.session.get(Movement, number)
    store = turn.session.get(Store, it.store_id) if it else None
    may = store is not None and items.may_move(turn.session, turn.person, store, turn.today)
    return it if may else None


def log(turn: Turn, parts: list[str]) -> None:
    """List the newest movements."""
    found = movements.newest(turn.session, _stores(turn), LISTED + 1)
    undone = movements.undone(turn.session, [it.id for it in found])
    lines = [_line(turn, it) for it in found[:LISTED]]
    turn.say("supplies/log", found=lines, undone=undone, more=len(found) > LISTED)


def _stores(turn: Turn) -> list[int]:
    stores = items.stores_of(turn.session, turn.person, turn.today)
    if not stores:
        raise Refusal("supplies.no_store")
    return [it.id for it in stores]


def _line(turn: Turn, it: Movement) -> tuple[Movement, Item, Store, str]:
    session = turn.session
    return it, session.get_one(Item, it.item_id), session.get_one(Store, it.store_id), standing.whom(session, it)


@router.button("movement")
def tap_movement(turn: Turn, movement_id: MovementId) -> None:
    """Show one movement with its note and its photos."""
    it = _seen(turn, movement_id)
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return
    line, made = _line(turn, it), handouts.of_movement(turn.session, it)
    turn.say(
        "supplies/movement", line=line, by=turn.session.get_one(Person, it.by), made=made,
        undone=bool(movements.undone(turn.session, [it.id])), final=it.kind in (Move.UNDONE, Move.RETURNED),
    )  # fmt: skip
    for said in it.files:
        audit.note(turn.session, turn.now, turn.person.staff_no, "bill opened", line[2].name, file=said["name"])
        turn.say("supplies/bill", file=as_file(said), name=said["name"], number=it.id)


@router.button("undo")
def tap_undo(turn: Turn, movement_id: MovementId) -> ToCommand | None:
    """Undo a movement, with a reason."""
    if _seen(turn, movement_id) is None:
        turn.toast("core/not_yours", alert=True)
        return None
    return ToCommand("supplies", f"undo {movement_id}")


def open_ones(turn: Turn, parts: list[str]) -> None:
    """List the hand-outs that somebody has not confirmed."""
    stores = _stores(turn)
    found = handouts.open_ones(turn.session, stores, LISTED)
    more = handouts.count_open(turn.session, stores) - len(found)
    turn.say("supplies/open", found=[standing.view(turn, it, 1) for it in found], more=more)


def _own(turn: Turn, number: int) -> Handout | None:
    it = turn.session.get(Handout, number)
    return it if it is not None and _seen(turn, it.movement_id) is not None else None


@router.button("handout")
def tap_handout(turn: Turn, handout_id: HandoutId) -> None:
    """Show how a hand-out stands."""
    it = _own(turn, handout_id)
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return
    standing.show(turn, it, turn.person, below=True)


@router.button("urge")
def tap_urge(turn: Turn, handout_id: HandoutId) -> None:
    """Remind those who have not confirmed, once per half hour; the clock sends it, a chunk at a time."""
    it = _own(turn, handout_id)
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return
    if it.urged_at is not None and turn.now - it.urged_at < AGAIN:
        turn.toast("supplies/urged_before", at=it.urged_at)
        return
    waits = handouts.counted(turn.session, it)[2]
    if not waits:
        raise Refusal("supplies.all_confirmed")
    it.urged_at, it.urged_by, it.cursor, it.next_at = turn.now, turn.person.id, 0, turn.now
    turn.session.add(it)
    turn.session.flush()
    turn.toast("supplies/urged", waits=waits)


@router.button("rest")
def tap_rest(turn: Turn, handout_id: HandoutId) -> None:
    """Take back what was not confirmed, after a reason."""
    it = _own(turn, handout_id)
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return
    if it.rest_by is not None:
        turn.toast("supplies/taking")
        return
    amount = handouts.unconfirmed(turn.session, it)
    if not amount:
        gone = handouts.handings(turn.session, it)[0]
        if gone.store_id is not None and gone.confirmed_at is not None:
            raise Refusal("supplies.arrived", store=standing.name(turn, gone))
        raise Refusal("supplies.all_confirmed")
    movement = turn.session.get_one(Movement, it.movement_id)
    draft.start(
        turn,
        {"kind": REST, "item": movement.item_id, "store": movement.store_id, "handout": it.id, "amount": str(amount)},
    )


@router.button("instead")
def tap_instead(turn: Turn, handout_id: HandoutId) -> None:
    """Choose somebody whom no message reaches, to confirm for them."""
    it = _own(turn, handout_id)
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return
    waiting = [one for one in standing.view(turn, it, handouts.MOST)["waiting"] if one[2] != "silent"]
    options = [Option(said, f"supplies for {one.id}") for one, said, _ in waiting if one.person_id is not None]
    asking.choose(turn, "supplies_instead", options)


VERBS: Mapping[str, Callable[[Turn, list[str]], None]] = {
    "list": overview, **entering.VERBS, "undo": undo, "log": log, "open": open_ones,
    "export": ledger_file.send, "item": setup.item, "store": setup.store, "keeper": setup.keeper, "end": setup.end,
    "wrong": receivers.wrong, "refuse": receivers.refuse, "for": receivers.for_them,
}  # fmt: skip
