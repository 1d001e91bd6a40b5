"""Write the stock and its movements as a workbook (docs/rules.md 33.6)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from sqlmodel import Session, select

from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from models.core import audit
from models.core.database import in_chunks
from models.core.errors import Refusal
from models.core.table import Table
from models.files import blobs
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES
from models.supplies import items, movements, transfers
from models.supplies.items import Item, Store
from models.supplies.movements import Movement

T = TypeVar("T", bound=Table)

MOST = 2000  # movements, the newest: as many as the desk may write itself
STOCK = ("item", "measure", "store", "unit", "balance", "coming", "least")
COMING = ("number", "at", "item", "measure", "store", "to", "amount", "by", "note")
COLUMNS = (
    "number", "at", "kind", "item", "measure", "store", "in", "out", "after", "price", "whom", "by", "note", "undoes",
)  # fmt: skip


def send(turn: Turn, parts: list[str]) -> None:
    """Send what the speaker's stores hold, and the newest movements. Raises `supplies.no_store`."""
    stores = items.stores_of(turn.session, turn.person, turn.today)
    if not stores:
        raise Refusal("supplies.no_store")
    name, data, count = write(turn.session, Writing(turn.words, turn.now, turn.person), stores)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    path = items.unit_of(turn.session, stores[0]).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "export", path, of="supplies")
    turn.say("supplies/exported", file=file, count=count)


def write(session: Session, writing: Writing, stores: Sequence[Store]) -> tuple[str, bytes, int]:
    """Return the file's name, the file, and how many movements are in it."""
    said = file_words.with_own(writing.words, "supplies/words")
    ids = [it.id for it in stores]
    found = movements.newest(session, ids, MOST)[::-1]
    pages = [
        Page(said["supplies.stock"], _stock(session, said, ids)),
        Page(said["supplies.coming"], _coming(session, writing, said, ids)),
        Page(said["supplies.movements"], _movements(session, writing, said, found),
             added=[COLUMNS.index("price")], total=said["supplies.total"]),
    ]  # fmt: skip
    data = about.workbook_of(session, writing, pages, len(found), said["supplies.about"])
    day = writing.now.astimezone(writing.words.zone).date()
    return file_words.file_name(said, [said["supplies"]], day, day, "xlsx"), data, len(found)


def number(value: Decimal | None) -> int | float | None:
    """Return a number as Excel keeps it: no digit is lost below 15."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _stock(session: Session, said: Mapping[str, str], ids: Sequence[int]) -> Iterator[list[object]]:
    yield [said[f"supplies.{it}"] for it in STOCK]
    for item, store, held, coming in movements.held(session, ids):
        unit = items.unit_of(session, store)
        yield [item.name, item.measure, store.name, unit.path, number(held), number(coming), number(item.least)]


def _coming(
    session: Session, writing: Writing, said: Mapping[str, str], ids: Sequence[int]
) -> Iterator[list[object]]:  # fmt: skip
    yield [said[f"supplies.{it}"] for it in COMING]
    for it in transfers.on_the_way(session, ids, MOST):
        yield [
            it.movement.id, it.movement.at.astimezone(writing.words.zone), it.item.name, it.item.measure,
            it.source.name, it.target.name, number(it.handing.left), session.get_one(Person, it.movement.by).name,
            it.movement.note,
        ]  # fmt: skip


def _movements(
    session: Session, writing: Writing, said: Mapping[str, str], found: Sequence[Movement]
) -> Iterator[list[object]]:  # fmt: skip
    yield [said[f"supplies.{it}"] for it in COLUMNS]
    known = _rows(session, Item, {it.item_id for it in found})
    stores = _rows(session, Store, {it.store_id for it in found} | {it.other_id or 0 for it in found})
    people = _rows(session, Person, {it.by for it in found} | {it.person_id or 0 for it in found})
    units = _rows(session, Unit, {it.unit_id or 0 for it in found})
    for it in found:
        item, up = known[it.item_id], it.amount > 0
        yield [
            it.id, it.at.astimezone(writing.words.zone), said[f"supplies.kind.{it.kind}"], item.name, item.measure,
            stores[it.store_id].name, number(it.amount) if up else None, None if up else number(-it.amount),
            number(it.after), number(it.price), _whom(it, people, units, stores), people[it.by].name,
            it.note, it.undoes_id,
        ]  # fmt: skip


def _whom(it: Movement, people: Mapping[int, Person], units: Mapping[int, Unit], stores: Mapping[int, Store]) -> str:
    if it.person_id is not None:
        return people[it.person_id].name
    if it.other_id is not None:
        return stores[it.other_id].name
    return units[it.unit_id].path if it.unit_id is not None else ""


def _rows(session: Session, table: type[T], ids: Iterable[int]) -> dict[int, T]:
    """Return rows by their ids."""
    key: Any = table.__table__.c.id  # type: ignore[attr-defined]
    found = [it for some in in_chunks(ids) for it in session.exec(select(table).where(key.in_(some))).all()]
    return {it.id: it for it in found}  # type: ignore[attr-defined]
