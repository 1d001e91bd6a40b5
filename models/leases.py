"""One leader per database and token: it ticks, paces and sends; the others wait to take over."""

from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel

from models.database import Instant

LENGTH = timedelta(seconds=8)


class Lease(SQLModel, table=True):
    """Real time, not the demo's. `epoch` grows with every change of hands: whoever holds an older one has lost it."""

    name: str = Field(primary_key=True)
    holder: str
    epoch: int
    until: datetime = Field(sa_type=Instant)


def hold(session: Session, name: str, holder: str, real_now: datetime) -> int | None:
    """Takes or renews the lease; the epoch, or None while another holds it."""
    lease = session.get(Lease, name)
    if lease is None:
        lease = Lease(name=name, holder=holder, epoch=1, until=real_now + LENGTH)
    elif lease.holder != holder and lease.until > real_now:
        return None
    else:
        lease.epoch += lease.holder != holder
        lease.holder, lease.until = holder, real_now + LENGTH
    session.add(lease)
    return lease.epoch


def release(session: Session, name: str, holder: str) -> None:
    lease = session.get(Lease, name)
    if lease and lease.holder == holder:
        lease.until = datetime.min.replace(tzinfo=lease.until.tzinfo)
        session.add(lease)
