"""Enter a movement step by step: each step is the whole command so far, and what it lacks is asked for."""

from collections.abc import Callable, Mapping

from handlers.core import asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from handlers.supplies import draft, standing
from handlers.supplies.draft import EACH
from handlers.supplies.reading import item_and_store, price, quantity, receiver, target, value
from models.core.errors import Refusal
from models.organisation.units import Unit
from models.supplies import handouts
from models.supplies.movements import Move


def buy(turn: Turn, parts: list[str]) -> None:
    read = item_and_store(turn, "bought", parts)
    if read is None:
        return
    amount = value(turn, read.command, "supplies_amount", read.rest, quantity, paid=True, item=read.item, verb="bought")
    if amount is None:
        return
    said, read.rest = read.rest[0], read.rest[1:]
    paid = value(turn, f"{read.command} {said}", "supplies_price", read.rest, price, item=read.item, amount=amount)
    if paid is None:
        return
    read.rest = read.rest[1:]
    draft.begin(turn, Move.BOUGHT, read, amount=str(amount), price=str(paid))


def _of_amount(kind: Move, said: str) -> Callable[[Turn, list[str]], None]:
    """Return what enters a movement that has only an amount."""

    def run(turn: Turn, parts: list[str]) -> None:
        read = item_and_store(turn, said, parts)
        if read is None:
            return
        counted = kind == Move.COUNTED
        amount = value(
            turn, read.command, "supplies_amount", read.rest, lambda it: quantity(it, zero=counted), item=read.item,
            verb=said,
        )  # fmt: skip
        if amount is not None:
            read.rest = read.rest[1:]
            draft.begin(turn, kind, read, amount=str(amount))

    return run


def hand_out(turn: Turn, parts: list[str]) -> None:
    """Hand something out to a person or a unit."""
    _to(turn, "out", parts)


def hand_out_to_each(turn: Turn, parts: list[str]) -> None:
    """Hand out as much to each of a unit."""
    _to(turn, "each", parts)


def _to(turn: Turn, said: str, parts: list[str]) -> None:
    read = item_and_store(turn, said, parts)
    if read is None:
        return
    whom = receiver(turn, read, only_units=said == "each")
    if whom is None:
        return
    unit = whom if isinstance(whom, Unit) else None
    people = len(handouts.listed(turn.session, unit, turn.today)) if said == "each" and unit else 0
    command = f"{read.command} ={'u' if unit else 'p'}{whom.id}"
    amount = value(
        turn, command, "supplies_amount", read.rest, quantity, item=read.item, verb=said, name=whom.name, people=people
    )
    if amount is None:
        return
    read.rest = read.rest[1:]
    key = "unit" if unit else "person"
    draft.begin(turn, EACH if said == "each" else Move.OUT, read, amount=str(amount), **{key: whom.id})


def send(turn: Turn, parts: list[str]) -> None:
    """Send something to another store."""
    read = item_and_store(turn, "transfer", parts)
    to = target(turn, read) if read else None
    if read is None or to is None:
        return
    amount = value(
        turn, f"{read.command} @{to.id}", "supplies_amount", read.rest, quantity, item=read.item, verb="transfer",
        name=to.name,
    )  # fmt: skip
    if amount is not None:
        read.rest = read.rest[1:]
        draft.begin(turn, Move.SENT, read, amount=str(amount), to=to.id)


def back(turn: Turn, parts: list[str]) -> None:
    """Take back something that was handed out: choose from whom, then how much."""
    read = item_and_store(turn, "back", parts)
    if read is None:
        return
    found = {str(it.id): it for it in handouts.with_rest(turn.session, read.store, read.item, asking.MOST)}
    if not found:
        raise Refusal("supplies.nothing_out", item=read.item.name, store=read.store.name)
    if not read.rest or read.rest[0].removeprefix("=") not in found:
        options = [
            Option(
                turn.words.line("supplies/rest", name=standing.name(turn, it), it=it, item=read.item),
                f"{read.command} ={it.id}", standing.name(turn, it),
            )
            for it in found.values()
        ]  # fmt: skip
        asking.choose(turn, "supplies_back", options, item=read.item.name)
        return
    handing, read.rest = found[read.rest[0].removeprefix("=")], read.rest[1:]
    command = f"{read.command} ={handing.id}"
    amount = value(
        turn, command, "supplies_amount", read.rest, quantity, item=read.item, verb="back", left=handing.left
    )
    if amount is None:
        return
    if amount > handing.left:
        raise Refusal("supplies.not_so_many", left=handing.left)
    read.rest = read.rest[1:]
    draft.begin(turn, Move.RETURNED, read, amount=str(amount), handing=handing.id, person=handing.person_id,
                unit=handing.unit_id, to=handing.store_id)  # fmt: skip


VERBS: Mapping[str, Callable[[Turn, list[str]], None]] = {
    "bought": buy, "received": _of_amount(Move.RECEIVED, "received"), "out": hand_out, "each": hand_out_to_each,
    "transfer": send, "back": back, "off": _of_amount(Move.OFF, "off"), "count": _of_amount(Move.COUNTED, "count"),
}  # fmt: skip
