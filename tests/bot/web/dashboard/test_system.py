"""The page *System*: how messages go out, what did not arrive and whose it is, backups, programs, faults."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from handlers.dashboard.pages import Machine
from models.core import audit, failing_work
from models.core.errors import Refusal
from models.core.faults import Fault
from models.core.leases import Lease
from models.cycle.steps import Heartbeat
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.operations import self_report
from models.organisation.people import Person
from tests.bot.web.dashboard.conftest import Board

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SECRET = "telegram:123456789"


def _lose(board: Board, *names: str) -> None:
    """Have the questions to these people not arrive."""
    with board.world.database.writing() as session:
        for name in names:
            person = session.exec(select(Person).where(Person.name == name)).one()
            address = session.exec(select(Address).where(Address.person_id == person.id)).one()
            card = session.exec(select(Card).where(Card.address_id == address.id)).first()
            assert card is not None
            card.pending, card.gave_up, card.error = True, True, "Forbidden: bot was blocked by the user"
            card.shown_id = None
            session.add(card)
    board.world.clock.at += timedelta(minutes=90)


def test_an_admin_sees_how_the_questions_go_out(board: Board) -> None:
    found = board.data(board.sign_in("周敏"), "system")
    (wave,) = found["waves"]
    assert (wave["task"], wave["planned"], wave["waiting"], wave["given_up"]) == ("health", 10, 0, 0)
    assert wave["sent"] > 0
    assert [it["task"] for it in found["coming"]] == ["health"]
    assert found["undelivered"] == []
    page = board.text(board.sign_in("周敏"), "system")
    assert "消息全部送达。" in page


def test_what_did_not_arrive_is_named_with_the_reason_and_what_to_do(board: Board) -> None:
    _lose(board, "李梅", "钱丽")
    token = board.sign_in("周敏")
    found = board.data(token, "system")
    assert {it["name"] for it in found["undelivered"]} == {"李梅", "钱丽"}
    assert "undelivered" in found["problems"]
    assert found["waves"][0]["given_up"] == 2
    page = board.text(token, "system")
    assert "有消息未送达" in page
    assert "李梅" in page


def test_an_admin_of_a_unit_sees_nothing_of_other_units(board: Board) -> None:
    _lose(board, "李梅", "钱丽")
    board.make_admin("王建国", "一站")
    token = board.sign_in("王建国")
    for kind in ("", "?as=json", "?as=csv"):
        page = board.text(token, "system" + kind)
        assert "李梅" in page
        assert not [it for it in ("钱丽", "1008", "二站") if it in page]
    found = board.data(token, "system")
    assert found["undelivered_in_all"] == 1
    assert found["waves"][0]["planned"] == 6


def test_backups_heartbeat_faults_and_failing_work_are_told_with_a_cure(board: Board) -> None:
    now = board.world.clock.now()
    token = board.sign_in("周敏")
    assert {"no_backup", "heartbeat"} <= set(board.data(token, "system")["problems"])
    with board.world.database.writing() as session:
        audit.note(session, now, "cli", "backup", "zeroreport-20261123.db", seals=1, revisions=1, differs=2)
        self_report.note_failed(session, now, "/srv/backups", Refusal("backup.failed", reason="OSError"))
        session.merge(Heartbeat(id=1, at=now, heard_at=now))
        session.add(Fault(number="F7K2", at=now, what="ValueError", place="report.py:12"))
        failing_work.note(session, "step.remind", "1", "step.remind", "F7K3", now, again=True)
    found = board.data(token, "system")
    assert found["problems"] == ["backup_failed", "backup_differs", "failing", "faults"]
    assert (found["backup"]["name"], found["faults"][0]["number"]) == ("zeroreport-20261123.db", "F7K2")
    page = board.text(token, "system")
    for said in ("F7K2", "F7K3", "zeroreport-20261123.db", "上次备份失败", "备份中的记录与封存不符"):
        assert said in page
    rows = list(csv.DictReader(io.StringIO(board.get(token, "system?as=csv").body.decode("utf-8-sig"))))
    assert [it["name"] for it in rows if it["kind"] == "fault"] == ["F7K2"]


def test_the_machine_is_handed_in_and_leases_are_told_without_a_bots_name(board: Board) -> None:
    real = datetime(2026, 11, 23, tzinfo=UTC)
    board.made.machine = lambda: Machine(["disk"], 5 * 1024**2, 100 * 1024**2, 7 * 1024**2, real)
    with board.world.database.writing() as session:
        session.merge(Lease(name=SECRET, holder="abcdef0123456789", epoch=1, until=real + timedelta(seconds=5)))
        session.merge(Lease(name="clock", holder="abcdef0123456789", epoch=1, until=real - timedelta(seconds=5)))
    token = board.sign_in("周敏")
    found = board.data(token, "system")
    assert found["problems"][0] == "disk"
    assert found["machine"] == {"free": 5 * 1024**2, "least": 100 * 1024**2, "database": 7 * 1024**2}
    alive = {it["leads"]: it["alive"] for it in found["programs"]}
    assert (alive["telegram"], alive["clock"]) == (True, False)
    for kind in ("", "?as=json", "?as=csv"):
        page = board.text(token, "system" + kind)
        assert not [it for it in ("123456789", "abcdef0123", "file:", "/dev/shm") if it in page]
    assert "磁盘空间不足" in board.text(token, "system")
