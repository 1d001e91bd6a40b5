"""The days that people look back on, as they say them."""

from datetime import date

import pytest

from models.core import typed_ranges

TODAY = date(2026, 11, 28)  # a Saturday


@pytest.mark.parametrize(("typed", "first", "last"), [
    ("本周", "2026-11-23", "2026-11-29"), ("this week", "2026-11-23", "2026-11-29"),
    ("上周", "2026-11-16", "2026-11-22"), ("last week", "2026-11-16", "2026-11-22"),
    ("上个星期", "2026-11-16", "2026-11-22"), ("上上周", "2026-11-09", "2026-11-15"),
    ("2026-11", "2026-11-01", "2026-11-30"), ("2026年11月", "2026-11-01", "2026-11-30"),
    ("本月", "2026-11-01", "2026-11-30"), ("this month", "2026-11-01", "2026-11-30"),
    ("上月", "2026-10-01", "2026-10-31"), ("Last Month", "2026-10-01", "2026-10-31"),
    ("2月", "2026-02-01", "2026-02-28"), ("12月", "2025-12-01", "2025-12-31"),
    ("November", "2026-11-01", "2026-11-30"), ("nov 2025", "2025-11-01", "2025-11-30"),
    ("9月至11月", "2026-09-01", "2026-11-30"), ("2026-09..2026-11", "2026-09-01", "2026-11-30"),
    ("11-01..11-15", "2026-11-01", "2026-11-15"), ("11月1日至15日", "2026-11-01", "2026-11-15"),
    ("from 26nov to 28nov", "2026-11-26", "2026-11-28"), ("11-01 11-15", "2026-11-01", "2026-11-15"),
    ("12-01..12-24", "2025-12-01", "2025-12-24"), ("2026-12-01..2026-12-24", "2026-12-01", "2026-12-24"),
    ("近7天", "2026-11-22", "2026-11-28"), ("last 7 days", "2026-11-22", "2026-11-28"),
    ("最近两周", "2026-11-15", "2026-11-28"), ("今年", "2026-01-01", "2026-12-31"),
    ("last year", "2025-01-01", "2025-12-31"),
])  # fmt: skip
def test_spans_are_read_as_people_say_them(typed: str, first: str, last: str) -> None:
    found = typed_ranges.whole(typed, TODAY)
    assert found
    assert [it.isoformat() for it in found] == [first, last]


@pytest.mark.parametrize(
    "typed", ["", "11", "1003", "昨天", "11-27", "26nov", "3d", "一站", "last", "11-15..11-01", "2026-13", "周一"]
)
def test_other_words_and_single_days_are_no_span(typed: str) -> None:
    assert typed_ranges.whole(typed, TODAY) is None


@pytest.mark.parametrize("typed", ["上周 区局/一站", "区局/一站 上周", "last week 区局/一站", "区局/一站 last week"])
def test_the_unit_may_stand_before_or_after(typed: str) -> None:
    found = typed_ranges.ranged(typed.split(), TODAY)
    assert found
    assert (found[0][0].isoformat(), found[1]) == ("2026-11-16", ["区局/一站"])
