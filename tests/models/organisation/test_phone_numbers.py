"""Telephone numbers: read as people write them, kept as they are dialled."""

import pytest

from models.changes import roster_import
from models.core.database import Database
from models.core.errors import Refusal, Refusals
from models.organisation import people, phone_numbers, roster_export
from tests.support.world import MONDAY


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800007001", "13800007001"), ("138 0000 7001", "13800007001"), ("138-0000-7001", "13800007001"),
        ("+86 138 0000 7001", "13800007001"), ("0086 13800007001", "13800007001"), ("８６13800007001", "13800007001"),
        ("１３８００００７００１", "13800007001"), ("010-12345678", "01012345678"), ("(010) 1234 5678", "01012345678"),
        ("+44 20 7946 0958", "+442079460958"), ("0044 20 7946 0958", "+442079460958"), ("12345", "12345"),
        ("", None), ("  ", None), ("无", ""), ("none", ""), ("-", ""),
    ],
)  # fmt: skip
def test_a_number_is_kept_as_it_is_dialled(typed: str, kept: str | None) -> None:
    assert phone_numbers.read(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "1234",
        "1" * 16,
        "13800007001、13900007001",
        "1.38E+10",
        "010-12345678转801",
        "call me",
        "+",
        "138O0007001",
        "<b>",
    ],
)
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        phone_numbers.read(typed)
    assert refused.value.key == "roster.phone"


def test_a_chinese_mobile_number_is_shown_in_groups() -> None:
    assert phone_numbers.shown("13800007001") == "138 0000 7001"
    assert phone_numbers.shown("+442079460958") == "+442079460958"
    assert phone_numbers.shown("–") == "–"


@pytest.mark.parametrize(
    "heading", ["phone", "电话", "手机", "手机号码", "联系电话", "Mobile phone", "Tel.", "Contact number"]
)
def test_the_column_is_known_by_what_people_call_it(database: Database, heading: str) -> None:
    text = f"工号,姓名,单位,{heading}\n1,张伟,区局,138 0000 7001\n2,李梅,区局,\n"
    with database.writing() as session:
        roster_import.take(session, roster_import.read(text.encode()))
        assert people.find_person(session, "1").phone == "13800007001"
        assert people.find_person(session, "2").phone is None


def test_it_is_exported_and_imported_again_unchanged_and_an_empty_cell_changes_nothing(database: Database) -> None:
    text = "工号,姓名,单位,手机\n1,张伟,区局,+44 20 7946 0958\n2,李梅,区局,13800007002\n"
    with database.writing() as session:
        roster_import.take(session, roster_import.read(text.encode()))
        for locale in ("zh_CN", "en", roster_export.CODES):
            rows = [",".join(roster_export.quoted(it)) for it in roster_export.rows(session, locale, MONDAY)]
            assert roster_import.take(session, roster_import.read("\n".join(rows).encode())) == []
        emptied = roster_import.read("工号,姓名,单位,手机\n1,张伟,区局,\n2,李梅,区局,无\n".encode())
        assert [(it.what, it.before) for it in roster_import.take(session, emptied)] == [("phone", "13800007002")]
        assert people.find_person(session, "1").phone == "+442079460958"
        assert people.find_person(session, "2").phone is None


@pytest.mark.sqlite
def test_a_bad_one_is_refused_with_its_line(database: Database) -> None:
    with pytest.raises(Refusals) as refused:
        roster_import.read("工号,姓名,单位,手机\n1,张伟,区局,13800007001\n2,李梅,区局,一三八\n".encode())
    assert [(it.key, it.line, it.values["value"]) for it in refused.value.refusals] == [("roster.phone", 3, "一三八")]
