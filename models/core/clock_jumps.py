"""Hold a jump of the machine's clock: reports are timed by the time that went on, until somebody confirms the clock."""

from datetime import datetime

from sqlmodel import Field, Session, col, select

from models.core.database import Instant, ask
from models.core.table import Table


class Jump(Table, table=True):
    """A jump of the clock; one row, while it is held. `since` is the steady time until then, `machine` what the
    machine's clock said at that moment; `at_start` if a program found the jump when it started."""

    id: int = Field(default=1, primary_key=True)
    since: datetime = Field(sa_type=Instant)
    machine: datetime = Field(sa_type=Instant)
    at_start: bool
    confirmed: bool = False


_THERE = select(col(Jump.id))


def held(session: Session) -> Jump | None:
    return session.get(Jump, 1) if ask(session, _THERE).first() else None


def hold(session: Session, since: datetime, machine: datetime, *, at_start: bool) -> Jump:
    """Hold the clock from now on. A held jump that has changed since loses its confirmation."""
    found = session.get(Jump, 1) or Jump(since=since, machine=machine, at_start=at_start)
    found.since, found.machine, found.at_start, found.confirmed = since, machine, at_start, False
    session.add(found)
    return found


def confirm(session: Session) -> Jump | None:
    """Note that somebody confirmed the machine's clock."""
    found = held(session)
    if found:
        found.confirmed = True
        session.add(found)
    return found


def end(session: Session, jump: Jump) -> None:
    session.delete(jump)
    session.flush()
