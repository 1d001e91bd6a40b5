"""Say how a collection stands, to each reader as far as they may see (docs/rules.md 34.3)."""

from typing import Any

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from models.core.errors import Refusal
from models.donations import collections, entries
from models.donations.collections import Collection
from models.donations.entries import DonationEntry, Entered, Shown
from models.organisation.people import Person

SHOWN = 10  # entries in the chat


def view(context: Context, it: Collection, reader: Person | None, most: int = SHOWN) -> dict[str, Any]:
    """Return what templates show of a collection to a reader; to a group (None) as to whoever does not keep it."""
    session = context.session
    keeps = reader is not None and collections.may_keep(session, reader, it, context.today)
    found = entries.of(session, it, most)
    sums = collections.sums(session, it)
    return {
        "it": it, "unit": collections.unit_of(session, it), "given": sums.given, "spent": sums.spent,
        "left": sums.given - sums.spent, "gifts": sums.gifts, "keeps": keeps, "open": it.open(context.today),
        "earlier": entries.count(session, it) - len(found) if most else 0,
        "entries": [(one, donor(context.words_for(reader), one, keeps=keeps)) for one in found],
        "undone": entries.undone(session, [one.id for one in found]),
    }  # fmt: skip


def donor(words: Renderer, entry: DonationEntry, *, keeps: bool) -> str:
    """Return how a donor is called: to who keeps the ledger by name, to others as the donor chose; "" for what is no
    gift."""
    if entry.kind not in (Entered.MONEY, Entered.GOODS):
        return ""
    if not entry.donor or (entry.shown == Shown.HIDDEN and not keeps):
        return words.line("donations/nobody")
    if entry.shown == Shown.INITIALS and not keeps:
        return entries.initials(entry.donor)
    return entry.donor


def seen(context: Context, number: int, reader: Person, *, keeping: bool = False) -> Collection:
    """Return a collection that somebody may see, or, `keeping`, whose ledger they keep. Raises `donations.not_yours`,
    for one that there is not as well."""
    it = context.session.get(Collection, number)
    may = collections.may_keep if keeping else collections.may_see
    if it is None or not may(context.session, reader, it, context.today):
        raise Refusal("donations.not_yours")
    return it
