"""Write Excel workbooks sheet by sheet and row by row, so that a year's reports take no more memory than a day's
(docs/decisions/0050-excel.md)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, count, islice
from typing import IO, NamedTuple
from unicodedata import east_asian_width
from zipfile import ZIP_DEFLATED, ZipFile

from models.spreadsheets import workbook_parts as parts
from models.spreadsheets.workbook_parts import Made
from models.spreadsheets.writer import words

MOST_ROWS, MOST_LETTERS = 1_048_576, 32_767  # of a sheet, and of a cell: Excel's own limits
MOST_NUMBER = 10**15  # Excel keeps 15 digits; a longer number is written as text
SCIENTIFIC = 10**11  # from here on Excel would show 1.2E+11
SAMPLE = 200  # rows of a table by which its columns are as wide as they are
NARROWEST, WIDEST, WIDEST_HEADING = 8, 48, 20  # of columns, in letters
LINE = 15  # points
_FIRST_DAY, _EPOCH = date(1900, 3, 1), date(1899, 12, 30)  # before the first day Excel counts wrong
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, Char
_LIKE_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # which Excel would read as an escaped character


class Formats(NamedTuple):
    """How dates, and dates with a time, are shown."""

    day: str = "yyyy-mm-dd"
    moment: str = "yyyy-mm-dd hh:mm"


ISO = Formats()


class Bold(str):
    """Words in bold: a label on a sheet that is no table."""

    __slots__ = ()


class Share(float):
    """A part of a whole, 0 to 1, shown in per cent."""

    __slots__ = ()


@dataclass(frozen=True)
class Page:
    """One sheet. The first row of a table is its heading: it stays in sight and has filters, and the columns are as
    wide as what they hold. A sheet with `widths` of its own is no table: its words are wrapped. In `typed` columns
    whatever is typed later stays text, so that staff numbers keep their zeros. The columns at the places `added` are
    added up in a line below the table that begins with `total`."""

    name: str
    rows: Iterable[Sequence[object]]
    widths: Sequence[int] = ()
    typed: bool = False
    added: Sequence[int] = ()
    total: str = ""


def write(pages: Iterable[Page], out: IO[bytes], formats: Formats = ISO) -> None:
    """Write the sheets in their order. Words are text, whatever they begin with; int and float are numbers; date, time
    and datetime (as its own zone shows it) are what Excel calculates with. What does not fit onto a sheet goes on on
    the next."""
    made: list[Made] = []
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for page in pages:
            _write(archive, page, made)
        for name, xml in parts.around(made, *map(escaped, formats)).items():
            archive.writestr(name, xml)


def _write(archive: ZipFile, page: Page, made: list[Made]) -> None:
    """Write one page, on as many sheets as its rows need."""
    rows = iter(page.rows)
    head = [] if page.widths else list(islice(rows, 1))
    sample = list(islice(rows, SAMPLE))
    widths = page.widths or _widths(head, sample)
    more = chain(sample, rows)
    while True:
        name = _name(page.name, {it.name.casefold() for it in made})
        with archive.open(f"xl/worksheets/sheet{len(made) + 1}.xml", "w", force_zip64=True) as part:
            part.write(parts.top(widths, table=bool(head), first=not made, typed=page.typed))
            written = 0
            sums = _Sums(page.added)
            body = sums.watched(islice(more, MOST_ROWS - len(head) - bool(page.added)))
            wrapped = (
                _row_by_row(body, parts.WRAPPED, widths) if page.widths else (_row(it, parts.PLAIN) for it in body)
            )
            for row in chain(_row_by_row(head, parts.HEADING, widths), wrapped):
                part.write(row)
                written += 1
            table = parts.area(len(head[0]), written) if head and head[0] else ""
            part.write(sums.row(page.total, written, len(widths)))
            part.write(parts.bottom(widths, table))
        made.append(Made(escaped(name), table))
        ahead = list(islice(more, 1))
        if not ahead:
            return
        more = chain(ahead, more)


class _Sums:
    """Adds up columns while their rows are written."""

    def __init__(self, places: Sequence[int]) -> None:
        self._totals: dict[int, int | float] = dict.fromkeys(places, 0)

    def watched(self, rows: Iterable[Sequence[object]]) -> Iterable[Sequence[object]]:
        return self._adding(rows) if self._totals else rows

    def _adding(self, rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
        totals = self._totals
        for row in rows:
            for at in totals:
                value = row[at]
                if isinstance(value, int | float) and abs(value) < MOST_NUMBER:
                    totals[at] += value
            yield row

    def row(self, total: str, written: int, columns: int) -> bytes:
        """Return the line below a table whose last row is number `written`; none if nothing is added up."""
        if not self._totals or written < 2:
            return b""
        cells = [f'<c s="{parts.SUM + parts.TEXT}" t="inlineStr"><is><t>{escaped(total)}</t></is></c>']
        for at in range(1, columns):
            found = self._totals.get(at)
            empty = f'<c s="{parts.SUM + parts.TEXT}"/>'
            cells.append(empty if found is None else parts.added(at + 1, written, round(found, 10)))
        return f"<row>{''.join(cells)}</row>".encode()


def _row_by_row(rows: Iterable[Sequence[object]], styles: int, widths: Sequence[int]) -> Iterator[bytes]:
    """Yield rows as high as their wrapped words need: LibreOffice and WPS show one line where no height is given."""
    for row in rows:
        lines = max((_lines(value, width) for value, width in zip(row, widths, strict=False)), default=1)
        yield _row(row, styles, f' ht="{lines * LINE}" customHeight="1"' if lines > 1 else "")


def _lines(value: object, width: int) -> int:
    """Return how many lines a value takes in a column of this width, generously."""
    told = words(value).split("\n") if isinstance(value, str) else [""]
    return sum(-(-max(_wide(line), 1) // max(width - 2, 1)) for line in told)


def _name(wish: str, taken: set[str]) -> str:
    """Return a name that Excel allows for a sheet, with a number if another sheet has it."""
    wish = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", wish).strip()[:31] or "1"
    names = chain([wish], (f"{wish[:25]} {number}" for number in count(2)))
    return next(it for it in names if escaped(it).casefold() not in taken)


def _widths(head: list[Sequence[object]], sample: list[Sequence[object]]) -> list[int]:
    widest = [min(_letters(cell), WIDEST_HEADING) for row in head for cell in row]
    for row in sample:
        for at, cell in enumerate(row[: len(widest)]):
            widest[at] = max(widest[at], _letters(cell))
    return [max(NARROWEST, min(it, WIDEST)) + 3 for it in widest]  # room for the filter's arrow


def _letters(value: object) -> int:
    """Return how wide a value stands; a Chinese character takes two letters' room."""
    if isinstance(value, date):
        return 16 if isinstance(value, datetime) else 12
    return _wide(words(value)[: WIDEST + 1].partition("\n")[0])


def _wide(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _row(row: Sequence[object], styles: int, height: str = "") -> bytes:
    return f"<row{height}>{''.join([_cell(value, styles) for value in row])}</row>".encode()


def _cell(value: object, styles: int) -> str:
    if type(value) is not str:
        number, style = _number(value)
        if number is not None:
            return f'<c s="{styles + style}"><v>{number!r}</v></c>'
    text = words(value)
    if not text:
        return "<c/>"
    space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    style = parts.LABEL if type(value) is Bold else styles + parts.TEXT
    return f'<c s="{style}" t="inlineStr"><is><t{space}>{escaped(text[:MOST_LETTERS])}</t></is></c>'


def _number(value: object) -> tuple[int | float | None, int]:
    """Return the number by which Excel knows a value, and its style; None for what is text."""
    if isinstance(value, Share):
        return float(value), parts.SHARE
    if isinstance(value, int | float) and not isinstance(value, bool):
        kind = parts.LONG if SCIENTIFIC <= abs(value) < MOST_NUMBER and value == int(value) else parts.NUMBER
        return (value if abs(value) < MOST_NUMBER else None), kind
    if isinstance(value, datetime):
        return _instant(value), parts.MOMENT
    if isinstance(value, date):
        return ((value - _EPOCH).days if value >= _FIRST_DAY else None), parts.DAY
    if isinstance(value, time):
        return _of_day(value), parts.TIME
    return None, 0


def _instant(value: datetime) -> float | None:
    day = value.date()
    return (day - _EPOCH).days + _of_day(value.time()) if day >= _FIRST_DAY else None


def _of_day(value: time) -> float:
    return round((value.hour * 3600 + value.minute * 60 + value.second) / 86400, 10)


def escaped(text: str) -> str:
    """Return the words as XML holds them, and Excel shows them as they are."""
    if not text.isascii() or not text.isprintable():
        text = _UNWRITABLE.sub("\ufffd", text).replace("\r", "_x000D_")
    if "_x" in text:
        text = _LIKE_ESCAPE.sub("_x005F_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
