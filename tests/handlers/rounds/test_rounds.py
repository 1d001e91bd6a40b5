"""What a round's recipients are while it runs: who joins, moves, leaves, is on leave; nobody is told twice and nobody
forgotten, whatever dies meanwhile; quiet hours and the noise budget hold."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from handlers.rounds import sending
from handlers.rounds import standing as shown
from models.organisation.people import Membership, Person
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from tests.handlers.rounds.test_notice import begin, send
from tests.support.world import TUESDAY, World

pytestmark = pytest.mark.world(begin=begin)

ASKED = ("区局", "全体人员", "确认已阅", "11月24日 18:00")


def told(world: World, who: str, text: str = "停水") -> int:
    """Return how often somebody's phone got a message with this text."""
    return sum(text in b.text for b in world.phones.get(world.number(who), []))


def standing(world: World, who: str = "周敏") -> str:
    world.says(who, "/notice 1")
    return world.last(who).text


def test_whoever_joins_before_the_deadline_is_told_and_counted(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    world.says("周敏", "/people add 1030 吴芳 区局/二站")
    world.taps("周敏", "今天起生效")
    world.says("周敏", "/invite 1030")
    assert "0/8" not in standing(world)
    world.at("9:05")
    assert "0/8" in standing(world)
    assert "未开通（1人）：吴芳" in standing(world)


def test_whoever_moves_stays_where_they_were_asked_and_is_asked_once(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    world.says("周敏", "/people move 李梅 区局/二站")
    world.taps("周敏", "今天起生效")
    world.at("9:05")
    world.taps("李梅", "已阅")
    assert told(world, "李梅") == 1
    assert "一站 1/4" in standing(world)
    assert "二站 0/2" in standing(world)


def test_whoever_leaves_is_counted_apart_and_owes_nothing(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    world.says("周敏", "/people leave 李梅")
    world.taps("周敏", "今天起生效")
    said = standing(world)
    assert "0/6" in said
    assert "已离开1人" in said
    assert "李梅" not in said


def test_whoever_is_on_leave_gets_it_is_not_urged_and_owes_it_once_back(world: World) -> None:
    world.says("王建国", "/excuse 1005 1d 就医")
    send(world, "周敏", "停水", *ASKED)
    assert told(world, "李梅") == 1
    assert "0/6" in standing(world)
    assert "请假1人" in standing(world)
    world.taps("王建国", "催办") if "催办" in str(world.last("王建国").labels) else world.says("王建国", "/notice 1")
    world.taps("王建国", "催办", world.last("王建国"))
    assert (told(world, "张伟"), told(world, "李梅")) == (2, 1)
    world.at("9:00", TUESDAY)
    assert "0/7" in standing(world)


def test_a_moved_or_renamed_unit_is_counted_as_the_same(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    world.taps("李梅", "已阅")
    world.says("周敏", "/unit rename 区局/一站 北站")
    world.taps("周敏", "确认")
    world.at("9:05")
    assert "北站 1/4" in standing(world)
    assert "北站 1/4" in standing(world, "王建国") or "1/4" in standing(world, "王建国")


def test_a_program_that_dies_at_any_chunk_tells_everybody_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "CHUNK", 2)
    world.says("周敏", "/notice 停水")
    for tap in ("区局", "全体人员", "确认已阅", "11月24日 18:00"):
        world.taps("周敏", tap, world.last("周敏"))
    world.taps("周敏", "发送", world.last("周敏"))
    died = 0
    for chunk in range(20):

        def work(session: object, now: object, chunk: int = chunk) -> bool:
            found = world._work(session, now)  # type: ignore[arg-type]
            if chunk % 2 == 0 and found:
                raise KeyboardInterrupt
            return found

        try:
            world.desk.transact(work)  # type: ignore[arg-type]
        except KeyboardInterrupt:
            died += 1
    assert died > 5
    world = world.beside()
    world.clock.at += timedelta(minutes=2)
    world.deliver()
    everybody = ("陈局", "王建国", "张伟", "李梅", "Ann Lee", "赵强", "钱丽")
    assert Counter({who: told(world, who) for who in everybody}) == Counter(dict.fromkeys(everybody, 1))
    with world.database.reading() as session:
        assert len(session.exec(select(Reply)).all()) == 7


def test_at_night_it_waits_for_the_morning_and_the_preview_says_so(world: World) -> None:
    world.at("22:30")
    world.says("周敏", "/notice 停水")
    for tap in ("区局", "全体人员", "确认已阅", "11月24日 18:00"):
        world.taps("周敏", tap, world.last("周敏"))
    assert "现在是夜间，将于11月24日 07:0" in world.last("周敏").text
    world.taps("周敏", "发送", world.last("周敏"))
    world.at("23:59")
    assert told(world, "李梅") == 0
    world.at("7:05", TUESDAY)
    assert told(world, "李梅") == 1


def test_one_that_is_changed_before_the_morning_comes_once_and_as_changed(world: World) -> None:
    world.at("22:30")
    world.says("周敏", "/notice 停水")
    for tap in ("区局", "全体人员", "确认已阅", "11月24日 18:00"):
        world.taps("周敏", tap, world.last("周敏"))
    world.taps("周敏", "发送", world.last("周敏"))
    world.at("22:40")
    world.says("周敏", "/notice 1")
    world.taps("周敏", "修改", world.last("周敏"))
    world.says("周敏", "不停电")
    world.taps("周敏", "发送", world.last("周敏"))
    world.at("7:10", TUESDAY)
    assert (told(world, "李梅", "停水"), told(world, "李梅", "已更新"), told(world, "李梅", "不停电")) == (0, 0, 1)


def test_a_roll_call_is_no_notice_whatever_a_button_says(world: World) -> None:
    world.says("王建国", "/rollcall 一站 演练")
    world.taps("王建国", "点名") if any("点名" in label for label in world.last("王建国").labels) else None
    world.at("8:00")
    with world.database.reading() as session:
        number = session.exec(select(Round.id)).one()
    for data in (f"notices.answer.{number}.1.1", f"notices.read.{number}.1"):
        assert "无权查看" in (world.forges("李梅", data) or "")
    for data in (f"notices.show.{number}", f"notices.withdraw.{number}", f"notices.urge_all.{number}"):
        assert "无权查看" in (world.forges("王建国", data) or "")
    assert "无权查看" in world.says("王建国", f"/notice {number}")


def test_an_urgent_one_is_an_admins_confirmed_on_record_and_rings_at_night(world: World) -> None:
    world.at("22:30")
    world.says("王建国", "/notice 停水")
    for tap in ("一站", "全体人员", "确认已阅", "11月24日 18:00"):
        world.taps("王建国", tap, world.last("王建国"))
    assert not any("紧急" in label for label in world.last("王建国").labels)
    world.says("周敏", "/notice 停水")
    for tap in ("区局", "全体人员", "确认已阅", "11月24日 18:00", "紧急发送", "紧急发送"):
        world.taps("周敏", tap, world.last("周敏"))
    world.at("22:33")
    assert told(world, "李梅", "紧急通知") == 1
    assert "发送紧急通知" in world.says("周敏", "/audit")


def test_whoever_got_enough_today_gets_it_the_next_morning(world: World) -> None:
    for text in ("一", "二", "三"):
        send(world, "周敏", text, "一站", "全体人员", "无需回复")
    send(world, "周敏", "停水", *ASKED)
    assert told(world, "李梅") == 0
    world.at("12:00")
    assert told(world, "李梅") == 0
    world.at("8:15", TUESDAY)
    assert told(world, "李梅") == 1


def test_whoever_enrols_later_is_told_then(world: World) -> None:
    with world.database.writing() as session:
        from models.messaging.addresses import Address

        mine = session.exec(select(Address).where(Address.account == "1005")).one()
        mine.reach = "unreachable"
        session.add(mine)
    send(world, "周敏", "停水", *ASKED)
    assert "联系不上（1人）：李梅" in standing(world)
    world.says("李梅", "/help")
    world.at("9:30")
    assert told(world, "李梅") == 1


def test_a_lead_sees_their_own_people_and_a_stranger_to_it_nothing(world: World) -> None:
    send(world, "王建国", "内部通知", "一站", "全体人员", "确认已阅", "11月24日 18:00")
    assert "无权查看" in world.says("赵强", "/notice 1")
    assert "内部通知" in standing(world, "陈局")
    send(world, "周敏", "停水", *ASKED)
    world.says("赵强", "/notice 2")
    assert "0/2" in world.last("赵强").text
    assert "李梅" not in world.last("赵强").text


def test_the_deadlines_work_ends_and_nothing_is_left_due(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", "18:00")
    world.at("7:30", TUESDAY)
    with world.database.reading() as session:
        it = session.exec(select(Round)).one()
        assert (it.stage, it.next_at, it.climbed) == ("done", None, 2)


def test_a_lead_of_very_many_units_gets_a_few_by_name_and_the_number_of_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "UNITS", 1)
    send(world, "周敏", "停水通知", "区局", "全体人员", "确认已阅", "18:00")
    world.at("19:05")
    said = [b.text for b in world.chat("陈局") if "停水通知" in b.text and "单位" in b.text][-1]
    assert "仍有7人未阅" in said
    assert said.endswith("未阅（1人）：陈局\n另有2个单位")


@pytest.mark.sqlite
def test_whoever_is_no_admin_any_more_does_not_ring_at_night_with_a_new_version_of_an_urgent_one(world: World) -> None:
    send(world, "周敏", "停水", "区局", "全体人员", "确认已阅", "11月24日 18:00")
    with world.database.writing() as session:
        session.get_one(Round, 1).urgent = True
        admin = session.exec(select(Membership).join(Person).where(Person.staff_no == "1002")).one()
        admin.role = "lead"
    world.forges("周敏", "notices.change.1")
    world.says("周敏", "停水改期")
    assert "紧急通知" in (world.taps("周敏", "发送", world.last("周敏")) or "")
    with world.database.reading() as session:
        assert session.get_one(Round, 1).number == 1
