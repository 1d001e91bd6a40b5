"""`/help`: what everybody does each day, and of all else which commands there are, by group."""

import pytest

from handlers.core.access import LEAD, MEMBER
from handlers.core.groups import Group
from handlers.registry import ROUTES
from tests.support.world import World

LINES = 16  # of an employee's help, headings and empty lines apart


def test_an_employees_help_is_short_and_names_nothing_that_is_not_theirs(world: World) -> None:
    shown = world.says("李梅", "/help")
    assert len([line for line in shown.splitlines() if line.strip()]) <= LINES
    for it in ROUTES.commands:
        assert (f"/{it.name} " in shown) == (it.role == MEMBER and it.name != "calls"), it.name


@pytest.mark.sqlite
@pytest.mark.parametrize(("who", "has"), [("李梅", False), ("张伟", True), ("王建国", True), ("赵强", False)])
def test_help_names_calls_to_who_has_wards_to_call(world: World, who: str, has: bool) -> None:
    assert ("/calls" in world.says(who, "/help").replace("\n", " ")) == has
    world.forges(who, "help.group.support")
    assert ("/calls" in world.last(who).text) == has
    assert "电话随访" in world.says(who, "电访") or not has


@pytest.mark.parametrize("language", ["中文", "English"])
def test_an_admins_help_names_every_command_and_its_groups_say_what_they_are_for(world: World, language: str) -> None:
    world.says("周敏", f"/language {language}")
    shown, buttons = world.says("周敏", "/help"), world.last("周敏").content.buttons
    told = [f"/{it.name}" for it in ROUTES.commands if it.role >= LEAD]
    assert not [name for name in told if f"{name} " not in shown.replace("\n", " ") + " "]
    assert len(shown) < 1500
    assert [it.data for row in buttons for it in row] == [
        f"help.group.{it}" for it in Group if it is not Group.REPORTS and any(c.group is it for c in ROUTES.commands)
    ]
    card = world.last("周敏")
    for it in (it for row in buttons for it in row):
        world.taps("周敏", it.label, card)
        named = [f"/{c.name} " for c in ROUTES.commands if c.group == it.data.rpartition(".")[2]]
        assert not [name for name in named if name not in world.last("周敏").text]


def test_a_group_that_is_not_ones_own_has_no_commands(world: World) -> None:
    world.forges("李梅", "help.group.settings")
    assert "/people" not in world.last("李梅").text
