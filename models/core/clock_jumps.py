"""A jump of the machine's clock that is held: who reports is judged by the time that went on, until somebody says."""

from datetime import datetime

from sqlmodel import Field, Session, col, select

from models.core.database import Instant, ask
from models.core.table import Table


class Jump(Table, table=True):
    """One row while the clock is held. `since` is the time as it went on until then, `machine` what the machine's clock
    said at that moment; `at_start` where a program found it so when it began."""

    id: int = Field(default=1, primary_key=True)
    since: datetime = Field(sa_type=Instant)
    machine: datetime = Field(sa_type=Instant)
    at_start: bool
    confirmed: bool = False


_THERE = select(col(Jump.id))


def held(session: Session) -> Jump | None:
    return session.get(Jump, 1) if ask(session, _THERE).first() else None


def hold(session: Session, since: datetime, machine: datetime, *, at_start: bool) -> Jump:
    """Held from now on; a jump known before that is another by now is not confirmed any more."""
    found = session.get(Jump, 1) or Jump(since=since, machine=machine, at_start=at_start)
    found.since, found.machine, found.at_start, found.confirmed = since, machine, at_start, False
    session.add(found)
    return found


def confirm(session: Session) -> Jump | None:
    """Somebody says that the machine's clock is right."""
    found = held(session)
    if found:
        found.confirmed = True
        session.add(found)
    return found


def end(session: Session, it: Jump) -> None:
    session.delete(it)
    session.flush()
