"""Write tables as files, CSV and Excel, row by row, so that a year's reports take no more memory than a day's."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from models.core.typed_text import written

MOST_ROWS, MOST_LETTERS = 1_048_576, 32_767  # of a sheet, and of a cell: Excel's own limits
TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # cells of style 1 stay text whatever is typed into them later, so staff numbers keep their zeros
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf xfId="0"/><xf xfId="0" numFmtId="49" applyNumberFormat="1"/>'
    '<xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_WORKBOOK = (
    f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
    '<sheets><sheet name="TITLE" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_TOP = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2"'
    ' activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, Char
_LIKE_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # which Excel would read as an escaped character


def plain(value: object) -> str:
    """Return text that no spreadsheet takes for a formula: a cell that begins like one gets an apostrophe (OWASP)."""
    text = words(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text


def words(value: object) -> str:
    """Return a value as a cell's text: lists joined by blanks, None as ""."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(str(v) for v in value)
    if isinstance(value, float):
        return written(value)
    return "" if value is None else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_csv(rows: Iterable[Sequence[str]], out: IO[bytes], *, mark: bool = True) -> None:
    """Write UTF-8, with the mark by which Excel knows it, unless `mark` is False."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        if mark:
            text.write("\ufeff")
        csv.writer(text, lineterminator="\n").writerows(rows)
    finally:
        text.detach()


def write_xlsx(rows: Iterable[Sequence[object]], out: IO[bytes], sheet: str) -> None:
    """Write one sheet whose first row is the heading. Strings are strings, whatever they begin with; int and float are
    numbers; the last row says what did not fit onto the sheet."""
    title = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", sheet).strip()[:31] or "1"
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, xml in _PARTS.items():
            archive.writestr(name, _HEAD + xml)
        archive.writestr("xl/workbook.xml", _WORKBOOK.replace("TITLE", _escaped(title)))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(_TOP.encode())
            for number, row in enumerate(rows):
                if number == MOST_ROWS - 1:
                    part.write(_row(["…"], 1))
                    break
                part.write(_row(row, 1 if number else 2))
            part.write(b"</sheetData></worksheet>")


def _row(row: Sequence[object], style: int) -> bytes:
    return f"<row>{''.join([_cell(value, style) for value in row])}</row>".encode()


def _cell(value: object, style: int) -> str:
    if type(value) is int or (type(value) is float and value - value == 0):
        return f"<c><v>{value!r}</v></c>"
    text = words(value)
    if not text:
        return "<c/>"
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f'<c s="{style}" t="inlineStr"><is><t{space}>{_escaped(text[:MOST_LETTERS])}</t></is></c>'


def _escaped(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        text = _UNWRITABLE.sub("\ufffd", text).replace("\r", "_x000D_")
    if "_x" in text:
        text = _LIKE_ESCAPE.sub("_x005F_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
