"""Whatever is typed, however long: what it makes the desk do is bounded."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MOST = 700  # statements: a fifth of a second on a slow phone's processor
LONG = (
    "/people add " + "1 " * 1900, "/people add 1 " + "a " * 77, "/deputy " + "李梅 " * 800, "/deputy " + "李梅 " * 79,
    "/people find " + "a " * 2000, "/people move " + "1005 " * 79, "/invite " + "李梅 " * 1300, "/urge " + "x/" * 2000,
    "/audit " + "%" * 4000, "/reopen " + "1004 " * 700, "/export " + "1" * 4000, "/why " + "9" * 4000, "9" * 4096,
    "/assign " + "health " * 79, "/excuse " + "李梅 " * 79, "/proxy " + "刘大爷 " * 79, "/unit add " + "a/" * 2000,
    "/summary " + "区局 " * 79, "/leave " + "11-23 " * 600, "/calendar " + "11-23 " * 79, "/bind " + "区局 " * 79,
)  # fmt: skip


@pytest.mark.parametrize("text", LONG, ids=[text[:16] for text in LONG])
def test_long_words_make_no_long_work(world: World, text: str) -> None:
    """`/people add` and 1,900 words asked the database half a million times: 84 s."""
    asked: Counter[str] = Counter()

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        asked[statement.split(" ", 1)[0]] += 1

    for engine in (world.database.write, world.database.read):
        event.listen(engine, "before_cursor_execute", count)
    incoming = world.incoming("周敏", text=text)
    world.desk.transact(lambda session, now: world.desk.handle(session, now, incoming))
    for engine in (world.database.write, world.database.read):
        event.remove(engine, "before_cursor_execute", count)
    assert asked.total() < MOST


def test_who_names_too_much_is_told_how_much_is_enough(world: World) -> None:
    assert "80个词" in world.says("周敏", "/urge " + "一站 " * 100)


def test_what_tells_something_may_be_as_long_as_a_message(world: World) -> None:
    assert "个词" not in world.says("李梅", "/incident " + "fire and " * 300)
