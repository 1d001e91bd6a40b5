"""Who may take an alert, who was first, and what the one who took it writes about it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlmodel import select

from models.core import audit
from models.organisation import people
from models.organisation.people import Membership, Role
from tests.handlers.alerts.fevers import begin, cards, fever, raised
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_who_taps_first_has_it_and_everybody_who_got_it_sees_that_in_place(world: World) -> None:
    fever(world)
    world.at("8:20")
    assert world.taps("王建国", "我来处理") == "已由您接手，收到预警的人员均可看到。"
    mine, other = cards(world, "王建国"), cards(world, "刘洋")
    assert [b.text for b in mine] == ["🔴 【预警】一站张伟08:12报：体温38.2℃。\n王建国08:20接手。"]
    assert mine[0].labels == ["📝 写处理情况", "✅ 处理完毕"]
    assert [b.text for b in other] == ["🔴 [Alert] 一站 张伟, 08:12: temperature 38.2 °C.\nTaken by 王建国 at 08:20."]
    assert (other[0].labels, other[0].edits) == ([], 1)
    world.at("12:00")
    assert cards(world, "孙处") == []


@pytest.mark.sqlite
def test_the_second_to_tap_is_told_who_was_first(world: World) -> None:
    fever(world)
    take, bubble = world.button("刘洋", "I’ll handle it")
    world.taps("王建国", "我来处理")
    assert world.forges("刘洋", take.data, message=bubble.id) == "王建国 took it at 08:12."
    assert "您08:12已接手" in (world.forges("王建国", take.data) or "")
    assert [a.taken_by for a in raised(world)] == [_person(world, "王建国")]


def _person(world: World, name: str) -> int:
    with world.database.reading() as session:
        return people.find_person(session, name).id


@pytest.mark.sqlite
def test_two_leads_who_tap_at_once_in_two_programs_do_not_both_have_it(world: World) -> None:
    fever(world)
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
    winner = raised(world)[0].taken_by
    assert winner in (_person(world, "王建国"), _person(world, "刘洋"))
    assert sum("took it at" in t or "已接手" in t for t in texts) == 1
    world.deliver()
    assert len(cards(world, "王建国")) == len(cards(world, "刘洋")) == 1


def test_the_one_who_took_it_writes_what_was_done_and_closes_it(world: World) -> None:
    fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    assert world.last("王建国").text == ("🔴 一站张伟：体温38.2℃\n\n请用一句话写明处理情况；不写请发送“取消”。")
    assert "已记录，另有1人可以看到" in world.says("王建国", "已送发热门诊")
    assert cards(world, "刘洋")[0].text.endswith("Taken by 王建国 at 08:12.\n王建国: 已送发热门诊")
    world.at("8:50")
    assert world.taps("王建国", "处理完毕", cards(world, "王建国")[0]) == "已处理完毕，收到预警的人员均可看到。"
    assert cards(world, "王建国")[0].text == (
        "🔴 【预警】一站张伟08:12报：体温38.2℃。\n王建国08:12接手。\n王建国：已送发热门诊\n✅ 王建国08:50处理完毕。"
    )
    assert cards(world, "王建国")[0].labels == []
    assert cards(world, "刘洋")[0].text.endswith("✅ Closed by 王建国 at 08:50.")
    with world.database.reading() as session:
        kept = session.exec(select(audit.AuditEntry).where(audit.AuditEntry.what.startswith("alert"))).all()  # type: ignore[attr-defined]
    assert [(c.what, c.by) for c in kept] == [("alert taken", "1003"), ("alert note", "1003"), ("alert closed", "1003")]
    assert kept[1].detail == {"alert": 1, "note": "已送发热门诊"}


@pytest.mark.sqlite
def test_a_note_can_be_left_unwritten_and_typed_words_then_mean_what_they_meant(world: World) -> None:
    fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    assert world.says("王建国", "取消") == "好的，未作改动。"
    assert raised(world)[0].note is None
    world.taps("王建国", "写处理情况")
    world.at("9:00")
    world.says("王建国", "零报告")
    assert raised(world)[0].note is None
    assert world.report("王建国").state == "zero"


@pytest.mark.sqlite
def test_a_form_begun_after_the_note_gets_the_typed_words(world: World) -> None:
    fever(world)
    world.taps("王建国", "我来处理")
    world.taps("王建国", "写处理情况")
    world.taps("王建国", "有情况")
    world.says("王建国", "36.5")
    assert raised(world)[0].note is None
    assert "接触史" in world.last("王建国").text
    world.taps("王建国", "写处理情况")
    world.says("王建国", "在家休息")
    assert raised(world)[0].note == "在家休息"


def test_a_note_by_command_needs_exactly_one_alert_in_hand(world: World) -> None:
    assert "您现已接手0件" in world.says("王建国", "/alerts note 已送医")
    fever(world, contact="有")
    for _ in range(2):
        world.taps("王建国", "我来处理")
    assert "您现已接手2件" in world.says("王建国", "预警 记录 已送医")
    world.taps("王建国", "处理完毕")
    assert "已记录" in world.says("王建国", "/alerts note 已送医")
    assert sorted(a.note or "" for a in raised(world)) == ["", "已送医"]
    assert "500" in world.says("王建国", "/alerts note " + "长" * 501)


@pytest.mark.sqlite
def test_alerts_lists_what_is_open_in_ones_own_units_with_owner_and_age(world: World) -> None:
    assert world.says("王建国", "预警") == "【预警】未结0件\n您负责的单位没有未结的预警。"
    fever(world)
    fever(world, "李梅", "37.8")
    world.taps("刘洋", "I’ll handle it", cards(world, "刘洋")[0])
    world.at("10:30")
    assert world.says("王建国", "/alerts") == (
        "【预警】未结2件\n"
        "🔴 一站张伟11月23日 08:12：体温38.2℃。刘洋处理中（已2小时）。\n"
        "🔴 一站李梅11月23日 08:12：体温37.8℃。未接手（已2小时）。"
    )
    assert world.last("王建国").labels == ["🙋 我来处理：李梅"]
    assert world.says("赵强", "预警") == "【预警】未结0件\n您负责的单位没有未结的预警。"
    world.taps("王建国", "我来处理：李梅")
    assert "Taken by 王建国" in cards(world, "刘洋")[1].text
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
    fever(world)
    world.says("陈局", "预警")
    assert world.taps("陈局", "我来处理")
    assert cards(world, "陈局")[0].labels == ["📝 写处理情况", "✅ 处理完毕"]
    assert cards(world, "王建国")[0].text.endswith("陈局08:12接手。")


def test_members_and_other_units_leads_can_neither_see_nor_take_it(world: World) -> None:
    fever(world)
    before = world.records()
    for who in ("赵强", "李梅", "张伟"):
        for action in ("alerts.take", "alerts.note", "alerts.done"):
            assert "该按钮" in (world.forges(who, f"{action}.1") or ""), (who, action)
    assert "该按钮" in (world.forges("王建国", "alerts.take.99") or "")
    assert "该按钮" in (world.forges("王建国", "alerts.take.x") or "")
    assert "负责人" in world.says("李梅", "预警")
    assert "没有未结的预警" in world.says("赵强", "预警 all")
    assert world.records() == before


@pytest.mark.sqlite
def test_only_who_took_it_may_write_or_close(world: World) -> None:
    fever(world)
    assert "尚无人接手" in (world.forges("王建国", "alerts.done.1") or "")
    world.taps("王建国", "我来处理")
    before = world.records()
    assert world.forges("孙处", "alerts.done.1") == "王建国08:12已接手。"
    assert world.forges("刘洋", "alerts.note.1") == "王建国 took it at 08:12."
    assert world.records() == before
    world.taps("王建国", "处理完毕")
    assert world.forges("王建国", "alerts.done.1") == "王建国08:12已处理完毕。"
    assert world.forges("孙处", "alerts.take.1") == "王建国08:12已处理完毕。"


@pytest.mark.sqlite
def test_who_leads_the_unit_no_longer_can_no_longer_take_it(world: World) -> None:
    fever(world)
    take, bubble = world.button("王建国", "我来处理")
    with world.database.writing() as session:
        person = people.find_person(session, "王建国")
        one = session.exec(select(Membership).where(Membership.person_id == person.id)).one()
        one.role = Role.MEMBER
        session.add(one)
    assert "该按钮" in (world.forges("王建国", take.data, message=bubble.id) or "")
    world.taps("刘洋", "I’ll handle it")
    assert "接手。" not in cards(world, "王建国")[0].text
