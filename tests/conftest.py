"""Provide what every test may ask for: a database on either engine, and pages in a real browser."""

import gc
import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page
from sqlalchemy import Dialect, event
from sqlalchemy.engine import URL, make_url

from models.core.database import Database, connect
from models.core.schema import migrate
from tests.support import servers
from tests.support.beginnings import Beginning, Begun, monday
from tests.support.world import World

# No test fails because the machine is busy, or by chance: the examples are the same each time. To look for others, run
# a test with `--hypothesis-profile=search`.
settings.register_profile("search", deadline=None)
settings.register_profile("everyday", deadline=None, derandomize=True)
settings.load_profile("everyday")

OpenPage = Callable[..., Page]
ROOT = Path(__file__).parent
WAITING = (  # for the real program, most of the time; the longest first
    "bot/channels/test_both_platforms.py",
    "bot/test_siege.py",
    "bot/test_reader.py",
    "bot/test_chaos.py",
    "bot/channels/telegram/test_run.py",
    "bot/web/test_demo_day.py",
    "bot/web/test_demo_tour.py",
    "bot/test_run.py",
    "bot/test_reliability.py",
    "bot/test_outages.py",
    "bot/channels/telegram/test_proxy.py",
    "bot/channels/wecom/test_day.py",
    "bot/channels/wecom/test_crash.py",
    "test_architecture.py",
    "test_wheel.py",
    "bot/channels/telegram/test_other_servers.py",
    "bot/backups/test_killed_restores.py",
)


def _refuse_skip(report: Any) -> None:
    """Fail a skipped test: CI installs everything, so there a skip is a test that silently did not run."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("ZEROREPORT_NO_SKIP") == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"skips are failures here: {reason}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start two processes for each core: half of what a test of the real program does is waiting."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Put the tests' files in memory, if there is room, because a disk would have each commit waited for. Parallel
    processes share one PostgreSQL, which their parent starts."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", stack.enter_context(servers.in_memory()))
    if not config.getoption("numprocesses", None):
        return
    with suppress(servers.Unavailable):  # the tests that need it say so
        os.environ["TEST_DATABASE_URL"] = stack.enter_context(servers.postgresql()).url


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def _names(argnames: str | tuple[str, ...]) -> tuple[str, ...]:
    return (argnames,) if isinstance(argnames, str) else argnames


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    named = [name for mark in metafunc.definition.iter_markers("parametrize") for name in _names(mark.args[0])]
    if "database_kind" in metafunc.fixturenames and "database_kind" not in named:
        once = metafunc.definition.get_closest_marker("sqlite")
        metafunc.parametrize("database_kind", ["sqlite"] if once else ["sqlite", "postgresql"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files that wait long and files that compute long in turns, the longest of each first, so that none begins at
    the end."""
    size = Counter(item.path for item in items)
    waiting = [path for path in map(ROOT.joinpath, WAITING) if path in size]
    computing = sorted(size.keys() - waiting, key=lambda path: (-size[path], path))
    turns = chain.from_iterable(zip_longest(waiting, computing))
    place = {path: turn for turn, path in enumerate(turns) if path}
    items.sort(key=lambda item: place[item.path])


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what was loaded, and look less often: a tenth of a run went to it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one test file: Playwright keeps an event loop running, so no `asyncio.run` beside it."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(servers.chromium())
        except servers.Unavailable as reason:
            pytest.skip(str(reason))
        yield started


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page for one more person (own cookies); an error in its script fails the test. Takes the options of
    Playwright's `new_context`: `viewport={"width": 390, "height": 844}`, `locale="zh-CN"`."""
    errors: list[str] = []
    with ExitStack() as stack:

        def opened(**options: Any) -> Page:
            context = browser.new_context(**options)
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            return page

        yield opened
    assert not errors, f"the page's script failed: {errors}"


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Return one page of desktop size."""
    return open_page()
