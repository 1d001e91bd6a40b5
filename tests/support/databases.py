"""Provide a database on either engine, and what was played on it before a test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Dialect, event
from sqlalchemy.engine import URL, make_url

from models.core.database import Database, connect
from models.core.schema import migrate
from tests.support import servers
from tests.support.beginnings import Beginning, Begun, monday
from tests.support.world import World


def _migrated(url: str) -> None:
    database = connect(url)
    try:
        migrate(database)
    finally:
        database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated file to copy: migrating for each test would take most of its time."""
    path = tmp_path_factory.mktemp("template") / "zeroreport.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.PostgreSQL]:
    """Run a PostgreSQL server for the whole run, started when the first test wants one."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.postgresql())
        except servers.Unavailable as reason:
            pytest.skip(str(reason))
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql: servers.PostgreSQL) -> Iterator[str]:
    """Return the same for PostgreSQL, which copies a whole database as files."""
    url = postgresql.make()
    try:
        _migrated(url)
        yield url
    finally:
        postgresql.drop(url)


@pytest.fixture(scope="session")
def copied_template(postgresql: servers.PostgreSQL, postgresql_template: str) -> Iterator[Callable[[], str]]:
    """Make one more database like that one, until the end of the run."""
    made: list[str] = []

    def make() -> str:
        made.append(postgresql.make(postgresql_template))
        return made[-1]

    yield make
    for url in made:
        postgresql.drop(url)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Run every test of a database on both kinds, except those with the mark `sqlite`
    (docs/decisions/0168-fast-tests.md)."""
    return str(request.param)


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database without any table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _on_postgresql(request.getfixturevalue("postgresql"))


@pytest.fixture
def begun(request: pytest.FixtureRequest, database_kind: str, beginnings: "Beginnings") -> Begun:
    """Return what was played before a test that asks for `world`: Monday's opening, or what the mark `world` names."""
    mark = request.node.get_closest_marker("world")
    return beginnings.played(database_kind, mark.kwargs["begin"] if mark else monday)


@pytest.fixture
def world(database: Database, begun: Begun) -> World:
    """Return a world of this test alone in which that was played."""
    return begun.world(database)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a migrated database of this test alone, with what was played before; for tests that start
    the program."""
    begun: Begun | None = request.getfixturevalue("begun") if "begun" in request.fixturenames else None
    if database_kind == "sqlite":
        played = begun and make_url(begun.url).database
        shutil.copy(played or request.getfixturevalue("sqlite_template"), tmp_path / "zeroreport.db")
        yield f"sqlite:///{tmp_path / 'zeroreport.db'}"
    else:
        server = request.getfixturevalue("postgresql")
        yield from _on_postgresql(server, begun.url if begun else request.getfixturevalue("postgresql_template"))


def _on_postgresql(server: servers.PostgreSQL, template: str | None = None) -> Iterator[str]:
    url = server.make(template)
    try:
        yield url
    finally:
        server.drop(url)


class Engines:
    """One pair of engines for the whole run and each kind, aimed at one database after the other: what an engine has
    learnt of its statements would otherwise take most of a test's time."""

    def __init__(self) -> None:
        self._kept: dict[str, Database] = {}
        self._aim: dict[str, URL] = {}

    def on(self, url: str) -> Database:
        aim = make_url(url)
        kind = aim.get_backend_name()
        self._aim[kind] = aim
        if kind not in self._kept:
            self._kept[kind] = connect(url)
            for engine in (self._kept[kind].write, self._kept[kind].read):
                event.listen(engine, "do_connect", partial(self._redirect, kind))
        made = self._kept[kind]
        made.write.url = made.read.url = aim
        return made

    def _redirect(self, kind: str, dialect: Dialect, _: Any, args: list[Any], options: dict[str, Any]) -> None:
        where, how = dialect.create_connect_args(self._aim[kind])
        args[:] = where
        options |= {name: value for name, value in how.items() if name not in options or name == "dbname"}


@pytest.fixture(scope="session")
def engines() -> Engines:
    return Engines()


class Beginnings:
    """Plays what tests begin with, once for each kind of database."""

    def __init__(self, request: pytest.FixtureRequest, engines: Engines, folder: Path) -> None:
        self._request, self._engines, self._folder = request, engines, folder
        self._played: dict[tuple[str, Beginning], Begun] = {}

    def played(self, kind: str, begin: Beginning) -> Begun:
        if (kind, begin) not in self._played:
            self._played[kind, begin] = self._play(kind, begin)
        return self._played[kind, begin]

    def _play(self, kind: str, begin: Beginning) -> Begun:
        url = self._database(kind)
        database = self._engines.on(url)
        try:
            world = World(database)
            begin(world)
            return Begun.of(url, world)
        finally:
            database.close()

    def _database(self, kind: str) -> str:
        if kind == "postgresql":
            return str(self._request.getfixturevalue("copied_template")())
        path = self._folder / f"{len(self._played)}.db"
        shutil.copy(self._request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def beginnings(
    request: pytest.FixtureRequest, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Beginnings:
    return Beginnings(request, engines, tmp_path_factory.mktemp("beginnings"))


@pytest.fixture
def database(database_url: str, engines: Engines) -> Iterator[Database]:
    """Return the same database, connected to."""
    connected = engines.on(database_url)
    try:
        yield connected
    finally:
        connected.close()
