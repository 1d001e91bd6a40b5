"""Secondment: who sends whom where, who agrees, who answers for them meanwhile, and their return."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from models.duty.secondments import Secondment
from models.organisation import people
from models.organisation.people import Membership, Person
from tests.support.world import MONDAY, TUESDAY, WEDNESDAY, World

THURSDAY = WEDNESDAY + timedelta(1)


def home(world: World, name: str) -> str:
    with world.database.reading() as session:
        return people.home(session, people.find_person(session, name)).path


def states(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(session.exec(select(Secondment.state).order_by(Secondment.id)).all())


def sends(world: World, who: str, words: str) -> None:
    world.says(who, f"下沉 {words}")
    world.taps(who, "确认")


def test_an_admin_sends_people_who_are_back_by_themselves(world: World) -> None:
    said = world.says("周敏", "下沉 李梅、Ann Lee 二站 11-24 11-25")
    assert said.startswith("李梅、Ann Lee下沉至区局/二站：11月24日至11月25日（2天）。")
    assert "征得" not in said
    world.taps("周敏", "确认")
    assert world.last("李梅").text == (
        "🔁 派您下沉至区局/二站：11月24日至11月25日（2天）。其间在该单位报送。\n该单位负责人：赵强。"
    )
    assert home(world, "李梅") == "区局/一站"
    world.at("7:29", TUESDAY)
    assert (home(world, "李梅"), home(world, "Ann Lee")) == ("区局/二站", "区局/二站")
    assert any("由您负责" in b.text and "李梅" in b.text for b in world.chat("赵强"))
    world.at("7:29", THURSDAY)
    assert (home(world, "李梅"), home(world, "Ann Lee")) == ("区局/一站", "区局/一站")
    assert world.chat("李梅")[-1].text == "🔁 您在区局/二站的下沉已期满，自今日起回区局/一站报送。"
    with world.database.reading() as session:
        found = people.find_person(session, "李梅")
        held = session.exec(select(Membership).where(Membership.person_id == found.id)).all()
    assert len(held) == 1


@pytest.mark.sqlite
def test_meanwhile_the_other_lead_answers_for_them_and_the_day_before_stays_with_the_first(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-25")
    world.at("8:00", MONDAY)
    assert "李梅" in world.says("王建国", "进度")
    world.at("8:00", TUESDAY)
    assert "李梅" in world.says("赵强", "进度")
    world.says("李梅", "请假 1d 就医")
    assert any("李梅" in b.text and "请假" in b.text for b in world.chat("赵强"))
    assert "李梅" in world.says("赵强", "进度 二站")
    assert "“1004”" not in world.says("赵强", "代报 1005 zero 电话确认")


@pytest.mark.sqlite
def test_a_lead_asks_the_other_lead_who_agrees_or_refuses(world: World) -> None:
    said = world.says("王建国", "下沉 李梅 区局/二站 11-24 2d")
    assert "须先征得该单位负责人同意" in said
    world.taps("王建国", "确认")
    assert states(world) == ["asked"]
    assert world.last("赵强").text.startswith("🔁 【下沉】王建国拟派区局/一站李梅下沉至区局/二站")
    assert all("下沉" not in b.text for b in world.chat("李梅"))
    assert world.taps("赵强", "同意") == "已同意：李梅，至11月25日止。"
    assert "✅ 已同意，以上述日期为准（赵强，" in world.last("赵强").text
    assert states(world) == ["agreed"]
    assert "派您下沉" in world.last("李梅").text
    assert "赵强已同意" in world.last("王建国").text
    sends(world, "王建国", "Ann Lee 区局/二站 11-24 2d")
    assert world.taps("赵强", "不同意") == "未同意，Ann Lee维持原单位。"
    world.at("8:00", TUESDAY)
    assert (home(world, "李梅"), home(world, "Ann Lee")) == ("区局/二站", "区局/一站")


@pytest.mark.sqlite
def test_without_an_answer_nothing_changes_and_the_sender_is_told(world: World) -> None:
    sends(world, "王建国", "李梅 区局/二站 11-24 2d")
    world.at("8:00", TUESDAY)
    assert home(world, "李梅") == "区局/一站"
    assert states(world) == ["cancelled"]
    assert any("未生效" in b.text for b in world.chat("王建国"))


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("who", "words", "why"),
    [
        ("王建国", "钱丽 一站 11-24 2d", "没有名为“钱丽”的人"),
        ("王建国", "陈局 一站 11-24 2d", "没有名为“陈局”的人"),
        ("王建国", "王建国 二站 11-24 2d", "请假不由您审批"),
        ("周敏", "刘大爷 二站 11-24 2d", "由他人代报"),
        ("周敏", "李梅 一站 11-24 2d", "一站"),
        ("周敏", "李梅 二站 11-22 11-24", "已过"),
        ("周敏", "李梅 二站 11-24 900d", "366天内"),
        ("周敏", "李梅 二站 11-24 2d 多余", "依次写明"),
        ("周敏", "李梅 九站 11-24 2d", "九站"),
        ("周敏", "结束 李梅", "没有您可办理的“李梅”"),
        ("周敏", "延长 李梅 12-01", "没有您可办理的“李梅”"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason_and_changes_nothing(
    world: World, who: str, words: str, why: str
) -> None:
    assert why in world.says(who, f"下沉 {words}")
    assert states(world) == []


@pytest.mark.sqlite
def test_two_secondments_of_one_person_do_not_overlap(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-26")
    assert "已于11月24日至11月26日下沉至区局/二站" in world.says("周敏", "下沉 李梅 防疫专班 11-26 11-28")
    sends(world, "周敏", "李梅 防疫专班 11-27 11-28")
    assert "已于11月27日至11月28日" in world.says("周敏", "下沉 延长 李梅 11-27")
    world.at("8:00", date(2026, 11, 27))
    assert home(world, "李梅") == "区局/防疫专班"
    world.at("8:00", date(2026, 11, 29))
    assert home(world, "李梅") == "区局/一站"


@pytest.mark.sqlite
def test_it_is_extended_with_the_other_leads_word_and_ended_early_by_either(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-25")
    world.at("8:00", TUESDAY)
    assert "征求区局/二站负责人意见" in world.says("王建国", "下沉 延长 李梅 11-30")
    world.taps("赵强", "同意")
    assert world.last("李梅").text == "🔁 您在区局/二站的下沉延长至11月30日。"
    world.at("8:00", THURSDAY)
    assert home(world, "李梅") == "区局/二站"
    world.says("赵强", "下沉 结束 李梅")
    assert "最后一天为11月26日" in world.last("李梅").text
    world.at("8:00", THURSDAY + timedelta(1))
    assert home(world, "李梅") == "区局/一站"


@pytest.mark.sqlite
def test_the_lead_who_has_somebody_cannot_keep_them_longer_alone(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-25")
    world.at("8:00", TUESDAY)
    assert "仅区局/一站可延长" in world.says("赵强", "下沉 延长 李梅 11-30")
    world.says("赵强", "下沉")
    assert not any("延长" in label for label in world.last("赵强").labels)
    world.at("8:00", THURSDAY)
    assert home(world, "李梅") == "区局/一站"


@pytest.mark.sqlite
def test_an_old_button_does_not_withdraw_what_is_over(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-25")
    world.says("赵强", "下沉")
    card = world.last("赵强")
    world.at("8:00", THURSDAY)
    world.taps("赵强", "结束：李梅", card)
    assert states(world) == ["over"]


def span(world: World) -> tuple[date, date]:
    with world.database.reading() as session:
        it = session.exec(select(Secondment)).one()
        return it.first, it.last


@pytest.mark.sqlite
def test_one_that_has_not_begun_is_shortened_to_the_day_that_is_named(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-27")
    world.says("周敏", "下沉 结束 李梅 11-25")
    assert (states(world), span(world)) == (["agreed"], (TUESDAY, WEDNESDAY))
    assert "最后一天为11月25日" in world.last("李梅").text
    world.at("8:00", TUESDAY)
    assert home(world, "李梅") == "区局/二站"
    world.at("8:00", THURSDAY)
    assert (home(world, "李梅"), states(world)) == ("区局/一站", ["over"])


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("day", "why"),
    [("11-23", "请填写11月24日起、11月27日之前"), ("11-27", "请填写11月24日起、11月27日之前"), ("11-30", "如需延长")],
)
def test_a_day_that_one_cannot_end_on_is_refused_and_withdraws_nothing(world: World, day: str, why: str) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-27")
    said = world.says("周敏", f"下沉 结束 李梅 {day}")
    assert why in said
    assert "不填日期即可撤销" in said
    assert (states(world), span(world)) == (["agreed"], (TUESDAY, date(2026, 11, 27)))


@pytest.mark.sqlite
def test_on_the_last_day_it_is_said_that_it_ends_by_itself(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-25")
    world.at("8:00", WEDNESDAY)
    assert "11月25日本就是最后一天" in world.says("周敏", "下沉 结束 李梅")
    assert states(world) == ["running"]


@pytest.mark.sqlite
def test_whoever_is_moved_meanwhile_stays_where_they_were_moved(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-25")
    world.at("8:00", TUESDAY)
    world.says("周敏", "人员 调动 李梅 区局 11-25")
    world.taps("周敏", "确认")
    world.at("8:00", THURSDAY)
    assert home(world, "李梅") == "区局"
    assert states(world) == ["over"]


@pytest.mark.sqlite
def test_buttons_walk_through_it_and_nobody_else_may_press_them(world: World) -> None:
    assert "没有下沉安排" in world.says("王建国", "下沉")
    world.taps("王建国", "派人下沉")
    world.taps("王建国", "李梅")
    world.taps("王建国", "区局/二站")
    world.taps("王建国", "7天")
    world.taps("王建国", "确认")
    assert states(world) == ["asked"]
    for who in ("王建国", "李梅"):
        world.forges(who, "second.agree.1")
    assert states(world) == ["asked"]
    world.forges("钱丽", "second.end.1")
    assert states(world) == ["asked"]
    assert "李梅 → 区局/二站" in world.says("王建国", "下沉")
    world.taps("王建国", "结束：李梅")
    assert states(world) == ["cancelled"]
    assert "仅限负责人使用" in world.says("李梅", "下沉")


def test_of_two_people_of_one_name_who_are_seconded_none_is_ended_by_the_name_alone(world: World) -> None:
    with world.database.writing() as session:
        session.exec(select(Person).where(Person.staff_no == "1006")).one().name = "李梅"
    for number in ("1005", "1006"):
        world.says("周敏", f"下沉 {number} 二站 11-24 11-26")
        world.taps("周敏", "确认")
    assert "1005" in world.says("周敏", "下沉 结束 李梅 11-25") and "1006" in world.last("周敏").text
    with world.database.reading() as session:
        assert {it.last for it in session.exec(select(Secondment)).all()} == {date(2026, 11, 26)}
    assert "11月25日" in world.says("周敏", "下沉 结束 1006 11-25")


def test_a_namesake_of_another_unit_is_not_in_the_way_of_ones_own(world: World) -> None:
    with world.database.writing() as session:
        session.exec(select(Person).where(Person.staff_no == "1008")).one().name = "李梅"
    assert "1008" not in world.says("王建国", "下沉 李梅 二站 11-24 11-26")
    assert "李梅" in world.last("王建国").text and "没有名为" not in world.last("王建国").text


def lose(world: World, name: str) -> None:
    """Take the role in the home unit away from somebody at once, as an admin does."""
    world.says("周敏", f"/people role {world.number(name)} member 今天")
    world.taps("周敏", "确认")


@pytest.mark.sqlite
@pytest.mark.parametrize("who", ["王建国", "赵强"])
def test_one_who_lost_the_role_sends_and_takes_nobody_any_more(world: World, who: str) -> None:
    sends(world, "王建国", "李梅 区局/二站 11-24 2d")
    world.taps("赵强", "同意")
    lose(world, who)
    world.at("8:00", TUESDAY)
    assert (home(world, "李梅"), states(world)) == ("区局/一站", ["cancelled"])
    assert any("未生效，您仍在区局/一站" in b.text for b in world.chat("李梅"))
    for decider in ("王建国", "赵强"):
        assert any("未生效" in b.text and "不再由王建国或赵强决定" in b.text for b in world.chat(decider)), decider


@pytest.mark.sqlite
def test_whoever_had_somebody_does_not_send_them_on_after_they_are_back(world: World) -> None:
    sends(world, "周敏", "李梅 二站 11-24 11-25")
    world.at("8:00", TUESDAY)
    sends(world, "赵强", "李梅 防疫专班 11-26 2d")
    world.taps("陈局", "同意")
    world.at("8:00", THURSDAY)
    assert home(world, "李梅") == "区局/一站"
    assert states(world) == ["over", "cancelled"]


@pytest.mark.sqlite
def test_what_a_deputy_agreed_to_stands_with_the_lead_for_whom_they_did(world: World) -> None:
    world.says("赵强", "/deputy 1008 11-23 11-23")
    sends(world, "王建国", "李梅 区局/二站 11-24 2d")
    world.taps("钱丽", "同意")
    world.at("8:00", TUESDAY)
    assert home(world, "李梅") == "区局/二站"
    sends(world, "王建国", "Ann Lee 区局/二站 11-26 2d")
    world.taps("赵强", "同意")
    lose(world, "赵强")
    world.at("8:00", THURSDAY)
    assert home(world, "Ann Lee") == "区局/一站"
