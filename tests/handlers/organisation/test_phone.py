"""Phone numbers: set by an admin, seen by who answers for the person and by nobody else."""

import pytest
from sqlmodel import select

from models.core.ledger import LedgerEntry
from models.organisation import people
from tests.support.world import World


def phone_of(world: World, number: str) -> str | None:
    with world.database.reading() as session:
        return people.find_person(session, number).phone


def test_an_admin_sets_it_after_before_and_after_were_shown(world: World) -> None:
    assert world.says("周敏", "/people phone 1005 138 0000 7002") == (
        "李梅（1005）的电话：– → 138 0000 7002。仅其负责人可见。"
    )
    assert phone_of(world, "1005") is None
    world.taps("周敏", "确认")
    assert phone_of(world, "1005") == "13800007002"
    assert world.last("周敏").text.endswith("如需撤销，请发送：人员 电话 1005 无")
    assert "电话：138 0000 7002" in world.says("周敏", "/people 1005")
    world.says("周敏", "人员 电话 李梅")
    world.says("周敏", "无")
    world.taps("周敏", "确认")
    assert phone_of(world, "1005") is None


@pytest.mark.sqlite
def test_what_is_no_number_is_refused_with_what_to_write(world: World) -> None:
    assert "请填写5至15位数字" in world.says("周敏", "/people phone 1005 一三八")
    assert "负责人" not in world.says("周敏", "/people phone 9999 13800007002")
    assert phone_of(world, "1005") is None


@pytest.mark.sqlite
def test_only_admins_set_it_and_only_for_their_own(world: World) -> None:
    assert "管理员" in world.says("王建国", "/people phone 1005 13800007002")
    assert phone_of(world, "1005") is None


@pytest.mark.sqlite
def test_the_number_is_in_no_ledger_and_no_audit(world: World) -> None:
    world.says("周敏", "/people phone 1005 13800007002")
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        assert "13800007002" not in "".join(str(it.content) for it in session.exec(select(LedgerEntry)))
    assert "电话号码" in world.says("周敏", "/audit 1005")
    assert "13800007002" not in world.last("周敏").text
