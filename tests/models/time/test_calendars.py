"""The days an assignment is asked on, and the instants of such a day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.core import months
from models.core.errors import Refusal
from models.time import typed_calendars
from models.time.calendars import WEEKDAYS, UnknownYear, is_workday, known_years, parse_calendar
from models.time.times import ClockTime, Times, instant, parse_time, zone

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
DAYS = st.dates(date(2005, 1, 1), date(2035, 12, 31))
TIMES = st.integers(0, 3 * 1440 - 1).map(ClockTime)


def at(text: str) -> ClockTime:
    return parse_time(text)


@pytest.mark.parametrize("text", [
    "daily", "workdays", "weekly:mon,thu", "once:2026-11-23", "monthly:1,15", "monthly:1,last", "monthly:31", "every:3",
    "every:3:2026-11-23",
])  # fmt: skip
def test_a_calendar_is_written_as_it_was_read(text: str) -> None:
    assert str(parse_calendar(text)) == text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "bad_calendar"),
        ("monthly", "bad_monthday"),
        ("monthly:0", "bad_monthday"),
        ("monthly:32", "bad_monthday"),
        ("monthly:1,first", "bad_monthday"),
        ("every", "bad_step"),
        ("every:0", "bad_step"),
        ("every:367", "bad_step"),
        ("every:3:tomorrow", "bad_day"),
        ("yearly:1", "bad_calendar"),
        ("daily:mon", "bad_calendar"),
        ("weekly", "bad_weekday"),
        ("weekly:mon,", "bad_weekday"),
        ("once:2026-02-30", "bad_day"),
        ("once:9999-12-31", "bad_day"),
    ],
)
def test_what_is_no_calendar_is_refused(text: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_calendar(text)
    assert refused.value.key == f"calendars.{key}"


def test_each_calendar_falls_on_its_days() -> None:
    monday = date(2026, 11, 23)
    week = [monday + timedelta(days) for days in range(7)]
    assert all(map(parse_calendar("daily").falls_on, week))
    assert list(map(parse_calendar("weekly:thu, mon").falls_on, week)) == [
        True,
        False,
        False,
        True,
        False,
        False,
        False,
    ]
    assert list(map(parse_calendar("once:2026-11-23").falls_on, week)) == [True, *[False] * 6]


def _opened(text: str, first: date, days: int) -> list[date]:
    return [day for n in range(days) if parse_calendar(text).falls_on(day := first + timedelta(n))]


def test_a_month_without_the_day_is_left_out_and_last_is_the_last_day_of_every_month() -> None:
    assert [str(day) for day in _opened("monthly:31", date(2026, 1, 1), 160)] == [
        "2026-01-31", "2026-03-31", "2026-05-31",
    ]  # fmt: skip
    assert [str(day) for day in _opened("monthly:1,last", date(2028, 2, 1), 31)] == [
        "2028-02-01", "2028-02-29", "2028-03-01",
    ]  # fmt: skip


@given(DAYS, st.sets(st.integers(1, 31), min_size=1))
def test_each_month_has_exactly_the_days_that_it_has(day: date, numbers: set[int]) -> None:
    names = ",".join(map(str, numbers))
    month = _opened(f"monthly:{names}", months.before(day), 28 + 3)
    there = months.last_day(months.before(day)).day
    assert {it.day for it in month if it.month == months.before(day).month} == {n for n in numbers if n <= there}


@given(DAYS)
def test_the_last_day_of_a_month_is_the_day_before_a_first(day: date) -> None:
    assert parse_calendar("monthly:last").falls_on(day) == parse_calendar("monthly:1").falls_on(day + timedelta(1))


@given(DAYS, st.integers(1, 366), st.integers(0, 2000))
def test_every_so_many_days_opens_on_its_first_day_and_that_far_apart(first: date, step: int, after: int) -> None:
    calendar = parse_calendar(f"every:{step}").begun(first)
    assert calendar.falls_on(first) and not calendar.falls_on(first - timedelta(step))
    assert calendar.falls_on(first + timedelta(after)) == (after % step == 0)
    assert parse_calendar(str(calendar)) == calendar == calendar.begun(first + timedelta(1))


CALENDARS = st.one_of(
    st.sets(st.sampled_from([*map(str, range(1, 32)), "last"]), min_size=1).map(lambda it: "monthly:" + ",".join(it)),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(lambda it: "weekly:" + ",".join(it)),
    st.tuples(st.integers(1, 366), DAYS).map(lambda it: f"every:{it[0]}:{it[1]}"),
    DAYS.map(lambda it: f"once:{it}"),
)


@given(CALENDARS)
def test_whatever_is_read_is_written_so_that_it_reads_the_same(text: str) -> None:
    once = parse_calendar(text)
    assert parse_calendar(str(once)) == once


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("每月1日", "monthly:1"), ("每月1号、15号", "monthly:1,15"), ("每月１５日", "monthly:15"),
        ("每月一日和十五日", "monthly:1,15"), ("每个月最后一天", "monthly:last"),
        ("每月1日、月末", "monthly:1,last"), ("月底", "monthly:last"), ("每周一", "weekly:mon"),
        ("每周一、四", "weekly:mon,thu"), ("每星期三五", "weekly:wed,fri"), ("每周日", "weekly:sun"),
        ("每周一和周五", "weekly:mon,fri"), ("每3天", "every:3"), ("每两天", "every:2"), ("每十天一次", "every:10"),
        ("隔天", "every:2"), ("每个工作日", "workdays"), ("天天", "daily"), ("每日", "daily"),
        ("every Monday", "weekly:mon"), ("every Mon, Wed and Friday", "weekly:mon,wed,fri"),
        ("every 3 days", "every:3"), ("every other day", "every:2"), ("every day", "daily"),
        ("monthly on the 1st and 15th", "monthly:1,15"), ("monthly on 1, last", "monthly:1,last"),
        ("the last day of each month", "monthly:last"), ("monthly:1，last", "monthly:1,last"),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(typed: str, expected: str) -> None:
    assert str(typed_calendars.read(typed)) == expected
    assert typed_calendars.taken(["health", *typed.split(), "9:30"]) == (parse_calendar(expected), ["health", "9:30"])


@pytest.mark.parametrize("typed", ["每隔3天", "每周一至周五", "每月三十二日", "每季度", "every month", "every 0 days"])
def test_days_that_are_not_certain_are_refused_and_never_guessed(typed: str) -> None:
    with pytest.raises(Refusal, match=r"calendars\."):
        typed_calendars.read(typed)


def test_blanks_between_days_do_not_matter_where_the_days_are_all_there_is() -> None:
    assert str(typed_calendars.read("Monthly: 1, 15")) == str(typed_calendars.read("monthly:1,_15")) == "monthly:1,15"


def test_words_that_only_begin_alike_stay_as_they_are() -> None:
    words = ["每日健康", "区局/每日站", "last", "monday.yaml"]
    assert typed_calendars.taken(words) == (None, words)


def test_a_saturday_worked_in_lieu_is_a_workday_and_a_holiday_is_not() -> None:
    workdays = parse_calendar("workdays")
    assert workdays.falls_on(date(2026, 2, 14))
    assert not workdays.falls_on(date(2026, 2, 17))
    assert not workdays.falls_on(date(2026, 3, 7))


def test_a_year_nobody_has_published_is_never_guessed() -> None:
    year = max(known_years()) + 1
    with pytest.raises(UnknownYear) as unknown:
        parse_calendar("workdays").falls_on(date(year, 3, 1))
    assert unknown.value.year == year


def test_an_override_of_a_single_day_wins_also_in_an_unknown_year() -> None:
    assert is_workday(date(2026, 2, 17), {date(2026, 2, 17): True})
    assert not is_workday(date(2099, 3, 2), {date(2099, 3, 2): False})
    assert parse_calendar("weekly:mon").falls_on(date(2026, 11, 23), {date(2026, 11, 23): False})


@given(TIMES)
def test_a_time_is_written_as_it_is_read(time: ClockTime) -> None:
    assert at(str(time)) == time


def test_midnight_at_the_end_of_a_day_is_the_start_of_the_next() -> None:
    assert at("24:00") == at("+1 00:00") == ClockTime(1440)
    assert str(ClockTime(1440)) == "24:00"
    assert (at("+1 09:30").days, at("+1 09:30").of_day) == (1, 570)


@pytest.mark.parametrize(
    "text", ["", "9", "9:5", "24:01", "25:00", "09:60", "-1 09:00", "+8 09:00", "+1 24:00", "九点"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"calendars\.bad_time"):
        at(text)


@given(DAYS, TIMES, st.sampled_from(ZONES))
def test_an_instant_shows_the_wall_time_or_is_the_first_after_a_gap(day: date, time: ClockTime, name: str) -> None:
    found, here = instant(day, time, name), ZoneInfo(name)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=time.minutes)  # noqa: DTZ001
    shown = found.astimezone(here).replace(tzinfo=None)
    if shown == wall:
        assert found.astimezone(here).fold == 0
    else:
        before = (found - timedelta(seconds=1)).astimezone(here).replace(tzinfo=None)
        assert before < wall < shown


@given(DAYS, TIMES, TIMES, st.sampled_from(ZONES))
def test_a_later_wall_time_is_never_an_earlier_instant(day: date, one: ClockTime, two: ClockTime, name: str) -> None:
    if one > two:
        one, two = two, one
    assert instant(day, one, name) <= instant(day, two, name)


@given(DAYS, st.sampled_from(ZONES))
def test_the_end_of_a_day_is_the_start_of_the_next(day: date, name: str) -> None:
    assert instant(day, at("24:00"), name) == instant(day + timedelta(1), at("00:00"), name)


@pytest.mark.parametrize(
    ("day", "time", "name", "expected"),
    [
        (date(2026, 2, 13), "10:00", "Asia/Shanghai", "2026-02-13T02:00"),
        (date(2026, 3, 29), "02:30", "Europe/Berlin", "2026-03-29T01:00"),
        (date(2026, 10, 25), "02:30", "Europe/Berlin", "2026-10-25T00:30"),
        (date(2026, 3, 8), "02:30", "America/New_York", "2026-03-08T07:00"),
        (date(2026, 11, 1), "01:30", "America/New_York", "2026-11-01T05:30"),
        (date(2026, 10, 4), "02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        (date(2026, 2, 13), "24:00", "Asia/Kathmandu", "2026-02-13T18:15"),
        (date(2011, 12, 30), "10:00", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_summer_time_skips_to_the_first_instant_and_repeats_the_first(
    day: date, time: str, name: str, expected: str
) -> None:
    assert instant(day, at(time), name) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["", "Asia", "Asia/Peking", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000, "\ud800"]
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match=r"calendars\.unknown_zone"):
        zone(name)


def words(times: Times) -> str:
    json = times.stored()
    return " ".join(",".join(it) if isinstance(it, list) else it for it in json.values())


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({}, "07:30 10:00 10:05 10:25 24:00 09:00,09:30 10:15,11:00"),
        ({"due": "18:00"}, "15:30 18:00 18:05 18:25 24:00 17:00,17:30 18:15,19:00"),
        ({"due": "07:45"}, "05:15 07:45 07:50 08:10 24:00 07:15 08:00,08:45"),
        ({"due": "+1 09:00"}, "+1 06:30 +1 09:00 +1 09:05 +1 09:25 +1 23:00 +1 08:00,+1 08:30 +1 09:15,+1 10:00"),
        ({"due": "23:45"}, "21:15 23:45 23:50 24:00 24:00  24:00"),
        ({"opens": "09:15"}, "09:15 10:00 10:05 10:25 24:00 09:30 10:15,11:00"),
        ({"remind": "", "escalate": ""}, "07:30 10:00 10:05 10:25 24:00  "),
        ({"remind": "09:40， 08:00"}, "07:30 10:00 10:05 10:25 24:00 08:00,09:40 10:15,11:00"),
        ({"lock": "10:20"}, "07:30 10:00 10:05 10:20 10:20 09:00,09:30 10:15"),
        ({"summary": "12:00"}, "07:30 10:00 12:00 12:00 24:00 09:00,09:30 10:15,11:00"),
        ({"summary_root": "10:02"}, "07:30 10:00 10:02 10:02 24:00 09:00,09:30 10:15,11:00"),
    ],
)
def test_times_not_given_keep_their_distance_from_due(given_: dict[str, str], expected: str) -> None:
    assert words(Times.make(**given_)) == expected


@pytest.mark.parametrize(
    ("given_", "key"),
    [
        ({"due": "02:00"}, "opens_too_early"),
        ({"opens": "10:00"}, "opens_after_due"),
        ({"lock": "10:00"}, "lock_before_due"),
        ({"due": "+7 23:00"}, "lock_too_late"),
        ({"remind": "07:00"}, "remind_outside"),
        ({"remind": "10:00"}, "remind_outside"),
        ({"opens": "05:00", "remind": "06:59"}, "remind_quiet"),
        ({"due": "23:00", "remind": "22:00"}, "remind_quiet"),
        ({"summary": "09:59"}, "summary_outside"),
        ({"summary_root": "+1 00:01"}, "summary_outside"),
        ({"summary": "10:30", "summary_root": "10:20"}, "root_before_units"),
        ({"escalate": "10:00"}, "escalate_outside"),
        ({"escalate": "+1 08:00"}, "escalate_outside"),
        ({"due": "ten"}, "bad_time"),
    ],
)
def test_times_that_make_no_sense_are_refused(given_: dict[str, str], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        Times.make(**given_)
    assert refused.value.key == f"calendars.{key}"


@given(TIMES)
def test_any_due_time_gives_sensible_times_that_survive_storage_or_a_refusal(due: ClockTime) -> None:
    try:
        times = Times.make(due=due)
    except Refusal:
        assert due.minutes < 150
        return
    assert Times.make(**times.stored()) == times  # type: ignore[arg-type]
    assert times.opens < times.due <= times.summary <= times.summary_root <= times.lock
