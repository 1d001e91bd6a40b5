"""An import is undone within the hour, by the button below its receipt; what has changed since is not overwritten."""

import pytest
from sqlmodel import select

from models.core.database import Database
from models.organisation.people import Person
from models.organisation.units import Unit
from tests.support.world import ROSTER, World

MORE = """staff_no,name,unit,role,kind,reporter
1005,李小梅,区局/二站,lead,,
1030,吴芳,区局/三站/路线一,,,
1031,郑强,区局/三站,,,
2030,吴奶奶,区局/三站,,ward,1030
"""


@pytest.fixture
def imported(database: Database) -> World:
    world = World(database)
    world.organisation(ROSTER)
    world.sends("周敏", "r.csv", mime="text/csv", data=MORE.encode())
    world.taps("周敏", "导入")
    return world


def organisation(world: World) -> list[object]:
    with world.database.reading() as session:
        people = session.exec(select(Person).order_by(Person.staff_no)).all()
        units = session.exec(select(Unit).order_by(Unit.path)).all()
        return [repr((p.staff_no, p.name, p.reporter_id)) for p in people] + [u.path for u in units]


def test_everything_is_as_before(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER)
    before = organisation(world)
    world.sends("周敏", "r.csv", mime="text/csv", data=MORE.encode())
    world.taps("周敏", "导入")
    assert organisation(world) != before
    world.taps("周敏", "撤销本次导入")
    assert "新增的3人" in world.last("周敏").text
    world.taps("周敏", "撤销", world.last("周敏"))
    assert "已撤销导入“r.csv”" in world.last("周敏").text
    assert "以下未撤销" not in world.last("周敏").text
    assert organisation(world) == before


@pytest.mark.sqlite
def test_what_has_changed_since_stays_and_is_named(imported: World) -> None:
    imported.says("周敏", "/people role 1005 成员 二站 today")
    imported.taps("周敏", "确认")
    code = imported.says("周敏", "/invite 1031").split("1031 郑强 ")[1].split()[0]
    imported.says("1031", f"/start {code}")
    imported.taps("周敏", "撤销本次导入")
    imported.taps("周敏", "撤销", imported.last("周敏"))
    said = imported.last("周敏").text
    assert "李小梅（1005）：导入后又有改动" in said
    assert "郑强（1031）：已开通、已邀请或已纳入填报" in said
    assert "单位区局/三站：导入后已使用" in said
    left = organisation(imported)
    assert "区局/三站/路线一" not in left
    assert not any("吴芳" in str(it) for it in left)


@pytest.mark.sqlite
def test_it_asks_first(imported: World) -> None:
    before = organisation(imported)
    imported.taps("周敏", "撤销本次导入")
    imported.taps("周敏", "取消", imported.last("周敏"))
    assert organisation(imported) == before


@pytest.mark.sqlite
def test_after_an_hour_it_is_too_late(imported: World) -> None:
    before = organisation(imported)
    imported.at("08:05")
    assert "一小时内" in (imported.taps("周敏", "撤销本次导入") or "")
    assert organisation(imported) == before


@pytest.mark.sqlite
def test_it_is_undone_once_and_by_its_author_only(imported: World) -> None:
    button, _ = imported.button("周敏", "撤销本次导入")
    assert imported.forges("王建国", button.data)
    imported.taps("周敏", "撤销本次导入")
    imported.taps("周敏", "撤销", imported.last("周敏"))
    assert "一小时内" in (imported.forges("周敏", button.data) or "")
