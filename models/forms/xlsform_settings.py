"""Complete the settings of a form in Excel: what a clerk did not write is taken from the file's name, and said."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

from models.core import characters
from models.core.errors import Note
from models.forms.latin_names import latin
from models.forms.xlsform_sheets import Row
from models.forms.xlsform_words import LABELS

STATEMENT = {"zh": "自上次报告至此刻，无情况。", "en": "Nothing to report since the last report."}
UNNAMED = {"": "表单"}
LONGEST = 60  # letters of a title that a file's name makes


def completed(settings: Row, file: str) -> tuple[Row, list[Note]]:
    """Return the settings with a title, a form_id and a zero statement, and a note on each that the sheet lacks. `file`
    is the file's name, "" if it has none."""
    said = dict(settings.said)
    stem = characters.text(PurePath(file.replace("\\", "/")).stem).strip()[:LONGEST]
    title = _first(said.get("form_title")) or stem
    made: dict[str, Mapping[str, str]] = {
        "form_title": {"": stem} if stem else UNNAMED,
        "form_id": {"": latin(title) or "form"},
        "statement": STATEMENT,
    }
    lacking = {column: words for column, words in made.items() if not _first(said.get(column))}
    notes = [
        Note("xlsform.made", {"column": LABELS[column], "words": words.get("") or words})
        for column, words in lacking.items()
    ]
    return replace(settings, said=said | lacking), notes


def _first(said: Mapping[str, str] | None) -> str:
    return next(iter((said or {}).values()), "")
