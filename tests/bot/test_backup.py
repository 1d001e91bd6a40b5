"""Backups are opened and verified before they count; a restored database sends nothing until told to."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import backup
from models import parking
from models.database import connect
from models.errors import Refusal
from tests.world import World

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def world(database):
    world = World(database)
    world.organisation()
    world.assign()
    world.at("07:40")
    world.taps("李梅", "✅")
    return world


@sqlite_only
def test_a_backup_beside_a_running_day_holds_what_was_reported(world, database, database_url, tmp_path):
    made = backup.make(database_url, database, tmp_path / "b.db", NOW)
    assert (made.revisions, made.path.stat().st_size) == (1, made.size)
    with pytest.raises(Refusal, match="exists"):
        backup.make(database_url, database, tmp_path / "b.db", NOW)


@sqlite_only
def test_a_backup_of_tampered_records_is_not_kept(world, database, database_url, tmp_path):
    with sqlite3.connect(database.write.url.database) as raw:
        raw.execute("UPDATE revision SET statement = 'something else'")
    with pytest.raises(Refusal, match="differs"):
        backup.make(database_url, database, tmp_path / "b.db", NOW)
    assert list(tmp_path.glob("b.db*")) == []


@sqlite_only
def test_of_the_nightly_backups_the_newest_are_kept(world, database, database_url, tmp_path):
    for day in (20, 21, 22):
        backup.nightly(database_url, database, tmp_path / "n", 2, NOW.replace(day=day))
    assert [p.name[11:19] for p in sorted((tmp_path / "n").iterdir())] == ["20261121", "20261122"]


@sqlite_only
@pytest.mark.parametrize("send", [True, False])
def test_a_restored_database_sends_nothing_until_the_operator_says_what(world, database, database_url, tmp_path, send):
    world.desk.transact(lambda session, now: world_wants(world, session, now))
    backup.make(database_url, database, tmp_path / "b.db", NOW)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert backup.restore(tmp_path / "b.db", url, NOW) == 1
    restored = connect(url)
    again = World(restored)
    again.clock.at = world.clock.at + timedelta(minutes=1)
    with restored.reading() as session:
        assert parking.parked(session)
    again.deliver()
    assert again.chat("李梅") == []
    with restored.writing() as session:
        assert backup.release(session, send=send) == 1
    again.deliver()
    assert len(again.chat("李梅")) == (1 if send else 0)
    restored.close()


def world_wants(world, session, now):
    """A message that is wanted and not shown when the backup is made."""
    from models import addresses, cards, people

    person = people.find_person(session, "李梅")
    address = addresses.reachable(session, person)
    cards.want(session, "late", address, cards.Kind.NOTICE, cards.Content("still to be sent"), now)


@sqlite_only
def test_restoring_never_overwrites_and_refuses_what_is_no_backup(world, database, database_url, tmp_path):
    (tmp_path / "there.db").write_text("something")
    (tmp_path / "junk.db").write_text("not a database at all")
    backup.make(database_url, database, tmp_path / "b.db", NOW)
    with pytest.raises(Refusal, match="in_the_way"):
        backup.restore(tmp_path / "b.db", f"sqlite:///{tmp_path / 'there.db'}", NOW)
    with pytest.raises(Refusal, match="no_backup"):
        backup.restore(tmp_path / "junk.db", f"sqlite:///{tmp_path / 'new.db'}", NOW)
    assert not Path(tmp_path / "new.db").exists()


def test_the_admins_get_the_bots_own_report_once_an_evening(database):
    world = World(database)
    world.organisation()
    world.assign()
    world.at("20:05")
    told = [b for b in world.chat("周敏") if "自检" in b.text]
    assert len(told) == 1 and "还没有备份" in told[0].text
    world.at("21:00")
    assert len([b for b in world.chat("周敏") if "自检" in b.text]) == 1
