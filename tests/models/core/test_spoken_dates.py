"""Dates and counts as people say them, and as the bot itself writes them."""

from datetime import date

import pytest

from models.core import typed_spans, typed_text

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "words",
    [
        "26 Nov",
        "26 November",
        "Nov 26",
        "November 26, 2026",
        "26 nov. 2026",
        "11月26日",
        "11 月 26 日",
        "26th Nov",
        "١١-٢٦",
    ],
)
def test_what_the_bot_writes_can_be_typed(words: str) -> None:
    assert typed_text.day(words, TODAY) == date(2026, 11, 26)


@pytest.mark.parametrize("words", ["26 Novel", "32 Nov", "Nov", "26 mayor", "0 Nov"])
def test_what_is_no_date_stays_none(words: str) -> None:
    assert typed_text.day(words, TODAY) is None


@pytest.mark.parametrize(
    ("words", "days"),
    [("三天", 3), ("十天", 10), ("十五天", 15), ("二十一日", 21), ("两天", 2), ("٣d", 3), ("3 天", 3)],
)
def test_a_count_of_days_is_understood_in_every_script(words: str, days: int) -> None:
    found = typed_spans.span([words], TODAY)
    assert found is not None
    first, last = found[0]
    assert (last - first).days + 1 == days


def test_a_date_of_two_words_is_one_word_of_a_command() -> None:
    assert typed_text.dates_joined("1005 26 Nov 28 Nov ill") == "1005 26Nov 28Nov ill"
    assert typed_text.dates_joined("3 market hall") == "3 market hall"


def test_what_follows_the_dates_stays_as_it_was_typed() -> None:
    assert typed_text.dates_joined("26 Nov to 28 Nov family, back on 3 Dec") == "26Nov to 28Nov family, back on 3 Dec"
    assert typed_text.dates_joined("1005 26 Nov since 3 Nov ill") == "1005 26Nov since 3 Nov ill"


@pytest.mark.parametrize(("typed", "number"), [("٣٦.٥", "36.5"), ("３６.５", "36.5"), ("۱۲", "12"), ("٣٧٫٥", "37.5")])
def test_digits_of_every_script_are_digits(typed: str, number: str) -> None:
    assert str(typed_text.number(typed)).rstrip("0").rstrip(".") == number


@pytest.mark.parametrize(
    ("words", "day"),
    [("后天", 25), ("大后天", 26), ("Thu 26 Nov", 26), ("11月26日（周四）", 26), ("周四 11-26", 26),
     ("十一月二十六日", 26), ("26 Nov, Thursday", 26)],
)  # fmt: skip
def test_days_are_known_by_what_people_call_them(words: str, day: int) -> None:
    assert typed_text.day(words, TODAY) == date(2026, 11, day)


@pytest.mark.parametrize("words", ["Fri 26 Nov", "11月26日（周五）", "周四", "下周一", "26日"])
def test_a_day_that_is_not_certain_is_not_read(words: str) -> None:
    assert typed_text.day(words, TODAY) is None


@pytest.mark.parametrize(
    ("words", "first", "last", "rest"),
    [
        ("11月24日至11月25日（2天）", 24, 25, ""), ("24 Nov to 25 Nov (2 days)", 24, 25, ""),
        ("11月24日至25日 出差", 24, 25, "出差"), ("24–25 Nov family", 24, 25, "family"),
        ("26 Nov - 28 Nov ill", 26, 28, "ill"),
        ("from 26 Nov until 28 Nov", 26, 28, ""), ("11.24-11.25", 24, 25, ""), ("2026-11-24至2026-11-25", 24, 25, ""),
        ("tomorrow 2 days ill", 24, 25, "ill"), ("从明天起三天 手术", 24, 26, "手术"), ("明天2天", 24, 25, ""),
        ("3 天 病假", 23, 25, "病假"), ("three days", 23, 25, ""), ("一周", 23, 29, ""), ("Nov 26th", 26, 26, ""),
        ("24 - 25 Nov", 24, 25, ""), ("今天到后天", 23, 25, ""), ("11月24日 - 11月25日 3床陪护", 24, 25, "3床陪护"),
    ],
)  # fmt: skip
def test_spans_are_read_as_people_write_them(words: str, first: int, last: int, rest: str) -> None:
    found = typed_spans.span(words.split(), TODAY)
    assert found is not None
    assert (found[0][0].day, found[0][1].day, " ".join(found[1])) == (first, last, rest)


@pytest.mark.parametrize(
    "words",
    ["26日", "3日", "24日至25日", "11月24日至11月25日（3天）", "11月24日 至 年底", "26 Nov to Christmas", "明天 20日",
     "半天", "11月24日至11月25日就医"],
)  # fmt: skip
def test_days_that_are_not_certain_are_asked_for_again(words: str) -> None:
    """What is left of them would otherwise become the reason, and the leave would have other days than were said."""
    assert typed_spans.span(words.split(), TODAY) is None
