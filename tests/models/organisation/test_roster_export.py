"""The roster as a file that comes back as it went, and an empty one to fill in."""

import zipfile
from datetime import date
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlmodel import select

from handlers.core.rendering import Renderer
from handlers.exports import roster_files as rosters
from handlers.exports.about import Writing
from models.changes import roster_import
from models.core import characters
from models.core.database import Database
from models.organisation import roster_export
from models.organisation.kinds import Kind, Role
from models.organisation.people import Person
from models.organisation.roster_headings import KNOWN, NEEDED
from models.spreadsheets.headings import plain
from tests.support.workbooks import wrong_in
from tests.support.world import MONDAY, ROSTER, World


def _file(world: World, kind: str, locale: str) -> bytes:
    """Return the roster in words, or in codes."""
    out, codes = BytesIO(), locale == "codes"
    with world.database.reading() as session:
        writing = Writing(Renderer("en" if codes else locale), world.clock.now(), None)
        rosters.write(session, writing, kind, MONDAY, out, codes=codes)
    return out.getvalue()


def _numbers(name: str) -> bool:
    """Say whether a staff number may be written so."""
    return characters.is_number(name) and characters.number(name) == name


NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=12
) | st.sampled_from(["=1+1", "'=x", "-5", "@a", "+86", "''", "_x0041_", "007", "1e5", "TRUE", '<b>&"', "a,b", "无"])


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(NAMES.map(characters.name).filter(characters.is_name), min_size=1, max_size=6),
    locale=st.sampled_from(["zh_CN", "en", "codes"]),
)
def test_the_exported_roster_changes_nothing_when_it_comes_back(
    database: Database, names: list[str], locale: str
) -> None:
    world = World(database)
    with database.writing() as session:
        roster_import.take(session, [
            roster_import.Row(1, name if at % 2 and _numbers(name) else f"n{at}", name,
                       "区局/一站" if at % 3 else "区局", Role.LEAD if at == 1 else Role.MEMBER, Kind.STAFF, None,
                       [None, "zh_CN", "en"][at % 3], "Asia/Urumqi" if at == 2 else None,
                       [None, "", "sat,sun", "wed"][at % 4])
            for at, name in enumerate(dict.fromkeys(names))
        ])  # fmt: skip
    for kind in ("csv", "xlsx"):
        rows = roster_import.read(_file(world, kind, locale))
        with database.writing() as session:
            assert roster_import.take(session, rows) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", ["zh_CN", "en", "codes"])
@pytest.mark.parametrize("days", [None, "", "wed", "sat,sun"])
@pytest.mark.sqlite
def test_the_exported_roster_keeps_the_rest_days(database: Database, kind: str, locale: str, days: str | None) -> None:
    world = World(database)
    with database.writing() as session:
        roster_import.take(
            session, [roster_import.Row(1, "1", "甲", "局", Role.LEAD, Kind.STAFF, None, None, None, days)]
        )
    assert [row.rest_days for row in roster_import.read(_file(world, kind, locale))] == [days]


@pytest.mark.sqlite
def test_the_exported_roster_makes_the_same_organisation_elsewhere(database: Database) -> None:
    world = World(database)
    world.organisation(groups=False)
    for kind, locale in (("csv", "zh_CN"), ("xlsx", "en"), ("xlsx", "codes")):
        again = [
            (r.staff_no, r.name, r.unit, r.role, r.kind, r.reporter, r.locale)
            for r in roster_import.read(_file(world, kind, locale))
        ]
        before = [
            (r.staff_no, r.name, r.unit, r.role, r.kind, r.reporter, r.locale)
            for r in roster_import.read(ROSTER.encode())
        ]
        assert sorted(again, key=repr) == sorted(before, key=repr)
        homes = dict(reversed([(number, unit) for number, _, unit, *_ in again]))
        assert homes["1004"] == "区局/一站"
        assert homes["1008"] == "区局/二站"


@pytest.mark.sqlite
def test_a_roster_in_words_says_what_it_is_and_keeps_the_zeros_of_what_is_typed_into_it(database: Database) -> None:
    world = World(database)
    world.organisation(groups=False)
    head = {
        "zh_CN": ["工号", "姓名", "单位", "角色", "类型", "代报人", "语言", "时区", "休息日", "企业微信账号",
                  "手机"],
        "en": ["Staff number", "Name", "Unit", "Role", "Kind", "Reporter", "Language", "Time zone", "Days off",
               "WeCom account", "Phone"],
    }  # fmt: skip
    for locale, sheets in (("zh_CN", ["文件说明", "花名册"]), ("en", ["About this file", "Roster"])):
        data = _file(world, "xlsx", locale)
        about, page = load_workbook(BytesIO(data)).worksheets
        assert [about.title, page.title] == sheets
        assert [c.value for c in page[1]] == head[locale]
        assert (page.freeze_panes, page.auto_filter.ref) == ("A2", f"A1:K{page.max_row}")
        assert "区局" in [c.value for c in about["B"]] and page.max_row - 1 in [c.value for c in about["B"]]
        with zipfile.ZipFile(BytesIO(data)) as archive:
            assert b'<col min="1" max="1" width="' in archive.read("xl/worksheets/sheet2.xml")
            assert b'style="1"/>' in archive.read("xl/worksheets/sheet2.xml"), "a column of text"
        assert [it.key for it in roster_import.look(data).notes] == ["roster.other_sheets"]
        labels = {KNOWN.get(plain(str(c.value))) for c in about["A"]}
        assert not labels & {*NEEDED}, "no label there is taken for a heading of people"
    assert {row[3] for row in _lines(world, "en")} == {"member", "lead", "admin"}
    assert {row[6] for row in _lines(world, "zh_CN")} == {"", "英文"}


def _lines(world: World, locale: str) -> list[list[str]]:
    with world.database.reading() as session:
        return list(roster_export.rows(session, locale, MONDAY))[1:]


@pytest.mark.sqlite
def test_who_has_left_is_not_in_the_roster(database: Database) -> None:
    world = World(database)
    world.organisation(groups=False)
    with database.writing() as session:
        person = session.exec(select(Person).where(Person.staff_no == "1005")).one()
        person.left_on = date(2026, 11, 23)
        session.add(person)
    assert "李梅" not in _file(world, "csv", "zh_CN").decode()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_template_is_filled_in_and_imported_and_its_example_is_nobody(locale: str) -> None:
    data = rosters.template(Renderer(locale))
    assert "There are no people in this file." in wrong_in(data)[0]
    book = load_workbook(BytesIO(data))
    page, told = book.worksheets
    assert [c.value for c in page[1]] == roster_export.headings(locale) == [row[0].value for row in told.iter_rows()]
    assert all(row[1].value for row in told.iter_rows())
    lists = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert lists["D2:D1001"] == ('"成员,负责人,管理员"' if locale == "zh_CN" else '"member,lead,admin"')
    for at, value in enumerate(["007", "甲", "局", lists["D2:D1001"].strip('"').split(",")[1]], 1):
        page.cell(3, at).value = value
    out = BytesIO()
    book.save(out)
    (row,) = roster_import.read(out.getvalue())
    assert (row.line, row.staff_no, row.role) == (3, "007", "lead")
