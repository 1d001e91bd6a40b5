"""Leader leases: one program per database and token ticks, paces and sends; the others wait to take over
(docs/decisions/0087-leases.md)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import Table

LENGTH = timedelta(seconds=6)
RENEWED = LENGTH - timedelta(seconds=1)  # while longer than this is left, a renewal is not written
SLACK = timedelta(seconds=30)  # how far apart the clocks of two programs may be


class Lease(Table, table=True):
    """A lease, in real time, not the demo's. `epoch` is the fencing token: it grows whenever the lease changes hands,
    and whoever holds an older one has lost the lease."""

    name: str = Field(primary_key=True)
    holder: str
    epoch: int
    until: datetime = Field(sa_type=Instant)


_THERE = select(Lease).where(col(Lease.name).in_(bindparam("names", expanding=True)))


def unseen(_: Lease) -> bool | None:
    """Answer for a lease that nobody has watched."""
    return None


def hold(
    session: Session, names: Sequence[str], holder: str, real_now: datetime,
    alive: Callable[[Lease], bool | None] = unseen,
) -> dict[str, Lease]:  # fmt: skip
    """Take or renew the leases of these names, and return those that are the holder's now, by name. `alive` says
    whether another holder's lease was seen to be renewed lately, which needs no clock (None: not watched yet)."""
    known = {lease.name: lease for lease in session.exec(_THERE, params={"names": list(names)}).all()}
    ours: dict[str, Lease] = {}
    for name in names:
        lease = known.get(name) or Lease(name=name, holder="", epoch=0, until=real_now)
        if lease.holder not in ("", holder) and not _left(lease, real_now, alive(lease)):
            continue
        lease.epoch += lease.holder != holder
        if lease.holder != holder or not LENGTH >= lease.until - real_now >= RENEWED:
            lease.holder, lease.until = holder, real_now + LENGTH
            session.add(lease)
        ours[name] = lease
    return ours


def _left(lease: Lease, real_now: datetime, alive: bool | None) -> bool:
    """Say whether the holder of a lease is gone. For an unwatched lease: whether it ended long ago, or ends later than
    any lease can, because a clock was set back."""
    if alive is not None:
        return not alive
    return not _sensible(lease.until, real_now - SLACK, real_now)


def _sensible(until: datetime, after: datetime, real_now: datetime) -> bool:
    return after < until <= real_now + LENGTH + SLACK


def rivals(session: Session, names: Iterable[str], real_now: datetime) -> dict[str, datetime]:
    """Return the other bots of the same channels for which a program speaks now, and until when, by name."""
    ours = set(names)
    channels = {name.partition(":")[0] for name in ours if ":" in name}
    others = [it for it in session.exec(select(Lease)).all() if _sensible(it.until, real_now, real_now)]
    return {it.name: it.until for it in others if it.name not in ours and it.name.partition(":")[0] in channels}


def release(session: Session, names: Iterable[str], holder: str) -> None:
    """Give back the holder's leases, so that another program need not wait."""
    for lease in session.exec(select(Lease).where(col(Lease.name).in_(list(names)), Lease.holder == holder)).all():
        lease.holder, lease.until = "", datetime.min.replace(tzinfo=UTC)
        session.add(lease)
