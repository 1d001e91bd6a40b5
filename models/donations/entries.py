"""Entries of a collection's ledger: gifts of money and of goods, and what was spent. None is ever edited but for how a
donor is shown; one is undone by an entry against it (docs/rules.md 34.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, text, update
from sqlmodel import Field, Session, col, func, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.exact import MONEY, NOTHING
from models.core.table import IDS_NOT_REUSED, Table
from models.donations.collections import Collection, CollectionSum
from models.files.records import FileRecord
from models.organisation.people import Person
from models.supplies.movements import Movement

LONGEST = 200  # characters of what was given, spent on or remarked
LARGEST = Decimal(10) ** 10


class Entered(StrEnum):
    MONEY = "money"
    GOODS = "goods"
    SPENT = "spent"
    UNDONE = "undone"


class Shown(StrEnum):
    """How a donor is shown to whoever does not keep the ledger."""

    NAME = "name"
    INITIALS = "initials"
    HIDDEN = "hidden"


class DonationEntry(Table, table=True):
    """One line of the ledger: `amount` of money with its sign (0 of goods, less than 0 of what was spent), `given` and
    `spent`, the sums after it. `words` are the goods, what the money went for, or why something is undone; goods that
    went into the stock have their `movement_id`. `donor` is how they are called, `person_id` who of the organisation
    they are."""

    __table_args__ = (
        Index("donation_collection", "collection_id", "id"),
        Index("donation_at", "at"),
        Index("donation_movement", "movement_id", sqlite_where=text("movement_id IS NOT NULL"),
              postgresql_where=text("movement_id IS NOT NULL")),
        Index("donation_undone", "undoes_id", unique=True, sqlite_where=text("undoes_id IS NOT NULL"),
              postgresql_where=text("undoes_id IS NOT NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    collection_id: int = Field(foreign_key="collection.id")
    kind: str
    amount: Decimal = Field(default=NOTHING, sa_type=MONEY)
    given: Decimal = Field(sa_type=MONEY)
    spent: Decimal = Field(sa_type=MONEY)
    words: str = ""
    donor: str = ""
    person_id: int | None = Field(default=None, foreign_key="person.id")
    shown: str = Shown.NAME
    movement_id: int | None = Field(default=None, foreign_key="movement.id")
    files: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    undoes_id: int | None = Field(default=None, foreign_key="donation_entry.id")
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class Said:
    """What is said with an entry."""

    by: Person
    at: datetime
    words: str = ""
    donor: str = ""
    person_id: int | None = None
    shown: Shown = Shown.NAME
    movement_id: int | None = None
    files: Sequence[FileRecord] = ()


def give(session: Session, it: Collection, amount: Decimal, said: Said) -> DonationEntry:
    """Enter a gift of money; of goods with an `amount` of 0. Raises `donations.large`."""
    kind = Entered.MONEY if amount else Entered.GOODS
    return _enter(session, it, kind, amount, (amount, NOTHING, 1), said)


def spend(session: Session, it: Collection, amount: Decimal, said: Said) -> DonationEntry:
    """Enter what money was spent on. Raises `donations.short` for more than there is, `donations.large`."""
    return _enter(session, it, Entered.SPENT, -amount, (NOTHING, amount, 0), said)


def undo(session: Session, entry: DonationEntry, said: Said) -> DonationEntry:
    """Undo an entry by one against it. Raises `donations.no_undo`, `donations.undone`, `donations.short`."""
    if entry.kind == Entered.UNDONE:
        raise Refusal("donations.no_undo")
    if undone(session, [entry.id]):
        raise Refusal("donations.undone")
    it = session.get_one(Collection, entry.collection_id)
    spent = entry.kind == Entered.SPENT
    moved = (NOTHING, entry.amount, 0) if spent else (-entry.amount, NOTHING, -1)
    return _enter(session, it, Entered.UNDONE, -entry.amount, moved, said, entry.id)


def _enter(
    session: Session, it: Collection, kind: Entered, amount: Decimal, moved: tuple[Decimal, Decimal, int], said: Said,
    undoes: int | None = None,
) -> DonationEntry:  # fmt: skip
    if abs(amount) > LARGEST:
        raise Refusal("donations.large", most=LARGEST)
    given, spent = _add(session, it, *moved)
    made = DonationEntry(
        collection_id=it.id, kind=kind, amount=amount, given=given, spent=spent, words=said.words, donor=said.donor,
        person_id=said.person_id, shown=said.shown, movement_id=said.movement_id, files=list(said.files),
        undoes_id=undoes, by=said.by.id, at=said.at,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _add(session: Session, it: Collection, given: Decimal, spent: Decimal, gifts: int) -> tuple[Decimal, Decimal]:
    """Change a collection's sums, and return them; the statement locks them until the transaction ends."""
    sums = CollectionSum
    changed = (
        update(sums)
        .where(
            sums.collection_id == it.id,  # type: ignore[arg-type]
            sums.spent + spent <= sums.given + given,  # type: ignore[arg-type]
        )
        .values(given=sums.given + given, spent=sums.spent + spent, gifts=sums.gifts + gifts)
        .returning(col(sums.given), col(sums.spent))
    )
    found = session.connection().execute(changed).one_or_none()
    if found is None:
        held = session.exec(select(col(sums.given), col(sums.spent)).where(sums.collection_id == it.id)).one()
        raise Refusal("donations.short", left=held[0] - held[1])
    return found[0], found[1]


def undone(session: Session, ids: Sequence[int]) -> set[int]:
    """Return those of these entries that were undone."""
    query = select(DonationEntry.undoes_id).where(col(DonationEntry.undoes_id).in_(ids))
    return {it for it in session.exec(query).all() if it is not None}


def of_movement(session: Session, movement: Movement) -> DonationEntry | None:
    """Return the gift of goods that came into a store with this movement: both are undone together."""
    return session.exec(select(DonationEntry).where(DonationEntry.movement_id == movement.id)).first()


def show_as(session: Session, entry: DonationEntry, shown: Shown) -> None:
    """Show a donor otherwise from now on, by their own choice; the ledger keeps that it was chosen."""
    entry.shown = shown
    session.add(entry)
    session.flush()


def of(session: Session, it: Collection, most: int | None = None) -> list[DonationEntry]:
    """Return a collection's entries in their order; with `most` the newest ones, the newest first."""
    query = select(DonationEntry).where(DonationEntry.collection_id == it.id)
    if most is None:
        return list(session.exec(query.order_by(col(DonationEntry.id))).all())
    return list(session.exec(query.order_by(col(DonationEntry.id).desc()).limit(most)).all())


def count(session: Session, it: Collection) -> int:
    """Return how many entries a collection has."""
    return session.exec(select(func.count()).where(DonationEntry.collection_id == it.id)).one()


def initials(name: str) -> str:
    """Return a donor's initials: 张* of 张伟, A. L. of Ann Lee; nothing else of the name is told."""
    if name.isascii() or " " in name:
        return " ".join(f"{part[0].upper()}." for part in name.split())
    return f"{name[0]}*"
