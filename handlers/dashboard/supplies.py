"""Gather the dashboard's page *Supplies*: what the reader's stores hold, what is not confirmed, and the newest
movements (docs/rules.md 33.6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.dashboard.looks import Look
from handlers.dashboard.pages import Group, Page, View, table
from handlers.exports import list_files
from handlers.supplies import ledger_file, standing
from models.core.errors import Refusal
from models.organisation.people import Person
from models.organisation.units import Unit
from models.supplies import handouts, items, movements, transfers
from models.supplies.items import Item, Store
from models.supplies.movements import Movement
from models.supplies.transfers import Coming

SHOWN, OPEN, NEWEST = 500, 20, 50
COLUMNS = ("item", "measure", "store", "unit", "balance", "coming", "minimum", "low")


@dataclass
class Supplies:
    """The page: each item in each store with what it holds there and what is on the way to it, what is on its way from
    or to these stores, hand-outs that are not confirmed by all, and the newest movements, each with its item, its
    store, who recorded it and who got or brought it."""

    held: Sequence[tuple[Item, Store, Unit, Decimal, Decimal]] = field(default_factory=list)
    more: int = 0
    coming: Sequence[Coming] = field(default_factory=list)
    open: Sequence[Mapping[str, Any]] = field(default_factory=list)
    newest: Sequence[tuple[Movement, Item, Store, Person, str]] = field(default_factory=list)
    keeps: bool = False
    file: tuple[str, bytes] | None = None


def gather(context: Context, view: View) -> Supplies:
    session = context.session
    stores = items.stores_of(session, view.reader, context.today)
    if not stores:
        return Supplies()
    ids = [it.id for it in stores]
    held = movements.held(session, ids)
    page = Supplies(
        [(item, store, items.unit_of(session, store), left, coming) for item, store, left, coming in held[:SHOWN]],
        len(held) - len(held[:SHOWN]),
        transfers.on_the_way(session, ids, OPEN),
        [standing.view(context, it, 5) for it in handouts.open_ones(session, ids, OPEN)],
        [_line(context, it) for it in movements.newest(session, ids, NEWEST)], keeps=True,
    )  # fmt: skip
    if view.query.text("as") == "file":
        view.look = Look("export", items.unit_of(session, stores[0]).path, {"of": "supplies"})
        page.file = list_files.at_once(
            context, view.words, view.reader, ledger_file.Ledger(), ledger_file.asked(stores)
        )
    return page


def _line(context: Context, it: Movement) -> tuple[Movement, Item, Store, Person, str]:
    session = context.session
    return (
        it,
        session.get_one(Item, it.item_id),
        session.get_one(Store, it.store_id),
        session.get_one(Person, it.by),
        standing.whom(session, it),
    )


def _stock(page: Supplies) -> list[dict[str, Any]]:
    return [
        {"item": item.name, "measure": item.measure, "store": store.name, "unit": unit.path, "balance": str(left),
         "coming": str(coming), "minimum": str(item.least), "low": item.low}
        for item, store, unit, left, coming in page.held
    ]  # fmt: skip


def data(view: View, page: Supplies) -> dict[str, Any]:
    """Return the page as data for programs; quantities are texts, which lose no digit."""
    return {
        "stock": _stock(page),
        "not_confirmed": [
            {"movement": it["movement"].id, "item": it["item"].name, "at": it["movement"].at.isoformat(),
             "handed_out_to": it["every"], "confirmed": it["done"]}
            for it in page.open
        ],
        "on_the_way": [
            {"movement": it.movement.id, "item": it.item.name, "measure": it.item.measure,
             "amount": str(it.handing.left), "from": it.source.name, "to": it.target.name,
             "at": it.movement.at.isoformat()}
            for it in page.coming
        ],
        "movements": [
            {"number": it.id, "kind": it.kind, "item": item.name, "store": store.name, "amount": str(it.amount),
             "after": str(it.after), "price": None if it.price is None else str(it.price), "by": by.name, "whom": whom,
             "note": it.note, "against": it.undoes_id, "at": it.at.isoformat()}
            for it, item, store, by, whom in page.newest
        ],
    }  # fmt: skip


def rows(view: View, page: Supplies) -> Iterator[list[object]]:
    """Return the stock as a table."""
    return table(COLUMNS, _stock(page))


def file(view: View, page: Supplies) -> tuple[str, bytes]:
    """Return the stock and its movements as an Excel file. Raises `supplies.no_store`."""
    if page.file is None:
        raise Refusal("supplies.no_store")
    return page.file


PAGE = Page("supplies", "supplies", MEMBER, gather, data, rows, Group.SUPPORT, file=file)
