"""Backups are opened and verified before they count, and go on whatever is found; each has a manifest beside it."""

import errno
import json
import os
import random
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from bot import files
from bot.backups import backup, manifests, restore
from bot.cli import operate
from bot.settings import Settings
from models.core.errors import Refusal
from models.operations import self_report
from tests.support.program import mode
from tests.support.world import World

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TAMPERED = "UPDATE revision SET statement = 'something else'"
sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def world(database):
    world = World(database)
    world.organisation()
    world.assign()
    world.at("07:40")
    world.taps("李梅", "✅")
    return world


def tamper(database):
    with sqlite3.connect(database.write.url.database) as raw:
        raw.execute(TAMPERED)
    raw.close()


@sqlite_only
def test_a_backup_beside_a_running_day_holds_what_was_reported(world, database, database_url, tmp_path):
    made = backup.make(database_url, database, tmp_path / "b.db", NOW)
    assert (made.manifest.revisions, made.path.stat().st_size) == (1, made.manifest.size)
    with pytest.raises(Refusal, match="exists"):
        backup.make(database_url, database, tmp_path / "b.db", NOW)


@sqlite_only
def test_a_backup_and_what_lies_around_it_is_nobody_elses(world, database, database_url, tmp_path):
    before = os.umask(0o022)
    try:
        made = backup.make(database_url, database, tmp_path / "deep" / "er" / "b.db", NOW)
    finally:
        os.umask(before)
    assert [mode(it) for it in (made.path, manifests.of(made.path), made.path.parent, made.path.parent.parent)] == [
        0o600, 0o600, 0o700, 0o700,
    ]  # fmt: skip


@sqlite_only
def test_the_manifest_says_what_the_backup_is(world, database, database_url, tmp_path):
    world.at("23:59").at("0:05", (NOW + timedelta(days=1)).date())
    made = backup.make(database_url, database, tmp_path / "b.db", NOW)
    told = json.loads((tmp_path / "b.db.json").read_text())
    with sqlite3.connect(tmp_path / "b.db") as raw:
        (seal,) = raw.execute("SELECT digest FROM seal ORDER BY id DESC LIMIT 1").fetchone()
        (schema,) = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    raw.close()
    assert (told["seal"], told["schema"], told["differs"], told["program"]) == (seal, schema, 0, "0.1.0")
    assert restore.check(made.path) == made.manifest


@sqlite_only
def test_a_backup_of_tampered_records_is_kept_and_marked(world, database, database_url, tmp_path):
    tamper(database)
    made = backup.make(database_url, database, tmp_path / "zeroreport-20261123-120000.db", NOW, marked=True)
    assert made.path.name == "zeroreport-20261123-120000-differs.db"
    assert json.loads(manifests.of(made.path).read_text())["differs"] > 0
    assert sorted(it.name for it in tmp_path.glob("zeroreport-2*")) == [made.path.name, made.path.name + ".json"]


@sqlite_only
def test_records_that_cannot_even_be_verified_are_backed_up_as_differing(world, database, database_url, tmp_path):
    with sqlite3.connect(database.write.url.database) as raw:
        raw.execute("UPDATE revision SET at = 'no instant at all'")
    raw.close()
    assert backup.make(database_url, database, tmp_path / "b.db", NOW).manifest.differs


@sqlite_only
def test_any_flipped_or_missing_byte_is_named(world, database, database_url, tmp_path):
    path = backup.make(database_url, database, tmp_path / "b.db", NOW).path
    manifest = manifests.of(path)
    whole, told = path.read_bytes(), manifest.read_bytes()
    for at in random.Random(14).sample(range(len(whole)), 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(Refusal, match=r"backup\.altered"):
            restore.check(path)
    for cut in (whole[:-1], whole[:4096], b"", whole + b"\0"):
        path.write_bytes(cut)
        with pytest.raises(Refusal, match=r"backup\.cut"):
            restore.check(path)
    path.write_bytes(whole)
    for at in range(len(told)):
        for changed in (told[:at] + bytes([told[at] ^ 1]) + told[at + 1 :], told[:at], told[:at] + told[at + 1 :]):
            manifest.write_bytes(changed)
            with pytest.raises(Refusal, match=r"backup\.bad_manifest"):
                manifests.read(path)
    manifest.unlink()
    with pytest.raises(Refusal, match=r"backup\.no_manifest"):
        restore.check(path)
    assert restore.check(path, unproven=True).revisions == 1


@sqlite_only
def test_of_the_nightly_backups_the_newest_are_kept_with_their_manifests(world, database, database_url, tmp_path):
    for day in (20, 21, 22):
        backup.nightly(database_url, database, tmp_path / "n", 2, NOW.replace(day=day))
    assert [p.name for p in sorted((tmp_path / "n").iterdir())] == [
        f"zeroreport-202611{day}-120000.db{end}" for day in (21, 22) for end in ("", ".json")
    ]


@sqlite_only
def test_the_last_sound_backup_outlives_any_number_that_differ(world, database, database_url, tmp_path):
    backup.nightly(database_url, database, tmp_path / "n", 2, NOW.replace(day=1))
    tamper(database)
    for day in (2, 3, 4, 5):
        backup.nightly(database_url, database, tmp_path / "n", 2, NOW.replace(day=day))
    assert sorted(p.name[17:] for p in (tmp_path / "n").glob("*.db")) == [
        "01-120000.db", "04-120000-differs.db", "05-120000-differs.db",
    ]  # fmt: skip


@sqlite_only
def test_what_a_killed_backup_left_is_gone_the_next_night(world, database, database_url, tmp_path):
    folder = tmp_path / "n"
    folder.mkdir()
    old, new = NOW - timedelta(hours=24), NOW - timedelta(minutes=5)
    names = ["zeroreport-20261122-120000.db.part", "zeroreport-20261122-120000.db.part.json",
             "zeroreport-20261122-130000.db.json", "notes.txt"]  # fmt: skip
    for name in [*names, "zeroreport-20261123-115500.db.part"]:
        (folder / name).write_text("half")
        at = (old if name in names else new).timestamp()
        os.utime(folder / name, (at, at))
    backup.nightly(database_url, database, folder, 2, NOW)
    assert sorted(it.name for it in folder.iterdir()) == [
        "notes.txt", "zeroreport-20261123-115500.db.part",
        "zeroreport-20261123-120000.db", "zeroreport-20261123-120000.db.json",
    ]  # fmt: skip


@sqlite_only
@pytest.mark.parametrize("full_at", ["copy", "manifest"])
def test_a_full_disk_is_a_sentence_and_earlier_backups_stay(
    world, database, database_url, tmp_path, monkeypatch, full_at
):
    folder = tmp_path / "n"
    backup.nightly(database_url, database, folder, 1, NOW)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((backup, "_copy") if full_at == "copy" else (manifests.Manifest, "written")), full)
    with pytest.raises(Refusal, match=r"backup\.full"):
        backup.nightly(database_url, database, folder, 1, NOW + timedelta(days=1))
    assert sorted(it.name for it in folder.iterdir()) == [
        "zeroreport-20261123-120000.db", "zeroreport-20261123-120000.db.json",
    ]  # fmt: skip


@sqlite_only
def test_a_copy_that_meets_sqlites_full_disk_is_that_sentence(world, database, database_url, tmp_path, monkeypatch):
    tiny = shutil.copy(database.write.url.database, tmp_path / "tiny.db")

    def cramped(_, part):
        with sqlite3.connect(part, isolation_level=None) as raw:
            raw.execute("PRAGMA max_page_count = 2")
            raw.execute("CREATE TABLE a (b)")
            raw.execute("CREATE TABLE c (d)")

    monkeypatch.setattr(backup, "_copy", cramped)
    with pytest.raises(Refusal, match=r"backup\.full"):
        backup.make(f"sqlite:///{tiny}", database, tmp_path / "b.db", NOW)
    assert list(tmp_path.glob("b.db*")) == []


@sqlite_only
def test_the_admins_are_told_every_night_that_the_records_differ(world, database, database_url, tmp_path):
    settings = Settings(database_url=database_url, backup_dir=str(tmp_path / "n"), _env_file=None)
    tamper(database)
    for _ in range(2):
        operate.nightly(settings, database)
    with database.writing() as session:
        for made in session.exec(
            self_report.select(self_report.AuditEntry).where(self_report.AuditEntry.what == "backup")
        ):
            made.at = world.clock.at
            session.add(made)
    world.at("20:05")
    told = [b.text for b in world.chat("周敏") if "自检" in b.text]
    assert "与封存不符" in told[0]
    assert "-differs.db" in told[0]


@sqlite_only
def test_the_admins_are_told_that_no_backup_could_be_made(world, database, database_url, tmp_path):
    (tmp_path / "n").write_text("a file where the folder should be")
    operate.nightly(Settings(database_url=database_url, backup_dir=str(tmp_path / "n"), _env_file=None), database)
    world.at("20:05")
    assert any("未能备份" in b.text or "未成功" in b.text for b in world.chat("周敏"))


@sqlite_only
def test_an_old_backup_is_told_to_be_old(world, database, tmp_path):
    with database.writing() as session:
        self_report.audit.note(
            session, world.clock.at - timedelta(days=3), "cli", "backup", "zeroreport-x.db", differs=0
        )
    world.at("20:05")
    assert any("一天半" in b.text for b in world.chat("周敏"))


def test_what_a_file_of_ours_is_written_to_is_nobody_elses(tmp_path):
    with files.fresh(tmp_path / "x") as out:
        out.write(b"1")
    assert mode(tmp_path / "x") == 0o600


def test_the_admins_get_the_bots_own_report_once_an_evening(database):
    world = World(database)
    world.organisation()
    world.assign()
    world.at("20:05")
    told = [b for b in world.chat("周敏") if "自检" in b.text]
    assert len(told) == 1 and "还没有备份" in told[0].text
    world.at("21:00")
    assert len([b for b in world.chat("周敏") if "自检" in b.text]) == 1
