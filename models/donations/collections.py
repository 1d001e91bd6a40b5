"""Collections (募捐): a purpose, an end, and who may see the ledger (docs/rules.md 34.1)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, Session, col, or_, select

from models.authority import permissions
from models.core import characters
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.exact import MONEY, NOTHING
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person, home
from models.organisation.units import Unit, above, below

LONGEST = 60  # characters of a purpose


class Collection(Table, table=True):
    """A collection of a unit: for what, and until which day, this included. It takes nothing more once it is closed."""

    __table_args__ = (Index("collection_unit", "unit_id", "id"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    purpose: str
    ends_on: date
    by: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: int | None = Field(default=None, foreign_key="person.id")

    def open(self, day: date) -> bool:
        return self.closed_at is None and day <= self.ends_on


class CollectionSum(Table, table=True):
    """What a collection came to: the sums of its entries, kept with each of them; nothing is spent that was not given.
    `verify` adds the entries up."""

    __table_args__ = (CheckConstraint("given >= 0 AND spent >= 0 AND spent <= given", name="not_more_than_given"),)

    id: int = Field(default=None, primary_key=True)
    collection_id: int = Field(foreign_key="collection.id", unique=True)
    given: Decimal = Field(default=NOTHING, sa_type=MONEY)
    spent: Decimal = Field(default=NOTHING, sa_type=MONEY)
    gifts: int = 0


def begin(session: Session, unit: Unit, purpose: str, ends_on: date, by: Person, now: datetime) -> Collection:
    """Begin a collection. Raises `donations.purpose`."""
    said = characters.name(purpose)
    if not said or len(said) > LONGEST:
        raise Refusal("donations.purpose", most=LONGEST)
    made = Collection(unit_id=unit.id, purpose=said, ends_on=ends_on, by=by.id, made_at=now)
    session.add(made)
    session.flush()
    session.add(CollectionSum(collection_id=made.id))
    session.flush()
    return made


def close(session: Session, it: Collection, by: Person, now: datetime) -> None:
    """Close a collection: it takes no gifts any more; what it is spent on is still entered."""
    it.closed_at, it.closed_by = now, by.id
    session.add(it)
    session.flush()


def sums(session: Session, it: Collection) -> CollectionSum:
    """Return what a collection came to, as it stands now."""
    found = select(CollectionSum).where(CollectionSum.collection_id == it.id)
    return session.exec(found.execution_options(populate_existing=True)).one()


def unit_of(session: Session, it: Collection) -> Unit:
    return session.get_one(Unit, it.unit_id)


def may_keep(session: Session, person: Person, it: Collection, day: date) -> bool:
    """Say whether somebody keeps a collection's ledger, and sees it with every donor: who leads or administers its
    unit."""
    return permissions.may_lead(session, person, unit_of(session, it).path, day)


def may_see(session: Session, person: Person, it: Collection, day: date) -> bool:
    """Say whether somebody sees how a collection stands: everybody of its unit and those below, and who keeps it."""
    within = unit_of(session, it).path in above(home(session, person).path)
    return within or may_keep(session, person, it, day)


def kept_by(session: Session, tops: Sequence[Unit], most: int) -> list[Collection]:
    """Return the collections of these units and those below: those that are not closed first, then the newest."""
    return _listed(session, or_(*(below(it.path) for it in tops)), most) if tops else []


def seen_by(session: Session, person: Person, most: int) -> list[Collection]:
    """Return the collections of somebody's unit and those above, in the same order."""
    return _listed(session, col(Unit.path).in_(above(home(session, person).path)), most)


def _listed(session: Session, where: object, most: int) -> list[Collection]:
    query = select(Collection).join(Unit).where(where)  # type: ignore[arg-type]
    order = (col(Collection.closed_at).is_not(None), col(Collection.id).desc())
    return list(session.exec(query.order_by(*order).limit(most)).all())
