"""Databases before and after a restore."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from models.conversations import confirmations
from models.core.database import beside, connect
from models.messaging import addresses, cards, contents, enrolment
from models.messaging.slots import Slot, Subject
from models.organisation import people
from tests.support.program import Office

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KILLED = -9


def wants(url: str) -> None:
    """Want a message that is still to be sent when the backup is made."""
    database = connect(url)
    with database.writing() as session:
        person = people.find_person(session, "admin")
        enrolment.enrol(session, person, "web", "p", "p", NOW)
        address = addresses.reachable(session, person)
        assert address
        slot = Slot.of(Subject.REPLY, address, "late")
        cards.want(session, slot, cards.Kind.NOTICE, contents.Content("still to be sent"), NOW)
    database.close()


def put(office: Office, made: Path, name: str = "old") -> None:
    """Put the old database there as the dead program left it."""
    for it in made.glob(f"{name}.db*"):
        shutil.copy(it, office.folder / it.name.replace(name, "zr"))


def stands(folder: Path, name: str = "zr.db") -> tuple[str, int] | str:
    """Return what somebody would find who opened the database now: its organisation and whether it is on hold. A copy
    is opened, so that looking changes nothing."""
    look = folder / "look"
    shutil.rmtree(look, ignore_errors=True)
    look.mkdir()
    for it in (folder / name, *beside(folder / name, "-wal", "-journal")):
        if it.exists():
            shutil.copy(it, look)
    if not (folder / name).exists():
        return "nothing"
    try:
        with closing(sqlite3.connect(look / name)) as raw:
            if raw.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return "damaged"
            (unit,) = raw.execute("SELECT name FROM unit").fetchone()
            (held,) = raw.execute("SELECT count(*) FROM restore_hold").fetchone()
            (waiting,) = raw.execute("SELECT count(*) FROM card WHERE pending AND NOT gave_up").fetchone()
    except sqlite3.DatabaseError:
        return "damaged"
    assert not (held and waiting)
    return str(unit), int(held)


def moments(total: int, how_many: int) -> Iterator[int]:
    """Random ones, each in its own stretch of the whole."""
    chance = random.Random()
    for n in range(how_many):
        yield chance.randrange(total * n // how_many, max(total * (n + 1) // how_many, total * n // how_many + 1))


def lines(office: Office, *command: str) -> int:
    """Return how many lines of ours a command runs."""
    return int(office.typed(command, killed_at=1_000_000).stderr.split(" lines")[0].split()[-1])


def clear(folder: Path) -> None:
    for it in folder.glob("zr.db*"):
        it.unlink()


def damaged(office: Office, made: Path) -> None:
    put(office, made)
    with (office.folder / "zr.db").open("r+b") as file:
        file.write(b"damaged" * 90_000)


def beheaded(office: Office, made: Path) -> None:
    for it in (made / "old.db", *beside(made / "old.db", "-wal")):
        (office.folder / it.name.replace("old", "zr")).write_bytes(b"damaged" + it.read_bytes()[7:])


def asks(url: str) -> int:
    """Ask the admin something; return the id that the buttons of the question carry."""
    database = connect(url)
    with database.writing() as session:
        asked = confirmations.ask(session, people.find_person(session, "admin"), "import", {}, NOW).id
    database.close()
    return asked
