"""Words are found in a text as people write them."""

import pytest

from models.questions import terms


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("李 梅问口罩", "李梅"), ("李梅问口罩", "李梅"), ("１００５问口罩", "1005"), ("工号1005。", "1005"),
        ("asked by LIU  Yang", "Liu Yang"), ("请拨打13800007005", "13800007005"),
    ],
)  # fmt: skip
def test_a_name_is_seen_in_whatever_width_case_and_with_blanks(text: str, name: str) -> None:
    assert terms.names(text, name)


@pytest.mark.parametrize(("text", "name"), [("共21005只", "1005"), ("living here", "Li"), ("李子梅园", "李梅")])
def test_a_part_of_a_longer_number_or_word_is_no_name(text: str, name: str) -> None:
    assert not terms.names(text, name)
