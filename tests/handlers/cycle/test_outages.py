"""What an outage does to a day: its deadline moves, or the day lapses, and nobody is late for it."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from models.cycle.periods import Period
from models.evidence.verification import verify
from tests.handlers.cycle.days import ON_SQLITE, begin, due, message_count
from tests.support.world import MONDAY, TUESDAY, World

SENTENCE = "系统07:35至10:45中断，今日截止顺延至11:45，不计迟报。"
pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.sqlite
def test_an_outage_in_the_hour_before_due_moves_due_and_nobody_is_late(world: World) -> None:
    world.at("7:34")
    world.clock.at = world.local("7:35")
    world.tick()
    world.sleep_until("10:45")
    assert due(world) == "11:45"
    assert SENTENCE in world.last("李梅").text
    assert "11:45截止，还有59分钟" in world.last("李梅").text
    assert SENTENCE in next(b for b in world.chat("张伟") if b.kind == "wards").text
    assert world.chat("group 一站") == []
    world.at("11:30")
    assert "已收到（11:30）" in (world.taps("李梅", "零报告") or "")
    assert not world.report("李梅").late
    world.at("11:50")
    post = world.last("group 一站").text
    assert "截至11:45" in post
    assert SENTENCE in post
    world.at("0:01", TUESDAY)
    with world.database.reading() as session:
        assert verify(session).differs == []
    # the next day has its own time again
    world.at("7:30", TUESDAY)
    assert "请于10:00前报送" in world.last("李梅").text


@pytest.mark.sqlite
def test_what_the_platform_kept_for_us_meanwhile_is_not_late(world: World) -> None:
    world.at("7:34")
    zero, _ = world.button("李梅", "零报告")
    world.clock.at = world.local("10:45")
    world.forges("李梅", zero.data)  # the backlog is taken in before any step runs
    assert "记为迟报" in world.last("李梅").text
    world.tick()
    world.until(world.clock.at + timedelta(seconds=45))
    assert not world.report("李梅").late
    assert "迟报" not in world.last("李梅").text
    assert world.figures("区局").late == 0


@ON_SQLITE
def test_the_admins_are_told_in_the_evening_of_every_outage_whatever_it_did(world: World) -> None:
    for since, until in (("7:31", "7:52"), ("12:10", "12:41")):
        world.at(since)
        world.sleep_until(until)
    world.at("20:05")
    told = world.last("周敏").text
    assert "程序于11月23日 7:31至11月23日 7:52中断运行。" in told.replace("07:", "7:")
    assert "12:10至11月23日 12:41" in told
    world.at("20:05", TUESDAY)
    assert "中断" not in world.last("周敏").text


@ON_SQLITE
def test_an_outage_that_left_the_hour_before_due_alone_moves_nothing(world: World) -> None:
    world.at("7:31")
    world.sleep_until("8:59")
    assert due(world) == "10:00"
    assert "中断" not in world.last("李梅").text


@ON_SQLITE
def test_an_outage_after_due_moves_nothing(world: World) -> None:
    world.at("10:01")
    world.sleep_until("12:00")
    assert due(world) == "10:00"
    assert "截至10:00" in world.last("group 一站").text
    assert "/10 · " in world.last("group 区局").text


@ON_SQLITE
def test_a_day_that_could_not_open_in_time_opens_with_its_deadline_moved(world: World) -> None:
    world.at("7:29")
    world.sleep_until("10:45")
    assert due(world) == "11:45"
    assert "系统07:29至10:45中断，今日截止顺延至11:45，不计迟报。" in world.last("李梅").text
    assert len(world.chat("李梅")) == 1


def test_due_never_moves_past_the_lock(world: World) -> None:
    world.at("9:30")
    world.sleep_until("23:30")
    with world.database.reading() as session:
        period = world.period(session)
    assert period.due_at == period.lock_at
    world.taps("李梅", "零报告")
    assert not world.report("李梅").late
    world.at("0:10", TUESDAY)
    assert {s.done_at is not None for s in world.steps().values()} == {True}
    close = world.at_close("区局")
    assert close and close.received == 1
    with world.database.reading() as session:
        assert verify(session).differs == []


@ON_SQLITE
def test_several_missed_days_lapse_and_send_nothing(world: World) -> None:
    world.at("23:59")
    before = message_count(world)
    world.sleep_until("7:20", date(2026, 11, 28))
    assert message_count(world) == before
    with world.database.reading() as session:
        found = session.exec(select(Period).order_by(col(Period.day))).all()
    phases = {p.day.day: p.phase for p in found}
    assert {phases[d] for d in (24, 25, 26, 27)} == {"lapsed"}
    assert all(b.born < world.local("23:59", MONDAY) for b in world.phones["1005"])
    for step in world.steps(day=TUESDAY).values():
        assert step.outcome == "lapsed"
    world.at("7:30", date(2026, 11, 28))
    assert "11月28日" in world.last("李梅").text
    # the streak neither counts nor breaks by them
    world.taps("李梅", "零报告")
    with world.database.reading() as session:
        assert verify(session).differs == []


@ON_SQLITE
def test_a_lapsed_day_does_not_break_the_streak(world: World) -> None:
    world.at("7:30")
    world.taps("李梅", "零报告")
    world.at("0:01", TUESDAY)
    world.sleep_until("7:00", date(2026, 11, 26))
    world.at("7:30", date(2026, 11, 26))
    world.taps("李梅", "零报告")
    assert "连续按时2天" in world.last("李梅").text


@ON_SQLITE
def test_a_day_that_was_open_when_we_went_down_and_is_over_lapses(world: World) -> None:
    world.at("7:31")
    world.sleep_until("7:00", TUESDAY)
    with world.database.reading() as session:
        assert [p.phase for p in session.exec(select(Period)).all()] == ["lapsed"]
    assert {s.outcome for s in world.steps().values()} == {"done", "lapsed"}
    assert len(world.phones["1005"]) == 1
    assert "group 一站" not in world.phones


@ON_SQLITE
def test_a_closed_day_is_still_locked_and_sealed_after_an_outage(world: World) -> None:
    world.at("11:30")
    world.sleep_until("7:00", TUESDAY)
    with world.database.reading() as session:
        assert world.period(session).phase == "locked"
    assert "截至10:00 → 锁定" in world.last("group 一站").text
