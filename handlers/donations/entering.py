"""Enter a gift, or what was spent, step by step: each step is the whole command so far, and what it lacks is asked
for."""

from decimal import Decimal

from handlers.core import asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from handlers.donations import entry_draft, standing
from handlers.supplies.reading import MOST_WORDS, quantity, value
from models.core import characters
from models.core.errors import Refusal
from models.core.typed_money import money
from models.donations import entries
from models.donations.collections import Collection
from models.donations.entries import Entered
from models.forms.answers import read_words
from models.supplies import items
from models.supplies.items import Item, Store

Pair = tuple[Item, Store]


def kept(turn: Turn, parts: list[str]) -> Collection:
    """Return the collection whose number the first word is. Raises `donations.not_yours`."""
    number = parts[0].lstrip("№#") if parts else ""
    if not number.isdecimal() or len(number) > 9:
        raise Refusal("donations.not_yours")
    return standing.seen(turn, int(number), turn.person, keeping=True)


def _open(turn: Turn, parts: list[str]) -> Collection:
    """Return the same if it takes gifts still. Raises `donations.over`."""
    it = kept(turn, parts)
    if not it.open(turn.today):
        raise Refusal("donations.over", purpose=it.purpose)
    return it


def amount(typed: str) -> Decimal | None:
    """Return a sum of money above 0; None for anything else. Raises `donations.large`."""
    found = money(typed)
    if found is not None and found > entries.LARGEST:
        raise Refusal("donations.large", most=entries.LARGEST)
    return found if found is not None and found > 0 else None


def money_given(turn: Turn, parts: list[str]) -> None:
    """Enter money: `money collection amount [donor]`."""
    it = _open(turn, parts)
    given = value(turn, f"donations money {it.id}", "donations_money", parts[1:], amount, purpose=it.purpose)
    if given is not None:
        entry_draft.begin(turn, it, Entered.MONEY, amount=str(given), donor=" ".join(parts[2:]))


def spent(turn: Turn, parts: list[str]) -> None:
    """Enter what money was spent on: `spent collection amount what`."""
    it = kept(turn, parts)
    paid = value(turn, f"donations spent {it.id}", "donations_spent", parts[1:], amount, purpose=it.purpose)
    if paid is None:
        return
    if len(parts) < 3:
        asking.for_words(turn, "donations_spent_on", f"donations spent {it.id} {parts[1]} {{}}")
        return
    entry_draft.begin(turn, it, Entered.SPENT, amount=str(paid), words=read_words(" ".join(parts[2:]), 200))


def goods(turn: Turn, parts: list[str]) -> None:
    """Enter goods: `goods collection what`, or `goods collection #item @store amount` for what enters the stock. An
    item's name alone, or with an amount, means the item; after `=` it is what was given in any case."""
    it, rest = _open(turn, parts), parts[1:]
    pairs = [
        (item, store) for store in items.stores_of(turn.session, turn.person, turn.today)
        for item in items.kept_in(turn.session, store)
    ]  # fmt: skip
    if not rest and pairs:
        _choose(turn, it, pairs)
        return
    meant, count = _in_stock(pairs, rest)
    if len(meant) > 1:
        _choose_store(turn, it, meant, count)
        return
    if meant:
        _into_stock(turn, it, *meant[0], count)
        return
    if len(rest) > 1 and rest[0].startswith("#") and rest[1].startswith("@"):
        marked = (rest[0][1:], rest[1][1:])
        found = next(((i, s) for i, s in pairs if (str(i.id), str(s.id)) == marked), None)
        if found is None:
            raise Refusal("supplies.no_store")
        _into_stock(turn, it, *found, rest[2:])
        return
    said = " ".join(rest).removeprefix("=").strip()
    if not said:
        asking.for_words(turn, "donations_goods", f"donations goods {it.id} {{}}", purpose=it.purpose)
        return
    entry_draft.begin(turn, it, Entered.GOODS, words=read_words(said, 200))


def _in_stock(pairs: list[Pair], rest: list[str]) -> tuple[list[Pair], list[str]]:
    """Return the items, with their stores, of which the words are the name, and the amount behind it; none where
    anything else follows."""
    for n in range(min(len(rest), MOST_WORDS), 0, -1):
        said, count = characters.key(" ".join(rest[:n])).lower(), rest[n:]
        meant = [pair for pair in pairs if characters.key(pair[0].name).lower() == said]
        if meant and (not count or quantity(" ".join(count)) is not None):
            return meant, ["".join(count)] if count else []
    return [], []


def _choose_store(turn: Turn, it: Collection, pairs: list[Pair], count: list[str]) -> None:
    """Ask into which store something goes. Several units may have an item of one name."""
    options = [
        Option(
            f"📦 {store.name} · {items.unit_of(turn.session, store).name}",
            " ".join([f"donations goods {it.id} #{item.id} @{store.id}", *count]),
            store.name,
        )
        for item, store in pairs
    ]
    asking.choose(turn, "donations_store", options, item=pairs[0][0].name)


def _choose(turn: Turn, it: Collection, pairs: list[Pair]) -> None:
    options = [
        Option(f"📦 {item.name} → {store.name}", f"donations goods {it.id} #{item.id} @{store.id}", item.name)
        for item, store in pairs
    ]
    other = Option(turn.words.line("donations/other_goods"), f"donations goods {it.id} =")
    asked = f"donations goods {it.id} {asking.PLACE}"
    asking.choose(turn, "donations_kind", [other, *options], asked, purpose=it.purpose)


def _into_stock(turn: Turn, it: Collection, item: Item, store: Store, rest: list[str]) -> None:
    command = f"donations goods {it.id} #{item.id} @{store.id}"
    count = value(turn, command, "supplies_amount", rest, quantity, item=item, verb="received")
    if count is not None:
        entry_draft.begin(turn, it, Entered.GOODS, item=item.id, store=store.id, count=str(count))
