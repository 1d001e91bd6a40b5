"""Open engines on PostgreSQL that never wait for a server without end."""

from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

CONNECT = 5  # seconds for a server to accept a connection
SILENCE = {"write": 30, "read": 120}  # seconds for it to answer a statement
SOONER = 5  # seconds by which the server gives up earlier than we do
OPTIONS = {
    "connect_timeout": CONNECT,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def engine(url: URL, use: str, **options: Any) -> Engine:
    """Return an engine for `write` or `read`; what the URL itself says of connecting wins."""
    own = {name: value for name, value in OPTIONS.items() if name not in url.query}
    made = create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_timeout=CONNECT, connect_args=own, **options
    )
    made.dialect.connect = Patient.connect  # type: ignore[assignment]
    event.listen(made, "connect", lambda connection, _: connection.bound(SILENCE[use]))
    return made


class Patient(psycopg.Connection[Any]):
    """A connection with bounded waits: a hung server's kernel still acknowledges what is sent, so no
    keepalive notices."""

    patience: float = CONNECT

    def bound(self, silence: int) -> None:
        """Have the server end what takes longer, and a transaction of a stopped program, which would hold the writers'
        lock."""
        self.patience, longest = silence, (silence - SOONER) * 1000
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            self.execute(f"SET {name} = {longest}".encode())
        self.commit()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server has not answered for {self.patience:g} s") from None
