"""Databases, settings and ports that cannot be used are named in a sentence; the same on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.cli.records import people
from tests.support.program import Office, running
from tests.support.world import ROSTER


@pytest.mark.parametrize("command", ["run", "init", "verify"])
@pytest.mark.parametrize(
    "url",
    [
        "nonsense-secret-word",
        "postgresql://u:secret-word@127.0.0.1:1/x",
        "postgresql://u:secret-word@127.0.0.1:1/x?connect_timeout=5&password=secret-word",
        "mysql://u:secret-word@127.0.0.1/x",
        "sqlite:////nowhere/at/all.db",
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(office: Office, command: str, url: str) -> None:
    may_come_back = "nowhere" in url or ("127.0.0.1:1" in url and "mysql" not in url)
    again = command == "run" and may_come_back  # a supervisor is to start it again
    done = office(command, code=1 if again else 2, DATABASE_URL=url)
    assert "DATABASE_URL" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr


def test_a_file_that_is_no_database_is_named(office: Office) -> None:
    office.write("zr.db", b"not a database at all, but a letter of some length" * 50)
    for command in (["run"], ["init"], ["verify"], ["demo", "--keep", "zr.db"]):
        assert "zr.db" in office(*command, code=2).stderr


def test_a_secret_may_come_from_a_file(office: Office) -> None:
    office.write("url", office.url + "\n")
    office("init", DATABASE_URL="", DATABASE_URL_FILE="url")
    assert people(office) == 1
    assert "DATABASE_URL_FILE" in office("verify", code=2, DATABASE_URL_FILE="nowhere").stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HOST": "0.0.0.0"}, "HOST=0.0.0.0"),
        ({"HOST": "192.168.1.2"}, "this machine only"),
        ({"PORT": "http"}, "PORT"),
        ({"DEFAULT_TIMEZONE": "Mars"}, "DEFAULT_TIMEZONE"),
        ({"DEFAULT_LOCALE": "fr", "LANG": "zh_CN.UTF-8"}, "DEFAULT_LOCALE应为"),
    ],
    ids=str,
)
def test_a_wrong_setting_stops_the_program(office: Office, environment: dict[str, str], words: str) -> None:
    assert words in office("run", code=2, **environment).stderr


@pytest.mark.parametrize("clock", ["", "yesterday", "2026-11-23T07:29", "2026-11-23T07:29×0", "2026-13-23T07:29×600",
                                   "2026-11-23T07:29×99999"])  # fmt: skip
def test_a_clock_that_is_none_is_refused(office: Office, clock: str) -> None:
    assert "START×SPEED" in office("run", "--clock", clock, code=2).stderr


@pytest.fixture
def taken(office: Office) -> Iterator[int]:
    with running(office, "run") as program:
        yield program.port


def test_a_port_that_is_taken_is_named(office: Office, taken: int) -> None:
    assert f"Port {taken}" in office("run", code=2, PORT=str(taken)).stderr


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_everything_goes_the_same_way_on_postgresql(empty_database_url: str, tmp_path: Path) -> None:
    office = Office(tmp_path, empty_database_url)
    assert "zeroreport init" in office("verify", code=2).stderr
    office("init", "区局", "主任")
    assert "Nothing to change" not in office("import", office.write("r.csv", ROSTER)).stdout
    assert "Nothing to change" in office("import", "r.csv").stdout
    assert "11 people" in office("assign", "health", "--unit", "区局").stdout  # and the admin
    assert "OK: 0 seals" in office("verify").stdout
