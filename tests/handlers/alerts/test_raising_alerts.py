"""Alerts are raised with the report, shown to those who answer for it, and change with the report."""

import pytest

from handlers.alerts import notifying
from models.alerts import alerts
from models.core.database import Database
from tests.handlers.alerts.fevers import begin, cards, fever, raised, rung
from tests.support.world import ROSTER, TUESDAY, WEDNESDAY, World

pytestmark = pytest.mark.world(begin=begin)


def _change(world: World, temperature: str, who: str = "张伟") -> None:
    """From the receipt back into the form, to the first question."""
    world.taps(who, "修改")
    world.taps(who, "✏️ 体温")
    world.says(who, temperature)
    world.taps(who, "提交")


@pytest.mark.sqlite
def test_a_fever_is_told_at_once_to_the_leads_who_answer_for_it(world: World) -> None:
    fever(world)
    assert cards(world, "王建国")[-1].text == "🔴 【预警】一站张伟08:12报：体温38.2℃。15分钟内无人接手，将报上一级。"
    assert cards(world, "王建国")[-1].labels == ["🙋 我来处理"]
    assert cards(world, "刘洋")[-1].text == (
        "🔴 [Alert] 一站 张伟, 08:12: temperature 38.2 °C. If no one takes it in 15 min, it goes to the next level."
    )
    assert [b.lane for b in cards(world, "王建国")] == ["a"]
    for other in ("孙处", "陈局", "周敏", "赵强", "李梅", "张伟", "group 一站", "group 区局"):
        assert cards(world, other) == []


@pytest.mark.sqlite
def test_a_report_that_meets_no_rule_raises_nothing(world: World) -> None:
    fever(world, temperature="36.5")
    world.taps("李梅", "零报告")
    assert raised(world) == []


@pytest.mark.sqlite
def test_every_rule_that_is_met_is_an_alert_of_its_own(world: World) -> None:
    fever(world, contact="有")
    assert [(a.rule, a.level, a.minutes) for a in raised(world)] == [("fever", "red", 15), ("contact", "orange", 30)]
    texts = [b.text for b in cards(world, "王建国")]
    assert texts[1] == "🟠 【预警】一站张伟08:12报：有接触史：家里，–。30分钟内无人接手，将报上一级。"


@pytest.mark.sqlite
def test_what_was_typed_stays_words(world: World) -> None:
    world.taps("张伟", "有情况")
    world.says("张伟", "36.5")
    world.taps("张伟", "有")
    world.says("张伟", "<b>{temperature}</b> & {{ 7*7 }}")
    world.taps("张伟", "跳过")
    world.taps("张伟", "提交")
    assert "有接触史：<b>{temperature}</b> & {{ 7*7 }}，–。" in cards(world, "王建国")[-1].text


def test_a_note_on_what_is_closed_meanwhile_is_refused(world: World) -> None:
    fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    _change(world, "36.5")
    assert world.says("王建国", "已送医") == "这件预警已结束，或已不由您处理，没有记下。"
    assert raised(world)[0].note is None


def test_a_correction_withdraws_the_alert_and_a_report_that_meets_it_anew_opens_it_again(world: World) -> None:
    fever(world)
    world.at("8:30")
    assert len(cards(world, "孙处")) == 1
    _change(world, "36.2")
    for who in ("王建国", "孙处"):
        assert cards(world, who)[0].text.endswith("张伟08:30更正，已不符合条件，预警撤销。")
        assert cards(world, who)[0].labels == []
    world.at("9:30")
    assert rung(world, "陈局") == []
    assert len(raised(world)) == 1

    _change(world, "38.2")
    assert rung(world, "王建国") == ["08:12", "09:30"]
    assert rung(world, "孙处") == ["08:27"]
    assert cards(world, "王建国")[-1].text == "🔴 【预警】一站张伟09:30报：体温38.2℃。15分钟内无人接手，将报上一级。"
    world.at("9:46")
    assert rung(world, "孙处") == ["08:27", "09:45"]
    assert len(raised(world)) == 1


def test_another_value_is_shown_in_place_and_rings_only_where_it_was_closed(world: World) -> None:
    fever(world)
    _change(world, "39.1")
    assert [b.text for b in cards(world, "王建国")] == [
        "🔴 【预警】一站张伟08:12报：体温39.1℃。15分钟内无人接手，将报上一级。"
    ]
    world.taps("王建国", "我来处理")
    world.taps("王建国", "处理完毕")
    world.taps("张伟", "修改")
    world.taps("张伟", "✏️ 备注")
    world.says("张伟", "好些了")
    world.taps("张伟", "提交")
    assert len(rung(world, "王建国")) == 1
    _change(world, "39.9")
    assert len(rung(world, "王建国")) == 2
    assert raised(world)[0].waits


def test_a_zero_instead_withdraws_it(world: World) -> None:
    fever(world)
    world.taps("张伟", "改为零报告")
    world.taps("张伟", "零报告")
    assert raised(world)[0].corrected


@pytest.mark.sqlite
def test_a_crash_between_leaves_neither_a_report_nor_an_alert(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    world.taps("张伟", "有情况")
    world.says("张伟", "38.2")
    world.taps("张伟", "无")
    world.taps("张伟", "跳过")
    submit, bubble = world.button("张伟", "提交")
    monkeypatch.setattr(notifying, "announce", crash)
    assert "本步骤处理出错" in (world.forges("张伟", submit.data, message=bubble.id) or "")
    assert world.report("张伟").state == "due"
    assert raised(world) == []
    assert cards(world, "王建国") == []
    monkeypatch.undo()
    assert "已收到" in (world.forges("张伟", submit.data, message=bubble.id) or "")
    assert (world.report("张伟").state, len(raised(world)), len(cards(world, "王建国"))) == ("filled", 1, 1)


@pytest.mark.sqlite
def test_alerts_are_outside_the_noise_budget(world: World) -> None:
    for who in ("张伟", "李梅", "刘洋"):
        _fever_in(world, who)
    world.at("11:05")
    assert len(rung(world, "王建国")) == 3
    assert len(world.unasked("王建国")) <= 5
    assert [b.kind for b in world.unasked("王建国") if b.kind == "summary"] == ["summary"]


def _fever_in(world: World, who: str) -> None:
    if who == "刘洋":
        world.taps(who, "Something")
        world.says(who, "38.2")
        world.taps(who, "No")
        world.taps(who, "Skip")
        world.taps(who, "Submit")
    else:
        fever(world, who)


@pytest.mark.sqlite
def test_a_late_report_raises_as_well(world: World) -> None:
    world.at("22:30")
    fever(world)
    assert rung(world, "王建国") == ["22:30"]


def _not_reached(world: World) -> None:
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "未联系上")


@pytest.mark.sqlite
def test_a_ward_not_reached_two_days_running_is_an_alert_and_on_the_third_a_louder_one(world: World) -> None:
    _not_reached(world)
    assert raised(world) == []
    world.at("8:00", TUESDAY)
    _not_reached(world)
    assert cards(world, "王建国")[-1].text == (
        "🟡 【预警】一站刘大爷（张伟代报）08:00报：连续2天未联系上。60分钟内无人接手，将报上一级。"
    )
    world.at("8:00", WEDNESDAY)
    _not_reached(world)
    assert cards(world, "王建国")[-1].text.startswith("🟠 【预警】一站刘大爷（张伟代报）08:00报：连续3天未联系上。")
    assert [(a.rule, a.level) for a in raised(world)] == [
        (alerts.NOT_REACHED, "yellow"),
        (alerts.NOT_REACHED, "orange"),
    ]
    world.forges("张伟", f"wards.zero.{world.report('刘大爷', day=WEDNESDAY).id}")
    assert [a.corrected for a in raised(world)] == [False, True]


@pytest.mark.sqlite
def test_a_day_on_which_the_ward_was_reached_begins_the_count_anew(world: World) -> None:
    _not_reached(world)
    world.at("8:00", TUESDAY)
    world.forges("张伟", f"wards.zero.{world.report('刘大爷', day=TUESDAY).id}")
    world.at("8:00", WEDNESDAY)
    _not_reached(world)
    assert raised(world) == []


@pytest.mark.sqlite
def test_a_report_about_a_unit_alerts_its_lead(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER)
    world.assign(
        "code: stock\ntitle: 库存\nabout: units\nstatement: 无\nquestions:\n"
        "  - {name: masks, type: integer, label: 口罩, required: true}\n"
        "alerts:\n  - {name: short, when: masks < 10, level: yellow, label: '口罩只剩{masks}个', minutes: 60}\n"
    )
    world.at("7:30")
    world.taps("王建国", "填报")
    world.says("王建国", "3")
    world.taps("王建国", "提交")
    assert cards(world, "王建国")[0].text == (
        "🟡 【预警】一站（王建国）07:30报：口罩只剩3个。60分钟内无人接手，将报上一级。"
    )
    world.at("8:31")
    assert rung(world, "陈局") == ["08:30"]
