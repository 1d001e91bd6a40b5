"""A bug of ours costs one step and gets a number; a database that will not write acknowledges nothing."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import func, select

from bot import desk as desk_module
from handlers.core.turn import Turn
from handlers.registry import ROUTES
from handlers.reporting import report
from models.core.faults import Fault
from models.core.updates import ProcessedUpdate
from models.messaging.cards import Card
from models.reporting.revisions import Revision
from tests.support.world import World

ZERO = "report.zero"


def _breaks_after_filing(turn: Turn, words: str) -> None:
    report.zero(turn, words)
    raise RuntimeError("a bug")


def _fails_to_write(turn: Turn, words: str) -> None:
    report.zero(turn, words)
    raise OperationalError("INSERT", {}, Exception("disk full"))


def _put(monkeypatch: pytest.MonkeyPatch, run: object) -> None:
    monkeypatch.setitem(ROUTES.by_name, "status", replace(ROUTES.by_name["status"], run=run))  # type: ignore[arg-type]
    monkeypatch.setitem(ROUTES.buttons, ZERO, replace(ROUTES.buttons[ZERO], run=run))  # type: ignore[arg-type]


def _put_together(monkeypatch: pytest.MonkeyPatch, batch: Any) -> None:
    monkeypatch.setitem(ROUTES.buttons, ZERO, replace(ROUTES.buttons[ZERO], together=batch))


@pytest.mark.sqlite
def test_a_bug_gets_a_number_an_apology_and_undoes_only_its_own_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(monkeypatch, _breaks_after_filing)
    batch = [
        world.incoming("钱丽", text="零报告"),
        world.incoming("李梅", text="/status"),
        world.incoming("赵强", text="零报告"),
    ]
    asyncio.run(world.desk.take(batch))
    world.deliver()
    assert [world.report(w).state for w in ("钱丽", "李梅", "赵强")] == ["zero", "due", "zero"]
    with world.database.reading() as session:
        incident = session.exec(select(Fault)).one()
        assert len(session.exec(select(ProcessedUpdate)).all()) == 3
    assert world.last("李梅").text == f"本步骤处理出错，您填写的内容未丢失。编号 {incident.number}，已通知管理员。"
    assert incident.what == "RuntimeError"
    assert incident.number in world.last("周敏").text
    # delivered again it is not tried again; the next step works
    asyncio.run(world.desk.take(batch))
    with world.database.reading() as session:
        assert len(session.exec(select(Fault)).all()) == 1
    assert "已收到零报告" in world.says("李梅", "零报告")


@pytest.mark.sqlite
def test_a_bug_behind_a_button_apologises_in_its_toast(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(monkeypatch, lambda turn, period: _breaks_after_filing(turn, ""))
    _put_together(monkeypatch, lambda *_: {})
    assert "本步骤处理出错" in (world.taps("李梅", "零报告") or "")
    assert world.report("李梅").state == "due"
    assert "请于10:00前报送" in world.last("李梅").text


def test_a_bug_in_what_is_done_for_many_at_once_leaves_each_to_be_done_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_after_filing(*asked: Any) -> None:
        assert file_zeros is not None
        file_zeros(*asked)
        raise RuntimeError("a bug")

    file_zeros = ROUTES.buttons[ZERO].together
    _put_together(monkeypatch, breaks_after_filing)
    world.tap_together("钱丽", "李梅", "赵强", button="零报告")
    assert [world.report(who).state for who in ("钱丽", "李梅", "赵强")] == ["zero"] * 3
    with world.database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == 3
        assert session.exec(select(Fault)).all() == []


def test_a_database_that_will_not_write_rolls_back_the_batch_and_acknowledges_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "TRIES", (0.001,))
    monkeypatch.setattr(desk_module, "LONGEST", 60)  # one transaction, however slow the machine
    _put(monkeypatch, _fails_to_write)
    batch = [world.incoming("钱丽", text="零报告"), world.incoming("李梅", text="/status")]
    before = world.records()
    with pytest.raises(OperationalError):
        asyncio.run(world.desk.take(batch))
    assert world.records() == before
    with world.database.reading() as session:
        assert session.exec(select(ProcessedUpdate)).all() == []
        assert session.exec(select(Fault)).all() == []
        assert session.exec(select(Card).where(Card.kind == "reply")).all() == []
    # the platform delivers it again, and then it counts
    monkeypatch.undo()
    asyncio.run(world.desk.take(batch))
    assert world.report("钱丽").state == "zero"


@pytest.mark.sqlite
def test_a_database_that_was_only_busy_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "TRIES", (0.001, 0.001))
    tried = []

    def busy_once(turn: Turn, words: str) -> None:
        tried.append(turn.now)
        if len(tried) == 1:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        report.zero(turn, words)

    _put(monkeypatch, busy_once)
    world.says("李梅", "/status")
    assert len(tried) == 2
    assert len(world.revisions("李梅")) == 1
