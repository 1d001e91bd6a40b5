"""Waves: how long one takes is said before it starts."""

from datetime import datetime, timedelta

import pytest

from handlers.core.rendering import Renderer
from models.core.database import Database
from models.messaging import enrolment
from models.operations.forecast import Wave, waves
from models.organisation import people
from tests.support.world import ZONE, World

AT = datetime(2026, 11, 24, 7, 30, tzinfo=ZONE)


@pytest.mark.parametrize(("locale", "said"), [
    ("en", "24 Nov 07:31  health  the day opens  at most 10,000 messages: 5 min 34 s, last one at 07:36:34; if everyone"
           " answers at once, 11 min 7 s, last one at 07:42:07"),
    ("zh_CN", "11月24日 07:31  health  开放填报  至多10,000条：5分34秒，最后一条07:36:34；若"
     "人人立即回复则11分7秒，最后一条07:42:07"),
], ids=["en", "zh"])  # fmt: skip
def test_a_wave_says_how_long_it_takes_and_when_the_last_one_leaves(locale: str, said: str) -> None:
    wave = Wave("health", "ask", AT, {"telegram": 10_000, "web": 3})
    told = Renderer(locale, "Asia/Shanghai").told("wave", wave=wave, takes=wave.pace({"telegram": 30}))
    assert told.replace("10,003", "10,000") == said


def test_channels_send_side_by_side_and_without_a_limit_nothing_is_said() -> None:
    wave = Wave("health", "ask", AT.replace(minute=31), {"telegram": 60, "wecom": 10, "web": 3})
    pace = wave.pace({"telegram": 30, "wecom": 2})
    assert pace
    assert (pace.best, pace.last) == (timedelta(seconds=5), AT.replace(minute=31, second=5))
    assert wave.pace({"other": 1}) is None
    assert "at most 73 messages" in Renderer("en", "Asia/Shanghai").told("wave", wave=wave, takes=None)


def test_people_are_counted_on_the_channel_they_used_last(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1003 1004 1005")
    world.assign()
    with database.writing() as session:
        ann = people.find_person(session, "1005")
        enrolment.enrol(session, ann, "telegram", "t5", "t5", world.clock.now() + timedelta(hours=1))
    with database.reading() as session:
        found = {wave.kind: wave for wave in waves(session)}
    assert found["ask"].by == {"web": 2, "telegram": 1}
    assert found["summarise"].most == 5  # the groups of four units, and one lead
