"""Items (物资品目), the stores (存放点) where they are kept, and who keeps these (docs/rules.md 33.1)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, col, or_, select

from models.authority import permissions
from models.core import characters
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.exact import NOTHING, QUANTITY
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person, here
from models.organisation.units import Unit, above, below

LONGEST = 20  # characters of a name, so that it fits on a button
LONGEST_MEASURE = 8
MOST, MOST_STORES, MOST_KEEPERS = 500, 40, 10  # of one unit, of one store


class Item(Table, table=True):
    """An item of a unit, kept in the stores in and below the unit, until it is ended. `measure` is in what it is
    counted (a box, a litre), `least` the minimum of all its stores together, 0 for none. `low`: whether it has fallen
    below."""

    __table_args__ = (
        Index("item_running", "unit_id", "name", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    name: str
    measure: str
    least: Decimal = Field(default=NOTHING, sa_type=QUANTITY)
    low: bool = False
    made_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class Store(Table, table=True):
    """A place of a unit where items are kept, until it is ended."""

    __table_args__ = (
        Index("store_running", "unit_id", "name", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    name: str
    made_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class StoreKeeper(Table, table=True):
    """Somebody whom the unit's lead named to move what a store holds."""

    __table_args__ = (UniqueConstraint("store_id", "person_id"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    store_id: int = Field(foreign_key="store.id")
    person_id: int = Field(foreign_key="person.id", index=True)


def name_of(words: str, longest: int = LONGEST) -> str:
    """Return a name that fits on a button. Raises `supplies.name`."""
    name = characters.name(words).strip("#@")
    if not name or len(name) > longest or not characters.is_name(name):
        raise Refusal("supplies.name", most=longest)
    return name


def put(session: Session, unit: Unit, name: str, measure: str, least: Decimal, now: datetime) -> Item:
    """Make an item, or give the one of this name another minimum. Raises `supplies.many_items`, `supplies.measure`."""
    running = session.exec(select(Item).where(Item.unit_id == unit.id, col(Item.ended_at).is_(None))).all()
    item = next((it for it in running if it.name == name), None)
    if item is None:
        if len(running) >= MOST:
            raise Refusal("supplies.many_items", most=MOST)
        item = Item(unit_id=unit.id, name=name, measure=measure, made_at=now)
    elif item.measure != measure:
        raise Refusal("supplies.measure", name=name, measure=item.measure)
    item.least = least
    session.add(item)
    session.flush()
    return item


def put_store(session: Session, unit: Unit, name: str, now: datetime) -> Store:
    """Return the unit's store of this name, made if there is none. Raises `supplies.many_stores`."""
    running = stores_in(session, [unit], exactly=True)
    found = next((it for it in running if it.name == name), None)
    if found is not None:
        return found
    if len(running) >= MOST_STORES:
        raise Refusal("supplies.many_stores", most=MOST_STORES)
    made = Store(unit_id=unit.id, name=name, made_at=now)
    session.add(made)
    session.flush()
    return made


def end(session: Session, it: Item | Store, now: datetime) -> None:
    """End an item or a store that holds nothing any more."""
    it.ended_at = now
    session.add(it)
    session.flush()


def keepers(session: Session, store: Store, day: date) -> list[Person]:
    """Return who was named to keep a store and has not left, by staff number."""
    query = select(Person).join(StoreKeeper).where(StoreKeeper.store_id == store.id, here(day))
    return list(session.exec(query.order_by(col(Person.staff_no))).all())


def keep(session: Session, store: Store, person: Person) -> bool:
    """Make somebody a keeper, or end that; say whether they are one now. Raises `supplies.many_keepers`."""
    rows = session.exec(select(StoreKeeper).where(StoreKeeper.store_id == store.id)).all()
    held = next((it for it in rows if it.person_id == person.id), None)
    if held is not None:
        session.delete(held)
    elif len(rows) >= MOST_KEEPERS:
        raise Refusal("supplies.many_keepers", most=MOST_KEEPERS)
    else:
        session.add(StoreKeeper(store_id=store.id, person_id=person.id))
    session.flush()
    return held is None


def unit_of(session: Session, it: Item | Store) -> Unit:
    """Return the unit an item or a store belongs to."""
    return session.get_one(Unit, it.unit_id)


def may_move(session: Session, person: Person, store: Store, day: date) -> bool:
    """Say whether somebody may move what this store holds: a keeper, or who leads or administers its unit."""
    named = select(StoreKeeper.id).where(StoreKeeper.store_id == store.id, StoreKeeper.person_id == person.id)
    if session.exec(named).first() is not None:
        return True
    return permissions.may_lead(session, person, unit_of(session, store).path, day)


def stores_of(session: Session, person: Person, day: date) -> list[Store]:
    """Return the running stores whose stock somebody may move, in the roster's order."""
    named = session.exec(
        select(Store).join(StoreKeeper).where(StoreKeeper.person_id == person.id, col(Store.ended_at).is_(None))
    ).all()
    led = stores_in(session, permissions.leads(session, person, day))
    return list({it.id: it for it in [*led, *named]}.values())


def stores_in(session: Session, tops: Sequence[Unit], *, exactly: bool = False) -> list[Store]:
    """Return the running stores in and below these units, in the roster's order; `exactly` only those of the units."""
    if not tops:
        return []
    where = col(Unit.id).in_([it.id for it in tops]) if exactly else or_(*(below(it.path) for it in tops))
    query = select(Store).join(Unit).where(where, col(Store.ended_at).is_(None))
    return list(session.exec(query.order_by(col(Unit.rank), col(Store.id))).all())


def kept_in(session: Session, store: Store) -> list[Item]:
    """Return the running items that this store may hold: those of its unit and of the units above, by name."""
    return for_paths(session, above(unit_of(session, store).path))


def for_paths(session: Session, paths: Iterable[str]) -> list[Item]:
    """Return the running items of the units with these paths, by name."""
    query = select(Item).join(Unit).where(col(Unit.path).in_(list(paths)), col(Item.ended_at).is_(None))
    return list(session.exec(query.order_by(col(Item.name), col(Item.id))).all())
