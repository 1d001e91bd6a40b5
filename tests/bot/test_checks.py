"""What `zeroreport check` says about a clock that differs from a platform's."""

from datetime import UTC, datetime

import pytest

from bot import checks
from handlers.words import LOCALES, Words

NOW = datetime(2026, 11, 23, 7, 30, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds", "fine"),
    [
        ("Mon, 23 Nov 2026 07:30:40 GMT", 5, True), ("Mon, 23 Nov 2026 07:31:15 GMT", -30, True),
        ("Mon, 23 Nov 2026 07:30:14 GMT", 31, False), ("Mon, 23 Nov 2026 08:30:45 GMT", -3600, False),
    ],
)  # fmt: skip
def test_a_clock_that_drifts_from_the_platforms_is_named_with_its_cure(header: str, seconds: float, fine: bool) -> None:
    assert checks.date_header(header, NOW) == seconds
    found = checks.drift("telegram", seconds)
    assert found.fine == fine
    for locale in LOCALES:
        told = Words(locale).told("finding", id=found.id, fine=found.fine, detail=found.detail)
        assert "telegram" in told
        assert ("NTP" in told) == (not fine)
