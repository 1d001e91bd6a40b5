"""Gather the dashboard's page *Donations*: the collections with what they came to, and one with its entries, donors as
the reader may see them (docs/rules.md 34.3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.dashboard.looks import Look
from handlers.dashboard.pages import Group, Page, View, table
from handlers.donations import ledger_file, standing
from handlers.exports import list_files
from models.core.errors import Refusal
from models.donations import collections

SHOWN, ENTRIES = 40, 500
COLUMNS = ("number", "purpose", "unit", "ends_on", "open", "given", "spent", "left", "gifts")
ENTRY = ("number", "at", "kind", "amount", "donor", "words", "against")


@dataclass
class Donations:
    """The page: the collections that the reader sees, and the one that is looked at, each as `standing.view` tells of
    it."""

    lines: Sequence[Mapping[str, Any]] = field(default_factory=list)
    one: Mapping[str, Any] | None = None
    file: tuple[str, bytes] | None = None
    more: bool = False


def gather(context: Context, view: View) -> Donations:
    """Return the page. Raises `donations.not_yours`."""
    session, number = context.session, view.query.number("id")
    if number is not None:
        it = standing.seen(context, number, view.reader)
        page = Donations(one=standing.view(context, it, view.reader, ENTRIES))
        if view.query.text("as") == "file" and page.one and page.one["keeps"]:
            view.look = Look("export", page.one["unit"].path, {"collection": it.id})
            asked = ledger_file.asked(it)
            page.file = list_files.at_once(context, view.words, view.reader, ledger_file.Ledger(), asked)
        return page
    kept = collections.kept_by(session, view.tops, SHOWN + 1)
    found = {it.id: it for it in [*kept, *collections.seen_by(session, view.reader, SHOWN + 1)]}
    lines = [standing.view(context, it, view.reader, 0) for it in list(found.values())[:SHOWN]]
    return Donations(lines, more=len(found) > SHOWN)


def _line(told: Mapping[str, Any]) -> dict[str, Any]:
    it = told["it"]
    return {
        "number": it.id, "purpose": it.purpose, "unit": told["unit"].path, "ends_on": it.ends_on.isoformat(),
        "open": told["open"], "given": str(told["given"]), "spent": str(told["spent"]), "left": str(told["left"]),
        "gifts": told["gifts"],
    }  # fmt: skip


def _entries(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"number": it.id, "at": it.at.isoformat(), "kind": it.kind, "amount": str(it.amount), "donor": donor,
         "words": it.words, "against": it.undoes_id}
        for it, donor in one["entries"]
    ]  # fmt: skip


def data(view: View, page: Donations) -> dict[str, Any]:
    """Return the page as data for programs; sums are texts, which lose no cent."""
    if page.one is None:
        return {"collections": [_line(it) for it in page.lines]}
    return _line(page.one) | {"entries": _entries(page.one)}


def rows(view: View, page: Donations) -> Iterator[list[object]]:
    """Return the collections, or the entries of the one, as a table."""
    if page.one is None:
        return table(COLUMNS, map(_line, page.lines))
    return table(ENTRY, _entries(page.one))


def file(view: View, page: Donations) -> tuple[str, bytes]:
    """Return the ledger as an Excel file. Raises `donations.not_yours` for who does not keep it."""
    if page.file is None:
        raise Refusal("donations.not_yours")
    return page.file


PAGE = Page("donations", "donations", MEMBER, gather, data, rows, Group.SUPPORT, file=file)
