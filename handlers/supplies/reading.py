"""Read what follows `/supplies VERB`: the item, the store and who gets something, by name or by the marks that buttons
carry (#item, @store, =pPERSON, =uUNIT); and ask for what is missing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from sqlmodel import col, select

from handlers.core import asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from models.core import characters, typed_text
from models.core.errors import Refusal
from models.core.exact import NOTHING
from models.core.typed_money import money
from models.organisation import people, units
from models.organisation.people import Kind, Person
from models.organisation.units import Unit, below, is_below
from models.supplies import items, movements, reach, transfers
from models.supplies.items import Item, Store

T = TypeVar("T", Item, Store)

MOST_WORDS = 6  # of an item's or a store's name
_MEASURE = re.compile(r"[^\W\d_]+$")


@dataclass
class Read:
    """What was read so far after a verb; `rest` are the words not read yet."""

    verb: str
    item: Item
    store: Store
    rest: list[str]

    @property
    def command(self) -> str:
        """Return the command so far, to be completed."""
        return f"supplies {self.verb} #{self.item.id} @{self.store.id}"


def item_and_store(turn: Turn, verb: str, parts: Sequence[str]) -> Read | None:
    """Return the item and the store the words name; None if a question was asked. Raises `supplies.no_store`,
    `supplies.no_items`, `supplies.no_item`."""
    stores = items.stores_of(turn.session, turn.person, turn.today)
    if not stores:
        raise Refusal("supplies.no_store")
    kept = {it.id: items.kept_in(turn.session, it) for it in stores}
    every = list({it.id: it for found in kept.values() for it in found}.values())
    if not every:
        raise Refusal("supplies.no_items")
    known, rest = _named(every, list(parts), "#")
    at = rest[:1]
    meant, rest = _named(stores, rest, "@")
    if not meant and at and at[0].startswith("@"):  # ended meanwhile, or not the speaker's any more
        raise Refusal("supplies.store_gone")
    if not known and rest and not _number_like(rest[0]):
        if near := _near(every, rest[0]):
            _choose_item(turn, verb, near, None, rest[1:], stores)
            return None
        raise Refusal("supplies.no_item", name=" ".join(rest)[: items.LONGEST])
    if len(known) != 1:
        store = meant[0] if len(meant) == 1 else None
        _choose_item(turn, verb, known or (every if store is None else kept[store.id]), store, rest, stores)
        return None
    item = known[0]
    fitting = [it for it in stores if item.id in {one.id for one in kept[it.id]}]
    there = [it for it in meant or fitting if it in fitting]
    if not there:
        raise Refusal("supplies.not_kept", item=item.name, store=meant[0].name)
    if len(there) > 1:
        _choose_store(turn, verb, item, there, rest)
        return None
    return Read(verb, item, there[0], rest)


def _near(found: Sequence[Item], word: str) -> list[Item]:
    """Return those whose names hold a word: 口罩 of 一次性口罩. It is asked which, never guessed."""
    said = characters.key(word).lower()
    return [it for it in found if said and said in characters.key(it.name).lower()]


def _number_like(word: str) -> bool:
    return typed_text.number(word) is not None or word.startswith(("#", "@", "="))


def _named(found: Sequence[T], rest: list[str], mark: str) -> tuple[list[T], list[str]]:
    """Return those that the first words mark or name, and the words after them. Several units may have something of one
    name: it is asked which."""
    if rest and rest[0].startswith(mark):
        return [it for it in found if str(it.id) == rest[0][1:]], rest[1:]
    for n in range(min(len(rest), MOST_WORDS), 0, -1):
        said = characters.key(" ".join(rest[:n])).lower()
        if fitting := [it for it in found if characters.key(it.name).lower() == said]:
            return fitting, rest[n:]
    return [], rest


def _choose_item(
    turn: Turn, verb: str, found: Sequence[Item], store: Store | None, rest: list[str], stores: Sequence[Store]
) -> None:
    """Ask which item, each with what the store holds, or all of the speaker's stores together."""
    held = reach.held_in(turn.session, [store.id] if store else [it.id for it in stores], found)
    at = [f"@{store.id}"] if store else []
    options = [
        Option(
            turn.words.line("supplies/item", item=it, held=held.get(it.id, NOTHING)),
            " ".join([f"supplies {verb} #{it.id}", *at, *rest]),
            it.name,
        )
        for it in found
    ]
    typed = "" if store or rest else f"supplies {verb} {asking.PLACE}"
    asking.choose(turn, "supplies_item", options, typed, verb=verb)


def _choose_store(turn: Turn, verb: str, item: Item, found: Sequence[Store], rest: list[str]) -> None:
    options = [
        Option(
            turn.words.line(
                "supplies/store", store=it, unit=items.unit_of(turn.session, it), item=item,
                held=movements.balance(turn.session, item, it),
            ),
            " ".join([f"supplies {verb} #{item.id} @{it.id}", *rest]), it.name,
        )
        for it in found
    ]  # fmt: skip
    asking.choose(turn, "supplies_store", options, verb=verb)


def target(turn: Turn, read: Read) -> Store | None:
    """Return the store to which something is sent; None if that was asked. Raises `supplies.no_target`."""
    every = transfers.targets(turn.session, read.item, read.store)
    if not every:
        raise Refusal("supplies.no_targets", item=read.item.name)
    found, rest = _named(every, read.rest, "@")
    if not found and read.rest:
        raise Refusal("supplies.no_target", item=read.item.name, typed=" ".join(read.rest)[: items.LONGEST])
    if len(found) == 1:
        read.rest = rest
        return found[0]
    options = [
        Option(
            f"{it.name} · {items.unit_of(turn.session, it).name}", " ".join([f"{read.command} @{it.id}", *rest]),
            it.name,
        )
        for it in found or every
    ]  # fmt: skip
    asking.choose(turn, "supplies_target", options, item=read.item.name, store=read.store.name)
    return None


def quantity(typed: str, *, zero: bool = False) -> Decimal | None:
    """Return a quantity of at most two decimals, more than 0 unless `zero`; None for anything else. Raises
    `supplies.large`."""
    found = typed_text.number(typed)
    if found is None or found != round(found, 2) or found < 0 or (not found and not zero):
        return None
    return _not_too_large(found)


def _not_too_large(found: Decimal) -> Decimal:
    if found > movements.LARGEST:
        raise Refusal("supplies.large", most=movements.LARGEST)
    return found


def price(typed: str) -> Decimal | None:
    """Return a sum of money that is not below 0; None for anything else. Raises `supplies.large`."""
    found = money(typed)
    return _not_too_large(found) if found is not None and found >= 0 else None


def value(
    turn: Turn, command: str, what: str, rest: list[str], read: Callable[[str], Decimal | None], *,
    paid: bool = False, **values: Any,
) -> Decimal | None:  # fmt: skip
    """Return the number that the next word says; without one, or where it is none, ask for it and return None. `paid`
    says that a price follows. Raises `supplies.other_measure`."""
    if what == "supplies_amount":
        _measured(rest, values["item"])
    found = read(rest[0]) if rest and not _grouped(rest, paid=paid) else None
    if found is None:
        asking.for_words(turn, what, f"{command} {{}}", wrong=" ".join(rest)[:40], **values)
    return found


def _measured(rest: list[str], item: Item) -> None:
    """Take what the item is counted in off a number, also where a blank stands between. Raises
    `supplies.other_measure`: 3 boxes are not 3 masks."""
    if not rest:
        return
    measure = typed_text.plain(item.measure)
    if len(rest) > 1 and typed_text.plain(rest[1]) == measure:
        del rest[1]
    said = _MEASURE.search(typed_text.plain(rest[0]))
    unit = said[0] if said and typed_text.number(rest[0]) is not None else measure
    if unit != measure and not (unit.isascii() and unit.startswith(measure)):  # box, boxes
        raise Refusal("supplies.other_measure", item=item.name, measure=item.measure, typed=rest[0][:20])


def _grouped(rest: Sequence[str], *, paid: bool) -> bool:
    """Say whether a blank parts the thousands of a number, as in 1 000: it is not certain what is meant."""
    digits = [typed_text.plain(it) for it in rest[:2]]
    parted = len(digits) > 1 and all(it.isdecimal() and len(it) <= 3 for it in digits) and len(digits[1]) == 3
    return parted and (digits[1].startswith("0") or not paid)


def receiver(turn: Turn, read: Read, *, only_units: bool) -> Person | Unit | None:
    """Return who gets something; None if that was asked. Raises `supplies.no_receiver`, `people.many_persons`."""
    whole = items.unit_of(turn.session, read.item)
    if not read.rest:
        _choose_receiver(turn, read, whole, only_units=only_units)
        return None
    if read.rest[0] == "=":
        asking.for_words(turn, "supplies_person", f"{read.command} {{}}")
        return None
    found: Person | Unit | None
    if read.rest[0].startswith(("=p", "=u")):
        mark, read.rest = read.rest[0], read.rest[1:]
        number = int(mark[2:]) if mark[2:].isdecimal() and len(mark) < 12 else 0
        found = turn.session.get(Person, number) if mark[1] == "p" else turn.session.get(Unit, number)
    else:
        found = _receiver_named(turn, read, whole)
    if found is None or not _within(turn, found, whole) or (only_units and isinstance(found, Person)):
        raise Refusal("supplies.no_receiver", path=whole.path)
    return found


def _within(turn: Turn, found: Person | Unit, whole: Unit) -> bool:
    if isinstance(found, Unit):
        return is_below(found.path, whole.path)
    home = people.home(turn.session, found) if found.kind == Kind.STAFF and not found.left_by(turn.today) else None
    return home is not None and is_below(home.path, whole.path)


def _receiver_named(turn: Turn, read: Read, whole: Unit) -> Person | Unit | None:
    """Return whom the longest of the first words name, and leave the words after it."""
    for n in range(min(len(read.rest), MOST_WORDS), 0, -1):
        said = " ".join(read.rest[:n])
        for find in (units.find_unit, people.find_person):
            try:
                found: Person | Unit = find(turn.session, said, [whole])
            except Refusal as refusal:
                if refusal.key in ("people.many_persons", "people.many_units"):
                    raise
                continue
            read.rest = read.rest[n:]
            return found
    return None


def _choose_receiver(turn: Turn, read: Read, whole: Unit, *, only_units: bool) -> None:
    query = select(Unit).where(below(whole.path)).order_by(col(Unit.rank)).limit(asking.MOST - 1)
    below_it = turn.session.exec(query).all()
    options = [Option(it.name, f"{read.command} =u{it.id}") for it in below_it]
    if not only_units:
        options.insert(0, Option(turn.words.line("supplies/a_person"), f"{read.command} ="))
    asked = "supplies_each" if only_units else "supplies_receiver"
    asking.choose(turn, asked, options, f"{read.command} {asking.PLACE}", item=read.item.name)
