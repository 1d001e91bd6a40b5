"""What a lead sets up: items, stores, and who keeps these (docs/rules.md 33.1)."""

from handlers.core import asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from handlers.supplies.reading import quantity
from models.authority import permissions
from models.core import audit
from models.core.errors import Refusal
from models.core.exact import NOTHING
from models.organisation import people
from models.organisation.people import Kind
from models.organisation.units import Unit, is_below
from models.supplies import handouts, items, movements
from models.supplies.items import Item, Store


def item(turn: Turn, parts: list[str]) -> None:
    """Make an item, or give it another minimum: `item name measure [minimum]`. Raises `supplies.item_words`,
    `supplies.name`, `supplies.measure`, `supplies.many_items`."""
    unit, rest = _unit(turn, "item", parts)
    if unit is None:
        return
    if not rest:
        asking.for_words(turn, "supplies_new_item", f"supplies item =u{unit.id} {{}}", path=unit.path)
        return
    least = quantity(rest[-1], zero=True) if len(rest) > 2 else None
    named = rest[:-1] if least is not None else rest
    if len(named) < 2 or named[-1][0].isdigit() or named[-1][0] in "+-−":  # a minimum, but not in what it is counted
        raise Refusal("supplies.item_words")
    name, measure = items.name_of(" ".join(named[:-1])), items.name_of(named[-1], items.LONGEST_MEASURE)
    made = items.put(turn.session, unit, name, measure, least or NOTHING, turn.now)
    movements.judge(turn.session, made)
    _note(turn, unit, "item set", said=name, least=str(made.least))
    turn.say("supplies/item_set", item=made, unit=unit, stores=items.stores_in(turn.session, [unit]))


def store(turn: Turn, parts: list[str]) -> None:
    """Make a store: `store name`. Raises `supplies.name`, `supplies.many_stores`."""
    unit, rest = _unit(turn, "store", parts)
    if unit is None:
        return
    if not rest:
        asking.for_words(turn, "supplies_new_store", f"supplies store =u{unit.id} {{}}", path=unit.path)
        return
    made = items.put_store(turn.session, unit, items.name_of(" ".join(rest)), turn.now)
    _note(turn, unit, "store set", said=made.name)
    turn.say("supplies/store_set", store=made, unit=unit, items=items.kept_in(turn.session, made))


def _unit(turn: Turn, verb: str, parts: list[str]) -> tuple[Unit | None, list[str]]:
    """Return the unit that a mark names, or the only one the speaker leads; None if it was asked. Raises
    `supplies.leads_only`, `people.not_yours`."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    if not led:
        raise Refusal("supplies.leads_only")
    if parts and parts[0].startswith("=u"):
        number = parts[0][2:]
        unit = turn.session.get(Unit, int(number)) if number.isdecimal() and len(number) < 10 else None
        if unit is None or not any(is_below(unit.path, top.path) for top in led):
            raise Refusal("people.not_yours", path="")
        return unit, parts[1:]
    if len(led) > 1:
        options = [Option(it.path, " ".join([f"supplies {verb} =u{it.id}", *parts])) for it in led]
        asking.choose(turn, "unit", options)
        return None, parts
    return led[0], parts


def keeper(turn: Turn, parts: list[str]) -> None:
    """Name a keeper of a store, or end that: `keeper @store who`. Raises `supplies.no_store`, `supplies.keeper`."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    if not led:
        raise Refusal("supplies.leads_only")
    stores = items.stores_in(turn.session, led)
    if not stores:
        raise Refusal("supplies.no_store")
    marked = parts[0][1:] if parts and parts[0].startswith("@") else ""
    chosen = next((it for it in stores if str(it.id) == marked), None)
    if chosen is None and (marked or len(stores) > 1):
        options = [Option(_named(turn, it), " ".join([f"supplies keeper @{it.id}", *parts[bool(marked) :]]), it.name)
                   for it in stores]  # fmt: skip
        asking.choose(turn, "supplies_store", options, verb="keeper")
        return
    it, rest = chosen or stores[0], parts[bool(marked) :]
    if not rest:
        held = [one.name for one in items.keepers(turn.session, it, turn.today)]
        asking.for_words(turn, "supplies_keeper", f"supplies keeper @{it.id} {{}}", store=it.name, keepers=held)
        return
    _keep(turn, it, " ".join(rest))


def _keep(turn: Turn, it: Store, words: str) -> None:
    unit = items.unit_of(turn.session, it)
    person = people.find_person(turn.session, words, permissions.leads(turn.session, turn.person, turn.today))
    if person.kind != Kind.STAFF or person.left_by(turn.today):
        raise Refusal("supplies.keeper", name=person.name)
    held = items.keep(turn.session, it, person)
    _note(turn, unit, "keeper named" if held else "keeper ended", said=it.name, who=person.staff_no)
    turn.say("supplies/keeper_set", store=it, person=person, held=held)


def _named(turn: Turn, it: Store) -> str:
    return f"{it.name} · {items.unit_of(turn.session, it).name}"


def end(turn: Turn, parts: list[str]) -> None:
    """End an item (`#`) or a store (`@`) that holds nothing any more, and of which nothing handed out may still come
    back unconfirmed. Raises `supplies.still_held`, `supplies.still_waited`, `supplies.no_item`."""
    mark, number = (parts[0][:1], parts[0][1:]) if parts else ("", "")
    key = int(number) if number.isdecimal() and len(number) < 10 else 0
    it: Item | Store | None = turn.session.get(Store, key) if mark == "@" else turn.session.get(Item, key)
    unit = items.unit_of(turn.session, it) if it else None
    may = unit is not None and permissions.may_lead(turn.session, turn.person, unit.path, turn.today)
    if it is None or unit is None or not may or it.ended_at is not None:
        raise Refusal("supplies.no_item", name=" ".join(parts)[:20])
    held = (
        movements.total(turn.session, it)
        if isinstance(it, Item)
        else sum((left for _, _, left, _ in movements.held(turn.session, [it.id])), NOTHING)
    )
    if held:
        raise Refusal("supplies.still_held", name=it.name)
    if handouts.waited_for(turn.session, it):
        raise Refusal("supplies.still_waited", name=it.name)
    items.end(turn.session, it, turn.now)
    _note(turn, unit, "item ended" if isinstance(it, Item) else "store ended", said=it.name)
    turn.say("supplies/ended", name=it.name)


def _note(turn: Turn, unit: Unit, what: str, **more: object) -> None:
    audit.note(turn.session, turn.now, turn.person.staff_no, what, unit.path, **more)
