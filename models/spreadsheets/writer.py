"""Write tables as CSV, row by row, so that no spreadsheet takes what people typed for a formula. Excel workbooks:
`workbook.py`."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import IO

from models.core.typed_text import written

TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


# what a formula begins with; Chinese and Japanese spreadsheets take the full-width signs for one too
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def plain(value: object) -> str:
    """Return text that no spreadsheet takes for a formula: a cell that begins like one gets an apostrophe (OWASP)."""
    text = words(value)
    return "'" + text if text.startswith(FORMULA) and not _is_number(text) else text


def words(value: object) -> str:
    """Return a value as a cell's text: lists joined by blanks, None as "", an instant as its own zone shows it."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(str(v) for v in value)
    if isinstance(value, float):
        return written(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return "" if value is None else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_csv(rows: Iterable[Sequence[object]], out: IO[bytes], *, mark: bool = True) -> None:
    """Write UTF-8, with the mark by which Excel knows it, unless `mark` is False."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        if mark:
            text.write("\ufeff")
        csv.writer(text, lineterminator="\n").writerows(map(plain, row) for row in rows)
    finally:
        text.detach()
