"""Names that are nearly right: written apart, with a digit for a numeral, of a unit where a person is looked for."""

import pytest

from models.core.database import Database
from tests.support.world import ROSTER, World

pytestmark = pytest.mark.sqlite

MORE = """1012,Smith Anne,区局/Station One,lead,,,en
1031,王芳,区局/一站/三组,,,,
1032,吴芳,区局/二站/三组,,,,
"""


@pytest.fixture
def asked(database: Database) -> World:
    world = World(database)
    world.organisation(ROSTER + MORE, groups=False)
    return world


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("/people leave zhang wei", "张伟 1004"), ("/people li mei", "李梅 1005"),
        ("/people move 李梅 er zhan", "区局/二站"),
        ("/people move 李梅 2站", "区局/二站"), ("/team 1站", "区局/一站"),
        ("/people add 9055 吴芳 三 组", "区局/一站/三组"),
        ("/people add 9055 Smith station 1", "区局/Station One"), ("/urge 一占", "区局/一站"),
        ("/invite yizhan", "区局/一站"),
    ],
)  # fmt: skip
def test_a_name_that_is_nearly_right_is_offered(asked: World, words: str, offered: str) -> None:
    asked.says("周敏", words)
    assert any(offered in label for label in asked.last("周敏").labels), asked.last("周敏").text


def test_what_was_written_apart_is_no_part_of_somebody_elses_name(asked: World) -> None:
    asked.says("周敏", "/people add 9055 吴芳 三 组")
    asked.taps("周敏", "区局/一站/三组")
    assert "吴芳（9055）加入区局/一站/三组" in asked.last("周敏").text


@pytest.mark.parametrize("words", ["１００５", "李 梅 ", "1005"])
def test_nobody_who_is_found_is_met_with_silence(asked: World, words: str) -> None:
    before = asked.last("周敏") if asked.chat("周敏") else None
    asked.says("周敏", f"/people {words}")
    assert asked.last("周敏") is not before


def test_a_unit_is_shown_by_its_name(asked: World) -> None:
    assert asked.says("周敏", "/people station one").startswith("区局/Station One")
    asked.says("周敏", "/people 三组")
    assert asked.last("周敏").labels == ["区局/一站/三组", "区局/二站/三组"]
