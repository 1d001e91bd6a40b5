"""What is refused changes nothing, however far it had come, and whichever way it was asked for."""

import pytest

from handlers import dispatch
from handlers.core.turn import Turn
from models.core.errors import Refusal
from tests.support.world import World


def begin(world: World) -> None:
    world.organisation()
    world.assign()
    world.at("7:30")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


@pytest.mark.parametrize("how", ["button", "command"])
def test_a_refusal_at_the_end_leaves_nothing_of_what_was_done_before_it(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    whole = dispatch._dispatch

    def refused(turn: Turn) -> None:
        whole(turn)
        raise Refusal("audit.no_kind")

    before = world.records()
    asked = [(b.text, b.labels) for b in world.chat("李梅")]
    with monkeypatch.context() as broken:
        broken.setattr(dispatch, "_dispatch", refused)
        if how == "button":  # that of one report: those of a whole day are taken together, and refuse nothing
            world.forges("李梅", f"report.zero_of.{world.report('李梅').id}")
        else:
            world.says("李梅", "零报告")
    assert world.records() == before
    assert [(b.text, b.labels) for b in world.chat("李梅")][: len(asked)] == asked
    world.taps("李梅", "零报告")
    assert world.records() != before
