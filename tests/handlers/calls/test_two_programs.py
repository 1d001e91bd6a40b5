"""Two programs at once: two people tap what came of their calls to the same ward at the same moment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from models.calls.calls import PhoneCall
from models.core.database import Database, connect
from models.organisation.people import Person
from tests.support.world import HEALTH, World

ROOT = Path(__file__).parents[3]
REPORTER, LEAD, WARD = "张伟", "王建国", "刘大爷"
CALL = """
import sys
from datetime import datetime
from itertools import count
from models.core.database import connect
from tests.support.world import World

url, who, ward, outcome, now, first = sys.argv[1:]
world = World(connect(url))
world.clock.at = datetime.fromisoformat(now)
world.town.updates = count(int(first))  # no two programs have an update of the same number
world.says(who, f"电访 {ward}")
button, standing = world.button(who, outcome)
print("ready", flush=True)
sys.stdin.readline()
print(world.forges(who, button.data, message=standing.id), flush=True)
"""


@pytest.fixture
def station(database_url: str) -> World:
    database = connect(database_url)
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.at("7:40")
    return world


def program(world: World, url: str, who: str, outcome: str, first: int) -> "subprocess.Popen[str]":
    """Start a program in which somebody has the ward on the screen and taps when told to."""
    made = subprocess.Popen(
        [sys.executable, "-c", CALL, url, who, WARD, outcome, world.clock.at.isoformat(), str(first)], cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def tap(*programs: "subprocess.Popen[str]") -> list[str]:
    """Let all tap at once; return what each is told."""
    for it in programs:
        assert it.stdin is not None
        it.stdin.write("\n")
        it.stdin.flush()
    return [it.communicate(timeout=60)[0].strip() for it in programs]


def on_record(database: Database) -> list[PhoneCall]:
    with database.reading() as session:
        return list(session.exec(select(PhoneCall)).all())


@pytest.mark.parametrize("outcome", ["已联系上，无情况", "未联系上"])
def test_of_two_who_tap_at_once_one_call_counts_and_the_other_hears_whose(
    station: World, database_url: str, outcome: str
) -> None:
    try:
        running = [
            program(station, database_url, who, outcome, 1000 * n) for n, who in enumerate((REPORTER, LEAD), start=1)
        ]
        told = tap(*running)
        assert [it.returncode for it in running] == [0, 0]
        late = [it for it in told if "未作改动" in it]
        assert len(late) == 1, told
        (call,) = on_record(station.database)
        with station.database.reading() as session:
            first = session.get_one(Person, call.by).name
        assert f"{first}今天07:40已拨打{WARD}的电话（{outcome}）" in late[0]
    finally:
        station.database.close()
