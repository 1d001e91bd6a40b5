"""Numbers and days are written one way each: digits in groups of three, days and instants by the reader's calendar."""

import re
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest

from handlers.core import rendering
from handlers.core.rendering import Renderer
from models.core.errors import Refusal

TEMPLATES = sorted(path for path in rendering.TEMPLATES.rglob("*.j2") if path.parent.name != "pictures")
SAID = re.compile(r"{%-? trans.*?{% endtrans %}", re.DOTALL)
OUTPUT = re.compile(r"{{-?\s*(.*?)\s*-?}}", re.DOTALL)
COUNTED = re.compile(
    r"(^|[.\s])(n|count|total|received|expected|missing|filled|late|excused|silent|waiting|left|many|changes|length)$"
)
RAW = re.compile(r"isoformat|strftime|\.date\(\)")
A_COMMAND = re.compile(r'command="[^"]*" ~ number ~ " " ~ day\.isoformat\(\)')  # is typed as it stands


def _name(path: Path) -> str:
    return path.relative_to(rendering.TEMPLATES).as_posix()


@pytest.mark.parametrize(("locale", "written"), [("en", "12,345"), ("zh_CN", "12,345")])
def test_a_number_in_a_sentence_has_its_digits_grouped(locale: str, written: str) -> None:
    words = Renderer(locale)
    assert written in words.line("exports/exported", roster=True, archive=False, count=12345, files=None)
    assert written in words.told("imported", count=12345, dry=False)


def test_what_is_no_quantity_is_not_grouped() -> None:
    said = Renderer("en").line(
        "changes/changed", what="form.store", a=FORM, day=1, today=1, first=None, undo="", later=False
    )
    assert "version 1234." in said


FORM = {"code": "x", "number": 1234, "title": {"en": "X"}, "added": [], "gone": [], "path": "P"}


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_numbers_and_days_of_a_template_go_through_the_filters(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not RAW.search(A_COMMAND.sub("", text)), "a day is written by its filter"
    bare = [said for said in OUTPUT.findall(SAID.sub("", text)) if COUNTED.search(said)]
    assert bare == [], "a number is written by its filter"


def test_the_pattern_finds_a_bare_number() -> None:
    assert [it for it in OUTPUT.findall("{{ group.received }} {{ n|number }} {{ name }}") if COUNTED.search(it)] == [
        "group.received"
    ]


@pytest.mark.parametrize(
    ("locale", "near", "far"), [("en", "5 Mar", "5 Mar 2027"), ("zh_CN", "3月5日", "2027年3月5日")]
)
def test_a_day_of_another_year_carries_its_year_wherever_it_is_said(locale: str, near: str, far: str) -> None:
    day = date(2027, 3, 5)
    refusal = Refusal("changes.past", day=day)
    unit = {"name": "", "path": ""}
    who = {"name": "", "staff_no": ""}
    slip = {"slips": [(who, unit, "", "")], "unit": unit, "title": "", "due": datetime(2027, 3, 5, 2, 0, tzinfo=UTC)}
    for today, written in ((date(2026, 12, 1), far), (date(2027, 1, 1), near), (date(2028, 1, 1), far)):
        words = Renderer(locale, today=today)
        assert written in words.refusal(refusal)
        assert words.moment(datetime(2027, 3, 5, 2, 0, tzinfo=UTC)).startswith(f"{written} ")
        assert ("2027" in words.refusal(refusal)) == (written == far)
        words.write_page("print/survey_links", out := BytesIO(), **slip)
        assert f"{written} " in out.getvalue().decode()


def test_a_receipt_of_several_days_names_each_of_them() -> None:
    refusal = Refusal("erasures.several", receipt="T8GY", days=[date(2026, 1, 2), date(2026, 1, 3)])
    assert "2026-01-02, 2026-01-03" in Renderer("en").refusal(refusal)


@pytest.mark.parametrize("path", sorted((rendering.TEMPLATES / "refusals").glob("*.j2")), ids=_name)
def test_no_refusal_joins_a_list_that_is_one_line_already(path: Path) -> None:
    assert "|join" not in path.read_text("utf-8")
