"""Write our own Word template: the look of a Chinese state office's paper (GB/T 9704), its fields as in any template.
Admins get the same file to begin with."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Opened
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from models.documents import columns

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


def template(words: Mapping[str, str], locale: str, about: str, *, red: bool = False) -> bytes:
    """Return our template for a `day`, a `range` or `both`, a `timeline` or a `run`, in one language; `red` puts the
    organisation in red on top."""
    made = Document()
    chinese = locale == "zh_CN"
    _page(made, words, chinese=chinese)
    _styles(made, chinese=chinese)
    _numbering(made, chinese=chinese)
    if red:
        _red_head(made, words)
    _line(made, "{{ title }}", "Title")
    _line(made, "{{ unit }} · {{ period }}" if not chinese else "{{ unit }}　{{ period }}", "Subtitle")
    if about == "timeline":
        _story(made)
    elif about == "run":
        _run(made, words, locale)
    else:
        _sections(made, words, about, locale)
        _signature(made, words, about, locale)
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-GB")
        language.set(qn("w:eastAsia"), "zh-CN")
    out = BytesIO()
    made.core_properties.title, made.core_properties.author = "{{ title }}", "{{ organisation }}"
    made.core_properties.comments = ""
    made.save(out)
    return out.getvalue()


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


def _red_head(made: Opened, words: Mapping[str, str]) -> None:
    head = _line(made, "{{ organisation }}" + words["red"], "Title")
    run = head.runs[0]
    run.font.color.rgb, run.font.size = RED, Pt(36)
    head.paragraph_format.line_spacing_rule = WD_LINE_SPACING.AT_LEAST
    head.paragraph_format.space_after = Pt(24)
    line = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="18" w:space="8" w:color="C00000"/></w:pBdr>'
    head._p.get_or_add_pPr().insert_element_before(parse_xml(line), *AFTER_BORDERS)


def _line(into: Opened | _Cell, text: str, style: str) -> Paragraph:
    return into.add_paragraph(text, style)


def _sections(made: Opened, words: Mapping[str, str], about: str, locale: str) -> None:
    _line(made, words["overview"], "Heading 1")
    _line(made, "{{ overview }}{% if changes %}" + words["gap"] + "{{ changes }}{% endif %}", "Text")
    _section(made, words, "units", columns.widths(columns.units(about), locale), total=True)
    if about != "day":
        _section(made, words, "days", columns.widths(columns.DAYS, locale))
    if about != "range":
        _section(made, words, "indicators", columns.widths(columns.INDICATORS, locale))
    _line(made, words["exceptions"], "Heading 1")
    _exceptions(made, words, "not loop.last")


def _story(made: Opened) -> None:
    """Add a timeline: a paragraph for each entry, its day in front."""
    _line(made, "{%p for it in exceptions %}", "Text")
    entry = _line(made, "{{ it.label }}", "Text")
    entry.runs[0].bold = True
    entry.add_run("\u3000{{ it.text }}")
    entry.paragraph_format.first_line_indent = Pt(0)
    entry.paragraph_format.space_after = Pt(4)
    _line(made, "{%p endfor %}", "Text")
    _line(made, "{{ written_at }}", "Small").paragraph_format.space_before = Pt(12)


def _run(made: Opened, words: Mapping[str, str], locale: str) -> None:
    """Add the report of a run: how it went, its steps as a table, and what was said of them."""
    _line(made, words["overview"], "Heading 1")
    _line(made, "{{ overview }}", "Text")
    _section(made, words, "steps", columns.widths(columns.STEPS, locale))
    _line(made, words["exceptions"], "Heading 1")
    _line(made, "{%p if not exceptions %}", "Text")
    _line(made, "{{ nothing }}", "Text")
    _line(made, "{%p endif %}", "Text")
    _line(made, "{%p for it in exceptions %}", "Text")
    _line(made, "{{ it.label }}{% if it.text %}" + words["colon"] + "{{ it.text }}{% endif %}", "Text")
    _line(made, "{%p endfor %}", "Text")
    _line(made, "{{ written_at }}", "Small").paragraph_format.space_before = Pt(12)


def _exceptions(into: Opened | _Cell, words: Mapping[str, str], which: str) -> None:
    """Add those exceptions, a paragraph each, for which this holds."""
    _line(into, "{%p for it in exceptions %}", "Text")
    _line(into, f"{{%p if {which} %}}", "Text")
    _line(into, "{{ it.label }}{% if it.text %}" + words["colon"] + "{{ it.text }}{% endif %}", "Text")
    _line(into, "{%p endif %}", "Text")
    _line(into, "{%p endfor %}", "Text")


def _section(
    made: Opened, words: Mapping[str, str], of: str, widths: Mapping[str, float], *, total: bool = False
) -> None:  # fmt: skip
    """Add a numbered heading and the table of a list; without lines in the list neither is there."""
    _line(made, f"{{%p if {of} %}}", "Text")
    _line(made, words[of], "Heading 1").paragraph_format.space_after = Pt(4)
    _table(made, words, of, widths, total=total)
    _line(made, "{%p endif %}", "Text")


def _table(made: Opened, words: Mapping[str, str], of: str, widths: Mapping[str, float], *, total: bool) -> None:
    table = made.add_table(rows=0, cols=len(widths))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths.values(), strict=True):
        column.width = Mm(width)
    _row(table, widths, [words[name] for name in widths], heading=True)
    _row(table, widths, [f"{{%tr for it in {of} %}}"])
    _row(table, widths, [f"{{{{ it.{name} }}}}" for name in widths])
    _row(table, widths, ["{%tr endfor %}"])
    if total:
        sums = [f"{{{{ {name} }}}}" if name != "checked" else "" for name in list(widths)[2:]]
        _row(table, widths, ["", words["sum"], *sums])


def _row(table: Any, widths: Mapping[str, float], texts: Sequence[str], *, heading: bool = False) -> None:
    row = table.add_row()
    form = row._tr.get_or_add_trPr()
    form.append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
    if heading:
        form.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    for n, (cell, (name, width)) in enumerate(zip(row.cells, widths.items(), strict=True)):
        cell.width = Mm(width)
        left = name in columns.NAMES and not heading
        _cell(cell, texts[n] if n < len(texts) else "", "Cell heading" if heading else "Cell", left=left)


def _cell(cell: _Cell, text: str, style: str, *, left: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    paragraph.alignment = ALIGN.LEFT if left else ALIGN.CENTER
    paragraph.add_run(text)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    margins = parse_xml(
        f'<w:tcMar {nsdecls("w")}><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tcMar>'
    )
    cell._tc.get_or_add_tcPr().insert_element_before(margins, "w:vAlign")


def _signature(made: Opened, words: Mapping[str, str], about: str, locale: str) -> None:
    """Add the signature. It stands in a row that no page divides, with the last exception, so that it never stands
    alone."""
    colon, gap = words["colon"], words["gap"]
    cell = _frame(made, columns.WIDE[locale])
    _line(cell, "{%p if not exceptions %}", "Text")
    _line(cell, "{{ nothing }}", "Text")
    _line(cell, "{%p endif %}", "Text")
    _exceptions(cell, words, "loop.last")
    _line(cell, "", "Text")
    checked = words["checking" if about == "range" else "checked_by"]
    _line(cell, f"{checked}{colon}{{{{ checked }}}}", "Text")
    _line(cell, f"{words['signed_by']}{colon}" + "＿" * 10, "Text")
    for text in ("{{ unit }}", "{{ date }}"):
        signed = _line(cell, text, "Normal")
        signed.alignment = ALIGN.RIGHT
        signed.paragraph_format.right_indent = Pt(32)
    _line(cell, "", "Small")
    seal = f"{{% if seal %}}{gap}{{{{ seal }}}}{words['stop']}{{% endif %}}"
    _line(cell, f"{{{{ as_at }}}}{gap}{{{{ written_at }}}}{seal}", "Small")
    last = _line(made, "", "Small")  # Word wants a paragraph after a table
    last.paragraph_format.line_spacing_rule, last.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)


def _frame(made: Opened, width: float) -> _Cell:
    """Return a cell as wide as the text, without lines around it, that no page divides."""
    table = made.add_table(rows=1, cols=1)
    table.autofit = False
    table.columns[0].width = Mm(width)
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
    none = '<w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'
    margins = parse_xml(f"<w:tblCellMar {nsdecls('w')}>{none}</w:tblCellMar>")
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")
    cell: _Cell = table.cell(0, 0)
    cell.width = Mm(width)
    cell._tc.remove(cell.paragraphs[0]._p)
    return cell
