"""What a notice is called: how its words begin, as far as a line of a list has room in either language."""

import pytest

from models.rounds.rounds import RoundVersion


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
