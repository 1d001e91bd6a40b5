"""Dates and counts as people say them, and as the bot itself writes them."""

from datetime import date

import pytest

from models.core import typed_text

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
    found = typed_text.span([words], TODAY)
    assert found is not None
    first, last = found[0]
    assert (last - first).days + 1 == days


def test_a_date_of_two_words_is_one_word_of_a_command() -> None:
    assert typed_text.dates_joined("1005 26 Nov 28 Nov ill") == "1005 26Nov 28Nov ill"
    assert typed_text.dates_joined("3 market hall") == "3 market hall"


@pytest.mark.parametrize(("typed", "number"), [("٣٦.٥", "36.5"), ("３６.５", "36.5"), ("۱۲", "12")])
def test_digits_of_every_script_are_digits(typed: str, number: str) -> None:
    assert str(typed_text.number(typed)).rstrip("0").rstrip(".") == number
