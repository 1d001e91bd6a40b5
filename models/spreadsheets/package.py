"""Make of a workbook, whoever wrote it, a package with nothing but sheets, strings and number formats: what nobody
needs does not decide whether a file can be read (docs/decisions/0050-excel.md)."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from defusedxml.ElementTree import fromstring

from models.core.errors import Refusal

MOST_SHEETS = 50
MOST_STRINGS = 1_000_000  # shared by cells
_UNPACKED, _PACKED, _PARTS = 128 * 1024 * 1024, 400, 2000  # bytes of XML; its ratio to the packed; files inside
_TAG = rb"<(?:[A-Za-z0-9]+:)?"
_STRING = re.compile(_TAG + rb"si[\s/>]")  # one of the shared strings
_SHEET = re.compile(_TAG + rb"worksheet[\s>][^>]*>|" + _TAG + rb"worksheet>")
_DATA = re.compile(_TAG + rb"sheetData[\s>/]")
_END = re.compile(rb"</(?:[A-Za-z0-9]+:)?sheetData\s*>")
_ESCAPED = re.compile(r"\\(.)")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", _MAIN.encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", _OFFICE.encode()),
)  # fmt: skip -- what “Strict Open XML” calls the same things
_CHINESE_DATES = (*range(27, 37), *range(50, 59))  # built into a Chinese Excel, and written down nowhere


@dataclass(frozen=True)
class Part:
    """A sheet of a workbook: its name, whether people see it, and its XML as it was."""

    name: str
    hidden: bool
    path: str


def parts(archive: ZipFile) -> dict[str, bytes]:
    """Return the XML inside by name. Refuses small files that unpack without end, and document types, whose entities
    may do the same."""
    inside = archive.infolist()  # all of them: any name may be called a sheet
    ratio = max((it.file_size / max(it.compress_size, 1) for it in inside if it.file_size > 256 * 1024), default=0)
    if len(inside) > _PARTS or sum(it.file_size for it in inside) > _UNPACKED or ratio > _PACKED:
        raise Refusal("sheets.bomb")
    found: dict[str, bytes] = {}
    for part in inside:
        xml = archive.read(part)
        if b"<!DOCTYPE" in xml.replace(b"\0", b"") or len(_STRING.findall(xml)) > MOST_STRINGS:
            raise Refusal("sheets.bomb")
        if part.filename.endswith((".xml", ".rels")):
            for strict, usual in _STRICT:
                xml = xml.replace(strict, usual)
            found[part.filename.replace("\\", "/").lstrip("/")] = xml
    return found


def sheets(found: dict[str, bytes]) -> list[Part]:
    """Return the sheets in their order. Raises `sheets.too_many_sheets`, `sheets.no_sheets`."""
    book = _book(found)
    made = [
        Part(name, state in ("hidden", "veryHidden"), path)
        for name, state, path in _named(found, book)
        if path in found and _DATA.search(found[path])
    ]
    if not made:
        raise Refusal("sheets.no_sheets")
    if len(made) > MOST_SHEETS:
        raise Refusal("sheets.too_many_sheets", most=MOST_SHEETS)
    return made


def rebuilt(found: dict[str, bytes], kept: list[Part]) -> bytes:
    """Return a package of these sheets that openpyxl reads without looking at anything else."""
    book = _book(found)
    epoch = b' date1904="1"' if re.search(rb'date1904="(?:1|true)"', found.get(book, b"")) else b""
    numbers = range(1, len(kept) + 1)
    listed = "".join(
        f'<sheet name={quoteattr(it.name)} sheetId="{n}" r:id="s{n}"/>' for n, it in zip(numbers, kept, strict=True)
    )
    related = "".join(_relation(f"s{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    related += _relation("t", "styles", "styles.xml") + _relation("u", "sharedStrings", "sharedStrings.xml")
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", _types(len(kept)))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr{epoch.decode()}/>'
            f"<sheets>{listed}</sheets></workbook>",
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_RELATIONS}">{related}</Relationships>')
        archive.writestr("xl/styles.xml", _styles(_beside(found, book, "styles")))
        archive.writestr("xl/sharedStrings.xml", _beside(found, book, "sharedStrings") or f'<sst xmlns="{_MAIN}"/>')
        for n, part in zip(numbers, kept, strict=True):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", _rows_only(found[part.path]))
    return out.getvalue()


_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _types(count: int) -> str:
    kinds = {"workbook": "sheet.main", "styles": "styles", "sharedStrings": "sharedStrings"}
    kinds |= {f"worksheets/sheet{n}": "worksheet" for n in range(1, count + 1)}
    listed = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_TYPES}.{kind}+xml"/>' for name, kind in kinds.items()
    )
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{listed}</Types>'


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _book(found: dict[str, bytes]) -> str:
    """Return the name of the part that lists the sheets."""
    for _, kind, target in _relations(found, ""):
        if kind == "officeDocument":
            return target
    return "xl/workbook.xml"


def _relations(found: dict[str, bytes], part: str) -> Iterator[tuple[str, str, str]]:
    """Yield (id, kind, name of the part) of what a part refers to."""
    folder, name = posixpath.split(part)
    xml = found.get(posixpath.join(folder, "_rels", f"{name}.rels"))
    for it in fromstring(xml) if xml else ():
        target = it.get("Target", "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        yield it.get("Id", ""), it.get("Type", "").rpartition("/")[2], path


def _named(found: dict[str, bytes], book: str) -> Iterator[tuple[str, str, str]]:
    if book not in found:
        return
    paths = {name: path for name, kind, path in _relations(found, book) if kind == "worksheet"}
    for it in fromstring(found[book]).iter():
        if _local(it.tag) == "sheet":
            link = next((value for key, value in it.attrib.items() if _local(key) == "id"), "")
            yield it.get("name", ""), it.get("state", "visible"), paths.get(link, "")


def _beside(found: dict[str, bytes], book: str, kind: str) -> bytes:
    return next((found[path] for _, what, path in _relations(found, book) if what == kind and path in found), b"")


def _styles(xml: bytes) -> str:
    """Return the number formats of the cells and nothing else of a style sheet; escaped letters (`\\D000`) are quoted,
    because openpyxl takes a D for a day."""
    codes: dict[int, str] = {}
    formats: list[int] = []
    try:
        for it in fromstring(xml) if xml else ():
            if _local(it.tag) == "numFmts":
                codes |= {int(n.get("numFmtId", "0")): n.get("formatCode", "") for n in it}
            elif _local(it.tag) == "cellXfs":
                formats = [int(xf.get("numFmtId", "0")) for xf in it]
    except Exception:  # a style sheet that is no XML leaves numbers as they are
        codes, formats = {}, []
    codes = dict.fromkeys(_CHINESE_DATES, "yyyy-mm-dd") | codes
    listed = "".join(
        f'<numFmt numFmtId="{n}" formatCode={quoteattr(_ESCAPED.sub(_quoted, code))}/>' for n, code in codes.items()
    )
    cells = "".join(f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0"/>' for n in formats or [0])
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{listed}</numFmts><fonts><font/></fonts>'
        "<fills><fill><patternFill/></fill></fills><borders><border/></borders>"
        f'<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>'
    )


def _quoted(escaped: re.Match[str]) -> str:
    return "" if escaped[1] == '"' else f'"{escaped[1]}"'


def _rows_only(xml: bytes) -> bytes:
    """Return a sheet's rows, without what else it may hold: rules, colours, lists, pictures."""
    head, start = _SHEET.search(xml), _DATA.search(xml)
    ends = list(_END.finditer(xml))
    if head is None or start is None or not ends or start.start() < head.end():
        return xml
    prefix = xml[head.start() + 1 : head.end()].split(b"worksheet")[0]
    return xml[: head.end()] + xml[start.start() : ends[-1].end()] + b"</" + prefix + b"worksheet>"
