"""The roster as a file: what is read, every line that is refused with its reason, and all or nothing."""

from datetime import date
from io import BytesIO

import pytest
from sqlmodel import select

from models.changes import roster_import
from models.changes.roster_import import Difference
from models.core.database import Database
from models.core.errors import Refusals
from models.organisation import founding, people, roster_export, units
from models.organisation.people import Membership, Person
from models.organisation.units import Unit
from models.spreadsheets import writer

HEAD = "staff_no,name,unit,role,kind,reporter,locale,timezone\n"
GOOD = (
    "0017,张伟,区局/一站,lead,,,,\n"
    "0018,李梅,区局/一站,,,,en,Europe/Berlin\n"
    "0019,刘大爷,区局/一站,,ward,0018,,\n"
    "0018,李梅,区局/防疫专班,,,,,\n"
)


def _take(database: Database, text: str | bytes) -> list[Difference]:
    data = text if isinstance(text, bytes) else text.encode()
    with database.writing() as session:
        return roster_import.take(session, roster_import.read(data))


def _wrong(text: str | bytes) -> list[tuple[str, int | None]]:
    with pytest.raises(Refusals) as refused:
        roster_import.read(text if isinstance(text, bytes) else text.encode())
    return [(r.key, r.line) for r in refused.value.refusals]


def _staff(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Person.staff_no).order_by(Person.staff_no)).all())


def test_people_units_and_memberships_come_from_the_file(database: Database) -> None:
    assert len(_take(database, HEAD + GOOD)) == 10  # three units, three people, four memberships
    assert _staff(database) == ["0017", "0018", "0019"]
    with database.reading() as session:
        mei = people.find_person(session, "0018")
        assert (mei.name, mei.locale, mei.timezone, mei.kind) == ("李梅", "en", "Europe/Berlin", "staff")
        assert people.home(session, mei).path == "区局/一站"
        assert [(r, u.path) for r, u in people.roles(session, mei)] == [
            ("member", "区局/一站"), ("member", "区局/防疫专班")
        ]  # fmt: skip
        ward = people.find_person(session, "刘大爷")
        assert (ward.kind, ward.reporter_id) == ("ward", mei.id)
        assert [u.path for u in session.exec(select(Unit).order_by(Unit.path)).all()] == [
            "区局", "区局/一站", "区局/防疫专班"
        ]  # fmt: skip


@pytest.mark.sqlite
def test_a_second_import_changes_nothing_and_says_so(database: Database) -> None:
    _take(database, HEAD + GOOD)
    assert _take(database, HEAD + GOOD) == []


@pytest.mark.sqlite
def test_absent_from_the_file_is_not_removed(database: Database) -> None:
    _take(database, HEAD + GOOD)
    assert _take(database, HEAD + "0017,张伟,区局/一站,lead,,,,\n") == []
    assert _staff(database) == ["0017", "0018", "0019"]


@pytest.mark.sqlite
def test_an_empty_cell_leaves_what_is_there(database: Database) -> None:
    _take(database, HEAD + GOOD)
    assert _take(database, HEAD + "0018,李梅,区局/一站,,,,,\n") == []
    with database.reading() as session:
        assert people.find_person(session, "0018").locale == "en"


def test_what_a_new_file_changes_is_told_column_by_column(database: Database) -> None:
    _take(database, HEAD + GOOD)
    made = _take(database, HEAD + "0018,李红梅,区局/一站,lead,,,zh,\n0017,张伟,区局/二站,,,,,\n")
    assert [(d.what, d.about, d.before, d.after) for d in made] == [
        ("unit", "区局/二站", None, "区局/二站"),
        ("name", "0018", "李梅", "李红梅"),
        ("locale", "0018", "en", "zh_CN"),
        ("role", "0018", "member", "lead"),
        ("membership", "0017", None, "区局/二站 member"),
    ]
    with database.reading() as session:
        assert people.home(session, people.find_person(session, "0017")).path == "区局/一站"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("comma", [",", "\t", ";"])
def test_every_way_a_spreadsheet_saves_it_is_read(encoding: str, ends: str, comma: str) -> None:
    text = "工号,姓名,单位,角色,类型,代报人,语言,时区\n0007,张伟,区局/一站,负责人,员工,,中文,\n".replace(",", comma)
    (row,) = roster_import.read(text.replace("\n", ends).encode(encoding))
    assert (row.staff_no, row.name, row.unit, row.role, row.kind) == ("0007", "张伟", "区局/一站", "lead", "staff")
    assert (row.locale, row.line) == ("zh_CN", 2)


def test_columns_come_in_any_order_and_only_three_are_needed() -> None:
    (row,) = roster_import.read("unit,NAME, staff_no \n 区局 / 一站 , 张伟 ,0017\n\n ,,\n".encode())
    assert (row.staff_no, row.name, row.unit, row.role) == ("0017", "张伟", "区局/一站", "member")


@pytest.mark.parametrize(("text", "wrong"), [
    ("", [("roster.empty", None)]),
    ("\n\n", [("roster.empty", None)]),
    (HEAD, [("roster.empty", None)]),
    ("staff_no,name\n1,张伟\n", [("headings.missing", 1)]),
    ("staff_no,name,unit,rol\n1,张伟,区局,lead\n", [("headings.misspelt", 1)]),
    ("staff_no,name,unit,姓名\n1,张伟,区局,张某\n", [("headings.unclear", 1)]),
    ("staff_no,name,unit,name\n1,张伟,区局,张某\n", [("headings.twice", 1)]),
    (HEAD + "1,张伟,区局,,,,,,多\n", [("roster.too_many_cells", 2)]),
    (HEAD + ",张伟,区局,,,,,\n2,,区局,,,,,\n3,李梅,,,,,,\n",
     [("roster.blank", 2), ("roster.blank", 3), ("roster.blank", 4)]),
    (HEAD + f"1,{'长' * 65},区局,,,,,\n", [("roster.unprintable", 2)]),
    (HEAD + '1,"张\n伟",区局,,,,,\n', [("roster.unprintable", 3)]),
    (HEAD + "0 17,张伟,区局,,,,,\n", [("roster.staff_no", 2)]),
    (HEAD + "1,张伟,区局,boss,,,,\n", [("roster.choice", 2)]),
    (HEAD + "1,张伟,区局,,dog,,,\n", [("roster.choice", 2)]),
    (HEAD + "1,张伟,区局,,,,fr,\n", [("roster.choice", 2)]),
    (HEAD + "1,张伟,区局,,,,,Mars/North\n", [("calendars.unknown_zone", 2)]),
    (HEAD + "1,张伟,区局//一站,,,,,\n", [("roster.path", 2)]),
    (HEAD + "1,张伟,a/b/c/d/e/f/g/h/i,,,,,\n", [("roster.path", 2)]),
    (HEAD + "1,刘大爷,区局,,ward,,,\n", [("roster.ward_alone", 2)]),
    (HEAD + "1,刘大爷,区局,lead,ward,2,,\n2,张伟,区局,,,,,\n", [("roster.ward_role", 2)]),
    (HEAD + "1,张伟,区局,,,2,,\n2,李梅,区局,,,,,\n", [("roster.staff_reporter", 2)]),
    (HEAD + "1,刘大爷,区局,,ward,1,,\n", [("roster.own_reporter", 2)]),
    (HEAD + "1,张伟,区局,,,,,\n1,李梅,区局/一站,,,,,\n", [("roster.differs", 3)]),
    (HEAD + "1,张伟,区局,,,,,\n1,张伟,区局,,,,,\n", [("roster.twice", 3)]),
    (HEAD + '1,"张伟,区局,,,,,\n', [("roster.csv", 2)]),
    (b"staff_no,name,unit\n1,\xff\x98\x81\xff,\xff\n", [("roster.encoding", None)]),
])  # fmt: skip
def test_every_bad_line_is_named_with_its_reason(text: str | bytes, wrong: list[tuple[str, int | None]]) -> None:
    if isinstance(text, bytes):
        with pytest.raises(Exception) as refused:
            roster_import.read(text)
        assert getattr(refused.value, "key", None) == wrong[0][0]
    else:
        assert _wrong(text) == wrong


@pytest.mark.parametrize(("rows", "wrong"), [
    ("1,张伟,市局/一站,,,,,\n", [("roster.root", 2)]),
    ("1,刘大爷,区局,,ward,99,,\n", [("roster.reporter_unknown", 2)]),
    ("1,刘大爷,区局,,ward,0019,,\n", [("roster.reporter_ward", 2)]),
])  # fmt: skip
@pytest.mark.sqlite
def test_what_does_not_fit_the_organisation_changes_nothing(
    database: Database, rows: str, wrong: list[tuple[str, int]]
) -> None:
    _take(database, HEAD + GOOD)
    with pytest.raises(Refusals) as refused:
        _take(database, HEAD + "5,新人,区局/三站,,,,,\n".replace("5,", "5,") + rows)
    assert [(r.key, r.line and r.line - 1) for r in refused.value.refusals] == wrong
    assert _staff(database) == ["0017", "0018", "0019"]
    with database.reading() as session:
        assert len(session.exec(select(Unit)).all()) == 3


@pytest.mark.sqlite
def test_one_bad_line_and_nothing_is_imported(database: Database) -> None:
    with pytest.raises(Refusals):
        _take(database, HEAD + GOOD + "1,李,区局,boss,,,,\n")
    assert _staff(database) == []


def test_a_reporter_with_wards_cannot_become_a_ward(database: Database) -> None:
    _take(database, HEAD + GOOD)
    with pytest.raises(Refusals) as refused:
        _take(database, HEAD + "0018,李梅,区局/一站,,ward,0017,,\n")
    assert [r.key for r in refused.value.refusals] == ["roster.reporter_ward"]


def test_the_first_roster_names_an_organisation_that_is_only_its_root(database: Database) -> None:
    with database.writing() as session:
        founding.begin(session, "我的单位", "0001", "周敏")
    made = _take(database, HEAD + GOOD)
    assert ("name", "我的单位", "区局") in [(d.what, d.before, d.after) for d in made]
    assert roster_import.renamed(made) == [], "the root has no number that could be another person's"
    with database.reading() as session:
        root = units.root(session)
        assert root and root.path == "区局"
        assert people.home(session, people.find_person(session, "0001")).path == "区局"
        assert len(session.exec(select(Unit)).all()) == 3
        assert len(session.exec(select(Membership)).all()) == 5


def test_a_roster_leaves_the_organisation_an_admin(database: Database) -> None:
    with database.writing() as session:
        founding.begin(session, "区局", "0001", "周敏")
    with pytest.raises(Refusals) as refused:
        _take(database, HEAD + "0002,李梅,区局,,,,,\n0001,周敏,区局,,,,,\n")
    assert [(r.key, r.line) for r in refused.value.refusals] == [("roster.last_admin", 3)]
    made = _take(database, HEAD + "0001,周敏,区局,,,,,\n0002,李梅,区局,admin,,,,\n")
    assert ("role", "admin", "member") in [(d.what, d.before, d.after) for d in made]


@pytest.mark.sqlite
def test_a_root_with_units_below_keeps_its_name(database: Database) -> None:
    _take(database, HEAD + GOOD)
    with pytest.raises(Refusals):
        _take(database, HEAD + "1,张伟,市局/一站,,,,,\n")


def test_the_account_in_wecom_is_taken_over_and_given_back(database: Database) -> None:
    text = "staff_no,name,unit,企业微信账号\n1,张伟,区局,ZhangWei\n2,李梅,区局,\n"
    with database.writing() as session:
        roster_import.take(session, roster_import.read(text.encode()))
        assert people.find_person(session, "1").wecom_id == "ZhangWei"
        assert people.find_person(session, "2").wecom_id is None
        made = roster_import.take(session, roster_import.read(text.replace("ZhangWei", "zw").encode()))
        assert [(d.what, d.before, d.after) for d in made] == [("wecom_id", "ZhangWei", "zw")]
        out = BytesIO()
        writer.write_csv(roster_export.rows(session, "zh_CN", date(2026, 11, 23)), out)
        assert roster_import.take(session, roster_import.read(out.getvalue())) == []
        assert ",zw" in out.getvalue().decode("utf-8-sig")


@pytest.mark.sqlite
def test_two_people_cannot_have_one_account_in_wecom(database: Database) -> None:
    head = "staff_no,name,unit,wecom_id\n"
    with database.writing() as session:
        roster_import.take(session, roster_import.read(f"{head}1,张伟,区局,Zhang\n".encode()))
        for text in ("2,李梅,区局,zhang\n", "2,李梅,区局,a\n3,王建国,区局,A\n"):
            with pytest.raises(Refusals) as refused:
                roster_import.take(session, roster_import.read((head + text).encode()))
            assert [r.key for r in refused.value.refusals] == ["roster.account_twice"]
        swapped = roster_import.read(f"{head}1,张伟,区局,Li\n2,李梅,区局,Zhang\n".encode())
        roster_import.take(session, swapped)
