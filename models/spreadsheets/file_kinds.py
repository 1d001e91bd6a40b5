"""Say what a file is by its content. Its name says nothing: an .xls may be an HTML page, and a .csv a workbook."""

import codecs
import re
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from models.core.errors import Refusal

WORKBOOK, TEXT = "workbook", "text"
_BEGINNING = 4096
_ZIPS = {  # names inside → what it is
    b"xl/workbook.bin": "xlsb",
    b"word/": "word",
    b"ppt/": "slides",
    b"opendocument.spreadsheet": "ods",
    b"opendocument.text": "word",
    b"Index/Tables": "numbers",
    b"Index.zip": "numbers",
    b"xl/": WORKBOOK,
    b"[Content_Types].xml": WORKBOOK,
}
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_XML = re.compile(rb"<(?:!doctype\s+html|html|table|head|meta|body)[\s>]", re.IGNORECASE)


def of(data: bytes) -> str:
    """Return what these bytes are: WORKBOOK, TEXT, or the kind that `sheets.not_a_table` names."""
    if data[:4] == b"PK\x03\x04":
        inside = _inside(data)
        return next((kind for mark, kind in _ZIPS.items() if mark in inside), "zip")
    if data[:4] == b"\xd0\xcf\x11\xe0":
        return _old(data)
    if data[:5] == b"%PDF-":
        return "pdf"
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp" or data.startswith(_PICTURES):
        return "picture"
    if data[:2] in (b"\x1f\x8b", b"7z") or data[:4] == b"Rar!":
        return "zip"
    start = data[:_BEGINNING]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TEXT
    if _XML.search(start.replace(b"\0", b"")):
        return "html"
    if start.lstrip(codecs.BOM_UTF8 + b" \r\n\t").startswith(b"<?xml"):
        return "xml"
    return TEXT


def refuse(data: bytes) -> None:
    """Raise `sheets.not_a_table` for anything that is neither a workbook nor text."""
    kind = of(data)
    if kind not in (WORKBOOK, TEXT):
        raise Refusal("sheets.not_a_table", kind=kind)


def _inside(data: bytes) -> bytes:
    """Return the names of what an archive holds, and its beginning, in which LibreOffice says what it is."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            return "\n".join(archive.namelist()).encode(errors="replace") + data[:200]
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        return data


def _old(data: bytes) -> str:
    """Return what is in the container that Office used before 2007, and uses for files with a password."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "locked"
    if "WordDocument".encode("utf-16-le") in data:
        return "word"
    return "slides" if "PowerPoint Document".encode("utf-16-le") in data else "old_excel"
