"""Without a finger: inside a form, buttons are picked by number or by what stands on them, and answers stay answers."""

import pytest

from tests.support.world import World


def begin(world: World) -> None:
    world.organisation()
    world.assign()
    world.at("7:30")
    world.taps("李梅", "有情况")


pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
class TestInAForm:
    def test_a_number_answers_a_question_that_wants_one(self, world: World) -> None:
        assert "34到43" in world.says("李梅", "1")
        assert "接触史" in world.says("李梅", "36.5")

    def test_a_number_beyond_the_choices_drops_nothing(self, world: World) -> None:
        world.says("李梅", "36.5")
        for number in ("3", "4", "5"):
            assert "接触史" in world.says("李梅", number)
        assert "备注" in world.says("李梅", "2")  # the second choice
        assert world.last("李梅").labels

    def test_the_words_on_a_button_press_it(self, world: World) -> None:
        for answer in ("36.5", "无", "跳过"):
            world.says("李梅", answer)
        assert any("提交" in label for label in world.last("李梅").labels)
        world.says("李梅", "提交")
        assert any("回执" in bubble.text for bubble in world.chat("李梅"))
        assert world.revisions("李梅")[0].answers == {"temperature": 36.5, "contact": "no"}
