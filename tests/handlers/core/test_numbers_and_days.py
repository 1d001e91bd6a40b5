"""Numbers and days are written one way each: digits in groups of three, days and instants by the reader's calendar."""

import re
from pathlib import Path

import pytest

from handlers.core import rendering
from handlers.core.rendering import Renderer

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
