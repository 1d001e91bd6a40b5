"""Write the XML around the rows of a workbook: styles, sheets, what ties them together (ECMA-376)."""

from collections.abc import Sequence
from dataclasses import dataclass

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"

NUMBER, TEXT, DAY, MOMENT, TIME, LONG, SHARE = range(7)
"""Kinds of cells. A cell of TEXT stays text whatever is typed into it later; a LONG number is
shown with all its digits, a SHARE in per cent."""
PLAIN, WRAPPED, HEADING, LABEL, SUM = 0, 7, 14, 21, 22
"""Styles begin here; the kind is added, but LABEL is one style, and SUM two: of NUMBER and of TEXT."""
_FORMATS = {
    NUMBER: 0,
    TEXT: 49,
    DAY: 164,
    MOMENT: 165,
    TIME: 20,
    LONG: 1,
    SHARE: 10,
}  # 164 and up are our own, the others Excel's


PRINTED = 160  # characters side by side on A4 across


@dataclass(frozen=True)
class Made:
    """A sheet that was written: its name, and the cells that have filters ("" without)."""

    name: str
    table: str


def area(columns: int, rows: int) -> str:
    """Return how Excel writes the cells from the first one to the last."""
    return f"$A$1:${column(columns)}${rows}"


def column(number: int) -> str:
    """Return the letters of a column; the first is number 1."""
    letters = ""
    while number:  # openpyxl has a function for this, and takes 7 MB
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def added(number: int, last: int, total: int | float) -> str:
    """Return a cell that adds up a column from its second row to its last, of the rows that filters show; programs that
    do not calculate show the total."""
    letters = column(number)
    return f'<c s="{SUM + NUMBER}"><f>SUBTOTAL(109,{letters}2:{letters}{last})</f><v>{total!r}</v></c>'


def top(widths: Sequence[int], *, table: bool, first: bool, typed: bool) -> bytes:
    """Return what stands above the rows of a sheet; the first sheet is the one that is shown."""
    shown = ' tabSelected="1"' if first else ""
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if table else ""
    style = f' style="{TEXT}"' if typed else ""
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"{style}/>' for at, width in enumerate(widths, 1)
    )
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView{shown} workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/>{f"<cols>{columns}</cols>" if columns else ""}<sheetData>'
    ).encode()


def bottom(widths: Sequence[int], table: str) -> bytes:
    """Return what stands below the rows: filters, and how it prints: on A4, a table across, with as many
    columns side by side as can be read."""
    filters = f'<autoFilter ref="{table.replace("$", "")}"/>' if table else ""
    pages = max(1, -(-sum(widths) // PRINTED))
    turned = "landscape" if table else "portrait"
    printed = f'<pageSetup paperSize="9" orientation="{turned}" fitToWidth="{pages}" fitToHeight="0"/>'
    return f"</sheetData>{filters}{printed}</worksheet>".encode()


def around(made: Sequence[Made], day: str, moment: str) -> dict[str, str]:
    """Return the other parts of the workbook by name, for these sheets and formats of dates."""
    numbers = range(1, len(made) + 1)
    sheets = "".join(
        f'<sheet name="{it.name}" sheetId="{n}" r:id="rId{n}"/>' for n, it in zip(numbers, made, strict=True)
    )
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{n - 1}" hidden="1">'
        f"'{it.name}'!{it.table}</definedName>"
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{n - 1}">'
        f"'{it.name}'!$1:$1</definedName>"
        for n, it in zip(numbers, made, strict=True)
        if it.table
    )
    own = [f"/xl/worksheets/sheet{n}.xml" for n in numbers]
    relations = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    relations.append((f"rId{len(made) + 1}", "styles", "styles.xml"))
    return {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + _override("/xl/workbook.xml", "sheet.main")
        + "".join(_override(name, "worksheet") for name in own)
        + f"{_override('/xl/styles.xml', 'styles')}</Types>",
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": _relations(relations),
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets>{f'<definedNames>{filters}</definedNames>' if filters else ''}</workbook>",
        "xl/styles.xml": _styles(day, moment),
    }


def _override(name: str, kind: str) -> str:
    return f'<Override PartName="{name}" ContentType="{KIND}.{kind}+xml"/>'


def _relations(told: Sequence[tuple[str, str, str]]) -> str:
    lines = "".join(f'<Relationship Id="{it}" Type="{OFFICE}/{kind}" Target="{to}"/>' for it, kind, to in told)
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _styles(day: str, moment: str) -> str:
    wrapped = '<alignment horizontal="left" vertical="top" wrapText="1"/>'
    bold = ' fontId="1" applyFont="1"'
    heading = '<alignment vertical="center" wrapText="1"/>'
    styles = [_style(kind) for kind in _FORMATS]
    styles += [_style(kind, wrapped) for kind in _FORMATS]
    styles += [_style(kind, heading, f'{bold} fillId="2" applyFill="1"') for kind in _FORMATS]
    styles.append(_style(TEXT, wrapped, bold))
    styles += [_style(kind, "", f'{bold} borderId="1" applyBorder="1"') for kind in (NUMBER, TEXT)]
    return (
        f'{HEAD}<styleSheet xmlns="{MAIN}">'
        f'<numFmts count="2"><numFmt numFmtId="{_FORMATS[DAY]}" formatCode="{day}"/>'
        f'<numFmt numFmtId="{_FORMATS[MOMENT]}" formatCode="{moment}"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
        '</fill><fill><patternFill patternType="solid"><fgColor rgb="FFEDEDED"/></patternFill></fill></fills>'
        '<borders count="2"><border/><border><left/><right/><top style="thin"><color auto="1"/></top><bottom/></border>'
        '</borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        f'<cellXfs count="{len(styles)}">{"".join(styles)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _style(kind: int, alignment: str = "", more: str = "") -> str:
    number = _FORMATS[kind]
    shown = f' numFmtId="{number}" applyNumberFormat="1"' if number else ""
    aligned = ' applyAlignment="1"' if alignment else ""
    return f'<xf xfId="0"{more}{shown}{aligned}>{alignment}</xf>'
