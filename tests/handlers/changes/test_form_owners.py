"""A form belongs to a unit: only who administers that unit changes it, asks it or gives it to another."""

import pytest
from sqlmodel import select

from models.changes import staff_changes
from models.cycle.assignments import Assignment
from models.forms import versions
from models.organisation import people, units
from models.organisation.people import Role
from tests.handlers.changes.part_admins import ABOVE, AUTHOR, OWN, begin
from tests.support.admins import send_file
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nobody_changes_a_form_above_or_beside(world: World) -> None:
    """As the finding did: the root's task is planned, a station's admin sends other words under its code."""
    world.says(ABOVE, "/assign new market 区局 12-01")
    world.taps(ABOVE, "确认")
    with world.database.reading() as session:
        assert versions.latest(session, "market") is None
    for code in ("market", "health", "inspection"):
        said = send_file(world, AUTHOR, f"{code}.yaml", OWN.replace("code: own", f"code: {code}") + "# other\n")
        assert f"表单{code}归区局管理" in said, said
        assert not any("确认" in label for label in world.last(AUTHOR).labels)
    with world.database.writing() as session:
        staff_changes.set_role(
            session, people.find_person(session, "1008"), units.unit_at(session, "区局/二站"), Role.ADMIN
        )
    assert "表单own归区局/一站管理" in send_file(world, "钱丽", "own.yaml", OWN + "\n# other\n")
    assert "表单own归区局/一站管理" in world.says("钱丽", "/assign new own 区局/二站")
    assert "没有表单“own”" in world.says("钱丽", "/form show own")
    assert "own" not in world.says("钱丽", "/form list")
    assert "涉及" in send_file(world, ABOVE, "own.yaml", OWN + "\n# other\n"), "who stands above may"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_form_of_above_is_asked_in_ones_own_part_and_its_number_told_is_of_all(world: World) -> None:
    world.says(AUTHOR, "/assign new health 区局/一站 今天")
    world.taps(AUTHOR, "确认")
    assert asked_on(world, "health") == {"区局", "区局/一站"}
    world.says(AUTHOR, "/assign new fresh 区局/一站 12-01")
    world.taps(AUTHOR, "确认")
    said = send_file(world, AUTHOR, "fresh.yaml", OWN.replace("code: own", "code: fresh") + "\n# other\n")
    assert "涉及8人" in said, "those who are going to be asked"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_form_is_given_to_another_unit_by_who_administers_both(world: World) -> None:
    """A part's admin who took a code first keeps nobody from asking it elsewhere."""
    assert "表单own归区局/一站管理" in world.says(ABOVE, "/assign new own 区局/二站")
    assert "“区局”不在您" in world.says(AUTHOR, "/form give own 区局")
    assert "“区局/二站”不在您" in world.says(AUTHOR, "/form give own 区局/二站")
    assert "区局正在使用表单health" in world.says(AUTHOR, "/form give health 区局/一站")
    assert "区局/一站/甲组" in world.says(ABOVE, "/form give own 区局/二站"), "where it is asked"
    assert not world.last(ABOVE).labels
    world.says(ABOVE, "/form give own 区局")
    world.taps(ABOVE, "确认")
    assert "/form give own 区局/一站" in world.last(ABOVE).text
    assert "归属：区局" in world.says(ABOVE, "/form show own")
    assert "表单own归区局管理" in send_file(world, AUTHOR, "own.yaml", OWN + "\n# other\n")
    world.says(ABOVE, "/assign new own 区局/二站 今天")
    world.taps(ABOVE, "确认")
    assert asked_on(world, "own") == {"区局/一站/甲组", "区局/二站"}
    assert "区局/二站" in world.says(ABOVE, "/form give own 区局/一站"), "it is asked beside by now"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_admin_of_two_parts_is_told_whose_a_new_form_is_and_passes_it_on(world: World) -> None:
    with world.database.writing() as session:
        who, there = people.find_person(session, AUTHOR), units.unit_at(session, "区局/二站")
        staff_changes.set_role(session, who, there, Role.ADMIN)
    said = send_file(world, AUTHOR, "mine.yaml", OWN.replace("code: own", "code: mine"))
    assert "归区局/一站管理" in said, said
    world.taps(AUTHOR, "确认")
    world.says(AUTHOR, "/form give mine 区局/二站")
    world.taps(AUTHOR, "确认")
    with world.database.reading() as session:
        owner = versions.owner(session, "mine")
    assert owner and owner.path == "区局/二站"


def asked_on(world: World, form: str) -> set[str]:
    with world.database.reading() as session:
        found = session.exec(select(Assignment).where(Assignment.form_code == form)).all()
        return {session.get_one(units.Unit, a.unit_id).path for a in found}
