"""Read an Excel workbook as lines of words: what its people see in the cells, or why a cell cannot be read
(docs/decisions/0050-excel.md)."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from models.core.errors import Refusal
from models.spreadsheets import file_kinds, package
from models.spreadsheets.number_formats import shown, shown_text
from models.spreadsheets.package import Part

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

LARGEST = 10 * 1024 * 1024  # bytes of a file
MOST_ROWS = 200_000  # rows with something in them
LAST_ROW = 1_048_576  # Excel's own limit
MOST_COLUMNS = 100
MOST_SHEETS = package.MOST_SHEETS
MOST_CELLS = 2_000_000  # of all its sheets
LONGEST = 5000  # characters of a cell
_DIGITS = 15  # that Excel keeps of a number

Cell = str | Refusal  # a refusal if nobody can tell what the cell says

_TAG = rb"<(?:[A-Za-z0-9]+:)?"
_MERGED = re.compile(_TAG + rb'mergeCell\s[^<>]{0,200}?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ROW = re.compile(_TAG + rb"row([\s/>][^<>]{0,500})")
_NUMBER = re.compile(rb'\sr="([0-9]{1,7})"')
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_COLUMN = re.compile(_TAG + rb"col\s([^<>]{0,500})")
_ENDS = re.compile(rb'\s?(min|max)="([0-9]{1,5})"')
_FORMULA = re.compile(_TAG + rb"f[\s/>]")
_ESCAPED = re.compile(r"_x(005F|000D)_")  # how Excel writes an underline before x…_, and a carriage return


@dataclass(frozen=True)
class Range:
    """A merged range; columns and rows count from 1."""

    column: int
    row: int
    last_column: int
    last_row: int

    def __str__(self) -> str:
        return f"{letters(self.column)}{self.row}:{letters(self.last_column)}{self.last_row}"


@dataclass(frozen=True)
class Line:
    """A line with something in it; `number` counts from 1, as Excel and editors do."""

    number: int
    cells: list[Cell]

    def words(self, column: int) -> str:
        """Return what the cell says, "" if it says nothing or cannot be read."""
        cell = self.cells[column] if column < len(self.cells) else ""
        return cell if isinstance(cell, str) else ""


@dataclass(frozen=True)
class Sheet:
    """One sheet, or a CSV file, whose name is None, with the lines that people see. `hidden` are the rows with
    something in them that Excel does not show, `hidden_columns` the columns (both count from 1); `is_hidden` is a sheet
    that it does not show, with no lines."""

    name: str | None
    lines: list[Line]
    merged: list[Range] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    is_hidden: bool = False


def is_workbook(data: bytes) -> bool:
    return file_kinds.of(data) == file_kinds.WORKBOOK


def names(data: bytes) -> list[str]:
    """Return the names of a workbook's sheets without reading them. Raises as `read`."""
    return [part.name for part in _Book(data).parts]


def refuse_if_too_large(data: bytes) -> None:
    """Raise `sheets.too_large`."""
    if len(data) > LARGEST:
        raise Refusal("sheets.too_large", most=LARGEST // 1024 // 1024)


def read(data: bytes) -> Iterator[Sheet]:
    """Yield the sheets of a workbook, each when it is asked for. Raises `sheets.too_large`, `sheets.bomb`,
    `sheets.too_many_…`, `sheets.too_long`, `sheets.unreadable`; nothing else but MemoryError, whatever comes in. In a
    merged range every line has its value, as people see it."""
    book = _Book(data)
    for part in book.parts:
        with _broken():
            made = Sheet(part.name, [], is_hidden=True) if part.hidden else book.sheet(part)
        yield made


def letters(column: int) -> str:
    """Return what Excel calls a column, counted from 1."""
    from openpyxl.utils import get_column_letter  # as in `_opened`

    return get_column_letter(column)


def _opened(data: bytes, *, data_only: bool = False) -> Any:
    """Open with openpyxl, which is imported only where there is a workbook: it takes 7 MB."""
    from openpyxl import load_workbook

    return load_workbook(BytesIO(data), read_only=True, data_only=data_only, keep_links=False)


@contextmanager
def _broken() -> Iterator[None]:
    """Turn what openpyxl raises over a broken file into a refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about features that openpyxl does not keep, which we do not need
            yield
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        raise Refusal("sheets.unreadable", reason=type(error).__name__) from None


class _Book:
    """A workbook, opened once for its values and, if a sheet has formulas, once for these."""

    def __init__(self, data: bytes) -> None:
        refuse_if_too_large(data)
        self._formulas: Any = None
        self._cells = MOST_CELLS  # cells that may still come
        with _broken():
            with ZipFile(BytesIO(data)) as archive:
                found = package.parts(archive)
            self.parts = package.sheets(found)
            seen = [part for part in self.parts if not part.hidden]
            self._xml = {part.path: found[part.path] for part in seen}
            self._data = package.rebuilt(found, seen)
            opened = _opened(self._data, data_only=True).worksheets
            self._pages = {part.path: (at, page) for at, (part, page) in enumerate(zip(seen, opened, strict=True))}

    def sheet(self, part: Part) -> Sheet:
        at, page = self._pages[part.path]
        raw = self._xml.pop(part.path)
        merged = [_range(*found.groups()) for found in islice(_MERGED.finditer(raw), MOST_ROWS)]
        formulas = None
        if _FORMULA.search(raw):  # read again: among values a formula without one looks like an empty cell
            self._formulas = self._formulas or _opened(self._data)
            formulas = self._formulas.worksheets[at]
        lines = list(self._counted(_lines(page, formulas)))
        _fill(lines, merged)
        unseen = set(_hidden_rows(raw))
        return Sheet(
            part.name,
            [line for line in lines if line.number not in unseen],
            merged,
            [line.number for line in lines if line.number in unseen],
            _hidden_columns(raw),
        )

    def _counted(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            self._cells -= len(line.cells)
            if self._cells < 0:
                raise Refusal("sheets.too_many_cells", most=MOST_CELLS)
            yield line


def _hidden_rows(raw: bytes) -> Iterator[int]:
    number = 0
    for row in _ROW.finditer(raw):
        told = _NUMBER.search(row[1])
        number = int(told[1]) if told else number + 1
        if _HIDDEN.search(row[1]):
            yield number


def _hidden_columns(raw: bytes) -> list[int]:
    found: list[int] = []
    for column in islice(_COLUMN.finditer(raw), MOST_COLUMNS):
        if _HIDDEN.search(b" " + column[1]):
            ends = {name: int(at) for name, at in _ENDS.findall(column[1])}
            found += range(ends.get(b"min", 1), min(ends.get(b"max", 0), MOST_COLUMNS) + 1)
    return found


def _range(column: bytes, row: bytes, last_column: bytes, last_row: bytes) -> Range:
    from openpyxl.utils import column_index_from_string  # as in `_opened`

    first, last = column_index_from_string(column.decode()), column_index_from_string(last_column.decode())
    return Range(first, int(row), last, int(last_row))


def _rows(page: Any) -> Iterator[tuple[Any, ...]]:
    page.reset_dimensions()  # some programs write them wrong, and rows would be padded to that size
    return (row[:MOST_COLUMNS] for row in page.iter_rows(min_row=1, max_row=LAST_ROW))


def _lines(page: Any, formula_page: Any) -> Iterator[Line]:
    formulas = _rows(formula_page) if formula_page is not None else None
    count = 0
    for number, row in enumerate(_rows(page), 1):
        behind = next(formulas, ()) if formulas is not None else ()
        cells = [_cell(cell, number) for cell in row]
        for at, formula in enumerate(behind):  # the same cells: both were read from the same rows
            # data_type is "str" where a formula's value is known to be no words at all
            if formula.data_type == "f" and row[at].value is None and row[at].data_type != "str":
                cells[at] = _refused("no_value", at + 1, number)
        while cells and cells[-1] == "":
            cells.pop()
        if any(cells):
            count += 1
            if count > MOST_ROWS:
                raise Refusal("sheets.too_many_rows", most=MOST_ROWS)
            yield Line(number, cells)


def _refused(what: str, column: int, number: int) -> Refusal:
    return Refusal(f"sheets.{what}", line=number, cell=f"{letters(column)}{number}")


def _cell(cell: "ReadOnlyCell", number: int) -> Cell:
    """Return the words of a cell as people see them; a whole number has no `.0`, and the leading zeros of
    its format."""
    value: object = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return _refused("error_value", cell.column, number)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime | time | timedelta):
        refused = _refused("date", cell.column, number)
        refused.values["value"] = _iso(value)  # for whoever asks for dates; everybody else refuses them
        return refused
    if isinstance(value, int | float):
        return _number(value, cell, number)
    if len(str(value)) > LONGEST:
        return Refusal("sheets.too_long", line=number, cell=f"{letters(cell.column)}{number}", most=LONGEST)
    words = _ESCAPED.sub(lambda it: "_" if it[1] == "005F" else "", str(value)).strip()
    code = _format(cell)
    return words if code in ("General", "@") else shown_text(words, code)


def _iso(value: date | datetime | time | timedelta) -> str:
    """Return a date, a time or both as ISO 8601; of a datetime at midnight, the date."""
    if isinstance(value, timedelta):
        minutes = value // timedelta(minutes=1) % (24 * 60)
        value = time(minutes // 60, minutes % 60)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat()


def _format(cell: "ReadOnlyCell") -> str:
    try:
        return str(cell.number_format or "General")
    except IndexError:  # a style that the file does not have
        return "General"


def _number(value: float, cell: "ReadOnlyCell", number: int) -> Cell:
    if abs(value) >= 10**_DIGITS or value != value:
        return _refused("digits", cell.column, number)
    code = _format(cell)
    if code == "General":
        return f"{value:.15g}" if value != int(value) else str(int(value))
    said = shown(value, code)
    return said if said is not None else _refused("format", cell.column, number)


def _fill(lines: list[Line], merged: list[Range]) -> None:
    """Give every line of a merged range the value that stands in its first one."""
    tall = sorted((it for it in merged if it.last_row > it.row), key=lambda it: it.row)
    open_: list[tuple[Range, Cell]] = []
    at = 0
    for line in lines:
        open_ = [(it, value) for it, value in open_ if it.last_row >= line.number]
        for range_, value in open_:
            line.cells.extend([""] * (range_.column - len(line.cells)))
            line.cells[range_.column - 1] = line.cells[range_.column - 1] or value
        while at < len(tall) and tall[at].row <= line.number:
            begun, at = tall[at], at + 1
            first = line.cells[begun.column - 1] if begun.column <= len(line.cells) else ""
            if begun.row == line.number and first and len(open_) < MOST_COLUMNS:
                open_.append((begun, first))
