"""Tell the timeline of collections (docs/rules.md 39.2): begun, and over with their totals. The end stands there from
the beginning, on the last day: a timeline shows no day that has not come."""

from datetime import date

from sqlmodel import Session

from models.donations import collections
from models.donations.collections import Collection
from models.timeline import entries
from models.timeline.sources import COLLECTION, COLLECTION_END


def begun(session: Session, it: Collection, day: date) -> None:
    """Write a collection's first and last day."""
    entries.once(session, COLLECTION, it.unit_id, day, it.id, purpose=it.purpose, until=it.ends_on)
    entries.once(session, COLLECTION_END, it.unit_id, it.ends_on, it.id, purpose=it.purpose)


def came_to(session: Session, it: Collection) -> None:
    """Say what a collection came to by now; what is spent later is said too."""
    sums = collections.sums(session, it)
    entries.renew(session, COLLECTION_END, it.id, given=sums.given, spent=sums.spent, gifts=sums.gifts)


def closed(session: Session, it: Collection, day: date) -> None:
    """Say on which day a collection ended, if it ended before its last day."""
    if day < it.ends_on:
        entries.renew(session, COLLECTION_END, it.id, day=day)
