"""A form filled in for somebody is the guided form, and leaves no prompt behind."""

import pytest

from tests.support.world import World


@pytest.mark.sqlite
def test_a_form_by_proxy_is_the_guided_form_and_carries_the_reason(world: World) -> None:
    assert "体温" in world.says("王建国", "代报 李梅 有情况 电话确认")
    assert world.last("王建国").text.startswith("【每日健康 · 李梅】")
    world.says("王建国", "38.2")
    world.taps("王建国", "无", world.last("王建国"))
    world.taps("王建国", "跳过")
    assert "代李梅报送，将立即告知本人。理由：电话确认" in world.last("王建国").text
    assert "已收到" in (world.taps("王建国", "确认代报") or "")
    revision = world.revisions("李梅")[0]
    assert (revision.answers, revision.reason) == ({"temperature": 38.2, "contact": "no"}, "电话确认")
    assert "王建国07:30代您报送有情况（电话确认）" in world.last("李梅").text
    assert "体温：38.2" in world.last("李梅").text

    # the correction starts from what the lead wrote
    world.taps("李梅", "有误")
    world.taps("李梅", "有情况")
    world.taps("李梅", "✏️ 体温")
    world.says("李梅", "37.0")
    world.taps("李梅", "提交")
    assert world.revisions("李梅")[1].answers == {"temperature": 37.0, "contact": "no"}


def test_leaving_the_form_files_nothing_and_keeps_no_prompt_of_the_members(world: World) -> None:
    world.says("王建国", "代报 李梅 有情况 电话确认")
    world.taps("王建国", "返回", world.last("王建国"))
    assert "没有代报" in world.last("王建国").text
    world.says("王建国", "代报 李梅 有情况 电话确认")
    world.taps("王建国", "取消", world.last("王建国"))
    assert "没有代报" in world.last("王建国").text
    assert world.last("王建国").labels == ["✍️ 代报"]
    assert world.report("李梅").state == "due"
