"""What a notice is called: how its words begin, as far as a line of a list has room in either language."""

import unicodedata

import pytest

from models.rounds import rounds
from models.rounds.rounds import TITLE, RoundVersion


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("传达市局疫情防控会议精神，请各单位带好本单位名册。", "传达市局疫情防控会议精神，请各单位带好本单位名册"),
        ("传达市局疫情防控会议精神，请各单位带好花名册和相关材料。", "传达市局疫情防控会议精神，请各单位带好花名册和…"),
        ("The spirit of the city’s meeting. Please bring lists.", "The spirit of the city’s meeting. Please bring…"),
        ("Masks: come by 9.\nThe office is open.", "Masks: come by 9"),
        ("x" * 60, "x" * 46 + "…"),
        ("", "…"),
    ],
)  # fmt: skip
def test_a_title_is_as_long_as_there_is_room_and_cuts_no_word(words: str, title: str) -> None:
    assert RoundVersion(words=words).title == title


def test_a_line_of_a_whole_page_is_not_measured_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def width(letter: str) -> str:
        looked.append(letter)
        return unicodedata.east_asian_width(letter)

    monkeypatch.setattr(rounds, "east_asian_width", width)
    assert RoundVersion(words="停水通知" * 1000).title == "停水通知" * 5 + "停水通…"
    assert len(looked) < TITLE * TITLE
