"""What is done at the terminal is ticked in the chat where an admin's first steps are shown."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from models.core.database import connect
from models.messaging import enrolment
from models.organisation import people
from tests.support.program import Office
from tests.support.world import ROSTER, TestClock, World


@pytest.fixture
def world(office: Office) -> Iterator[World]:
    """Return a chat in which the admin of a new organisation looks at the first steps, an hour ago."""
    office("init", "区局", "周敏", "--staff-no", "1002", DEFAULT_LOCALE="zh_CN")
    database = connect(office.url)
    made = World(database, clock=TestClock(datetime.now(UTC) - timedelta(hours=1)))
    with database.writing() as session:
        enrolment.enrol(session, people.find_person(session, "1002"), "web", "1002", "1002", made.clock.now())
    made.says("周敏", "/start")
    yield made
    database.close()


def checklist(world: World) -> str:
    """Return the first steps as they stand in the chat a moment later."""
    world.clock.at = datetime.now(UTC)
    world.deliver()
    return next(b.text for b in reversed(world.chat("周敏")) if "启用准备" in b.text)


def test_an_import_a_task_and_an_import_that_is_undone_are_ticked_in_the_chat(office: Office, world: World) -> None:
    assert "⬜ 人员：" in checklist(world) and "⬜ 任务：" in checklist(world)
    office("import", office.write("r.csv", ROSTER), DEFAULT_LOCALE="zh_CN")
    assert "✅ 人员：" in checklist(world)
    office("assign", "health", "--unit", "区局", DEFAULT_LOCALE="zh_CN")
    assert "✅ 任务：" in checklist(world)
    office("undo-import", "--yes", DEFAULT_LOCALE="zh_CN")
    assert "⬜ 人员：" in checklist(world)


def test_an_import_that_only_shows_what_it_would_do_ticks_nothing(office: Office, world: World) -> None:
    office("import", office.write("r.csv", ROSTER), "--dry-run", DEFAULT_LOCALE="zh_CN")
    assert "⬜ 人员：" in checklist(world)
