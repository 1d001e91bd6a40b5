"""The real program besieged, small: `python -m bench.siege` is the whole, and tells the seconds."""

from bench import siege


def test_members_are_answered_while_strangers_connections_and_workbooks_besiege_the_program() -> None:
    it = siege.besiege(100, 200, 15, sheets=20, rows=50)  # raises where a tap is not answered
    assert it.said > 0
    assert 0 < it.answered <= 30
    assert it.opened >= 200
    assert it.told
    assert len(it.logged) < 5000
