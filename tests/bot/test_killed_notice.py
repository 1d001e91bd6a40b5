"""kill -9 of the real program while a notice goes out on Telegram, small: the whole is `bench.killed_notice`."""

import pytest

from bench import killed_notice

pytestmark = pytest.mark.sqlite
FEW, KILLS = 310, 3  # more than are stored at once


def test_a_notice_reaches_everybody_and_no_receipt_is_lost_although_the_program_is_killed_again_and_again() -> None:
    came = killed_notice.play(FEW, KILLS, per_second=150, python=None)
    assert came.faults == []
    assert len(came.kills) == KILLS
    assert came.sound.startswith("OK")
