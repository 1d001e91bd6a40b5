"""Look at the machine for the dashboard's page *System*: what is wrong, free space, and how large the database is."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bot.health import Health
from bot.opening import free
from handlers.dashboard.pages import Machine
from models.core.database import Database, beside, real


def looking(database: Database, health: Health, least: int) -> Callable[[], Machine]:
    """Return a function that looks at the machine; `least` is how many bytes have to be free."""

    def look() -> Machine:
        return Machine(health.problems(), free(database.write.url), least, size(database), datetime.now(UTC))

    return look


def size(database: Database) -> int:
    """Return how many bytes the database takes."""
    if database.read.dialect.name != "sqlite":
        with database.reading() as session:
            return int(session.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    path = real(Path(database.read.url.database or ""))
    return sum(it.stat().st_size for it in [path, *beside(path)] if it.exists())
