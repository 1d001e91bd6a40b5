"""Say what collections came to in a unit within a time: for the timeline, the evening report and the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from models.core.exact import NOTHING
from models.donations.collections import Collection
from models.donations.entries import DonationEntry, Entered
from models.organisation.units import Unit, below


@dataclass(frozen=True)
class Total:
    """What a collection was given and what it spent within a time, both 0 or more, undone entries taken off; `gifts`
    is how many gave."""

    collection: Collection
    given: Decimal
    spent: Decimal
    gifts: int


def collected(session: Session, unit: Unit, since: datetime, until: datetime) -> list[Total]:
    """Return the totals of the collections of a unit and those below in this time (the end excluded), the oldest first,
    without entries that were undone by now."""
    against = aliased(DonationEntry)
    undone = select(against.id).where(against.undoes_id == DonationEntry.id).exists()
    spent, amount = col(DonationEntry.kind) == Entered.SPENT, func.sum(DonationEntry.amount)
    query = (
        select(Collection, amount.filter(~spent), amount.filter(spent), func.count().filter(~spent))
        .join(DonationEntry, col(DonationEntry.collection_id) == col(Collection.id))
        .join(Unit, col(Unit.id) == col(Collection.unit_id))
        .where(below(unit.path), DonationEntry.at >= since, DonationEntry.at < until)
        .where(DonationEntry.kind != Entered.UNDONE, ~undone)
        .group_by(col(Collection.id))
        .order_by(col(Collection.id))
    )  # fmt: skip
    return [
        Total(it, given or NOTHING, -(spent or NOTHING), gifts)
        for it, given, spent, gifts in session.execute(query).all()
    ]


@dataclass(frozen=True)
class Standing:
    """How many collections are open, and what was given and how often lately."""

    open: int
    given: Decimal
    gifts: int

    def __bool__(self) -> bool:
        return bool(self.open or self.gifts)


def standing(session: Session, tops: Sequence[Unit], since: datetime, until: datetime, day: date) -> Standing:
    """Return how the collections of these units and those below stand."""
    if not tops:
        return Standing(0, NOTHING, 0)
    inside = or_(*(below(top.path) for top in tops))
    running = select(func.count()).select_from(Collection).join(Unit).where(
        inside, col(Collection.closed_at).is_(None), Collection.ends_on >= day
    )  # fmt: skip
    found = [total for top in tops for total in collected(session, top, since, until)]
    return Standing(
        session.exec(running).one(), sum((it.given for it in found), NOTHING), sum(it.gifts for it in found)
    )
