"""Set aside, for a while, due work that failed by a bug, so that it holds up nothing else, and report it
(docs/decisions/0145-keeping-alive.md)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, UniqueConstraint, delete, text, update
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import Table

BACKOFF = (1, 1, 2, 5, 10)  # minutes to the next try
TOLD_EVERY = timedelta(hours=1)  # the admins hear of one kind of work at most this often, with a count
KEPT = timedelta(days=30)


_OPEN = text("healed_at IS NULL AND retry_at IS NOT NULL")


class FailingWork(Table, table=True):
    """One failing item of due work. `source` is the kind of work and `item` its id; "" means the kind itself, of which
    nobody could say what is due. `at`s say how often it failed since `first_at` and when it is retried, if it is (a
    person left out of a step is not). `label` is the name that admins read, `number` the last fault in the log, `told`
    how many of its failures the admins know of. `healed_at` is set when it works again."""

    __table_args__ = (
        UniqueConstraint("source", "item"),
        Index("failing_work_open", "source", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: int = Field(default=None, primary_key=True)
    source: str
    item: str
    label: str
    number: str
    count: int = 0
    told: int = 0
    first_at: datetime = Field(sa_type=Instant)
    last_at: datetime = Field(sa_type=Instant)
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
    told_at: datetime | None = Field(default=None, sa_type=Instant)
    healed_at: datetime | None = Field(default=None, sa_type=Instant)


_FAILING = select(FailingWork).where(_OPEN)


def failing(session: Session) -> Sequence[FailingWork]:
    """Return what failed and is to be retried."""
    return session.exec(_FAILING).all()


def note(
    session: Session, source: str, item: str, label: str, number: str, now: datetime, *, again: bool
) -> FailingWork:  # fmt: skip
    """Note one more failure; `again` says whether it is to be retried."""
    found = session.exec(select(FailingWork).where(FailingWork.source == source, FailingWork.item == item)).first()
    if found is None:
        found = FailingWork(source=source, item=item, label=label, number=number, first_at=now, last_at=now)
    elif found.healed_at is not None:
        found.count, found.told, found.first_at, found.healed_at = 0, 0, now, None
    found.count += 1
    found.number, found.last_at = number, now
    found.retry_at = now + timedelta(minutes=BACKOFF[min(found.count, len(BACKOFF)) - 1]) if again else None
    session.add(found)
    session.flush()
    return found


def to_tell(session: Session, label: str, now: datetime) -> int:
    """Return how many failures of this name the admins are to be told now; 0 within an hour of the last message."""
    found = session.exec(select(FailingWork).where(FailingWork.label == label)).all()
    if any(it.told_at is not None and timedelta(0) <= now - it.told_at < TOLD_EVERY for it in found):
        return 0
    count = sum(it.count - it.told for it in found)
    for it in found:
        it.told, it.told_at = it.count, now
        session.add(it)
    return count


def healed(session: Session, found: FailingWork, now: datetime) -> None:
    found.healed_at = now
    session.add(found)


def since(session: Session, moment: datetime) -> list[tuple[str, int, str, bool | None]]:
    """Return what failed since `moment`: name, how often in all, the last fault's number, and whether it still fails
    (None if it was not retried)."""
    rows = session.exec(
        select(FailingWork).where(FailingWork.last_at > moment).order_by(col(FailingWork.last_at).desc())
    ).all()
    found: dict[str, tuple[str, int, str, bool | None]] = {}
    for it in rows:
        fails = it.healed_at is None if it.retry_at else None
        _, count, number, others = found.get(it.label, (it.label, 0, it.number, None))
        found[it.label] = (it.label, count + it.count, number, fails if others is None else others or bool(fails))
    return list(found.values())


def try_again(session: Session) -> None:
    """Retry everything at once: a program that starts may be a corrected one."""
    session.connection().execute(update(FailingWork).where(_OPEN).values(retry_at=col(FailingWork.last_at)))


def forget(session: Session, now: datetime) -> None:
    session.connection().execute(delete(FailingWork).where(col(FailingWork.last_at) < now - KEPT))
