"""`check` warns, before it matters, of summaries nobody would get: no lead of the whole, leads who never came in."""

from pathlib import Path

import pytest

from models.core.database import connect
from tests.support.program import Office
from tests.support.world import ROSTER, World

NO_DIRECTOR = ROSTER.replace("1001,陈局,区局,lead", "1001,陈局,区局,")


def _leads(folder: Path, roster: str, enrolled: str | None, *, task: bool = True) -> list[str]:
    """Return what `check` says about leads."""
    url = f"sqlite:///{folder / 'zr.db'}"
    office = Office(folder, url)
    office("init", "区局", "周敏", "--staff-no", "1002")
    database = connect(url)
    world = World(database)
    world.organisation(roster, enrolled=enrolled)
    if task:
        world.assign()
    database.close()
    done = office("check", code=1)  # other things are missing too: a backup, a program that runs
    return [line for line in (done.stdout + done.stderr).splitlines() if line[2:].startswith("leads")]


def test_a_root_without_a_lead_is_named(tmp_path: Path) -> None:
    (said,) = _leads(tmp_path, NO_DIRECTOR, None)
    assert said.startswith("✗ leads (区局): the top unit has no lead")


def test_leads_who_never_came_in_are_named(tmp_path: Path) -> None:
    (said,) = _leads(tmp_path, ROSTER, "1001 1002")
    assert said.startswith("✗ leads (王建国 (1003), 赵强 (1007)): they lead a unit and are not enrolled")


def test_leads_who_are_all_there_are_well(tmp_path: Path) -> None:
    assert _leads(tmp_path, ROSTER, None) == ["✓ leads: OK"]


@pytest.mark.parametrize("roster", [ROSTER, NO_DIRECTOR])
def test_before_anything_is_asked_nobody_is_missed(roster: str, tmp_path: Path) -> None:
    assert _leads(tmp_path, roster, "1002", task=False) == []
