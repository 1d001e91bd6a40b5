"""A terminal on a database that is not there yet, and one on a Monday that was played."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.databases import Beginnings
from tests.support.filling import fill_health
from tests.support.program import Office
from tests.support.world import DELIVERY, HEALTH, ROSTER, World


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Return a terminal in English on a database that is not there yet."""
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")


def monday(world: World) -> None:
    """Play Monday to its lock: zero, a late one with an incident, silence, deliveries."""
    world.organisation(ROSTER.replace("1008,钱丽,", "1008,=钱丽,"))
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("8:00")
    assert world.taps("1004", "零报告")
    world.at("10:30")
    fill_health(world, "1008", "38.2", remark="=1+1")
    world.at("23:59").at("0:05", datetime(2026, 11, 24, tzinfo=UTC).date())


@pytest.fixture(scope="session")
def played(beginnings: Beginnings) -> Path:
    """Return a database in which that was played."""
    return beginnings.played("sqlite", monday).path


@pytest.fixture
def archive(played: Path, tmp_path: Path) -> Office:
    """Return a copy of that database, to query and to tamper with."""
    shutil.copy(played, tmp_path / "zr.db")
    return Office(tmp_path, f"sqlite:///{tmp_path / 'zr.db'}")
