"""Rehearsals: a clock of their own with a bar over the page, a word in every message, and a copy of an organisation."""

from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import func, select

from bot.rehearsal_copy import copied
from models.absence.deputies import Deputy
from models.absence.leave import Absence
from models.changes.planned import Planned
from models.core.database import Database, connect
from models.cycle.assignments import Assignment
from models.forms.versions import FormVersion
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person
from models.organisation.units import Unit
from models.reporting.reports import Report
from tests.support.demo_page import demo
from tests.support.program import Office, Phone, code_in, running, until
from tests.support.world import World

NOW = datetime(2026, 11, 22, 23, 29, tzinfo=UTC)


def _counts(database: Database) -> list[int]:
    with database.reading() as session:
        tables = (Unit, Person, Membership, FormVersion, Assignment)
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def test_a_rehearsal_copies_people_and_tasks_and_no_address(tmp_path: Path) -> None:
    with demo(tmp_path, "--keep", "real.db") as program:
        program.stop()
    before = (tmp_path / "real.db").read_bytes()
    with copied(str(tmp_path / "real.db"), NOW) as first, copied(str(tmp_path / "real.db"), NOW) as second:
        assert _counts(first) == _counts(second)
        assert _counts(first)[-1] == 3
        with first.reading() as session:
            assert session.exec(select(func.count()).select_from(Report)).one() == 0
            assert set(session.exec(select(Address.channel)).all()) == {"web"}
    assert (tmp_path / "real.db").read_bytes() == before


def test_leave_deputies_and_planned_changes_come_along(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'real.db'}"
    Office(tmp_path, url)("init", "区局", "周敏", "--staff-no", "1002")
    database = connect(url)
    world = World(database)
    world.organisation()
    world.assign()
    world.says("王建国", "/excuse 1005 2d ill")
    world.says("周敏", "/people move 1008 区局/一站")
    world.taps("周敏", "明天起")
    world.says("王建国", "/deputy 1005 11-24 11-25")
    database.close()
    with copied(str(tmp_path / "real.db"), world.clock.now()) as made, made.reading() as session:
        for table in (Absence, Deputy, Planned):
            assert session.exec(select(func.count()).select_from(table)).one() == 1, table


def test_a_rehearsal_with_a_copy_is_played_by_anyone_and_says_so_in_every_message(tmp_path: Path) -> None:
    with demo(tmp_path, "--keep", "real.db") as program:
        program.kill()
    arguments = ("run", "--clock", "2026-11-23T07:29:55×60", "--copy-of", "real.db")
    with running(Office(tmp_path, ""), *arguments, DEFAULT_LOCALE="en") as program:
        phone = Phone(program.port)
        me = phone.chat("Han Mei")
        assert until(lambda: phone.messages(me))[0]["text"].startswith("🎭 Rehearsal\n")
        assert phone.ask("POST", "/clock", {"action": "pause"}).json["paused"]
        assert "Rehearsal" in program.get("/", Accept_Language="en").body.decode()


def test_the_clock_of_a_rehearsal_is_driven_by_who_has_entered(tmp_path: Path) -> None:
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'own.db'}")
    code = code_in(office("init", "District", "Anna", "--staff-no", "1").stdout)
    with running(office, "run", "--clock", "2026-11-23T07:29×60") as program:
        phone = Phone(program.port)
        assert phone.ask("GET", "/clock").status == 401
        assert phone.ask("POST", "/clock", {"action": "pause"}).status == 401
        assert phone.enter(code).status == 303
        assert not phone.ask("GET", "/clock").json["paused"]
        assert phone.ask("POST", "/clock", {"action": "pause"}).json["paused"]


def test_a_copy_without_a_clock_is_refused(tmp_path: Path) -> None:
    refused = Office(tmp_path, f"sqlite:///{tmp_path / 'own.db'}")("run", "--copy-of", "real.db", code=2)
    assert "--clock" in refused.stderr


def test_a_jump_to_the_next_step_is_no_outage(tmp_path: Path) -> None:
    with demo(tmp_path, "--keep", "real.db") as program:
        program.kill()
    arguments = ("run", "--clock", "2026-11-23T07:29:55×60", "--copy-of", "real.db")
    with running(Office(tmp_path, ""), *arguments, DEFAULT_LOCALE="en") as program:
        phone = Phone(program.port)
        assert phone.ask("POST", "/clock", {"action": "until", "kind": "nonsense"}).status == 400
        assert phone.ask("POST", "/clock", {"action": "until", "kind": "summarise"}).status == 200
        lead = phone.chat("Wang Jianguo")
        said = until(lambda: [m["text"] for m in phone.messages(lead) if "as at" in m["text"]])
        assert "as at 10:00" in said[-1]
        assert "was down" not in said[-1]
