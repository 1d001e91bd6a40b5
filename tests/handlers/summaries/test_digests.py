"""The week and the month before, sent to each lead: once, in their own chat, at the time in the settings."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from handlers.summaries import contents, digests
from models.core.database import Database
from models.core.failing_work import FailingWork
from models.messaging.cards import Card
from models.messaging.slots import Subject
from tests.handlers.summaries.weeks import (
    NEXT,
    before,
    days,
    one_day,
    week_after_one_day,
    week_after_three_days,
)
from tests.support.phones import Bubble
from tests.support.world import DELIVERY, MONDAY, ZONE, TestClock, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
FIRST = MONDAY + timedelta(8)
pytestmark = pytest.mark.world(begin=before)


@pytest.fixture
def bureau(world: World) -> World:
    return world


def got(world: World, who: str) -> list[Bubble]:
    return [b for b in world.phones.get(world.number(who), []) if b.kind == "digest"]


@pytest.mark.world(begin=week_after_three_days)
def test_on_monday_each_lead_reads_the_week_of_their_unit_and_opens_it_in_full(bureau: World) -> None:
    bureau.at("09:00", NEXT)
    (letter,) = got(bureau, "王建国")
    assert letter.text.startswith("🗓 一站周报：11月23日至11月29日")
    assert "完整率14.3%" in letter.text
    assert "6/42" in letter.text
    assert "未报：36" in letter.text and "迟报：3" in letter.text
    assert "连续3天及以上未报：张伟：7天、Ann Lee：7天、" in letter.text
    assert "迟报3次及以上：王建国：3次" in letter.text
    assert "7天的数据未核对" in letter.text
    bureau.taps("王建国", "周报详情", letter)
    assert "已报：6/42" in bureau.last("王建国").text
    bureau.taps("王建国", "看板", letter)
    assert "PUBLIC_URL" in bureau.last("王建国").text  # as after /dashboard


@pytest.mark.world(begin=week_after_three_days)
def test_the_director_gets_one_message_about_the_whole_with_the_units_below(bureau: World) -> None:
    bureau.at("09:00", NEXT)
    (letter,) = got(bureau, "陈局")
    assert "区局周报" in letter.text
    assert "完整率最低：二站0%（0/14）、一站14.3%（6/42）" in letter.text
    assert "防疫专班" not in letter.text
    assert [who for who in ("李梅", "张伟", "周敏", "group 一站", "group 区局") if got(bureau, who)] == []


@pytest.mark.world(begin=week_after_one_day)
def test_on_the_first_they_read_the_month(bureau: World) -> None:
    bureau.at("09:00", FIRST)
    (month,) = got(bureau, "赵强")[1:]
    assert month.text.startswith("🗓 二站月报：2026年11月")
    assert "月报详情" in "".join(month.labels)


@ON_SQLITE
def test_where_both_fall_on_one_day_there_is_one_message_with_the_week_first(database: Database) -> None:
    world = World(database, clock=TestClock(datetime(2026, 5, 25, 7, tzinfo=ZONE)))
    world.organisation()
    world.assign()
    days(world, 0, begin=date(2026, 5, 25)).at("09:00", date(2026, 6, 1))
    (letter,) = got(world, "王建国")
    assert letter.text.index("一站周报：5月25日至5月31日") < letter.text.index("一站月报：2026年5月")
    assert ["周报" in label or "月报" in label for label in letter.labels][:2] == [True, True]


@ON_SQLITE
@pytest.mark.world(begin=week_after_three_days)
def test_a_lead_reads_it_in_their_own_language(bureau: World) -> None:
    bureau.says("王建国", "/language en")
    bureau.at("09:00", NEXT)
    (letter,) = got(bureau, "王建国")
    assert letter.text.startswith("🗓 一站, week of 23 Nov to 29 Nov")
    assert "Completeness 14.3%" in letter.text
    assert "Not reported 3 days running or more: 张伟: 7 days" in letter.text
    assert "Figures of 7 days not checked" in letter.text


@ON_SQLITE
def test_the_change_from_the_week_before_is_said_in_points(bureau: World) -> None:
    days(bureau, *range(7))
    days(bureau, 0, begin=NEXT)
    bureau.at("09:00", NEXT + timedelta(7))
    assert "较前一周下降" in got(bureau, "王建国")[-1].text


@ON_SQLITE
def test_an_empty_week_is_not_sent(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.at("12:00", NEXT)
    assert got(world, "王建国") == []


@ON_SQLITE
@pytest.mark.world(begin=week_after_one_day)
def test_it_never_leaves_on_the_full_hour_and_waits_for_the_hour_in_the_settings(bureau: World) -> None:
    bureau.set_defaults(digest_day="wed", digest_at="08:30")
    bureau.at("08:29", NEXT + timedelta(2))
    (month,) = got(bureau, "王建国")
    assert month.text.startswith("🗓 一站月报") and month.born.astimezone(ZONE).date() == FIRST
    bureau.until(bureau.local("08:30"))
    bureau.tick()
    assert len(got(bureau, "王建国")) == 1
    bureau.at("08:32")
    _, letter = got(bureau, "王建国")
    assert letter.born.astimezone(ZONE) > bureau.local("08:30") + timedelta(seconds=5)
    assert "周报：11月23日至11月29日" in letter.text


@ON_SQLITE
@pytest.mark.world(begin=week_after_one_day)
def test_never_means_neither_week_nor_month(bureau: World) -> None:
    bureau.set_defaults(digest_day="never")
    bureau.at("12:00", FIRST)
    assert got(bureau, "王建国") == []


@ON_SQLITE
@pytest.mark.world(begin=week_after_one_day)
def test_after_an_outage_it_comes_late_the_same_day_and_never_the_day_after(bureau: World) -> None:
    bureau.set_defaults(digest_day="tue")
    bureau.at("07:00", NEXT)
    bureau.sleep_until("16:00", FIRST)
    (letter,) = got(bureau, "王建国")
    assert "周报：11月23日至11月29日" in letter.text and "月报：2026年11月" in letter.text
    days(bureau, 0, begin=date(2026, 12, 7))
    bureau.sleep_until("08:00", date(2026, 12, 9))  # the whole of the 8th was slept through
    bureau.at("12:00", date(2026, 12, 9))
    assert len(got(bureau, "王建国")) == 1


@pytest.mark.world(begin=week_after_one_day)
def test_a_program_that_dies_in_the_middle_is_continued_by_the_next_and_nobody_hears_twice(
    bureau: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "CHUNK", 1)
    bureau.at("08:59", NEXT)
    monkeypatch.setattr(World, "write_digests", lambda self: None)
    bureau.at("09:01")
    monkeypatch.undo()
    monkeypatch.setattr(digests, "CHUNK", 1)
    assert bureau.write_digests(most=1) == 1
    other = bureau.beside()
    with other.database.reading() as session:
        letters = digests.write(other.desk.context(session, other.clock.now()))
    assert letters is not None
    for world in (other, bureau):  # both wrote the same letter; the second finds that it is there
        world.desk.transact(lambda session, now: digests.send(other.desk.context(session, now), letters))
    other.write_digests()
    other.at("09:10")
    assert {who: len(got(other, who)) for who in ("王建国", "赵强", "陈局")} == {"王建国": 1, "赵强": 1, "陈局": 1}
    with other.database.reading() as session:
        assert len(session.exec(select(Card).where(Card.subject == Subject.DIGEST)).all()) == 3


@pytest.mark.world(begin=week_after_one_day)
def test_a_letter_that_cannot_be_written_holds_up_no_other(bureau: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write = contents.digest_content

    def fail(session: Session, words: object, parts: list[contents.DigestPart], *rest: object) -> object:
        if parts[0].unit.name == "一站":
            session.execute(text("SELECT nothing FROM person"))  # after which PostgreSQL takes no further question
        return write(session, words, parts, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(contents, "digest_content", fail)
    bureau.at("09:05", NEXT)
    assert (len(got(bureau, "王建国")), len(got(bureau, "赵强"))) == (0, 1)
    with bureau.database.reading() as session:
        assert [it.label for it in session.exec(select(FailingWork)).all()] == ["digests"]
    assert "发给负责人的周报和月报" in "".join(b.text for b in bureau.chat("周敏"))


@ON_SQLITE
def test_who_leads_several_units_gets_one_message_about_all_of_them(database: Database) -> None:
    world = World(database)
    world.organisation(
        "staff_no,name,unit,role\n1,总,局,lead\n2,甲,局/东站,lead\n2,甲,局/西站,lead\n3,乙,局/东站,\n4,丙,局/西站,\n"
    )
    world.assign(unit="局")
    world.at("09:05", NEXT)
    (letter,) = got(world, "甲")
    assert letter.text.index("东站周报") < letter.text.index("西站周报")
    assert [label for label in letter.labels if "周报" in label] == ["📊 周报详情 · 东站", "📊 周报详情 · 西站"]


@ON_SQLITE
@pytest.mark.world(begin=one_day)
def test_while_the_lead_is_away_the_deputy_gets_it(bureau: World) -> None:
    bureau.says("王建国", "/deputy 李梅 11-30 12-02")
    bureau.taps("王建国", "确认") if any("确认" in label for label in bureau.last("王建国").labels) else None
    bureau.says("陈局", "/excuse 1003 11-30 12-02 出差")
    bureau.at("09:05", NEXT)
    assert (len(got(bureau, "王建国")), len(got(bureau, "李梅"))) == (0, 1)


@ON_SQLITE
def test_a_unit_that_was_renamed_is_counted_under_its_name_of_each_day_and_the_message_says_so(bureau: World) -> None:
    days(bureau, 0, 1)
    bureau.says("周敏", "/unit rename 区局/一站 北站")
    bureau.taps("周敏", "确认")
    days(bureau, 2).at("09:05", NEXT)
    for who in ("王建国", "陈局"):
        assert "各日数据按当日隶属关系统计" in got(bureau, who)[0].text
    assert "北站周报" in got(bureau, "王建国")[0].text and "6/42" in got(bureau, "王建国")[0].text
    assert "各日数据" not in got(bureau, "赵强")[0].text


@ON_SQLITE
def test_open_alerts_are_counted_and_tasks_of_units_below_do_not_reach_the_director(bureau: World) -> None:
    bureau.assign(DELIVERY, unit="区局/一站")
    days(bureau, 0)
    bureau.says("李梅", "/incident 仓库漏水")
    bureau.taps("李梅", "报出") if any("报出" in label for label in bureau.last("李梅").labels) else None
    bureau.at("09:05", NEXT)
    assert "【配送】" in got(bureau, "王建国")[0].text
    assert "【配送】" not in got(bureau, "陈局")[0].text


@ON_SQLITE
def test_it_comes_at_nine_by_the_organisations_clock_also_after_summer_time_began(database: Database) -> None:
    world = World(database, clock=TestClock(datetime(2026, 3, 23, 0, tzinfo=ZONE)))
    world.set_defaults(zone="Europe/Berlin")
    world.organisation()
    world.assign(timezone="Europe/Berlin")
    world.at("23:00", date(2026, 3, 29))  # 17:00 there; summer time began in the night
    world.until(datetime.fromisoformat("2026-03-30T06:59:00+00:00"))
    assert got(world, "王建国") == []
    world.until(datetime.fromisoformat("2026-03-30T07:02:00+00:00"))
    (letter,) = got(world, "王建国")
    assert "周报：3月23日至3月29日" in letter.text
