"""The demo's people do the steps of a runbook, each step once and one after the other."""

from bot.demo import colleagues

TICK = ["step.done.7", "step.note.7", "step.hand.7"]
MORE = ["step.note.8", "step.hand.8"]


def test_a_tick_is_one_tap_and_what_asks_for_more_gets_a_photo_with_words() -> None:
    assert colleagues._intention("1101", TICK) == (("tap", r"^step\.done\.7$"),)
    assert colleagues._intention("1101", MORE) == (("tap", r"^step\.note\.8$"), ("photo", "step_done"))


def test_a_step_that_is_done_is_left_alone() -> None:
    assert colleagues._intention("1101", ["step.back.7", "step.note.7"]) is None
    assert colleagues._intention("1101", ["step.take.7"]) is None


def test_two_steps_of_the_same_person_are_done_apart() -> None:
    first, second = (colleagues._intention("1101", it) for it in (TICK, MORE))
    assert first and second
    assert abs(colleagues._delay("1101", first) - colleagues._delay("1101", second)) >= 1
