"""What the clock makes happen: each step once, caught up after an outage, and never at anybody's expense."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from models.core.database import Database
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.evidence.seals import Seal
from models.evidence.verification import verify
from models.messaging.cards import Card
from models.organisation.units import unit_at
from models.summaries.posts import SummaryPost
from tests.support.world import DELIVERY, HEALTH, MONDAY, ROSTER, ZONE, World

TUESDAY = date(2026, 11, 24)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SENTENCE = "系统07:35至10:45中断，今日截止顺延至11:45，不计迟报。"


def begin(world: World) -> None:
    world.organisation()
    world.assign()


pytestmark = pytest.mark.world(begin=begin)


def _messages(world: World) -> int:
    return sum(len(phone) for phone in world.phones.values())


def _count(world: World, table: type) -> int:  # type: ignore[type-arg]
    with world.database.reading() as session:
        return len(session.exec(select(table)).all())


def _due(world: World, code: str = "health", day: date = MONDAY) -> str:
    with world.database.reading() as session:
        return world.period(session, code, day).due_at.astimezone(ZONE).strftime("%H:%M")


def test_two_programs_on_one_database_do_no_step_twice(database: Database) -> None:
    def day() -> tuple[int, int, int]:
        other = world.beside()
        for wall in ("7:30", "9:00", "9:30", "10:00", "10:05", "10:15", "10:25", "11:00"):
            for program in (other, world, other):
                program.at(wall)
        world.at("0:01", TUESDAY)
        other.tick()
        return _messages(world), _count(world, SummaryPost), _count(world, Seal)

    world = World(database)
    world.organisation()
    world.assign()
    made = day()
    with database.reading() as session:
        steps = session.exec(select(Step).where(col(Step.done_at).is_not(None))).all()
        keys = session.exec(select(Card.subject, Card.subject_id, Card.address_id, Card.sequence)).all()
        assert len({(s.period_id, s.kind, s.number) for s in steps}) == len(steps) == 10
        assert len(set(keys)) == len(keys)
        assert verify(session).differs == []
    assert made[1:] == (4, 2)  # a post for each unit, a seal at close and at lock
    assert made[0] <= 45


@ON_SQLITE
def test_a_repeated_sweep_wants_the_same_and_does_nothing(world: World) -> None:
    world.at("10:30")
    messages, edits = _messages(world), sum(b.edits for p in world.phones.values() for b in p)
    for _ in range(5):
        world.tick()
        world.beside().tick()
    assert (_messages(world), sum(b.edits for p in world.phones.values() for b in p)) == (messages, edits)


@pytest.mark.sqlite
def test_an_outage_in_the_hour_before_due_moves_due_and_nobody_is_late(world: World) -> None:
    world.at("7:34")
    world.clock.at = world.local("7:35")
    world.tick()
    world.sleep_until("10:45")
    assert _due(world) == "11:45"
    assert SENTENCE in world.last("李梅").text
    assert "11:45截止，还有59分钟" in world.last("李梅").text
    assert SENTENCE in next(b for b in world.chat("张伟") if b.kind == "wards").text
    assert world.chat("group 一站") == []
    world.at("11:30")
    assert "已收到（11:30）" in (world.taps("李梅", "零报告") or "")
    assert not world.report("李梅").late
    world.at("11:50")
    post = world.last("group 一站").text
    assert "截至11:45：应报6，已报1" in post
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
    assert _due(world) == "10:00"
    assert "中断" not in world.last("李梅").text


@ON_SQLITE
def test_an_outage_after_due_moves_nothing(world: World) -> None:
    world.at("10:01")
    world.sleep_until("12:00")
    assert _due(world) == "10:00"
    assert "截至10:00" in world.last("group 一站").text
    assert "应报10" in world.last("group 区局").text


@ON_SQLITE
def test_a_day_that_could_not_open_in_time_opens_with_its_deadline_moved(world: World) -> None:
    world.at("7:29")
    world.sleep_until("10:45")
    assert _due(world) == "11:45"
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
    before = _messages(world)
    world.sleep_until("7:20", date(2026, 11, 28))
    assert _messages(world) == before
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
    assert "锁定时" in world.last("group 一站").text


@ON_SQLITE
def test_stale_reminders_coalesce_into_one(world: World) -> None:
    world.assign(due="12:00", opens="7:30", remind="8:00, 8:30, 9:00", escalate="12:15")
    world.at("7:31")
    world.sleep_until("9:05")
    assert [world.steps()[f"remind{n}"].outcome for n in (1, 2, 3)] == ["coalesced", "coalesced", "done"]
    assert len([b for b in world.phones["1005"] if b.kind == "reminder"]) == 1


@ON_SQLITE
def test_a_single_stale_reminder_is_still_sent(world: World) -> None:
    world.at("8:55")
    world.sleep_until("9:20")
    assert world.steps()["remind1"].outcome == "done"
    assert "还有" in world.last("李梅").text


@ON_SQLITE
def test_no_reminder_after_due(world: World) -> None:
    world.at("9:25")
    world.clock.at = world.local("9:29")
    world.tick()
    world.sleep_until("10:20")
    reminders = [b for b in world.phones["1005"] if b.kind == "reminder"]
    assert [b.born.astimezone(ZONE).hour for b in reminders] in ([9], [9, 10])
    assert _due(world) == "11:20"


@ON_SQLITE
def test_nobody_is_reminded_at_night(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(due="23:30", opens="20:00", remind="21:30", lock="24:00", escalate="")
    with database.writing() as session:  # an older file may still say so
        from models.cycle import assignments

        row = assignments.by_code(session, "health")
        row.times = row.times | {"remind": ["21:30"]}
        session.add(row)
    world.at("21:58")
    assert world.last("李梅").kind == "reminder"


@ON_SQLITE
def test_a_reminder_caught_up_at_night_stays_quiet(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(due="23:30", opens="20:00", remind="21:55", lock="24:00", escalate="")
    world.at("21:54")
    world.sleep_until("22:01")
    assert world.steps()["remind1"].outcome == "quiet"
    assert len(world.phones["1005"]) == 1


@ON_SQLITE
def test_no_wave_leaves_at_the_hour_or_half_hour_sharp(world: World) -> None:
    world.assign(summary="10:30", summary_root="11:00", escalate="10:30, 11:00")
    world.at("11:01")
    with world.database.reading() as session:
        waves = session.exec(select(Card).where(Card.lane == "b")).all()
    assert len(waves) > 10
    for card in waves:
        at = card.not_before.astimezone(ZONE)
        assert (at.minute % 30, at.second) != (0, 0), card.subject


@ON_SQLITE
def test_an_assignment_made_during_its_day_opens_at_once(world: World) -> None:
    world.at("8:30")
    world.assign(DELIVERY)
    world.at("8:31")
    assert "配送" in world.last("王建国").text
    assert world.steps("delivery")["ask1"].outcome == "done"


@ON_SQLITE
def test_an_assignment_made_after_its_due_time_opens_tomorrow(world: World) -> None:
    world.at("10:30")
    world.assign(DELIVERY)
    world.at("12:00")
    assert not any("配送" in b.text for b in world.phones["1003"])
    world.at("7:30", TUESDAY)
    assert "配送" in world.last("王建国").text


@ON_SQLITE
def test_said_again_the_times_change_from_the_next_period_on(world: World) -> None:
    world.at("7:30")
    world.assign(due="11:00")
    assert _due(world) == "10:00"
    world.at("8:30", TUESDAY)
    assert "请于11:00前报送" in world.last("李梅").text
    assert _due(world, day=TUESDAY) == "11:00"


@ON_SQLITE
def test_workdays_know_the_days_that_are_moved(database: Database) -> None:
    """2026: National Day from 1 to 7 October, worked instead on Saturday the 10th."""
    world = World(database)
    world.clock.at = datetime(2026, 9, 30, 7, 0, tzinfo=ZONE)
    world.organisation(ROSTER, enrolled="1005")
    world.assign(calendar="workdays")
    world.until(datetime(2026, 10, 12, 12, 0, tzinfo=ZONE))
    with database.reading() as session:
        days = [p.day for p in session.exec(select(Period).order_by(col(Period.day))).all()]
    assert days == [date(2026, 9, 30), *(date(2026, 10, d) for d in (8, 9, 10, 12))]


@ON_SQLITE
def test_a_year_whose_holidays_nobody_knows_is_not_guessed_and_the_admin_is_told(database: Database) -> None:
    world = World(database)
    world.clock.at = datetime(2045, 1, 2, 7, 0, tzinfo=ZONE)
    world.organisation()
    world.assign(calendar="workdays")
    world.until(datetime(2045, 1, 2, 12, 0, tzinfo=ZONE))
    with database.reading() as session:
        assert session.exec(select(Period)).all() == []
    assert "还不知道那一年的节假日，1月2日不会开放" in world.last("周敏").text
    assert world.chat("李梅") == world.chat("陈局") == []
    world.until(datetime(2045, 1, 3, 12, 0, tzinfo=ZONE))
    assert "1月3日不会开放" in world.last("周敏").text
    assert len(world.chat("周敏")) == 2


@ON_SQLITE
def test_days_follow_the_assignments_own_zone_through_a_change_of_the_clocks(database: Database) -> None:
    world = World(database)
    world.clock.at = datetime(2026, 3, 27, 0, 0, tzinfo=UTC)  # Berlin springs forward on the 29th
    world.organisation()
    world.assign(timezone="Europe/Berlin", opens="1:30", remind="", due="3:30", summary="3:35", summary_root="3:40",
                 escalate="", lock="24:00")  # fmt: skip
    world.until(datetime(2026, 3, 31, 0, 0, tzinfo=UTC))
    with database.reading() as session:
        found = session.exec(select(Period).order_by(col(Period.day))).all()
    berlin = ZoneInfo("Europe/Berlin")
    by_day = {p.day.day: p for p in found}
    assert {d: by_day[d].due_at - by_day[d].opens_at for d in (28, 29, 30)} == {
        28: timedelta(hours=2), 29: timedelta(hours=1), 30: timedelta(hours=2),
    }  # fmt: skip
    for day in (28, 29, 30):
        assert by_day[day].due_at.astimezone(berlin).strftime("%d %H:%M") == f"{day} 03:30"
        assert by_day[day].lock_at - by_day[day - 1].lock_at == timedelta(hours=23 if day == 29 else 24)


@pytest.mark.sqlite
def test_a_group_post_changes_at_most_once_a_minute(world: World) -> None:
    world.at("10:05")
    group = world.last("group 一站")
    edits = group.edits
    world.until(world.local("10:07"))
    start = group.edits
    for who in ("王建国", "张伟", "李梅"):
        world.taps(who, "零报告")
        world.tick()
    assert group.edits - start <= 1
    world.until(world.clock.at + timedelta(seconds=61))
    assert "现在：应报6，已报3" in group.text
    assert group.edits - start <= 2
    assert start >= edits


@ON_SQLITE
def test_names_of_the_silent_stand_in_the_group_only_if_the_assignment_says_so(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(name_silent=True)
    world.at("7:30")
    world.taps("李梅", "零报告")
    world.at("10:05")
    post = world.last("group 一站").text
    assert "未报5：王建国、张伟、Ann Lee、刘大爷、孙阿姨" in post
    assert "李梅" not in post


@pytest.mark.sqlite
def test_a_task_force_is_a_view_and_never_added_to_the_sum(world: World) -> None:
    world.at("7:30")
    world.taps("张伟", "零报告")
    force, whole = world.figures("区局/防疫专班"), world.figures("区局")
    assert (force.expected, force.received) == (3, 1)
    assert (whole.expected, whole.received) == (10, 1)
    world.at("10:25")
    assert "应报3，已报1" in world.last("group 防疫专班").text
    assert "应报10，已报1" in world.last("group 区局").text
    assert "防疫专班" not in world.last("陈局").text
    world.taps("钱丽", "零报告")
    world.at("10:30")
    assert "现在：应报3，已报2" in world.last("group 防疫专班").text


@ON_SQLITE
def test_an_assignment_to_a_task_force_asks_its_members(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(unit="区局/防疫专班")
    world.at("7:30")
    assert world.figures("区局/防疫专班").expected == 3
    assert world.chat("李梅") == []
    assert "每日健康" in world.last("钱丽").text
    world.taps("钱丽", "零报告")
    world.at("10:25")
    assert "应报3，已报1" in world.last("group 防疫专班").text
    assert world.chat("group 二站") == []


@ON_SQLITE
def test_joiners_begin_with_the_next_period(world: World) -> None:
    world.at("7:30")
    with world.database.writing() as session:
        from models.changes import roster_import

        roster_import.take(session, roster_import.read((ROSTER + "1011,新人,区局/二站,,,,\n").encode()))
    assert world.figures("区局").expected == 10
    world.at("7:30", TUESDAY)
    assert world.figures("区局", day=TUESDAY).expected == 11
    assert world.figures("区局").expected == 10


@ON_SQLITE
def test_an_open_day_keeps_the_form_it_opened_with(world: World) -> None:
    world.at("7:30")
    world.assign(HEALTH.replace("本人及同住家人无发热、无接触史。", "一切如常。"))
    world.taps("李梅", "零报告")
    assert world.revisions("李梅")[0].statement == "本人及同住家人无发热、无接触史。"
    world.at("7:30", TUESDAY)
    assert "一切如常。" in world.last("李梅").text


@pytest.mark.sqlite
def test_the_steps_of_a_renamed_unit_keep_their_history(world: World) -> None:
    world.at("10:30")
    before = world.figures("区局/一站")
    with world.database.writing() as session:
        unit = unit_at(session, "区局/一站")
        unit.name, unit.path = "一号站", "区局/一号站"
        session.add(unit)
    assert world.figures("区局/一号站") == before
    assert world.at_close("区局/一号站") == before


@ON_SQLITE
def test_the_final_post_of_a_locked_day_keeps_off_midnight_like_every_wave(world: World) -> None:
    """Where nothing can be edited it is a new message, in every group of the organisation at once."""
    world.set_defaults(off=60)
    world.at("10:30")
    with world.database.reading() as session:
        before = {card.id: card.wanted_id for card in session.exec(select(Card).where(Card.kind == "group")).all()}
    world.until(world.local("0:00", TUESDAY))
    world.until(world.clock.at + timedelta(seconds=20))
    with world.database.reading() as session:
        cards = session.exec(select(Card).where(Card.kind == "group")).all()
        locked = [card for card in cards if card.wanted_id != before[card.id]]
        assert locked
        for card in locked:
            assert card.pending
            assert card.not_before.astimezone(ZONE).strftime("%H:%M") == "00:01"
    world.at("0:02", TUESDAY)
    with world.database.reading() as session:
        assert not any(card.pending for card in session.exec(select(Card).where(Card.kind == "group")).all())
