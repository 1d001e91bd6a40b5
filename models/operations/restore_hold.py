"""Hold a restored database until the operator decides, because it may already have sent what it still wants to send
(docs/decisions/0012-restored-databases-wait.md)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Insert, Select, String, Update, column, delete, literal, table, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.core.database import Instant, ask
from models.core.table import Table
from models.messaging.cards import Card
from models.messaging.dashboard_keys import DashboardKey

WHY = "restored"
SKIPPED = 1_000_000  # ids of a table left out: more than are given between two backups


class RestoreHold(Table, table=True):
    """One row while the database is on hold: no step runs and nothing is sent."""

    id: int = Field(default=1, primary_key=True)
    at: datetime = Field(sa_type=Instant)


_SEQUENCE = table("sqlite_sequence", column("name"), column("seq"))  # SQLite's own
_PARKED = select(col(RestoreHold.id))
_SET_ASIDE = update(Card).where(col(Card.pending).is_(True)).values(gave_up=True, error=WHY, claimed_at=None)
_SIGN_OUT = delete(DashboardKey)  # what was withdrawn since the backup would be good again
_WAITING = (col(Card.error) == WHY, col(Card.gave_up).is_(True))


def parked(session: Session) -> bool:
    return ask(session, _PARKED).first() is not None


def park(session: Session, now: datetime) -> int:
    """Stop the clock, set aside every message still to be sent, and sign everybody out of the dashboard; returns how
    many messages."""
    count = session.exec(select(func.count()).select_from(Card).where(col(Card.pending).is_(True))).one()
    connection = session.connection()
    connection.execute(_SET_ASIDE)
    connection.execute(_SIGN_OUT)
    for statement in _skipped(connection.dialect):
        connection.execute(statement)
    if not parked(session):
        session.add(RestoreHold(at=now))
    return count


def script(now: datetime, dialect: Dialect) -> str:
    """Return the same as SQL for a server, to run in the very transaction that fills its database."""
    hold = insert(RestoreHold).values(id=1, at=now).on_conflict_do_nothing()
    steps = (_SET_ASIDE, _SIGN_OUT, *_skipped(dialect), hold)
    made = [it.compile(dialect=dialect, compile_kwargs={"literal_binds": True}) for it in steps]
    return "".join(f"{it};\n" for it in made)


def _skipped(dialect: Dialect) -> list[Insert | Update | Select[Any]]:
    """Return the statements that leave out the ids given since the backup: buttons on people's phones carry them."""
    tables = [it.name for it in SQLModel.metadata.sorted_tables if it.dialect_options["sqlite"]["autoincrement"]]
    if dialect.name == "sqlite":
        known = select(_SEQUENCE.c.name)
        first = [select(literal(it), literal(0)).where(literal(it).not_in(known)) for it in tables]
        new = [_SEQUENCE.insert().from_select(["name", "seq"], it) for it in first]
        return [*new, _SEQUENCE.update().values(seq=_SEQUENCE.c.seq + SKIPPED).where(_SEQUENCE.c.name.in_(tables))]
    sequences = [func.pg_get_serial_sequence(literal(it, String), literal("id", String)) for it in tables]
    return [select(func.setval(it, func.nextval(it, type_=BigInteger) + SKIPPED)) for it in sequences]


def set_aside(session: Session) -> int:
    """Return how many messages were set aside."""
    return session.exec(select(func.count()).select_from(Card).where(*_WAITING)).one()


def release(session: Session, *, send: bool) -> int:
    """Let the clock go on; what was set aside is sent, or stays unsent. Returns how many messages that are."""
    count = set_aside(session)
    if send:
        session.connection().execute(update(Card).where(*_WAITING).values(gave_up=False, error=None))
    else:
        session.connection().execute(update(Card).where(*_WAITING).values(pending=False, error=None))
    row = session.get(RestoreHold, 1)
    if row:
        session.delete(row)
    return count
