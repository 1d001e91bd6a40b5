"""Restoring by the real program: what it takes the place of, what it refuses, and what it says."""

import errno
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.backups import restore
from models.core.database import connect
from models.core.errors import Refusal
from models.messaging import dashboard_keys
from models.messaging.addresses import Address
from models.messaging.dashboard_keys import DashboardKey, Kind
from models.operations import restore_hold
from models.organisation.people import Person
from tests.bot.backups.restored import NOW, asks, beheaded, clear, damaged, put, stands
from tests.support.program import Office, code_in, running
from tests.support.world import World


def test_a_database_that_stood_there_is_kept_whole_beside_the_new_one(office: Office, made: Path) -> None:
    put(office, made)
    said = office("restore", "--replace", "b.db").stdout
    (aside,) = office.folder.glob("zr.db.replaced-*")
    assert aside.name in said
    assert "1 message is on hold" in said
    assert stands(office.folder, aside.name) == ("旧", 0)
    assert stat.S_IMODE((office.folder / "zr.db").stat().st_mode) == 0o600
    for begin, found in ((damaged, "damaged"), (beheaded, "damaged")):
        before = set(office.folder.iterdir())
        begin(office, made)
        office("restore", "--replace", "b.db")
        aside = {it.name for it in set(office.folder.iterdir()) - before if ".replaced-" in it.name}
        assert stands(office.folder, min(aside, key=len)) == found


@pytest.mark.parametrize("command", [("restore", "--replace", "b.db"), ("init", "x")])
def test_a_second_name_that_a_killed_restore_gave_the_living_database_is_taken_away(
    office: Office, made: Path, command: tuple[str, ...]
) -> None:  # fmt: skip
    """Whoever opened it by that name would have a second log written for it."""
    put(office, made)
    kept = office.folder / "zr.db.replaced-20250101-000000"
    kept.write_bytes(b"of an earlier time")
    living = [it for it in (office.folder / f"zr.db{end}" for end in ("", "-wal")) if it.exists()]
    for it in living:
        (office.folder / it.name.replace("zr.db", "zr.db.replaced-20260101-000000")).hardlink_to(it)
    office.typed(command)
    assert not list(office.folder.glob("zr.db.replaced-20260101*"))
    assert kept.read_bytes() == b"of an earlier time"
    assert stands(office.folder, "zr.db")[0] == ("新" if command[0] == "restore" else "旧")


def test_as_the_attacker_did_a_dead_programs_wal_never_meets_the_restored_database(tmp_path: Path) -> None:
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")
    code = code_in(office("init", "区局").stdout)
    with running(office, "run") as program:
        office("backup", "b1.db")
        assert program.get("/healthz").status == 200
        office("import", office.write("r.csv", "staff_no,name,unit\n1,甲,区局\n2,乙,区局\n"))
        in_use = office("restore", "--replace", "b1.db", code=2).stderr
        assert "is in use" in in_use
        program.kill()
    assert (tmp_path / "zr.db-wal").stat().st_size > 0
    assert "--replace" in office("restore", "b1.db", code=2).stderr
    (tmp_path / "zr.db").rename(tmp_path / "away.db")
    for command in (("restore", "b1.db"), ("verify",), ("run",), ("init",), ("import", "r.csv")):
        assert "zr.db-wal" in office(*command, code=2).stderr
    office("restore", "b1.db", "--replace")
    assert not (tmp_path / "zr.db-wal").exists()
    assert "OK: " in office("verify").stdout
    assert "There is no one called “1”" in office("invite", "1", code=2).stderr
    office("restore", "--release", "drop")
    with running(office, "run") as program:
        assert program.get("/healthz").status == 200
    assert code


@pytest.mark.parametrize("send", [True, False])
def test_a_restored_database_sends_nothing_until_the_operator_says_what(office: Office, send: bool) -> None:
    office("restore", "b.db")
    restored = connect(office.url)
    again = World(restored)
    again.clock.at = NOW + timedelta(minutes=1)
    with restored.reading() as session:
        assert restore_hold.parked(session)
    again.deliver()
    assert again.phones.get("p", []) == []
    office("restore", "--release", "send" if send else "drop")
    again.deliver()
    assert len(again.phones.get("p", [])) == (1 if send else 0)
    restored.close()


def test_a_restored_database_knows_no_session_and_no_token_of_the_dashboard(office: Office) -> None:
    office("restore", "b.db")
    database = connect(office.url)
    with database.writing() as session:
        person = Person(staff_no="77", name="王")
        session.add(person)
        session.flush()
        address = Address(channel="web", account="q", chat="q", person_id=person.id, since=NOW, used_at=NOW)
        session.add(address)
        session.flush()
        for kind in (Kind.SESSION, Kind.TOKEN, Kind.LINK):
            dashboard_keys.issue(session, kind, address, person, NOW)
    database.close()
    office("backup", "c.db")
    office("restore", "c.db", "--replace")
    restored = connect(office.url)
    with restored.reading() as session:
        assert session.exec(select(DashboardKey)).all() == []
        assert session.exec(select(Person).where(Person.staff_no == "77")).one()
    restored.close()


@pytest.mark.parametrize("before", [0, 1])
def test_no_question_asked_after_a_restore_has_the_number_of_one_asked_after_the_backup(
    office: Office, before: int
) -> None:
    """A button of the later question is still on somebody's phone."""
    office("restore", "b.db")
    for _ in range(before):
        asks(office.url)
    office("backup", "c.db")
    gone = [asks(office.url) for _ in range(3)]
    office("restore", "c.db", "--replace")
    assert asks(office.url) > max(gone)


def test_restoring_takes_no_other_databases_place_unasked_and_refuses_what_is_no_backup(office: Office) -> None:
    office.write("junk.db", "not a database at all" * 100)
    office.write("short.db", (office.folder / "b.db").read_bytes()[:9000])
    with closing(sqlite3.connect(office.folder / "foreign.db")) as raw:
        raw.execute("CREATE TABLE a (b)")
    for name in ("junk.db", "short.db", "foreign.db"):
        assert name in office("restore", "--without-manifest", name, code=2).stderr
        assert "--without-manifest" in office("restore", name, code=2).stderr
    assert "missing.db" in office("restore", "missing.db", code=2).stderr
    assert not (office.folder / "missing.db").exists()
    assert stands(office.folder) == "nothing"
    office("restore", "b.db")
    assert "--replace" in office("restore", "b.db", code=2).stderr
    assert "itself" in office("restore", "--without-manifest", "--replace", "zr.db", code=2).stderr
    assert sorted(it.name for it in office.folder.glob("zr.db*")) == ["zr.db"]


def test_a_damaged_backup_changes_nothing_and_is_named(office: Office, made: Path) -> None:
    put(office, made)
    whole = (office.folder / "b.db").read_bytes()
    (office.folder / "b.db").write_bytes(whole[:5000] + b"?" + whole[5001:])
    for command in (("restore", "--replace", "b.db"), ("restore", "--check", "b.db")):
        assert "SHA-256" in office(*command, code=2).stderr
    (office.folder / "b.db").write_bytes(whole)
    (office.folder / "b.db.json").write_text("{}")
    assert "b.db.json" in office("restore", "--replace", "b.db", code=2).stderr
    assert stands(office.folder) == ("旧", 0)


def test_a_copy_of_a_running_database_is_not_taken_for_a_backup(office: Office, made: Path) -> None:
    for it in made.glob("old.db*"):
        shutil.copy(it, office.folder)
    assert "zeroreport backup" in office("restore", "--without-manifest", "old.db", code=2).stderr


def test_a_backup_that_differs_is_said_loudly_and_can_be_restored_with_a_warning(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "zr.db")
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")
    database = connect(office.url)
    world = World(database)
    world.organisation()
    world.assign()
    world.at("8:00")
    world.taps("1005", "✅")
    with closing(sqlite3.connect(tmp_path / "zr.db", isolation_level=None)) as raw:
        raw.execute("UPDATE revision SET statement = 'something else'")
    database.close()
    done = office("backup", "--to", "n", code=1)
    (made,) = (tmp_path / "n").glob("*.db")
    assert made.name.endswith("-differs.db")
    assert "differ from their seals" in done.stderr
    assert "differ from their seals" in office("restore", "--check", str(made), code=1).stderr
    assert "Restored" in (told := office("restore", "--replace", str(made), code=1)).stdout
    assert "differ from their seals" in told.stderr


def test_a_disk_without_second_names_is_a_sentence(office: Office, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(office, made)

    def no(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no)
    with pytest.raises(Refusal, match="no_links"):
        restore.restore(office.folder / "b.db", office.url, NOW, instead=True)
    assert stands(office.folder) == ("旧", 0)
    clear(office.folder)
    restore.restore(office.folder / "b.db", office.url, NOW)
    assert stands(office.folder) == ("新", 1)
