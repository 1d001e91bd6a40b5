"""For whom a lead may file, offered by name: the silent, by form, and where they are too many."""

import pytest

from models.core.database import Database
from tests.support.world import DELIVERY, HEALTH, TUESDAY, World


@pytest.mark.sqlite
def test_bare_it_offers_the_silent_by_name_then_kind_then_reason(world: World) -> None:
    world.taps("Ann Lee", "Zero")
    said = world.says("王建国", "代报")
    assert "请选择代报对象" in said
    assert world.last("王建国").labels == ["▫️ 张伟", "▫️ 李梅", "▫️ 刘大爷", "▫️ 孙阿姨"]
    world.taps("王建国", "李梅")
    assert "请选择代李梅（1005，一站）报送的内容：" in world.last("王建国").text
    world.taps("王建国", "零报告", world.last("王建国"))
    assert world.last("王建国").labels == ["电话确认", "当面确认", "手机故障", "✖️ 取消"]
    world.taps("王建国", "手机故障")
    assert "理由：手机故障" in world.last("王建国").text
    world.taps("王建国", "改理由")
    world.says("王建国", "2")
    assert "理由：当面确认" in world.last("王建国").text
    world.taps("王建国", "改理由")
    world.says("王建国", "在手术，家属来电")
    world.taps("王建国", "确认代报")
    assert world.revisions("李梅")[0].reason == "在手术，家属来电"


@pytest.mark.sqlite
def test_back_and_cancel_while_the_reason_is_asked_for_file_nothing(world: World) -> None:
    world.says("王建国", "代报 李梅 零报告")
    assert "请选择或输入代李梅报送的理由" in world.last("王建国").text
    assert "报送的内容" in world.says("王建国", "返回")
    world.taps("王建国", "零报告", world.last("王建国"))
    assert "没有代报" in world.says("王建国", "取消")
    world.taps("王建国", "代报", world.last("王建国"))
    assert "已取消" in (world.taps("王建国", "取消", world.last("王建国")) or "")
    assert world.report("李梅").state == "due"
    assert "未能识别" in world.says("王建国", "随便写写")


@pytest.mark.sqlite
def test_a_reason_must_be_words_and_short(world: World) -> None:
    for reason in ("8", "……", "很" * 61):
        assert "请发送代报理由" in world.says("王建国", f"代报 李梅 零报告 {reason}"), reason
    world.says("王建国", "代报 李梅 零报告")
    for reason in ("8", "……", "很" * 61):
        assert "请发送代报理由" in world.says("王建国", reason), reason
    assert "理由：电话确认" in world.says("王建国", "电话确认")
    assert world.report("李梅").state == "due"


@pytest.mark.sqlite
def test_a_proxy_of_several_forms_is_chosen_first(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.assign(HEALTH.replace("code: health", "code: duty").replace("每日健康", "值班"))
    world.at("7:30")
    world.says("王建国", "代报 李梅 零报告 电话确认")
    asked = [b.text for b in world.chat("王建国") if "请核对" in b.text]
    assert [t.split(" · ")[0] for t in asked] == ["【每日健康", "【值班"]


@pytest.mark.sqlite
def test_reports_about_units_have_no_proxy(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    assert "没有需要代报的人" in world.says("陈局", "代报 区局")
    assert "李梅目前没有需要报送的内容" in world.says("王建国", "代报 李梅 零报告 电话确认")
    report = world.report("区局/二站", "delivery").id
    assert "已不存在" in (world.forges("陈局", f"proxy.person.{report}") or "")
    world.at("10:15")
    told = next(b for b in world.chat("王建国") if b.kind == "escalation")
    assert not [x for x in told.labels if "代报" in x]


@pytest.mark.sqlite
def test_the_escalation_leads_to_the_same_where_the_names_are_few(world: World) -> None:
    world.at("10:15")
    told = next(b for b in world.chat("王建国") if b.kind == "escalation")
    assert told.labels == ["🔔 催办", "✍️ 代报"]
    world.taps("王建国", "代报", told)
    assert world.last("王建国").labels == ["▫️ 张伟", "▫️ 李梅", "▫️ Ann Lee", "▫️ 刘大爷", "▫️ 孙阿姨"]
    pressed = world.button("王建国", "代报", told)[0].data
    world.at("0:01", TUESDAY)
    assert "已锁定" in (world.forges("王建国", pressed) or "")


@pytest.mark.sqlite
def test_an_escalation_of_many_names_has_no_proxy(database: Database) -> None:
    world = World(database)
    roster = "staff_no,name,unit,role\n1,甲,局,lead\n2,乙,局/站,lead\n"
    world.organisation(roster + "".join(f"{n},人{n},局/站,\n" for n in range(10, 17)))
    world.assign(unit="局")
    world.at("10:15")
    told = next(b for b in world.chat("乙") if b.kind == "escalation")
    assert told.labels == ["🔔 催办"]


def test_many_silent_are_asked_for_by_number(database: Database) -> None:
    world = World(database)
    roster = "staff_no,name,unit,role\n1,甲,局,lead\n"
    world.organisation(roster + "".join(f"{n},人{n},局,\n" for n in range(10, 25)))
    world.assign(unit="局")
    world.at("7:30")
    said = world.says("甲", "代报")
    assert "另有3人未报，请发送工号" in said
    assert len(world.last("甲").labels) == 12


@pytest.mark.sqlite
def test_on_a_day_without_periods_there_is_nobody_to_file_for(database: Database) -> None:
    world = World(database)
    world.organisation()
    assert "没有填报任务" in world.says("王建国", "代报")
    assert "李梅目前没有需要报送的内容" in world.says("王建国", "代报 李梅 零报告 电话确认")
