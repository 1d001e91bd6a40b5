"""Write the stock and its movements as a workbook (docs/rules.md 33.6)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any, TypeVar

from sqlmodel import Session, select

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from handlers.exports import about, file_words, list_files, long_files
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import Asked, Tell
from models.core import audit
from models.core.database import in_chunks
from models.core.errors import Refusal
from models.core.table import Table
from models.files.records import File
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.workbook import Page
from models.supplies import items, movements, transfers
from models.supplies.items import Item, Store
from models.supplies.movements import Movement

T = TypeVar("T", bound=Table)

STOCK = ("item", "measure", "store", "unit", "balance", "coming", "least")
COMING = ("number", "at", "item", "measure", "store", "to", "amount", "by", "note")
COLUMNS = (
    "number", "at", "kind", "item", "measure", "store", "in", "out", "after", "price", "whom", "by", "note", "undoes",
)  # fmt: skip


class Ledger(ListFile):
    """What some stores hold, and all their movements."""

    of = "supplies"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        return movements.number(context.session, asked["stores"])

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, day = file_words.with_own(words, "supplies/words"), context.now.astimezone(words.zone).date()
        return file_words.file_name(said, [said["supplies"]], day, day, "xlsx")

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        session, ids, count = context.session, asked["stores"], self.lines(context, person, asked)
        tell(rows=count)
        writing = Writing(context.words_for(person), context.now, person)
        said = file_words.with_own(writing.words, "supplies/words")
        rows = long_files.told(_movements(session, writing, said, ids), tell)
        pages = [
            Page(said["supplies.stock"], _stock(session, said, ids)),
            Page(said["supplies.coming"], _coming(session, writing, said, ids)),
            Page(said["supplies.movements"], rows, added=[COLUMNS.index("price")], total=said["supplies.total"]),
        ]
        about.write_list(session, writing, pages, count, said["supplies.about"], out)
        return {"rows": count}

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        theirs = {it.id for it in items.stores_of(context.session, person, context.today)}
        return not person.left_by(context.today) and theirs.issuperset(asked["stores"])

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("supplies/exported", file=file, count=found["rows"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        path = items.unit_of(context.session, context.session.get_one(Store, asked["stores"][0])).path
        audit.note(context.session, context.now, person.staff_no, "export", path, of=self.of)


def asked(stores: Sequence[Store]) -> Asked:
    """Return what is asked for with the ledger of these stores."""
    return {"stores": [it.id for it in stores]}


def send(turn: Turn, parts: list[str]) -> None:
    """Send what the speaker's stores hold, and their movements. Raises `supplies.no_store`."""
    stores = items.stores_of(turn.session, turn.person, turn.today)
    if not stores:
        raise Refusal("supplies.no_store")
    list_files.send(turn, Ledger(), asked(stores))


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
    for it in transfers.on_the_way(session, ids):
        yield [
            it.movement.id, it.movement.at.astimezone(writing.words.zone), it.item.name, it.item.measure,
            it.source.name, it.target.name, number(it.handing.left), session.get_one(Person, it.movement.by).name,
            it.movement.note,
        ]  # fmt: skip


def _movements(
    session: Session, writing: Writing, said: Mapping[str, str], ids: Sequence[int]
) -> Iterator[list[object]]:  # fmt: skip
    yield [said[f"supplies.{it}"] for it in COLUMNS]
    for some in movements.each(session, ids):
        yield from _some(session, writing, said, some)


def _some(
    session: Session, writing: Writing, said: Mapping[str, str], found: Sequence[Movement]
) -> Iterator[list[object]]:  # fmt: skip
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
