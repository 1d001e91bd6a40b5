"""A loop of the program goes on after a bug, and ends only where no waiting mends what is wrong."""

import asyncio

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from bot.alive import Alive, Unmendable
from models.core.errors import Refusal


def test_a_bug_in_a_loop_begins_it_anew_is_told_and_never_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.alive.FIRST", 0.0)
    turns, told = iter([ValueError(), None, KeyError(), None]), []
    alive = Alive()

    async def tell(name: str, error: BaseException) -> None:
        told.append((name, type(error).__name__, alive.well))

    async def once() -> bool:
        turn = next(turns, "over")
        if turn == "over":
            raise asyncio.CancelledError
        if isinstance(turn, Exception):
            raise turn
        return False

    alive.tell = tell
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(alive.rounds("errands", once, 0))
    assert told == [("errands", "ValueError", False), ("errands", "KeyError", False)]
    assert alive.well


@pytest.mark.parametrize("key", ["cli.telegram_conflict", "cli.telegram_token"])
def test_only_what_no_waiting_mends_ends_a_loop(key: str) -> None:
    async def work() -> None:
        raise Unmendable(key)

    with pytest.raises(Refusal):
        asyncio.run(Alive().running("telegram", work))


def test_tries_are_bounded_and_an_outage_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    alive, gone = Alive(), OperationalError("SELECT", {}, psycopg.OperationalError("server closed"))
    pauses = [alive.failed(name, gone) for _ in range(40) for name in ("delivery", "errands")]
    assert max(pauses) <= 5.0
    assert min(pauses[20:]) >= 2.5
    alive.healed("delivery")
    assert alive.away
    alive.healed("errands")
    assert not alive.away
    assert [r.levelname for r in caplog.records] == ["WARNING", "WARNING"]
    assert "SELECT" not in caplog.text
