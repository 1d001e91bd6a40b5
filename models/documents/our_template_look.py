"""Give our Word template its look, that of a Chinese state office's paper (GB/T 9704): the page, fonts and styles, and
headings that number themselves."""

from collections.abc import Mapping
from typing import Any

from docx.document import Document as Opened
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

# Word refuses a file whose elements stand in another order than its schema's: what comes after a paragraph's borders
AFTER_BORDERS = (
    "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct", "w:topLinePunct",
    "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind",
    "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment",
    "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip
RED = RGBColor(0xC0, 0x00, 0x00)
LATIN = "Times New Roman"
TITLE, BODY, HEADING, SECOND = "方正小标宋简体", "仿宋", "黑体", "楷体"
# what stands in for a font that a machine has not, by the names under which Word, WPS and LibreOffice know it
FALLBACKS = {
    TITLE: "FZXiaoBiaoSong-B05S, 华文中宋, STZhongsong, 宋体, SimSun, Noto Serif CJK SC",
    BODY: "FangSong, 仿宋_GB2312, FangSong_GB2312, STFangsong, Noto Serif CJK SC",
    HEADING: "SimHei, STHeiti, Noto Sans CJK SC",
    SECOND: "KaiTi, 楷体_GB2312, STKaiti, Noto Serif CJK SC",
}


def give(made: Opened, words: Mapping[str, str], *, chinese: bool) -> None:
    """Give a new document our look."""
    _page(made, words, chinese=chinese)
    _styles(made, chinese=chinese)
    _numbering(made, chinese=chinese)


def _page(made: Opened, words: Mapping[str, str], *, chinese: bool) -> None:
    section = made.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = (Mm(37), Mm(32)) if chinese else (Mm(25), Mm(25))
    section.left_margin, section.right_margin = (Mm(28), Mm(26)) if chinese else (Mm(20), Mm(20))
    section.footer_distance = Mm(22 if chinese else 14)
    if mark := words.get("mark"):
        _mark(section.header.paragraphs[0], mark)
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = ALIGN.CENTER
    before, page, between, pages, after = _around(words["page"]) if not chinese else ("— ", "PAGE", " —", "", "")
    for text, field in ((before, page), (between, pages), (after, "")):
        paragraph.add_run(text)
        if field:
            _field(paragraph, field)


def _mark(paragraph: Paragraph, mark: str) -> None:
    """Say on top of every page that it is a drill's."""
    paragraph.alignment = ALIGN.CENTER
    run = paragraph.add_run(mark)
    run.bold, run.font.color.rgb, run.font.size = True, RED, Pt(14)


def _around(said: str) -> tuple[str, str, str, str, str]:
    """Divide `Page {page} of {pages}` around its fields."""
    before, _, rest = said.partition("{page}")
    between, _, after = rest.partition("{pages}")
    return before, "PAGE", between, "NUMPAGES", after


def _field(paragraph: Paragraph, name: str) -> None:
    for kind in ("begin", name, "separate", "1", "end"):
        run = paragraph.add_run()
        if kind == "1":
            run.text = "1"
            continue
        if kind == name:
            made = OxmlElement("w:instrText")
            made.text = f" {name} "
        else:
            made = OxmlElement("w:fldChar")
            made.set(qn("w:fldCharType"), kind)
        run._r.append(made)


def _styles(made: Opened, *, chinese: bool) -> None:
    normal = made.styles["Normal"]
    _font(normal, BODY, 16 if chinese else 12)
    form = normal.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(28 if chinese else 18)
    for name, font, size, bold in (
        ("Title", TITLE, 22, not chinese), ("Subtitle", SECOND, 16 if chinese else 13, False),
        ("Heading 1", HEADING, 16 if chinese else 13, not chinese), ("Footer", BODY, 14 if chinese else 10, False),
    ):  # fmt: skip
        style = made.styles[name]
        _font(style, font, size)
        style.font.bold, style.font.italic, style.font.color.rgb = bold, False, RGBColor(0, 0, 0)
        for border in style.element.iter(qn("w:pBdr")):
            border.getparent().remove(border)
    for name, before, after in (("Title", 0, 6), ("Subtitle", 0, 14), ("Heading 1", 6, 0)):
        form = made.styles[name].paragraph_format
        form.space_before, form.space_after, form.alignment = Pt(before), Pt(after), ALIGN.CENTER
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(30 if name != "Title" else 36)
    made.styles["Heading 1"].paragraph_format.alignment = ALIGN.LEFT
    text = made.styles.add_style("Text", WD_STYLE_TYPE.PARAGRAPH)
    text.base_style = normal
    text.paragraph_format.first_line_indent = Pt(32) if chinese else None
    text.paragraph_format.alignment = ALIGN.JUSTIFY
    if not chinese:
        text.paragraph_format.space_after = Pt(4)
    cell = made.styles.add_style("Cell", WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style = normal
    _font(cell, BODY, 10.5 if chinese else 9)
    cell.paragraph_format.line_spacing_rule, cell.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(16)
    head = made.styles.add_style("Cell heading", WD_STYLE_TYPE.PARAGRAPH)
    head.base_style = cell
    _font(head, HEADING, 10.5 if chinese else 8)
    head.font.bold = not chinese
    small = made.styles.add_style("Small", WD_STYLE_TYPE.PARAGRAPH)
    small.base_style = normal
    _font(small, BODY, 10.5 if chinese else 9)
    small.paragraph_format.line_spacing_rule, small.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(16)
    _name_fallbacks(made)


def _font(style: Any, chinese: str, size: float) -> None:
    style.font.name, style.font.size = LATIN, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for script, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{script}"), name)


def _name_fallbacks(made: Opened) -> None:
    """Say in the font table what may stand in for each font."""
    table = next(
        (part for part in made.part.package.iter_parts() if str(part.partname).endswith("/fontTable.xml")), None
    )
    if table is None:
        return
    root = parse_xml(table.blob)
    for name, others in FALLBACKS.items():
        font = parse_xml(
            f'<w:font {nsdecls("w")} w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        )
        root.append(font)
    table._blob = _bytes(root)


def _bytes(root: Any) -> bytes:
    return bytes(serialize_part_xml(root))


def _numbering(made: Opened, *, chinese: bool) -> None:
    """Number the headings by themselves, 一、二、 or 1. 2., so that a section that is not there leaves no gap."""
    numbering = made.part.numbering_part.element
    form, text = ("chineseCountingThousand", "%1、") if chinese else ("decimal", "%1.")
    space, indent = ("nothing", 640) if chinese else ("space", 0)
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90"><w:multiLevelType w:val="singleLevel"/>'
        f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:suff w:val="{space}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="0" w:firstLine="{indent}"/>'
        f"</w:pPr></w:lvl></w:abstractNum>"
    )
    first = next(iter(numbering.findall(qn("w:num"))), None)
    numbering.append(abstract) if first is None else first.addprevious(abstract)
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    form_of = made.styles["Heading 1"].element.get_or_add_pPr()
    number = parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="90"/></w:numPr>')
    form_of.insert_element_before(number, "w:pBdr", *AFTER_BORDERS)
