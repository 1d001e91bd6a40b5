"""Write our own Word template: its fields are as in any template. Admins get the same file to begin with."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Opened
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from models.documents import columns, our_template_look
from models.documents.our_template_look import AFTER_BORDERS, RED


def template(words: Mapping[str, str], locale: str, about: str, *, red: bool = False) -> bytes:
    """Return our template for a `day`, a `range` or `both`, a `timeline` or a `run`, in one language; `red` puts the
    organisation in red on top."""
    made = Document()
    chinese = locale == "zh_CN"
    our_template_look.give(made, words, chinese=chinese)
    if red:
        _red_head(made, "" if about == "range" else words["red"])
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


def _red_head(made: Opened, kind: str) -> None:
    """Put the organisation on top, with what kind of report it is; no week or month is a daily report."""
    head = _line(made, "{{ organisation }}" + kind, "Title")
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
