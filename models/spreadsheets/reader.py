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

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

LARGEST = 10 * 1024 * 1024  # bytes of a file
MOST_ROWS = 200_000  # rows with something in them
LAST_ROW = 1_048_576  # Excel's own limit
MOST_COLUMNS = 100
MOST_SHEETS = 50
MOST_CELLS = 2_000_000  # of all its sheets
MOST_STRINGS = 1_000_000  # shared by cells
LONGEST = 5000  # characters of a cell
_UNPACKED, _PACKED, _PARTS = 128 * 1024 * 1024, 400, 2000  # bytes of XML; its ratio to the packed; files inside
_DIGITS = 15  # that Excel keeps of a number

Cell = str | Refusal  # a refusal if nobody can tell what the cell says

_TAG = rb"<(?:[A-Za-z0-9]+:)?"
_MERGED = re.compile(_TAG + rb'mergeCell\s[^<>]{0,200}?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_HIDDEN = re.compile(_TAG + rb'row\s[^<>]{0,500}?hidden="(?:1|true)"')
_FORMULA = re.compile(_TAG + rb"f[\s/>]")
_STRING = re.compile(_TAG + rb"si[\s/>]")  # one of the shared strings
_ZEROS = re.compile(r"(0{2,15})(?:;@)?")
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
    """One sheet, or a CSV file, whose name is None. `hidden` is how many rows Excel does not show (they count too)."""

    name: str | None
    lines: list[Line]
    merged: list[Range] = field(default_factory=list)
    hidden: int = 0


def is_workbook(data: bytes) -> bool:
    return data[:4] == b"PK\x03\x04"


def names(data: bytes) -> list[str]:
    """Return the names of a workbook's sheets without reading them. Raises as `read`."""
    return [str(page.title) for page in _Book(data).pages]


def refuse_if_too_large(data: bytes) -> None:
    """Raise `sheets.too_large`, or `sheets.old` for what an old Excel, or one with a password, wrote."""
    if len(data) > LARGEST:
        raise Refusal("sheets.too_large", most=LARGEST // 1024 // 1024)
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise Refusal("sheets.old")


def read(data: bytes) -> Iterator[Sheet]:
    """Yield the sheets of a workbook, each when it is asked for. Raises `sheets.too_large`, `sheets.bomb`,
    `sheets.too_many_…`, `sheets.too_long`, `sheets.unreadable`; nothing else but MemoryError, whatever comes in. In a
    merged range every line has its value, as people see it."""
    book = _Book(data)
    for page in book.pages:
        with _broken():
            made = book.sheet(page)
        yield made


def letters(column: int) -> str:
    """Return what Excel calls a column, counted from 1."""
    from openpyxl.utils import get_column_letter  # as in `_opened`

    return get_column_letter(column)


def _opened(data: bytes, *, data_only: bool = False) -> Any:
    """Open with openpyxl, which is imported only where there is a workbook: it takes 7 MB."""
    from openpyxl import load_workbook

    return load_workbook(BytesIO(data), read_only=True, data_only=data_only, keep_links=False)


def _refuse_bombs(archive: ZipFile) -> None:
    """Refuse small files that unpack without end, and document types, whose entities may do the same."""
    parts = archive.infolist()  # all of them: any name may be called a sheet
    ratio = max((it.file_size / max(it.compress_size, 1) for it in parts if it.file_size > 256 * 1024), default=0)
    if len(parts) > _PARTS or sum(it.file_size for it in parts) > _UNPACKED or ratio > _PACKED:
        raise Refusal("sheets.bomb")
    for part in parts:
        xml = archive.read(part)
        if b"<!DOCTYPE" in xml.replace(b"\0", b"") or len(_STRING.findall(xml)) > MOST_STRINGS:
            raise Refusal("sheets.bomb")


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
        self._data = data
        self._formulas: Any = None
        self._cells = MOST_CELLS  # cells that may still come
        with _broken():
            with ZipFile(BytesIO(data)) as archive:
                _refuse_bombs(archive)
            self.pages = _opened(data, data_only=True).worksheets
        if len(self.pages) > MOST_SHEETS:
            raise Refusal("sheets.too_many_sheets", most=MOST_SHEETS)

    def sheet(self, page: Any) -> Sheet:
        with ZipFile(BytesIO(self._data)) as archive:
            raw = archive.read(page._worksheet_path)
        merged = [_range(*found.groups()) for found in islice(_MERGED.finditer(raw), MOST_ROWS)]
        formulas = None
        if _FORMULA.search(raw):  # read again: among values a formula without one looks like an empty cell
            self._formulas = self._formulas or _opened(self._data)
            formulas = self._formulas[page.title]
        lines = list(self._counted(_lines(page, formulas)))
        _fill(lines, merged)
        return Sheet(page.title, lines, merged, len(_HIDDEN.findall(raw)))

    def _counted(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            self._cells -= len(line.cells)
            if self._cells < 0:
                raise Refusal("sheets.too_many_cells", most=MOST_CELLS)
            yield line


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
        return _refused("date", cell.column, number)
    if isinstance(value, int | float):
        return _number(value, cell, number)
    if len(str(value)) > LONGEST:
        return Refusal("sheets.too_long", line=number, cell=f"{letters(cell.column)}{number}", most=LONGEST)
    return _ESCAPED.sub(lambda it: "_" if it[1] == "005F" else "", str(value)).strip()


def _number(value: float, cell: "ReadOnlyCell", number: int) -> Cell:
    if abs(value) >= 10**_DIGITS or value != value:
        return _refused("digits", cell.column, number)
    if value != int(value):
        return f"{value:.15g}"
    zeros = _ZEROS.fullmatch(cell.number_format or "")
    return str(int(value)).zfill(len(zeros[1]) if zeros else 0)


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
