"""The real program besieged, small: `python -m bench.siege` is the whole, and tells the seconds."""

from bench import siege


def test_members_are_answered_while_strangers_connections_and_workbooks_besiege_the_program() -> None:
    laid, _, _, logged = siege.besiege(100, 200, 15, sheets=20, rows=50)  # every tap was answered, or it raises
    answered = sum(any(m.by is None for m in p.chat.messages.values()) for p in laid.strangers)
    assert laid.said > 0
    assert 0 < answered <= 30
    assert laid.opened >= 200
    assert len(logged) < 5000
    assert laid.told
