"""Hand-outs (发放): to a person, a unit, or each of a list; whoever got something confirms it (docs/rules.md 33.3). A
transfer to another store is one too (`transfers`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Index, UniqueConstraint, bindparam, text
from sqlmodel import Field, Session, col, func, or_, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.exact import NOTHING, QUANTITY
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import audience
from models.rounds.audience import Audience
from models.supplies import movements
from models.supplies.items import Item, Store, StoreKeeper
from models.supplies.movements import Move, Moved, Movement, Told

MOST = 300  # people of one list: all of it is one movement, and one transaction
AT_ONCE = 20  # from whom one transaction takes back: each is a movement and a message
PATIENCE = timedelta(days=1)  # after which the keeper is told once who has not confirmed
AGAIN = timedelta(minutes=30)  # between two reminders


class Handout(Table, table=True):
    """What one movement handed out, to one or to each of a list. `cursor` is the last to whom a message went, None when
    there is nothing to send; `next_at` is when the clock looks at it again, `told_at` when the keeper was told who has
    not confirmed, `urged_at` when they were reminded last, and `urged_by` by whom. `rest_by` is who takes back what is
    not confirmed while that goes on, `rest_said` why."""

    __table_args__ = (
        Index("handout_next", "next_at", sqlite_where=text("next_at IS NOT NULL"),
              postgresql_where=text("next_at IS NOT NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    movement_id: int = Field(foreign_key="movement.id", unique=True)
    listed: bool
    at: datetime = Field(sa_type=Instant)
    cursor: int | None = None
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    told_at: datetime | None = Field(default=None, sa_type=Instant)
    urged_at: datetime | None = Field(default=None, sa_type=Instant)
    urged_by: int | None = Field(default=None, foreign_key="person.id")
    rest_by: int | None = Field(default=None, foreign_key="person.id")
    rest_said: str = ""


class Handing(Table, table=True):
    """What one person, one unit, or another store got of a hand-out. It waits until it is confirmed or all of it came
    back; `disputed_at` is set while the receiver says that it is not what they got, `said` is what they say."""

    __table_args__ = (
        UniqueConstraint("handout_id", "person_id"),
        Index("handing_waits", "handout_id", sqlite_where=text("confirmed_at IS NULL AND returned < amount"),
              postgresql_where=text("confirmed_at IS NULL AND returned < amount")),
        Index("handing_coming", "store_id",
              sqlite_where=text("store_id IS NOT NULL AND confirmed_at IS NULL AND returned < amount"),
              postgresql_where=text("store_id IS NOT NULL AND confirmed_at IS NULL AND returned < amount")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    handout_id: int = Field(foreign_key="handout.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    store_id: int | None = Field(default=None, foreign_key="store.id")
    amount: Decimal = Field(sa_type=QUANTITY)
    returned: Decimal = Field(default=NOTHING, sa_type=QUANTITY)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    disputed_at: datetime | None = Field(default=None, sa_type=Instant)
    said: str = ""

    @property
    def left(self) -> Decimal:
        """Return what has not come back."""
        return self.amount - self.returned

    @property
    def waits(self) -> bool:
        return self.confirmed_at is None and self.left > 0


WAITING = (col(Handing.confirmed_at).is_(None), col(Handing.returned) < col(Handing.amount))
ANY_DUE = select(Handout.id).where(col(Handout.next_at) <= bindparam("now")).exists()


def to_one(
    session: Session, item: Item, store: Store, receiver: Person | Unit, amount: Decimal, told: Told
) -> tuple[Handing, Moved]:  # fmt: skip
    """Hand something out to a person or a unit. Raises as `movements.move`."""
    person = receiver.id if isinstance(receiver, Person) else None
    unit = receiver.id if isinstance(receiver, Unit) else None
    moved = movements.move(session, Move.OUT, item, store, -amount, replace(told, person_id=person, unit_id=unit))
    made = begun(session, moved, listed=False)
    handing = Handing(handout_id=made.id, person_id=person, unit_id=unit, amount=amount)
    session.add(handing)
    session.flush()
    return handing, moved


def to_each(
    session: Session, item: Item, store: Store, persons: Sequence[int], each: Decimal, told: Told
) -> tuple[Handout, Moved]:  # fmt: skip
    """Hand out as much to each of these people, as one movement. Raises as `movements.move`."""
    moved = movements.move(session, Move.OUT, item, store, -each * len(persons), told)
    made = begun(session, moved, listed=True)
    made.cursor, made.next_at = 0, told.at
    session.add_all([made, *(Handing(handout_id=made.id, person_id=it, amount=each) for it in persons)])
    session.flush()
    return made, moved


def begun(session: Session, moved: Moved, *, listed: bool) -> Handout:
    """Make the hand-out of a movement: who has not confirmed a day later is told."""
    at = moved.movement.at
    made = Handout(movement_id=moved.movement.id, listed=listed, at=at, next_at=at + PATIENCE)
    session.add(made)
    session.flush()
    return made


def listed(session: Session, unit: Unit, day: date) -> list[int]:
    """Return the ids of everybody of a unit and those below, to hand out to. Raises `supplies.nobody`,
    `supplies.many_people`."""
    found = [it for it, _ in audience.members(session, Audience((unit.id,)), day, 0, MOST + 1)]
    if not found:
        raise Refusal("supplies.nobody", path=unit.path)
    if len(found) > MOST:
        raise Refusal("supplies.many_people", path=unit.path, most=MOST)
    return found


def confirm(session: Session, it: Handing, by: Person, now: datetime) -> bool:
    """Confirm what was got; False if it was confirmed before. Raises `supplies.taken_back`."""
    if it.confirmed_at is not None:
        return False
    if not it.left:
        raise Refusal("supplies.taken_back")
    it.confirmed_at, it.confirmed_by, it.disputed_at = now, by.id, None
    session.add(it)
    session.flush()
    return True


def dispute(session: Session, it: Handing, words: str, now: datetime) -> None:
    """Note that the receiver says it is not what they got. Raises `supplies.confirmed`, `supplies.taken_back`."""
    if it.confirmed_at is not None:
        raise Refusal("supplies.confirmed")
    if not it.left:
        raise Refusal("supplies.taken_back")
    it.disputed_at, it.said = now, words
    session.add(it)
    session.flush()


def take_back(session: Session, it: Handing, amount: Decimal, told: Told) -> Moved:
    """Take back some of what was handed out, into the store it came from; of a transfer only while it is on the way.
    Raises `supplies.not_so_many`, `supplies.arrived`."""
    if not 0 < amount <= it.left:
        raise Refusal("supplies.not_so_many", left=it.left)
    out = movement_of(session, it)
    item, store = session.get_one(Item, out.item_id), session.get_one(Store, out.store_id)
    if it.store_id is not None:
        target = session.get_one(Store, it.store_id)
        if it.confirmed_at is not None:
            raise Refusal("supplies.arrived", store=target.name)
        movements.expect(session, item, target, -amount)
    it.returned += amount
    session.add(it)
    against = replace(told, person_id=it.person_id, unit_id=it.unit_id, other_id=it.store_id, undoes_id=out.id)
    return movements.move(session, Move.RETURNED, item, store, amount, against)


def movement_of(session: Session, it: Handing | Handout) -> Movement:
    """Return the movement by which something was handed out."""
    made = it if isinstance(it, Handout) else session.get_one(Handout, it.handout_id)
    return session.get_one(Movement, made.movement_id)


def of_movement(session: Session, movement: Movement) -> Handout | None:
    return session.exec(select(Handout).where(Handout.movement_id == movement.id)).first()


def handings(session: Session, made: Handout) -> list[Handing]:
    """Return who got something, in the order of the list."""
    return list(session.exec(select(Handing).where(Handing.handout_id == made.id).order_by(col(Handing.id))).all())


def next_waiting(session: Session, made: Handout, after: int, most: int) -> list[Handing]:
    """Return the next ones after this id who have not confirmed."""
    query = select(Handing).where(Handing.handout_id == made.id, Handing.id > after, *WAITING)
    return list(session.exec(query.order_by(col(Handing.id)).limit(most)).all())


def counted(session: Session, made: Handout) -> tuple[int, int, int]:
    """Return how many got something, how many of them confirmed, and how many wait."""
    waits = func.count().filter(*WAITING)
    done = func.count().filter(col(Handing.confirmed_at).is_not(None))
    found = session.execute(select(func.count(), done, waits).where(Handing.handout_id == made.id)).one()
    return found[0], found[1], found[2]


def unconfirmed(session: Session, made: Handout) -> Decimal:
    """Return how much of a hand-out is neither confirmed nor back."""
    query = select(func.sum(Handing.amount), func.sum(Handing.returned)).where(Handing.handout_id == made.id, *WAITING)
    amount, returned = session.exec(query).one()
    return (amount or NOTHING) - (returned or NOTHING)


def rested(session: Session, made: Handout) -> None:
    """Note that all that was not confirmed is back: nothing of it is due any more."""
    made.rest_by, made.rest_said, made.cursor, made.next_at = None, "", None, None
    session.add(made)
    session.flush()


def look_again(made: Handout, now: datetime) -> None:
    """Let the clock look at a hand-out when its keeper is to be told who has not confirmed, once."""
    made.next_at = max(made.at + PATIENCE, now) if made.told_at is None else None


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Handout | None:
    """Return the hand-out for which the clock has something to do by now, the longest waiting first."""
    query = select(Handout).where(col(Handout.next_at) <= now, col(Handout.id).not_in(aside))
    return session.exec(query.order_by(col(Handout.next_at), col(Handout.id)).limit(1)).first()


def waiting_for(session: Session, person: Person, led: Sequence[int]) -> list[Handing]:
    """Return what somebody has still to confirm: for themselves, for a unit that they lead, and for a store of such a
    unit or one that they keep."""
    kept = select(StoreKeeper.store_id).where(StoreKeeper.person_id == person.id)
    stores = select(Store.id).where(or_(col(Store.unit_id).in_(led), col(Store.id).in_(kept)))
    theirs = or_(col(Handing.person_id) == person.id, col(Handing.unit_id).in_(led), col(Handing.store_id).in_(stores))
    return list(session.exec(select(Handing).where(theirs, *WAITING).order_by(col(Handing.id).desc()).limit(20)).all())


def open_ones(session: Session, stores: Sequence[int], most: int) -> list[Handout]:
    """Return the hand-outs from these stores of which something is not confirmed, the newest first."""
    query = select(Handout).join(Movement).where(*_open(stores))
    return list(session.exec(query.order_by(col(Handout.id).desc()).limit(most)).all())


def count_open(session: Session, stores: Sequence[int]) -> int:
    """Return how many hand-outs from these stores are not confirmed by all."""
    query = select(func.count()).select_from(Handout).join(Movement).where(*_open(stores))
    return session.exec(query).one()


def _open(stores: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    waits = select(Handing.id).where(Handing.handout_id == Handout.id, *WAITING).exists()
    return (col(Movement.store_id).in_(stores), waits)


def waited_for(session: Session, it: Item | Store) -> bool:
    """Say whether something of this item, or out of this store or to it, is handed out and not confirmed."""
    from_or_to = or_(col(Movement.store_id) == it.id, col(Handing.store_id) == it.id)
    of = col(Movement.item_id) == it.id if isinstance(it, Item) else from_or_to
    query = select(Handing.id).join(Handout, col(Handout.id) == col(Handing.handout_id))
    query = query.join(Movement, col(Movement.id) == col(Handout.movement_id)).where(of, *WAITING)
    return session.exec(query.limit(1)).first() is not None


def with_rest(session: Session, store: Store, item: Item, most: int) -> list[Handing]:
    """Return the newest of what was handed out of an item from a store, has not all come back, and did not arrive in
    another store."""
    query = (
        select(Handing)
        .join(Handout, col(Handout.id) == col(Handing.handout_id))
        .join(Movement, col(Movement.id) == col(Handout.movement_id))
        .where(Movement.store_id == store.id, Movement.item_id == item.id, Handing.returned < Handing.amount)
        .where(or_(col(Handing.store_id).is_(None), col(Handing.confirmed_at).is_(None)))
    )
    return list(session.exec(query.order_by(col(Handing.id).desc()).limit(most)).all())
