"""Alerts: raised with the report, told to those who answer for it, climbing until somebody takes them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlmodel import select

from handlers.alerts import notifying
from models.alerts import alerts
from models.alerts.alerts import Alert
from models.core import audit
from models.core.database import Database
from models.organisation import people
from models.organisation.people import Membership, Role
from models.reporting.reports import Report
from tests.support.world import HEALTH, ROSTER, ZONE, Bubble, World

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
RULES = """alerts:
  - {name: fever, when: temperature >= 37.3, level: red, minutes: 15,
     label: {zh: "体温{temperature}℃", en: "temperature {temperature} °C"}}
  - {name: contact, when: contact == 'yes', level: orange, minutes: 30,
     label: {zh: "有接触史：{place}，{remark}", en: "contact: {place}, {remark}"}}
"""
FORM = HEALTH + RULES
DEEP = """staff_no,name,unit,role,kind,reporter,locale
1001,陈局,区局,lead,,,
1002,周敏,区局,admin,,,
1010,孙处,区局/物流部,lead,,,
1003,王建国,区局/物流部/一站,lead,,,
1013,刘洋,区局/物流部/一站,lead,,,en
1004,张伟,区局/物流部/一站,,,,
1005,李梅,区局/物流部/一站,,,,
1007,赵强,区局/二站,lead,,,
2001,刘大爷,区局/物流部/一站,,ward,1004,
"""


def begin(world: World) -> None:
    world.organisation(DEEP)
    world.assign(FORM)
    world.at("7:30")
    world.at("8:12")


pytestmark = pytest.mark.world(begin=begin)


def _fever(world: World, who: str = "张伟", temperature: str = "38.2", contact: str = "无") -> None:
    world.taps(who, "有情况")
    world.says(who, temperature)
    world.taps(who, contact)
    if contact == "有":
        world.says(who, "家里")
    world.taps(who, "跳过")
    assert "已收到" in (world.taps(who, "提交") or "")


def _change(world: World, temperature: str, who: str = "张伟") -> None:
    """From the receipt back into the form, to the first question."""
    world.taps(who, "修改")
    world.taps(who, "✏️ 体温")
    world.says(who, temperature)
    world.taps(who, "提交")


def _cards(world: World, who: str) -> list[Bubble]:
    return [b for b in world.chat(who) if b.kind == "alert"]


def _rung(world: World, who: str) -> list[str]:
    """When somebody's phone rang for an alert."""
    return [
        b.born.astimezone(ZONE).strftime("%H:%M") for b in world.phones.get(world.number(who), []) if b.kind == "alert"
    ]


def _alerts(world: World) -> list[Alert]:
    with world.database.reading() as session:
        return list(session.exec(select(Alert).order_by(Alert.id)).all())  # type: ignore[arg-type]


@pytest.mark.sqlite
def test_a_fever_is_told_at_once_to_the_leads_who_answer_for_it(world: World) -> None:
    _fever(world)
    assert _cards(world, "王建国")[-1].text == "🔴 【预警】一站张伟08:12报：体温38.2℃。15分钟内无人接手将报上级。"
    assert _cards(world, "王建国")[-1].labels == ["🙋 我来处理"]
    assert _cards(world, "刘洋")[-1].text == (
        "🔴 [Alert] 一站 张伟, 08:12: temperature 38.2 °C. If nobody takes it within 15 min, it goes a level up."
    )
    assert [b.lane for b in _cards(world, "王建国")] == ["a"]
    for other in ("孙处", "陈局", "周敏", "赵强", "李梅", "张伟", "group 一站", "group 区局"):
        assert _cards(world, other) == []


@pytest.mark.sqlite
def test_a_report_that_meets_no_rule_raises_nothing(world: World) -> None:
    _fever(world, temperature="36.5")
    world.taps("李梅", "零报告")
    assert _alerts(world) == []


@pytest.mark.sqlite
def test_every_rule_that_is_met_is_an_alert_of_its_own(world: World) -> None:
    _fever(world, contact="有")
    assert [(a.rule, a.level, a.minutes) for a in _alerts(world)] == [("fever", "red", 15), ("contact", "orange", 30)]
    texts = [b.text for b in _cards(world, "王建国")]
    assert texts[1] == "🟠 【预警】一站张伟08:12报：有接触史：家里，–。30分钟内无人接手将报上级。"


@pytest.mark.sqlite
def test_what_was_typed_stays_words(world: World) -> None:
    world.taps("张伟", "有情况")
    world.says("张伟", "36.5")
    world.taps("张伟", "有")
    world.says("张伟", "<b>{temperature}</b> & {{ 7*7 }}")
    world.taps("张伟", "跳过")
    world.taps("张伟", "提交")
    assert "有接触史：<b>{temperature}</b> & {{ 7*7 }}，–。" in _cards(world, "王建国")[-1].text


@pytest.mark.sqlite
def test_who_taps_first_has_it_and_everybody_who_got_it_sees_that_in_place(world: World) -> None:
    _fever(world)
    world.at("8:20")
    assert world.taps("王建国", "我来处理") == "已由您接手，收到预警的人都会看到。"
    mine, other = _cards(world, "王建国"), _cards(world, "刘洋")
    assert [b.text for b in mine] == ["🔴 【预警】一站张伟08:12报：体温38.2℃。\n王建国08:20接手。"]
    assert mine[0].labels == ["📝 写处理情况", "✅ 处理完毕"]
    assert [b.text for b in other] == ["🔴 [Alert] 一站 张伟, 08:12: temperature 38.2 °C.\nTaken by 王建国 at 08:20."]
    assert (other[0].labels, other[0].edits) == ([], 1)
    world.at("12:00")
    assert _cards(world, "孙处") == []


@pytest.mark.sqlite
def test_the_second_to_tap_is_told_who_was_first(world: World) -> None:
    _fever(world)
    take, bubble = world.button("刘洋", "I take it")
    world.taps("王建国", "我来处理")
    assert world.forges("刘洋", take.data, message=bubble.id) == "王建国 took it at 08:12."
    assert "您08:12已接手" in (world.forges("王建国", take.data) or "")
    assert [a.taken_by for a in _alerts(world)] == [_person(world, "王建国")]


def _person(world: World, name: str) -> int:
    with world.database.reading() as session:
        return people.find_person(session, name).id


@pytest.mark.sqlite
def test_two_leads_who_tap_at_once_in_two_programs_do_not_both_have_it(world: World) -> None:
    _fever(world)
    other = world.beside()
    take, _ = world.button("王建国", "我来处理")
    both = [(world, world.incoming("王建国", data=take.data)), (other, other.incoming("刘洋", data=take.data))]
    with ThreadPoolExecutor(2) as threads:
        said = list(
            threads.map(
                lambda it: it[0].desk.transact(lambda session, now: it[0].desk.handle(session, now, it[1])), both
            )
        )
    texts = sorted(a.text for a in said if a)
    assert len(texts) == 2
    winner = _alerts(world)[0].taken_by
    assert winner in (_person(world, "王建国"), _person(world, "刘洋"))
    assert sum("took it at" in t or "已接手" in t for t in texts) == 1
    world.deliver()
    assert len(_cards(world, "王建国")) == len(_cards(world, "刘洋")) == 1


@pytest.mark.sqlite
def test_nobody_takes_it_and_it_climbs_level_by_level_to_the_top_and_at_last_to_the_admins(world: World) -> None:
    _fever(world)
    world.at("8:26")
    assert _cards(world, "孙处") == []
    world.at("11:00")
    assert _rung(world, "王建国") == _rung(world, "刘洋") == ["08:12"]
    assert _rung(world, "孙处") == ["08:27"]
    assert _rung(world, "陈局") == ["08:42", "08:57", "09:12", "09:27"]
    assert _rung(world, "周敏") == ["09:42"]
    assert len(_cards(world, "陈局")) == 1
    assert _cards(world, "陈局")[0].text.startswith(
        "🔴 【预警】一站张伟08:12报：体温38.2℃。已90分钟无人接手。请尽快接手。"
    )
    assert _alerts(world)[0].climbs_at is None
    assert "处理中" not in world.says("王建国", "预警")
    assert world.taps("周敏", "我来处理")
    assert "周敏11:00接手。" in _cards(world, "王建国")[0].text


@pytest.mark.sqlite
def test_the_cards_below_say_that_it_has_climbed(world: World) -> None:
    _fever(world)
    world.at("8:30")
    assert _cards(world, "孙处")[0].text == (
        "🔴 【预警】一站张伟08:12报：体温38.2℃。已15分钟无人接手。15分钟内无人接手将报上级。"
    )
    assert "已15分钟无人接手" in _cards(world, "王建国")[0].text
    assert world.taps("孙处", "我来处理")
    world.at("10:00")
    assert _rung(world, "陈局") == []


@pytest.mark.sqlite
def test_it_climbs_at_night_too(world: World) -> None:
    world.at("23:40")
    _fever(world)
    world.at("0:12", TUESDAY)
    assert _rung(world, "孙处") == ["23:55"]
    assert _rung(world, "陈局") == ["00:10"]


def test_after_an_outage_each_gets_one_message_and_then_the_full_time_again(world: World) -> None:
    _fever(world)
    world.sleep_until("10:40")
    assert (_rung(world, "孙处"), _rung(world, "陈局"), _rung(world, "周敏")) == (["10:40"], ["10:40"], [])
    world.at("10:54")
    assert _rung(world, "陈局") == ["10:40"]
    world.at("10:56")
    assert _rung(world, "陈局") == ["10:40", "10:55"]
    assert _rung(world, "孙处") == ["10:40"]


@pytest.mark.sqlite
def test_ones_own_alert_goes_to_somebody_else(world: World) -> None:
    _fever(world, "陈局")
    assert _cards(world, "陈局") == []
    assert _rung(world, "周敏") == ["08:12"]
    take, _ = world.button("周敏", "我来处理")
    assert world.forges("陈局", take.data) == "这件预警说的是您本人，要由别人来处理。"
    assert "我来处理" not in str([b.labels for b in world.chat("陈局")])
    world.says("陈局", "预警")
    assert world.last("陈局").labels == []
    _fever(world, "王建国")
    assert [len(_cards(world, who)) for who in ("王建国", "刘洋", "孙处")] == [0, 1, 0]


@pytest.mark.sqlite
def test_a_lead_who_cannot_be_reached_holds_nothing_up(database: Database) -> None:
    world = World(database)
    world.organisation(DEEP, enrolled="1001 1004 1002")
    world.assign(FORM)
    world.at("7:30")
    _fever(world)
    assert _rung(world, "陈局") == ["07:30"]


def test_the_one_who_took_it_writes_what_was_done_and_closes_it(world: World) -> None:
    _fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    assert world.last("王建国").text == ("🔴 一站张伟：体温38.2℃\n\n处理情况如何？请写一句话；发“取消”则不写。")
    assert "已记下，另有1人看得到" in world.says("王建国", "已送发热门诊")
    assert _cards(world, "刘洋")[0].text.endswith("Taken by 王建国 at 08:12.\n王建国: 已送发热门诊")
    world.at("8:50")
    assert world.taps("王建国", "处理完毕", _cards(world, "王建国")[0]) == "已处理完毕，收到预警的人都会看到。"
    assert _cards(world, "王建国")[0].text == (
        "🔴 【预警】一站张伟08:12报：体温38.2℃。\n王建国08:12接手。\n王建国：已送发热门诊\n✅ 王建国08:50处理完毕。"
    )
    assert _cards(world, "王建国")[0].labels == []
    assert _cards(world, "刘洋")[0].text.endswith("✅ Closed by 王建国 at 08:50.")
    with world.database.reading() as session:
        kept = session.exec(select(audit.AuditEntry).where(audit.AuditEntry.what.startswith("alert"))).all()  # type: ignore[attr-defined]
    assert [(c.what, c.by) for c in kept] == [("alert taken", "1003"), ("alert note", "1003"), ("alert closed", "1003")]
    assert kept[1].detail == {"alert": 1, "note": "已送发热门诊"}


@pytest.mark.sqlite
def test_a_note_can_be_left_unwritten_and_typed_words_then_mean_what_they_meant(world: World) -> None:
    _fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    assert world.says("王建国", "取消") == "好的，没有改动。"
    assert _alerts(world)[0].note is None
    world.taps("王建国", "写处理情况")
    world.at("9:00")
    world.says("王建国", "零报告")
    assert _alerts(world)[0].note is None
    assert world.report("王建国").state == "zero"


@pytest.mark.sqlite
def test_a_form_begun_after_the_note_gets_the_typed_words(world: World) -> None:
    _fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    world.taps("王建国", "有情况")
    world.says("王建国", "36.5")
    assert _alerts(world)[0].note is None
    assert "接触史" in world.last("王建国").text
    world.taps("王建国", "写处理情况")
    world.says("王建国", "在家休息")
    assert _alerts(world)[0].note == "在家休息"


def test_a_note_by_command_needs_exactly_one_alert_in_hand(world: World) -> None:
    assert "您现在接手了0件" in world.says("王建国", "/alerts note 已送医")
    _fever(world, contact="有")
    for _ in range(2):
        world.taps("王建国", "我来处理")
    assert "您现在接手了2件" in world.says("王建国", "预警 记录 已送医")
    world.taps("王建国", "处理完毕")
    assert "已记下" in world.says("王建国", "/alerts note 已送医")
    assert sorted(a.note or "" for a in _alerts(world)) == ["", "已送医"]
    assert "500" in world.says("王建国", "/alerts note " + "长" * 501)


def test_a_note_on_what_is_closed_meanwhile_is_refused(world: World) -> None:
    _fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    _change(world, "36.5")
    assert world.says("王建国", "已送医") == "这件预警已结束，或已不由您处理，没有记下。"
    assert _alerts(world)[0].note is None


def test_a_correction_withdraws_the_alert_and_a_report_that_meets_it_anew_opens_it_again(world: World) -> None:
    _fever(world)
    world.at("8:30")
    assert len(_cards(world, "孙处")) == 1
    _change(world, "36.2")
    for who in ("王建国", "孙处"):
        assert _cards(world, who)[0].text.endswith("张伟08:30更正，已不符合条件，预警撤销。")
        assert _cards(world, who)[0].labels == []
    world.at("9:30")
    assert _rung(world, "陈局") == []
    assert len(_alerts(world)) == 1

    _change(world, "38.2")
    assert _rung(world, "王建国") == ["08:12", "09:30"]
    assert _rung(world, "孙处") == ["08:27"]
    assert _cards(world, "王建国")[-1].text == "🔴 【预警】一站张伟09:30报：体温38.2℃。15分钟内无人接手将报上级。"
    world.at("9:46")
    assert _rung(world, "孙处") == ["08:27", "09:45"]
    assert len(_alerts(world)) == 1


def test_another_value_is_shown_in_place_and_rings_only_where_it_was_closed(world: World) -> None:
    _fever(world)
    _change(world, "39.1")
    assert [b.text for b in _cards(world, "王建国")] == [
        "🔴 【预警】一站张伟08:12报：体温39.1℃。15分钟内无人接手将报上级。"
    ]
    world.taps("王建国", "我来处理")
    world.taps("王建国", "处理完毕")
    world.taps("张伟", "修改")
    world.taps("张伟", "✏️ 备注")
    world.says("张伟", "好些了")
    world.taps("张伟", "提交")
    assert len(_rung(world, "王建国")) == 1
    _change(world, "39.9")
    assert len(_rung(world, "王建国")) == 2
    assert _alerts(world)[0].waits


def test_a_zero_instead_withdraws_it(world: World) -> None:
    _fever(world)
    world.taps("张伟", "改为零报告")
    world.taps("张伟", "零报告")
    assert _alerts(world)[0].corrected


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
    assert "这一步出错了" in (world.forges("张伟", submit.data, message=bubble.id) or "")
    assert world.report("张伟").state == "due"
    assert _alerts(world) == []
    assert _cards(world, "王建国") == []
    monkeypatch.undo()
    assert "已收到" in (world.forges("张伟", submit.data, message=bubble.id) or "")
    assert (world.report("张伟").state, len(_alerts(world)), len(_cards(world, "王建国"))) == ("filled", 1, 1)


@pytest.mark.sqlite
def test_groups_get_counts_and_never_a_name(world: World) -> None:
    _fever(world, contact="有")
    world.taps("王建国", "我来处理")
    world.at("10:30")
    for unit in ("一站", "物流部", "区局"):
        text = world.last(f"group {unit}").text
        assert "🚨 预警：未接手1、处理中1" in text, text
        assert not [name for name in ("张伟", "王建国", "38.2", "家里") if name in text]
    assert "预警" not in world.last("group 二站").text
    assert "🚨 预警：未接手1、处理中1" in world.says("王建国", "进度")
    world.taps("孙处", "我来处理")
    world.at("10:35")
    assert "🚨 预警：处理中2" in world.last("group 区局").text
    world.taps("孙处", "处理完毕")
    world.taps("王建国", "处理完毕")
    world.at("10:40")
    assert "预警" not in world.last("group 区局").text


def test_the_director_sees_who_looks_after_what_in_the_one_message(world: World) -> None:
    _fever(world)
    world.taps("王建国", "我来处理")
    world.at("10:30")
    director = next(b for b in world.chat("陈局") if b.kind == "summary")
    assert "• 物流部：有情况1、未报5、发热1（王建国处理中）" in director.text
    assert "二站：未报1" in director.text
    world.taps("王建国", "处理完毕")
    world.at("10:35")
    assert "处理中" not in director.text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_two_alerts_of_one_person_have_buttons_that_differ(world: World) -> None:
    """Both buttons said “🙋 我来处理：张伟”."""
    _fever(world)
    world.says("张伟", "/incident 二号库房漏水了请来人")
    world.taps("张伟", "立即上报")
    world.says("王建国", "预警")
    labels = [label for label in world.last("王建国").labels if "我来处理" in label]
    assert labels == ["🙋 我来处理：张伟·体温38.2℃", "🙋 我来处理：张伟·二号库房漏水了请来人"]


@pytest.mark.sqlite
def test_alerts_lists_what_is_open_in_ones_own_units_with_owner_and_age(world: World) -> None:
    assert world.says("王建国", "预警") == "【预警】未结0件\n您负责的单位没有未结的预警。"
    _fever(world)
    _fever(world, "李梅", "37.8")
    world.taps("刘洋", "I take it", _cards(world, "刘洋")[0])
    world.at("10:30")
    assert world.says("王建国", "/alerts") == (
        "【预警】未结2件\n"
        "🔴 一站张伟11月23日 08:12：体温38.2℃。刘洋处理中，已2小时。\n"
        "🔴 一站李梅11月23日 08:12：体温37.8℃。未接手，已2小时。"
    )
    assert world.last("王建国").labels == ["🙋 我来处理：李梅"]
    assert world.says("赵强", "预警") == "【预警】未结0件\n您负责的单位没有未结的预警。"
    world.taps("王建国", "我来处理：李梅")
    assert "Taken by 王建国" in _cards(world, "刘洋")[1].text
    world.says("王建国", "预警")
    assert world.last("王建国").labels == ["📝 写处理情况：李梅", "✅ 处理完毕：李梅"]
    world.taps("王建国", "处理完毕：李梅")
    assert "李梅" not in world.says("王建国", "预警")
    assert "王建国 11月23日 10:30处理完毕。" in world.says("王建国", "预警 all")
    assert "李梅" in world.says("王建国", "预警 全部")
    world.at("12:00", date(2026, 12, 1))
    assert "李梅" not in world.says("王建国", "预警 全部")
    assert "已8天" in world.last("王建国").text


@pytest.mark.sqlite
def test_a_lead_above_may_take_it_from_the_list_before_it_climbs(world: World) -> None:
    _fever(world)
    world.says("陈局", "预警")
    assert world.taps("陈局", "我来处理")
    assert _cards(world, "陈局")[0].labels == ["📝 写处理情况", "✅ 处理完毕"]
    assert _cards(world, "王建国")[0].text.endswith("陈局08:12接手。")


def test_members_and_other_units_leads_can_neither_see_nor_take_it(world: World) -> None:
    _fever(world)
    before = world.records()
    for who in ("赵强", "李梅", "张伟"):
        for action in ("at", "an", "ad"):
            assert "这个按钮" in (world.forges(who, f"{action}.1") or ""), (who, action)
    assert "这个按钮" in (world.forges("王建国", "at.99") or "")
    assert "这个按钮" in (world.forges("王建国", "at.x") or "")
    assert "负责人" in world.says("李梅", "预警")
    assert "没有未结的预警" in world.says("赵强", "预警 all")
    assert world.records() == before


@pytest.mark.sqlite
def test_only_who_took_it_may_write_or_close(world: World) -> None:
    _fever(world)
    assert "还没有人接手" in (world.forges("王建国", "ad.1") or "")
    world.taps("王建国", "我来处理")
    before = world.records()
    assert world.forges("孙处", "ad.1") == "王建国08:12已接手。"
    assert world.forges("刘洋", "an.1") == "王建国 took it at 08:12."
    assert world.records() == before
    world.taps("王建国", "处理完毕")
    assert world.forges("王建国", "ad.1") == "王建国08:12已处理完毕。"
    assert world.forges("孙处", "at.1") == "王建国08:12已处理完毕。"


@pytest.mark.sqlite
def test_who_leads_the_unit_no_longer_can_no_longer_take_it(world: World) -> None:
    _fever(world)
    take, bubble = world.button("王建国", "我来处理")
    with world.database.writing() as session:
        person = people.find_person(session, "王建国")
        one = session.exec(select(Membership).where(Membership.person_id == person.id)).one()
        one.role = Role.MEMBER
        session.add(one)
    assert "这个按钮" in (world.forges("王建国", take.data, message=bubble.id) or "")
    world.taps("刘洋", "I take it")
    assert "接手。" not in _cards(world, "王建国")[0].text


@pytest.mark.sqlite
def test_alerts_are_outside_the_noise_budget(world: World) -> None:
    for who in ("张伟", "李梅", "刘洋"):
        _fever_in(world, who)
    world.at("11:05")
    assert len(_rung(world, "王建国")) == 3
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
        _fever(world, who)


@pytest.mark.sqlite
def test_a_late_report_raises_as_well(world: World) -> None:
    world.at("22:30")
    _fever(world)
    assert _rung(world, "王建国") == ["22:30"]


def _not_reached(world: World) -> None:
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "未联系上")


@pytest.mark.sqlite
def test_a_ward_not_reached_two_days_running_is_an_alert_and_on_the_third_a_louder_one(world: World) -> None:
    _not_reached(world)
    assert _alerts(world) == []
    world.at("8:00", TUESDAY)
    _not_reached(world)
    assert _cards(world, "王建国")[-1].text == (
        "🟡 【预警】一站刘大爷（张伟代报）08:00报：连续2天未联系上。60分钟内无人接手将报上级。"
    )
    world.at("8:00", WEDNESDAY)
    _not_reached(world)
    assert _cards(world, "王建国")[-1].text.startswith("🟠 【预警】一站刘大爷（张伟代报）08:00报：连续3天未联系上。")
    assert [(a.rule, a.level) for a in _alerts(world)] == [
        (alerts.NOT_REACHED, "yellow"),
        (alerts.NOT_REACHED, "orange"),
    ]
    world.forges("张伟", f"wz.{world.report('刘大爷', day=WEDNESDAY).id}")
    assert [a.corrected for a in _alerts(world)] == [False, True]


@pytest.mark.sqlite
def test_a_day_on_which_the_ward_was_reached_begins_the_count_anew(world: World) -> None:
    _not_reached(world)
    world.at("8:00", TUESDAY)
    world.forges("张伟", f"wz.{world.report('刘大爷', day=TUESDAY).id}")
    world.at("8:00", WEDNESDAY)
    _not_reached(world)
    assert _alerts(world) == []


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
    assert _cards(world, "王建国")[0].text == (
        "🟡 【预警】一站（王建国）07:30报：口罩只剩3个。60分钟内无人接手将报上级。"
    )
    world.at("8:31")
    assert _rung(world, "陈局") == ["08:30"]


def test_an_alert_whose_lead_has_left_the_tree_reaches_the_admins(database: Database) -> None:
    world = World(database)
    world.organisation("staff_no,name,unit,role\n1,安管,区局,admin\n2,小马,区局/一站,\n")
    world.assign(FORM)
    world.at("7:30")
    _fever(world, "小马")
    assert _rung(world, "安管") == ["07:30"]
    world.at("9:00")
    assert _rung(world, "安管") == ["07:30"]


@pytest.mark.sqlite
def test_climbing_by_the_clock(database: Database) -> None:
    """The model alone: exact steps, what an outage held up, the top three times, then never again."""
    at = World(database).local("8:00")
    step = timedelta(minutes=15)
    alert = Alert(rule="r", level="red", label={}, title={}, minutes=15, place_id=1, by=1, opened_at=at, climbs_at=at)
    assert (alerts.climb(alert, 2, at), alert.height, alert.climbs_at) == (1, 1, at + step)
    assert (alerts.climb(alert, 1, at + step), alert.climbs_at) == (1, at + 2 * step)
    for rings in (1, 2, 3):
        late = at + (rings + 1) * step + timedelta(seconds=2)
        assert (alerts.climb(alert, 0, late), alert.rings, alert.climbs_at) == (0, rings, at + (rings + 2) * step)
    assert (alerts.climb(alert, 0, at + 5 * step), alert.rings, alert.climbs_at) == (0, 4, None)
    assert alerts.climb(alert, 3, at + 99 * step) == 0

    held_up = Alert(rule="r", level="red", label={}, title={}, minutes=15, place_id=1, by=1, opened_at=at, climbs_at=at)
    later = at + timedelta(hours=3)
    assert (alerts.climb(held_up, 2, later), held_up.rings, held_up.climbs_at) == (2, 0, later + step)


def test_the_next_to_climb_is_found_without_reading_all(world: World) -> None:
    _fever(world)
    with world.database.reading() as session:
        assert session.exec(select(Report.id).where(Report.state == "filled")).one()
        due = alerts.due(session, world.local("8:28"))
        assert due and due.rule == "fever"
        assert alerts.due(session, world.local("8:20")) is None
