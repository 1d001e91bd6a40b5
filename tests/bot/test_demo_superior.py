"""How the demo's bureau and its superior are connected, and where the superior listens."""

import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot.demo import kept, stage, superior
from handlers.core.context import Context, Defaults
from handlers.registry import REACTIONS
from models.core.database import Database, connect
from models.core.errors import Refusal
from models.handup import hand_ups, partners
from models.handup.hand_ups import HandUp
from models.handup.partners import Partner, State
from models.organisation.people import Person

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
HERE, THERE = "http://127.0.0.1:8087", "http://127.0.0.1:8088"


class Both:
    """The bureau and its superior, not connected."""

    def __init__(self, ours: Database, theirs: Database) -> None:
        self.ours, self.theirs = ours, theirs
        with ours.writing() as session:
            stage._found(session, Defaults("en"))
        self.found()

    def found(self) -> None:
        with self.theirs.writing() as session:
            superior.found(session, "en", NOW)

    def connect(self, address: str, *, new: bool = False) -> list[Partner]:
        """Connect them, and return whom the bureau hands up to."""
        with self.ours.writing() as ours, self.theirs.writing() as theirs:
            superior.connect(Context(ours, NOW, Defaults("en"), REACTIONS), theirs, address, new=new)
        return self.live(self.ours)

    def live(self, database: Database) -> list[Partner]:
        with database.reading() as session:
            return list(partners.all_live(session))


@pytest.fixture
def both(sqlite_template: Path, tmp_path: Path) -> Iterator[Both]:
    made = [connect(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / name)}") for name in ("ours.db", "theirs.db")]
    yield Both(*made)
    for it in made:
        it.close()


def test_a_bureau_stays_connected_to_a_superior_that_is_where_it_was(both: Both) -> None:
    first = both.connect(HERE)
    assert both.connect(HERE) == first
    assert [(it.ident, it.state, it.name) for it in both.live(both.theirs)] == [
        (first[0].ident, State.CONFIRMED, "Yunxi District Bureau")
    ]


def test_what_waits_for_a_superior_that_moved_is_given_up(both: Both) -> None:
    (first,) = both.connect(HERE)
    with both.ours.writing() as session:
        by = session.exec(select(Person)).first()
        assert by is not None
        hand_ups.make(session, session.get_one(Partner, first.id), "day", {}, by, NOW)
    (second,) = both.connect(THERE)
    assert (second.address, second.ident != first.ident) == (THERE, True)
    assert [it.ident for it in both.live(both.theirs)] == [second.ident]
    with both.ours.reading() as session:
        assert session.exec(select(HandUp.state)).all() == ["given_up"]


def test_a_superior_whose_file_is_gone_is_connected_anew_and_somebody_elses_is_left_alone(both: Both) -> None:
    (first,) = both.connect(HERE)
    with both.theirs.writing() as session:
        session.delete(session.exec(select(Partner)).one())
    assert both.connect(HERE) == [first]  # it is not the demo's superior that the bureau hands up to
    (second,) = both.connect(HERE, new=True)
    assert second.ident != first.ident


def test_a_superior_that_was_never_founded_is_founded_the_next_time(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "kept.db")  # its tables were made, and then the demo was killed
    with kept.opened(str(tmp_path / "kept.db")) as (database, new):
        assert new
        with database.writing() as session:
            superior.found(session, "en", NOW)
    with kept.opened(str(tmp_path / "kept.db")) as (_, new):
        assert not new


def test_a_port_that_is_taken_leaves_the_superior_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def taken(host: str, port: int) -> socket.socket:
        asked.append(port)
        if port:
            raise Refusal("cli.port", port=port)
        return socket.create_server((host, 0))

    monkeypatch.setattr(stage, "listen", taken)
    with socket.create_server(("127.0.0.1", 0)) as bound, stage._beside(bound) as other:
        assert asked in ([bound.getsockname()[1] + 1, 0], [0])  # no port comes after 65535
        assert other.getsockname()[1] != bound.getsockname()[1]
