"""A locked report opened once more by slash command."""

import pytest
from sqlmodel import update

from models.cycle.reopenings import Reopening
from models.evidence import seals, verification
from tests.support.admins import exported
from tests.support.world import TUESDAY, WEDNESDAY, World


@pytest.mark.sqlite
def test_a_locked_report_is_reopened_filed_marked_and_sealed(world: World) -> None:
    world.at("7:30", TUESDAY)
    kept = world.at_close("区局/一站")
    said = world.says("周敏", "/reopen 1005 11-23 手机坏了")
    assert "为李梅重开11月23日的每日健康，至11月25日 12:00？" in said
    assert "记为漏报" in said
    world.taps("周敏", "确认")
    assert "问题已发到对方聊天里" in world.last("周敏").text
    assert "已经重开" in world.says("周敏", "/reopen 1005 11-23 再来")
    prompt = world.last("李梅")
    assert "周敏为您重开了这一天，可补报至11月25日 12:00（手机坏了）。" in prompt.text
    assert world.taps("李梅", "零报告", prompt)
    assert "补录。" in world.last("李梅").text
    report = world.report("李梅")
    assert (report.state, report.late) == ("zero", True)
    assert world.at_close("区局/一站") == kept
    assert world.figures("区局/一站").received == 1
    assert "锁定后补录1" in world.says("王建国", "汇总 昨天")
    assert world.forges("张伟", f"report.zero_of.{world.report('张伟').id}") is not None
    assert world.report("张伟").state == "due", "only this one was reopened"
    world.at("12:01", WEDNESDAY)
    assert "已锁定" in (world.forges("李梅", f"report.fill_of.{report.id}") or "")
    with world.database.reading() as session:
        made = seals.of_period(session, world.period(session))
        assert [s.at for s in made] == ["close", "lock", "reopen:1"]
        assert verification.verify(session).differs == []
    assert "手机坏了" in world.says("周敏", "/audit 1005")
    rows = exported(world, "2026-11-23 health")
    assert {r["after_lock"] for r in rows if r["staff_no"] == "1005"} == {"true"}
    assert {r["after_lock"] for r in rows if r["staff_no"] == "1006"} == {"false"}


@pytest.mark.sqlite
def test_a_reopening_that_is_altered_is_found(world: World) -> None:
    world.at("7:30", TUESDAY)
    world.says("周敏", "/reopen 李梅 昨天 误报")
    world.taps("周敏", "确认")
    world.at("12:01", WEDNESDAY)
    assert any("漏报" in b.text for b in world.chat("李梅"))
    with world.database.writing() as session:
        session.execute(update(Reopening).values(reason="别的"))  # past the ledger, as a forger would
    with world.database.reading() as session:
        assert [what for what, _, _ in verification.verify(session).differs] == ["row", "seal_body"]


@pytest.mark.sqlite
def test_reopening_by_buttons_and_for_a_ward(world: World) -> None:
    world.at("7:30", TUESDAY)
    assert "漏报10" in world.says("周敏", "重开")
    world.taps("周敏", "11月23日")
    world.taps("周敏", "刘大爷")
    world.taps("周敏", "电话已报")
    assert "原因：电话已报，未录入" in world.last("周敏").text
    world.taps("周敏", "确认")
    prompt = next(b for b in reversed(world.chat("张伟")) if "重开" in b.text)
    assert world.taps("张伟", "零报告", prompt)
    assert world.report("刘大爷").state == "zero"
