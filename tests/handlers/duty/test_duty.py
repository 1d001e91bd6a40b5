"""Duty: a template week written by a lead, shifts made ahead, swaps, gaps, check-in and what is handed over."""

from datetime import date
from itertools import pairwise

import pytest
from sqlmodel import Session, col, select

from models.alerts.alerts import Alert
from models.core.audit import AuditEntry
from models.duty import shifts
from models.duty.shifts import Duty, Shift
from models.organisation.people import Person
from tests.support.admins import file_of
from tests.support.world import MONDAY, TUESDAY, WEDNESDAY, World

DAY = "一站 每天 8:00-20:00 白班 1人：张伟、李梅"


def writes(world: World, words: str = DAY, *, when: str = "明天起", who: str = "王建国") -> None:
    world.says(who, f"值班 新增 {words}")
    world.taps(who, when)
    world.tick()
    world.deliver()


def plan(world: World) -> list[tuple[str, str, list[str]]]:
    """Return the shifts in their order: day and name, with who is on duty."""
    with world.database.reading() as session:
        query = select(Shift).where(col(Shift.cancelled_at).is_(None)).order_by(col(Shift.starts_at), col(Shift.id))
        return [(f"{it.day:%m-%d}", it.name, _names(session, it)) for it in session.exec(query).all()]


def _names(session: Session, shift: Shift) -> list[str]:
    held = shifts.of_shifts(session, [shift.id]).get(shift.id, [])
    return [person.name for _, person in held]


def test_a_lead_writes_a_line_and_shifts_are_made_two_weeks_ahead_in_turns(world: World) -> None:
    said = world.says("王建国", f"值班 新增 {DAY}")
    assert said.startswith("区局/一站周表新增：\n白班，每天08:00–20:00，每班1人：张伟、李梅（轮流）")
    world.taps("王建国", "明天起")
    world.tick()
    found = plan(world)
    assert len(found) == 14
    assert [day for day, _, _ in found[:2]] == ["11-24", "11-25"]
    names = [who for _, _, who in found]
    assert sorted(map(str, names)) == sorted(map(str, [["张伟"]] * 7 + [["李梅"]] * 7))
    assert all(one != other for one, other in pairwise(names))
    world.at("8:00", WEDNESDAY)
    assert plan(world)[-1][0] == "12-09"


@pytest.mark.sqlite
def test_what_is_missing_in_a_line_is_asked_with_buttons(world: World) -> None:
    world.says("王建国", "值班 周表")
    world.taps("王建国", "新增班次")
    world.taps("王建国", "周一至周五")
    world.taps("王建国", "20:00–8:00")
    world.taps("王建国", "本单位全员轮流")
    world.taps("王建国", "每班2人")
    assert (
        "20:00–08:00，周一至周五20:00–08:00（次日），每班2人：王建国、张伟、李梅、Ann Lee（轮流）"
        in world.last("王建国").text
    )
    world.taps("王建国", "今天起")
    world.tick()
    assert plan(world)[0] == ("11-23", "20:00–08:00", plan(world)[0][2])
    assert len(plan(world)[0][2]) == 2


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("who", "words", "why"),
    [
        ("李梅", "新增 一站 每天 8:00-20:00：张伟", "仅限负责人"),
        ("王建国", "新增 二站 每天 8:00-20:00：钱丽", "“区局/二站”不在您负责的单位之列"),
        ("王建国", "新增 每天 8:00-20:00：钱丽", "“钱丽”不属于区局/一站"),
        ("王建国", "新增 每天 8:00-20:00：1008", "“1008”不属于区局/一站"),
        ("王建国", "新增 每天 8:00-20:00：刘大爷", "“刘大爷”不属于区局/一站"),
        ("王建国", "新增 每天 8:00-20:00：某人", "没有名为“某人”"),
        ("王建国", "新增 每天 25:00-26:00：张伟", "25:00"),
        ("王建国", "新增 每天 8:00-20:00 99人：张伟", "1至50人"),
        ("王建国", "删除 1", "尚无周表"),
        ("王建国", "位置 开", "尚无周表"),
        ("王建国", "位置 也许", "命令不完整"),
        ("王建国", "九站", "九站"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_changes_nothing(world: World, who: str, words: str, why: str) -> None:
    assert why in world.says(who, f"值班 {words}")
    world.tick()
    assert plan(world) == []


@pytest.mark.sqlite
def test_nobody_is_on_duty_twice_at_once(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    assert "同时值“白班”和“总值班”" in world.says("王建国", "值班 新增 每天 19:00-21:00 总值班 1人：张伟")
    writes(world, "每天 20:00-8:00 夜班 1人：张伟")
    assert [it for it in plan(world) if not it[2]] == []
    world.says("周敏", "值班 新增 区局 每天 9:00-10:00 机关 1人：张伟")
    world.taps("周敏", "明天起")
    world.tick()
    assert {str(who) for _, name, who in plan(world) if name == "机关"} == {"[]"}


@pytest.mark.sqlite
def test_a_removed_line_takes_its_shifts_and_those_chosen_by_hand_stay_with_a_new_week(world: World) -> None:
    writes(world)
    world.says("王建国", "值班")
    with world.database.reading() as session:
        first = session.exec(select(Shift).order_by(Shift.id)).first()
    world.forges("王建国", f"duty.put.{first.id}.{int(_id(world, 'Ann Lee'))}")
    assert len(plan(world)[0][2]) == 2
    writes(world, "每天 20:00-8:00 夜班 1人：李梅")
    assert "Ann Lee" in plan(world)[0][2]
    world.says("王建国", "值班 删除 1")
    world.taps("王建国", "明天起")
    world.tick()
    assert {name for _, name, _ in plan(world)} == {"夜班"}


def _id(world: World, name: str) -> int:
    with world.database.reading() as session:
        return session.exec(select(Person.id).where(Person.name == name)).one()


def test_check_in_and_hand_over_by_tap_and_the_next_shift_reads_it(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    writes(world, "每天 20:00-8:00 夜班 1人：李梅")
    world.at("7:00", TUESDAY)
    card = world.last("张伟")
    assert card.text.startswith("🛡 【值班 · 一站】 11月24日 周二 08:00–20:00 · 白班")
    assert world.taps("张伟", "到岗签到") == "07:00已到岗。"
    world.at("19:30", TUESDAY)
    world.says("张伟", "值班")
    world.taps("张伟", "交接")
    world.says("张伟", "3号门锁坏了 <b>")
    assert any("张伟交接：3号门锁坏了 <b>" in b.text for b in world.chat("李梅"))
    assert "已到岗" not in world.last("李梅").text
    world.at("19:59", TUESDAY)
    assert "3号门锁坏了" in world.says("王建国", "值班")


@pytest.mark.sqlite
def test_a_photo_instead_of_words_is_refused_and_the_words_are_still_awaited(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    world.at("7:00", TUESDAY)
    world.taps("张伟", "到岗签到")
    world.says("张伟", "值班")
    world.taps("张伟", "交接")
    assert "交接事项请用文字说明" in world.sends("张伟", "门.jpg", caption="门坏了")
    assert world.says("张伟", "3号门坏了") == "已交接，下一班可见。"


def test_cancel_typed_for_a_hand_over_files_nothing(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    world.at("7:00", TUESDAY)
    world.taps("张伟", "到岗签到")
    world.at("19:30", TUESDAY)
    world.says("张伟", "值班")
    world.taps("张伟", "交接")
    assert "未能识别" not in world.says("张伟", "取消")
    world.says("张伟", "3号门锁坏了")
    assert "3号门锁坏了" not in world.says("王建国", "值班")


def test_a_missing_check_in_is_an_alert_that_is_withdrawn_once_it_comes(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    world.at("8:14", TUESDAY)
    assert _alerts(world) == []
    world.at("8:16", TUESDAY)
    assert any("值班未到岗：白班08:00–20:00" in b.text for b in world.chat("王建国"))
    assert len(_alerts(world)) == 1
    world.says("张伟", "值班")
    world.taps("张伟", "到岗签到")
    assert _alerts(world)[0].corrected
    assert any("撤销" in b.text or "撤回" in b.text for b in world.chat("王建国") if "未到岗" in b.text)


def _alerts(world: World) -> list[Alert]:
    with world.database.reading() as session:
        return list(session.exec(select(Alert)).all())


@pytest.mark.sqlite
def test_whoever_is_on_leave_is_neither_rung_before_the_shift_nor_missing_after_it(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 2人：张伟、李梅")
    world.says("王建国", "准假 李梅 11-24 1d 就医")
    world.at("8:16", TUESDAY)
    assert not any("【值班 · 一站】" in b.text for b in world.chat("李梅"))
    assert any("【值班 · 一站】" in b.text for b in world.chat("张伟"))
    with world.database.reading() as session:
        missed = [session.get_one(Person, it.person_id).name for it in session.exec(select(Alert)).all()]
    assert missed == ["张伟"]


@pytest.mark.sqlite
def test_the_alert_about_a_check_in_ends_when_the_lead_takes_the_person_off(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    world.at("8:16", TUESDAY)
    with world.database.reading() as session:
        number = session.exec(select(Duty.id).where(col(Duty.alert_id).is_not(None))).one()
    world.forges("王建国", f"duty.out.{number}")
    assert _alerts(world)[0].closed_at and _alerts(world)[0].corrected


@pytest.mark.sqlite
def test_a_check_in_stands_though_the_week_is_changed_before_the_shift_begins(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    world.at("7:10", TUESDAY)
    world.taps("张伟", "到岗签到")
    writes(world, "每天 20:00-8:00 夜班 1人：李梅", when="今天起")
    world.says("王建国", "值班 位置 开")
    world.tick()
    world.at("8:16", TUESDAY)
    assert _alerts(world) == []
    assert [it for it in plan(world) if it[0] == "11-24" and it[1] == "白班"] == [("11-24", "白班", ["张伟"])]


def ask_to_swap(world: World) -> tuple[str, str]:
    """Let whoever has the first shift ask whoever has the second to take it; return both."""
    writes(world)
    first, second = plan(world)[0][2][0], plan(world)[1][2][0]
    world.says(first, "值班")
    world.taps(first, "换班：11月24日")
    world.taps(first, second)
    world.taps(first, "仅请对方代值")
    return first, second


@pytest.mark.sqlite
def test_a_shift_and_a_swap_are_in_the_language_that_their_reader_chooses(world: World) -> None:
    first, second = ask_to_swap(world)
    world.at("7:30", TUESDAY)
    for who in (first, second):
        world.says(who, "/language en")
    world.deliver()
    for who, told in ((first, "[Duty · 一站]"), (first, f"Waiting for {second}."), (second, f"{first} asks:")):
        assert any(told in bubble.text for bubble in world.chat(who)), (who, told)


@pytest.mark.sqlite
def test_a_request_to_swap_is_shown_until_the_shift_begins_and_no_longer(world: World) -> None:
    first, second = ask_to_swap(world)
    assert f"✅ 同意：{first}" in str((world.says(second, "值班"), world.last(second).labels))
    world.at("8:00", TUESDAY)
    world.says(second, "值班")
    assert f"同意：{first}" not in str(world.last(second).labels)


@pytest.mark.sqlite
def test_a_place_is_asked_if_the_rota_says_so(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：张伟")
    assert "须填报位置" in world.says("王建国", "值班 位置 开")
    world.tick()
    world.at("7:30", TUESDAY)
    world.taps("张伟", "到岗签到")
    assert "请发送位置" in world.last("张伟").text
    world.says("张伟", "3号楼门岗")
    with world.database.reading() as session:
        assert "3号楼门岗" in session.exec(select(Duty.place)).all()


def test_a_swap_is_asked_agreed_shown_to_the_lead_and_undone(world: World) -> None:
    writes(world)
    before = plan(world)
    first, second = before[0][2][0], before[1][2][0]
    world.says(first, "值班")
    world.taps(first, "换班：11月24日")
    assert "请谁代值" in world.last(first).text
    world.taps(first, second)
    assert not any("请谁代值" in it.text for it in world.chat(first)), "it became the next question"
    world.taps(first, "11月25日")
    assert not any("作为交换" in it.text for it in world.chat(first)), "it is gone once it is answered"
    assert plan(world) == before
    assert world.taps(second, "同意") == "已换班，负责人可见。"
    after = plan(world)
    assert [it[2] for it in after[:2]] == [[second], [first]]
    assert after[2:] == before[2:]
    assert "撤销换班" in str(world.last("王建国").labels)
    world.taps("王建国", "撤销换班")
    assert plan(world) == before
    with world.database.reading() as session:
        noted = session.exec(select(AuditEntry.what).where(col(AuditEntry.what).startswith("duty"))).all()
    assert sorted(noted, key=len) == ["duty week", "duty swapped", "duty swap undone"]


@pytest.mark.sqlite
def test_a_swap_is_nobody_elses_to_answer_and_is_judged_again(world: World) -> None:
    first, second = ask_to_swap(world)
    before = plan(world)
    for who in (first, "王建国", "钱丽"):
        world.forges(who, "shift.agree.1")
    assert plan(world) == before
    world.says("王建国", f"准假 {second} 11-24 1d 就医")
    assert "请假" in (world.taps(second, "同意") or world.last(second).text)
    assert plan(world) == before
    world.taps(second, "不同意")
    assert "未同意，维持原班次" in world.chat(first)[-1].text
    world.forges("李梅", "shift.undo.1")
    world.forges("钱丽", "shift.in.1")
    assert plan(world) == before


def test_a_gap_is_told_to_the_lead_a_day_ahead_and_filled_by_tap(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：李梅")
    world.says("王建国", "准假 李梅 11-25 1d 就医")
    world.at("8:00", TUESDAY)
    told = [b for b in world.chat("王建国") if "【值班 · 一站 · 11月25日】" in b.text]
    assert len(told) == 1
    assert "白班 08:00–20:00：缺1人；李梅：请假" in told[0].text
    world.taps("王建国", "补班：白班", told[0])
    world.taps("王建国", "Ann Lee")
    assert "put you on duty" in world.last("Ann Lee").text
    assert any("未开始的班次人员已齐" in b.text for b in world.chat("王建国"))
    assert plan(world)[1][2] == ["李梅", "Ann Lee"]


@pytest.mark.sqlite
def test_whoever_is_seconded_away_is_a_gap(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 1人：李梅")
    world.says("周敏", "下沉 李梅 二站 11-25 11-26")
    world.taps("周敏", "确认")
    world.at("8:00", TUESDAY)
    assert any("李梅：届时在其他单位" in b.text for b in world.chat("王建国"))


@pytest.mark.sqlite
def test_a_shift_at_night_rings_nobody_at_night(world: World) -> None:
    writes(world, "每天 3:00-6:00 夜巡 1人：李梅", when="明天起")
    world.says("王建国", "准假 李梅 11-25 1d 就医")
    world.at("21:00", MONDAY)
    assert any("夜巡" in b.text and "11月25日" not in b.text for b in world.chat("李梅"))
    world.at("6:59", TUESDAY)
    late = [b for b in world.chat("王建国") if "夜巡" in b.text and "值班未到岗" not in b.text]
    assert all("11月24日" in b.text or "11月25日" in b.text or "周表" in b.text for b in late)


@pytest.mark.sqlite
def test_everybody_sees_their_own_and_a_lead_the_reporters_without_deputy(world: World) -> None:
    assert "近两周您没有值班" in world.says("钱丽", "值班")
    assert "代报人缺位或没有代理人" in world.says("王建国", "值班")
    world.taps("王建国", "代报人与代理人")
    assert "⚠️ 一站 · 张伟 （代报2人）：没有代理人" in world.last("王建国").text or "张伟" in world.last("王建国").text
    world.says("王建国", "代理 李梅 张伟 11-23 30d")
    assert "均有代理人" in world.says("王建国", "值班 三长")


@pytest.mark.sqlite
def test_the_excel_file_has_a_row_for_each_person_and_says_how_many_posts_no_one_is_on(world: World) -> None:
    writes(world, "每天 8:00-20:00 白班 3人：张伟")
    world.says("王建国", "值班 导出")
    head, first, second = file_of(world, "王建国")[:3]
    assert head[5:8] == ["岗位数", "工号", "姓名"]
    assert first[5:8] == ["3", "1004", "张伟"]
    assert (second[5:8], second[-1]) == (["3", "", ""], "3个岗位中有2个无人")


def test_the_evening_report_and_the_system_say_who_is_on_duty_and_seconded(world: World) -> None:
    assert "值班：" not in world.says("周敏", "系统")
    writes(world, "每天 9:00-21:00 白班 2人：张伟、Ann Lee")
    world.says("周敏", "下沉 李梅 二站 11-24 11-25")
    world.taps("周敏", "确认")
    world.at("8:30", TUESDAY)
    world.taps("张伟", "到岗签到")
    said = world.says("周敏", "系统")
    assert "🛡 值班：下沉1人" in said  # before the shift begins nobody is on duty
    world.at("20:01", TUESDAY)
    told = "🛡 值班：当班2人（已签到1人）、下沉1人"
    assert told in next(b.text for b in reversed(world.chat("周敏")) if "自检" in b.text)
    assert told in world.says("周敏", "系统")
    world.at("21:00", TUESDAY)
    assert "🛡 值班：下沉1人" in world.says("周敏", "系统")


BERLIN = "一站 周日 2:15-2:45 巡查 1人：张伟、李梅"


@pytest.mark.sqlite
def test_a_shift_that_clocks_skip_wholly_is_said_when_planned_and_wherever_the_week_is_shown(world: World) -> None:
    world.set_defaults(zone="Europe/Berlin")
    told = "3月28日不排“巡查”：当日时钟拨快，跳过整个班次。"
    assert told in world.says("王建国", f"值班 新增 {BERLIN}")
    world.taps("王建国", "明天起")
    assert told in world.last("王建国").text
    assert told in world.says("王建国", "值班 周表 一站")
    world.says("王建国", "/language en")
    english = world.says("王建国", "/duty week 一站")
    assert "No shift on 28 Mar 2027: 巡查. Clocks go forward over its hours." in english
    world.says("王建国", "/language zh")
    assert "不排" not in world.says("王建国", "值班 新增 一站 周日 1:30-2:30 早巡 1人：张伟")
    world.taps("王建国", "明天起")
    world.at("12:00", date(2027, 3, 26))
    assert told in world.says("王建国", "值班")
    assert ("03-28", "巡查") not in [(day, name) for day, name, _ in plan(world)]
    assert ("03-28", "早巡") in [(day, name) for day, name, _ in plan(world)]


@pytest.mark.sqlite
def test_a_file_whose_shift_clocks_skip_says_so_before_it_is_taken(world: World) -> None:
    world.set_defaults(zone="Europe/Berlin")
    table = "单位,日期,班次,开始,结束,人员\n一站,周日,巡查,2:15,2:45,张伟\n".encode()
    assert "3月28日不排“巡查”" in world.sends("王建国", "值班表.csv", "text/csv", data=table)
