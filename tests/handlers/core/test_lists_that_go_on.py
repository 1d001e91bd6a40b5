"""A list in the chat that stops at a limit says that it goes on; what is counted is never cut (docs/rules.md 8.3)."""

import pytest
from sqlmodel import Session

from handlers.donations import donations
from handlers.donations import standing as collected
from handlers.messaging import bind
from handlers.rounds import forms
from handlers.runbooks import runbook
from handlers.summaries import chart
from handlers.supplies import supplies
from models.messaging.addresses import Address
from tests.handlers.runbooks import books
from tests.handlers.supplies import keeping
from tests.support.world import DELIVERY, World

pytestmark = pytest.mark.sqlite
ADMIN = "周敏"


@pytest.mark.world(begin=keeping.begin)
def test_hand_outs_are_counted_and_their_lists_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supplies, "LISTED", 1)
    keeping.does(world, "received 口罩 200")
    for who in ("张伟", "王建国", "张伟"):
        keeping.does(world, f"out 口罩 {who} 3")
    assert "尚未全部签收：3笔" in world.says(keeping.KEEPER, "/supplies")
    assert "另有2笔，上列确认后依次显示" in world.says(keeping.KEEPER, "/supplies open")
    assert "更早的流水见 Excel" in world.says(keeping.KEEPER, "/supplies log")
    monkeypatch.setattr(supplies, "LISTED", 4)
    assert "另有" not in world.says(keeping.KEEPER, "/supplies open")
    assert "更早" not in world.says(keeping.KEEPER, "/supplies log")


def test_collections_and_their_entries_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(donations, "LISTED", 1)
    for purpose in ("支援武汉", "御寒"):
        world.says(ADMIN, f"/donations new {purpose} 12-10")
    assert "其余见看板“募捐”页" in world.says("李梅", "/donations")
    for _ in range(3):
        world.says(ADMIN, "/donations money 1 500 1004")
        world.taps(ADMIN, "登记")
    monkeypatch.setattr(collected.view, "__defaults__", (1,))
    assert "另有2个，请在看板查看" in world.says("李梅", "/donations show 1")
    monkeypatch.setattr(donations, "LISTED", 2)
    assert "其余" not in world.says("李梅", "/donations")


@pytest.mark.world(begin=books.begin)
def test_runbooks_under_way_go_on_however_many_ended_since(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runbook, "SHOWN", 1)
    books.writes(world)
    books.starts(world)
    books.starts(world, drill=True)
    assert "另有1个，请在看板查看" in world.says(ADMIN, "/runbook")


def test_groups_without_a_unit_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bind, "SHOWN", 1)
    with world.database.writing() as session:
        for name in ("甲", "乙", "丙"):
            group(session, world, name)
    assert [
        line for line in world.says(ADMIN, "/bind").splitlines() if "2" in line and ("另有" in line or "还有" in line)
    ]


def group(session: Session, world: World, name: str) -> None:
    now = world.clock.now()
    session.add(Address(channel="web", account=f"g{name}", chat=f"g{name}", title=name, since=now, used_at=now))


def test_forms_of_a_survey_go_on_and_the_others_are_typed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    every = world.says(ADMIN, "/survey")
    assert "请直接输入" not in every
    world.says(ADMIN, "取消")
    monkeypatch.setattr(forms, "SHOWN", 1)
    world.says(ADMIN, "/survey")
    assert world.last(ADMIN).text != every
    assert "没有" not in world.says(ADMIN, "每日健康")


def test_a_chart_of_more_tasks_than_are_drawn_says_how_many_are_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.assign(DELIVERY)
    world.at("8:00")
    world.says("王建国", "/chart 一站")
    assert "请在看板查看" not in world.last("王建国").text
    monkeypatch.setattr(chart, "MOST", 1)
    assert world.says("王建国", "/chart 一站") == "另有1项任务，请在看板查看。"
