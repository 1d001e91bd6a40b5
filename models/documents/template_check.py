"""Check a Word template that somebody sent: every field is one of ours, nothing in it can run, load or reach out. All
that is wrong is found in one pass, each with its place (docs/rules.md 25.6)."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from itertools import chain
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.document import Document as Opened
from docx.opc.constants import RELATIONSHIP_TYPE as KIND
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsmap, qn
from jinja2 import TemplateSyntaxError

from models.core.errors import Refusal, Refusals
from models.documents.template_language import Strict, unknown

MEGABYTE = 1024 * 1024
LARGEST = 5 * MEGABYTE  # of a template
UNPACKED = 40 * MEGABYTE
MOST_PARTS = 500
MOST_PARAGRAPHS = 5000
SHOWN = 60  # characters of what is quoted
_TAG = re.compile(r"\{(?:\{|%|#).*?(?:\}|%|#)\}")
_NO_TEXT = f"""descendant-or-self::*/@* | descendant-or-self::*[
    not(local-name()='t' and namespace-uri()='{nsmap["w"]}')]/text()"""
_OPENS = re.compile(r"\{[{%#]")
_REGION = re.compile(r"(\{%-?)\s*(?:p|tr|tc|r)\s")  # docxtpl's tags that take their paragraph, row or cell away
# what Word counts or shows by itself; every other field code may load, ask for or run something
_CODES = frozenset({
    "=", "AUTHOR", "CREATEDATE", "DATE", "EQ", "FILENAME", "FORMCHECKBOX", "FORMDROPDOWN", "FORMTEXT", "HYPERLINK",
    "IF", "KEYWORDS", "LASTSAVEDBY", "LISTNUM", "NOTEREF", "NUMCHARS", "NUMPAGES", "NUMWORDS", "PAGE", "PAGEREF",
    "PRINTDATE", "REF", "REVNUM", "SAVEDATE", "SECTION", "SECTIONPAGES", "SEQ", "STYLEREF", "SUBJECT", "SYMBOL", "TIME",
    "TITLE", "TOC",
})  # fmt: skip
_CODE = re.compile(r"\s*(=|[A-Za-z]*)")
_OBJECTS = ("vbaProject.bin", "/embeddings/", "/activeX/", "/afchunk", "/customUI/", "webextension")
_OBJECT_KINDS = {  # of relations, by the end of their type
    "aFChunk", "oleObject", "package", "control", "vbaProject", "subDocument", "frame", "webextensiontaskpanes",
}  # fmt: skip
PROPERTIES = (
    "author", "category", "comments", "content_status", "identifier", "keywords", "language", "last_modified_by",
    "subject", "title", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where something stands: in which part of the file, in which table, row and cell, in which paragraph."""

    part: str = "body"
    table: int = 0
    row: int = 0
    cell: int = 0
    paragraph: int = 0

    def refusal(self, key: str, **values: Any) -> Refusal:
        where: dict[str, Any] = asdict(self)
        return Refusal(f"documents.{key}", **where, **values)


def check(data: bytes) -> Opened:
    """Return the opened template. Raises Refusals with all that is wrong."""
    opened = _opened(data)
    try:
        wrong = [*_reaching(opened), *_out_of_place(opened), *_fields(list(_paragraphs(opened)))]
    except SyntaxError:  # a part that no program reads
        raise Refusals([Refusal("documents.not_word")]) from None
    if wrong:
        raise Refusals(wrong)
    return opened


def language(opened: Opened) -> str:
    """Return the language in which a template is written, by its own words."""
    said = "".join(_TAG.sub("", text) for _, text in _paragraphs(opened))
    return "zh_CN" if re.search("[\u3400-\u9fff]", said) else "en"


def _opened(data: bytes) -> Opened:
    try:
        _weigh(data)
        return Document(BytesIO(data))
    except (BadZipFile, KeyError, ValueError, OSError, NotImplementedError, SyntaxError, AttributeError):
        raise Refusals([Refusal("documents.not_word")]) from None


def _weigh(data: bytes) -> None:
    """Raise Refusals for a file that is too large, packed or not, and for one that holds programs or objects."""
    if len(data) > LARGEST:
        raise Refusals([Refusal("documents.too_large", most=LARGEST // MEGABYTE)])
    with ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(it.file_size for it in parts) > UNPACKED:
        raise Refusals([Refusal("documents.too_large", most=LARGEST // MEGABYTE)])
    if any(mark in f"/{it.filename}" for it in parts for mark in _OBJECTS):
        raise Refusals([Refusal("documents.objects")])


def _reaching(opened: Opened) -> Iterator[Refusal]:
    """Yield what would make the reader's program load or run something."""
    package = opened.part.package
    relations = list(chain(package.rels.values(), *(part.rels.values() for part in package.iter_parts())))
    if any(it.reltype.rpartition("/")[2] in _OBJECT_KINDS for it in relations):
        yield Refusal("documents.objects")
    outside = {str(it.target_ref)[:SHOWN] for it in relations if it.is_external and it.reltype != KIND.HYPERLINK}
    for target in sorted(outside):
        yield Refusal("documents.outside", target=target)
    for code in dict.fromkeys(_codes(opened)):
        yield Refusal("documents.outside", target=code[:SHOWN])


def _codes(opened: Opened) -> Iterator[str]:
    """Yield the field codes that are not allowed, in whichever part of the file they stand, and however that is
    encoded."""
    for part in opened.part.package.iter_parts():
        if "xml" in part.content_type or b"instr" in part.blob:
            for said in _instructions(_element(part)):
                found = _CODE.match(said)
                if found is None or found[1].upper() not in _CODES:
                    yield " ".join(said.split()) or "{ }"


def _instructions(element: Any) -> Iterator[str]:
    """Yield what each field says, which may stand in many pieces and have other fields inside; what stands outside of
    every field is one too."""
    open_ones: list[list[str]] = []
    for it in element.iter(qn("w:fldChar"), qn("w:instrText"), qn("w:fldSimple"), qn("w:delInstrText")):
        kind = it.get(qn("w:fldCharType")) if it.tag == qn("w:fldChar") else None
        if kind == "begin":
            open_ones.append([])
        elif kind == "end" and open_ones:
            yield "".join(open_ones.pop())
        elif it.tag == qn("w:fldSimple"):
            yield it.get(qn("w:instr")) or ""
        elif kind is None and open_ones:
            open_ones[-1].append(it.text or "")
        elif kind is None:
            yield it.text or ""
    yield from ("".join(it) for it in open_ones)


def _out_of_place(opened: Opened) -> Iterator[Refusal]:
    """Yield the fields that stand where there is no text: in a picture's description, a field code, deleted words. They
    would be filled in there unseen, and in a field code they could become one."""
    for _, root in _roots(opened):
        for text in root.xpath(_NO_TEXT):
            if found := _OPENS.search(text):
                yield Refusal("documents.out_of_place", field=text[found.start() :][:SHOWN])


def _roots(opened: Opened) -> Iterator[tuple[str, Any]]:
    """Yield the parts of the document that hold text, by the name under which they are told."""
    yield "body", opened.element.body
    names = {KIND.HEADER: "header", KIND.FOOTER: "footer", KIND.FOOTNOTES: "notes", KIND.ENDNOTES: "notes"}
    for relation in opened.part.rels.values():
        if relation.reltype in names and not relation.is_external:
            yield names[relation.reltype], _element(relation.target_part)


def _element(part: Part) -> Any:
    known = getattr(part, "element", None)
    return parse_xml(part.blob) if known is None else known


def _paragraphs(opened: Opened) -> Iterator[tuple[Place, str]]:
    """Yield the text of each paragraph with its place."""
    for part, element in _roots(opened):
        yield from _inside(element, Place(part))
    core = opened.core_properties
    for name in PROPERTIES:
        yield Place("properties"), str(getattr(core, name) or "")


def _inside(element: Any, place: Place) -> Iterator[tuple[Place, str]]:
    tables = 0
    for child in _blocks(element):
        if child.tag == qn("w:p"):
            place = replace(place, paragraph=place.paragraph + 1)
            yield place, _text(child)
            for box in child.iter(qn("w:txbxContent")):
                yield from _inside(box, replace(place, part="box"))
        else:
            tables += 1
            for n, row in enumerate(_rows(child), 1):
                for m, cell in enumerate(_cells(row), 1):
                    yield from _inside(cell, Place(place.part, tables, n, m))


def _blocks(element: Any) -> Iterator[Any]:
    """Yield paragraphs and tables; what stands in a content control or a note counts as if it stood there itself."""
    for child in element:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag not in (qn("w:sectPr"), qn("w:tcPr"), qn("w:sdtPr")):
            yield from _blocks(child)


def _rows(table: Any) -> list[Any]:
    return [it for it in table.iter(qn("w:tr")) if _table_of(it) is table]


def _table_of(row: Any) -> Any:
    return next(row.iterancestors(qn("w:tbl")), None)


def _cells(row: Any) -> list[Any]:
    return [it for it in row.iter(qn("w:tc")) if next(it.iterancestors(qn("w:tr")), None) is row]


def _text(paragraph: Any) -> str:
    """Return a paragraph's text without that of text boxes in it, as one line."""
    said = [
        it.text or "" if it.tag == qn("w:t") else " "
        for it in paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br"))
        if next(it.iterancestors(qn("w:p")), None) is paragraph
    ]
    return " ".join("".join(said).split("\n"))


def _fields(lines: list[tuple[Place, str]]) -> list[Refusal]:
    """Return what is wrong with the fields. Each paragraph is a line of one text, so that a line number is a place."""
    if len(lines) > MOST_PARAGRAPHS:
        return [Refusal("documents.too_long", most=MOST_PARAGRAPHS)]
    told = [(place, _REGION.sub(r"\1 ", text)) for place, text in lines]
    broken = [(place, text) for place, text in told if not _understood(text)]
    if broken:
        return [place.refusal("not_understood", field=text.strip()[:SHOWN]) for place, text in broken]
    try:
        tree = Strict().parse("\n".join(text for _, text in told))
    except TemplateSyntaxError as error:
        place, text = told[min(error.lineno, len(told)) - 1]
        return [place.refusal("unbalanced", field=text.strip()[:SHOWN])]
    found: dict[tuple[Place, str, str], None] = {}
    for it in unknown(tree):
        place, text = told[min(it.line, len(told)) - 1]
        found[place, it.key, it.field or _culprit(text, it.key)] = None
    return [place.refusal(key, field=field[:SHOWN]) for place, key, field in found]


def _culprit(text: str, key: str) -> str:
    """Return what in a line is refused for this reason, as it stands there: the first tag that is refused by itself, or
    all of its tags."""
    tags = _TAG.findall(text)
    for tag in tags:
        try:
            if any(it.key == key for it in unknown(Strict().parse(tag))):
                return str(tag)
        except TemplateSyntaxError:  # a part of a loop or a condition
            continue
    return " ".join(tag for tag in tags if not tag.startswith("{{")) or text.strip()


def _understood(text: str) -> bool:
    """Say whether each tag of a line can be read by itself: whether it is closed is another question."""
    for tag in _TAG.findall(text):
        if not tag.startswith("{{"):
            continue
        try:
            Strict().parse(tag)
        except TemplateSyntaxError:
            return False
    rest = _TAG.sub("", text)
    return not any(mark in rest for mark in ("{{", "}}", "{%", "%}"))
