"""A roster taken over from the terminal: whole or not at all."""

import re

import pytest

from tests.bot.cli.records import people
from tests.support.program import Office
from tests.support.world import ROSTER


def test_a_roster_is_taken_over_once(office: Office) -> None:
    file = office.write("roster.csv", ROSTER)
    assert "not made" in office("import", file, "--dry-run").stdout
    assert people(office) == 0
    assert "new person 2001 刘大爷" in office("import", file).stdout
    assert people(office) == 10
    assert "Nothing to change" in office("import", file).stdout
    before, after = "2001,刘大爷,区局/一站,,ward,1004", "2001,刘伯,区局/一站,,ward,1005"
    said = office("import", office.write("roster.csv", ROSTER.replace(before, after))).stdout
    assert "刘大爷 → 刘伯" in said
    assert "1004 → 1005" in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_roster_comes_as_excel_writes_it(office: Office, encoding: str) -> None:
    text = "工号,姓名,单位,角色\r\n007,王建国,区局/一站,负责人\r\n008,囍龘,区局,\r\n"
    office("import", office.write("r.csv", text.encode(encoding)))
    said = office("invite", "007", "008").stdout.splitlines()
    assert [line.split()[:2] for line in said] == [["007", "王建国"], ["008", "囍龘"]]


def test_every_bad_line_is_named_and_nothing_is_imported(office: Office) -> None:
    office("init", "区局")
    lines = ["staff_no,name,unit,role,kind,reporter,timezone", "1,甲,区局,,,,", ",乙,区局,,,,", "3,丙,区局,boss,,,",
             "4,丁,区局,,ward,,", "5,戊,区局,,ward,99,", "6,己,区局//一站,,,,", "7,庚,区局,,,,Mars/Here"]  # fmt: skip
    done = office("import", office.write("bad roster.csv", "\n".join(lines)), code=2)
    named = [int(n) for n in re.findall(r"^bad roster\.csv, line (\d+): ", done.stderr, re.MULTILINE)]
    assert named == [3, 4, 5, 6, 7, 8], "the unknown reporter too: all in one pass"
    assert people(office) == 1
    alone = office("import", office.write("r.csv", "\n".join([*lines[:2], lines[5]])), code=2)
    assert "line 3" in alone.stderr
    assert "99" in alone.stderr
    assert people(office) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no people"),
        (b"staff_no,name\n1,a\n", "unit"),
        (b'staff_no,name,unit\n1,"a,X\n', "CSV"),
        (b"staff_no,name,unit\n1,\xff\xff\xff,X\n", "UTF-8"),
    ],
)
def test_what_is_no_roster_is_refused(office: Office, content: bytes, words: str) -> None:
    assert words in office("import", office.write("r.csv", content), code=2).stderr


def test_a_file_that_is_not_there_or_a_folder_is_named(office: Office) -> None:
    assert "nowhere.csv" in office("import", "nowhere.csv", code=2).stderr
    assert str(office.folder) in office("import", str(office.folder), code=2).stderr
