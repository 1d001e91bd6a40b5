"""Files as clerks make them, written by program, with what each must give: people, or what is wrong, or what is asked.

A case names the file as a clerk would; its name decides nothing. `people` are (staff number, name, unit), `notes` and
`wrong` words that must be said in English, `asked` the kind of the question, `then` answers to it."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from openpyxl import Workbook

from tests.support.workbooks import workbook

People = Sequence[tuple[str, str, str]]
HEAD = ["工号", "姓名", "单位"]
ZHANG = ("1001", "张伟", "区局/一站")
LI = ("1002", "李梅", "区局/二站")
ROWS = [list(ZHANG), list(LI)]
SIMPLE = "工号,姓名,单位\n1001,张伟,区局/一站\n1002,李梅,区局/二站\n"
STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


@dataclass(frozen=True)
class Case:
    """One file and what it must give."""

    name: str
    data: bytes
    people: People = ()
    notes: Sequence[str] = ()
    wrong: Sequence[str] = ()
    asked: str = ""
    then: dict[str, str] = field(default_factory=dict)


def text(name: str, said: str, encoding: str = "utf-8", **gives: object) -> Case:
    return Case(name, said.encode(encoding), **gives)  # type: ignore[arg-type]


def book(name: str, adjust: Callable[[Workbook], None] | None = None, /, *, sheets: dict[str, list[list[object]]],
         **gives: object) -> Case:  # fmt: skip
    return Case(name, workbook(adjust, **sheets), **gives)  # type: ignore[arg-type]


def one(name: str, rows: list[list[object]], adjust: Callable[[Workbook], None] | None = None, **gives: object) -> Case:
    return book(name, adjust, sheets={"花名册": rows}, **gives)


def rewritten(data: bytes, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """Return a workbook whose parts are changed, as another program would have written them."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(part, old.read(part)))
        for part, said in (more or {}).items():
            new.writestr(part, said)
    return out.getvalue()


def strict(name: str, said: bytes) -> bytes:
    for usual, other in STRICT.items():
        said = said.replace(usual, other)
    return said


def bad_styles(name: str, said: bytes) -> bytes:
    """Write styles as Excel bears them and openpyxl does not."""
    if name == "xl/styles.xml":
        return said.replace(b"<fills", b'<fills bogus="1"').replace(b"<fill>", b"<fill><unknownFill/></fill><fill>", 1)
    if name == "docProps/core.xml":
        return said.replace(b"Z</dcterms:created>", b"nonsense</dcterms:created>")
    return said


def formatted(code: str) -> Callable[[Workbook], None]:
    def adjust(made: Workbook) -> None:
        made["花名册"]["A2"].number_format = code

    return adjust


def headings(*columns: str) -> list[list[object]]:
    return [list(columns), *[[*row] for row in ROWS]]


SYNONYMS = [
    headings("工号（必填）", "姓名*", "部门"),
    headings("员工编号", "员工姓名", "所属部门"),
    headings("人员编号(必填)", "姓　名", "科室"),
    headings("Employee ID", "Full name", "Department"),
    headings("EMPLOYEE NO.", "Name (required)", "Dept"),
    headings("staff-number", "Employee Name", "Organisation Unit"),
    headings("Ｓｔａｆｆ　Ｎｏ", "Ｎａｍｅ", "Ｕｎｉｔ"),
    headings("工\u200b号", "姓\ufeff名", "\u202a单位\u202c"),
    headings("帐号", "姓名", "部门"),
    headings("账号", "名字", "所在单位"),
    headings("工號", "姓名", "部門"),
    headings("【必填】工号", "姓名[必填]", "单位：（选填）"),
]


def wecom_export() -> list[list[object]]:
    return [
        ["云溪区局通讯录"],
        ["填写须知：\n1. 不能在本表中增删列\n2. 部门用/分隔上下级，多个部门用;分隔"],
        ["姓名", "帐号", "别名", "职务", "部门", "性别", "手机", "座机", "个人邮箱", "激活状态", "禁用状态"],
        ["张伟", "1001", "", "站长", "区局/一站;区局/防疫专班", "男", "13800000001", "", "", "已激活", "启用"],
        ["李梅", "1002", "", "科员", "区局/二站", "女", "13800000002", "", "", "未激活", "启用"],
    ]


def dingtalk_export() -> list[list[object]]:
    return [
        ["员工UserID", "姓名", "手机号", "部门", "职位", "工号", "是否此部门主管(是/否)", "邮箱"],
        ["manager77", "张伟", "13800000001", "区局-一站", "站长", "1001", "是", ""],
        ["0123456", "李梅", "13800000002", "区局-二站", "科员", "1002", "否", ""],
    ]


def hide(made: Workbook) -> None:
    made["旧名单"].sheet_state = "hidden"
    made["一站"].row_dimensions[3].hidden = True


def merge(made: Workbook) -> None:
    page = made["花名册"]
    page.merge_cells("A1:C1")
    page.merge_cells("C3:C4")


BIG5 = "工號,姓名,單位\n1001,張偉,區局/一站\n1002,李梅,區局/二站\n"
PLAIN_HEAD = "staff_no,name,unit\n"
CASES = [
    *[one(f"headings {at}.xlsx", rows, people=[ZHANG, LI]) for at, rows in enumerate(SYNONYMS)],
    one("no unit.xlsx", headings("工号", "姓名", "派驻点"), asked="column", then={"heading:派驻点": "unit"},
        people=[ZHANG, LI]),
    one("nothing known.xlsx", headings("甲", "乙", "丙"),
        wrong=["No column for: staff number, name, unit. One line needs"]),
    one("two units.xlsx", [
        ["工号", "姓名", "单位", "科室"], ["1001", "张伟", "区局", "一站"], ["1002", "李梅", "区局", "二站"]],
        asked="which", then={"which:unit:单位|科室": "=both"}, people=[ZHANG, LI]),
    one("account beside.xlsx", [[*HEAD, "账号"], [*ZHANG, "zw"], [*LI, "lm"]],
        asked="account", then={"heading:账号": "=none"},
        people=[ZHANG, LI], notes=["Columns not used: 账号"]),
    one("first and last.xlsx", [["No", "First name", "Last name", "Team"], ["a1", "Ann", "Lee", "Bureau/A"]],
        people=[("a1", "Ann Lee", "Bureau/A")]),
    one("企业微信通讯录.xlsx", wecom_export(), asked="several", then={"several": "yes"},
        people=[ZHANG, ("1001", "张伟", "区局/防疫专班"), LI],
        notes=["“帐号” is read as the staff number", "Columns not used"]),
    one("钉钉通讯录.xlsx", dingtalk_export(), asked="levels", then={"levels:-": "yes"}, people=[ZHANG, LI],
        notes=["员工UserID"]),
    one("one unit of that name.xlsx", [HEAD, ["1001", "张伟", "区局/一站;防疫专班"]],
        asked="several", then={"several": "no"},
        people=[("1001", "张伟", "区局/一站;防疫专班")]),
    book("一站一表.xlsx", hide, sheets={
        "一站": [["工号", "姓名"], ["1001", "张伟"], ["1003", "藏"]], "二站": [["工号", "姓名"], ["1002", "李梅"]],
        "说明": [["各站填报"]], "旧名单": [HEAD, ["9", "旧人", "区局"]],
    }, people=[("1001", "张伟", "一站"), ("1002", "李梅", "二站")],
        notes=["Sheet “一站” has no unit column", "1 hidden row left out (3)", "not used: 说明",
               "Hidden sheets, not used: 旧名单"]),
    book("two sheets.xlsx", sheets={"甲": [HEAD, [*ZHANG]], "乙": [HEAD, [*LI]]}, people=[ZHANG, LI],
         notes=["Sheets used: 甲, 乙"]),
    book("bad in two sheets.xlsx", sheets={"甲": [HEAD, ["1", "", "区局"]],
         "乙": [HEAD, ["2", "乙", "区局", "x"], ["", "丙", ""]]},
         wrong=["甲:2:B:The column name is empty", "乙:3:A:The column staff number is empty",
                "乙:3:C:The column unit is empty"]),
    one("title and merged.xlsx", [["云溪区局花名册"], HEAD, ["1001", "张伟", "区局/一站"], ["1003", "王芳", None],
                                  ["合计", "2人"]],
        merge, people=[ZHANG, ("1003", "王芳", "区局/一站")], notes=["云溪区局花名册", "合计 2人"]),
    one("printed twice.xlsx", [HEAD, [*ZHANG], HEAD, [*LI]], people=[ZHANG, LI],
        notes=["Line 3 (“工号 姓名 单位”)"]),
    one("zeros.xlsx", [HEAD, [7148, "张伟", "区局/一站"]], formatted("000000"),
        people=[("007148", "张伟", "区局/一站")]),
    one("prefix.xlsx", [HEAD, [7, "张伟", "区局/一站"]], formatted('"YX"0000'),
        people=[("YX0007", "张伟", "区局/一站")]),
    one("escaped prefix.xlsx", [HEAD, [7, "张伟", "区局/一站"]], formatted("\\D0000"),
        people=[("D0007", "张伟", "区局/一站")]),
    one("text prefix.xlsx", [HEAD, ["007", "张伟", "区局/一站"]], formatted('"D"@'),
        people=[("D007", "张伟", "区局/一站")]),
    one("percent.xlsx", [HEAD, [0.12, "张伟", "区局/一站"]], formatted("0%"), wrong=["花名册:2:A:“12%” is a number"]),
    one("grouped.xlsx", [HEAD, [1001, "张伟", "区局/一站"]], formatted("#,##0"),
        wrong=["花名册:2:A:“1,001” is a number"]),
    one("power.xlsx", [HEAD, [1001, "张伟", "区局/一站"]], formatted("0.00E+00"), wrong=["A2 shows a number in a way"]),
    one("date.xlsx", [HEAD, [date(2026, 1, 2), "张伟", "区局/一站"]], wrong=["Excel turned A2 into a date"]),
    one("nothing.xlsx", [HEAD, ["NULL", "张伟", "区局/一站"], ["N/A", "李梅", "区局/二站"], ["-", "王", "区局"]],
        wrong=["“NULL” can’t be a staff number", "“N/A” can’t be", "“-” can’t be"]),
    one("invisible.xlsx", [HEAD, ["\u202d1001\u202c", "张\u200b伟", "区局/一\ufeff站"]], people=[ZHANG]),
    Case("strict.xlsx", rewritten(workbook(S=[HEAD, *ROWS]), strict), people=[ZHANG, LI]),
    Case("styles.xlsx", rewritten(workbook(S=[HEAD, *ROWS]), bad_styles), people=[ZHANG, LI]),
    Case("macros.xlsm", rewritten(
        workbook(S=[HEAD, *ROWS]),
        lambda name, said: said.replace(b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"),
        {"xl/vbaProject.bin": b"\0\1"}), people=[ZHANG, LI]),
    Case("named.csv", workbook(S=[HEAD, *ROWS]), people=[ZHANG, LI]),
    text("named.xlsx", SIMPLE, people=[ZHANG, LI]),
    Case("old.xls", b"\xd0\xcf\x11\xe0" + b"x" * 600, wrong=["This is an old Excel (.xls) or WPS (.et) file"]),
    Case("locked.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
         wrong=["This is an Excel file with a password"]),
    Case("page.xls", b"<html><table><tr><td>\xb9\xa4\xba\xc5</td></tr></table></html>", wrong=["This is a web page"]),
    Case("xml.xls", b'<?xml version="1.0"?><Workbook/>', wrong=["This is an XML file"]),
    Case("calc.ods", rewritten(workbook(S=[HEAD]), lambda name, said: said,
                               {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                                "x/opendocument.spreadsheet": b""}),
         wrong=["This is an OpenDocument (.ods) file"]),
    Case("binary.xlsb", rewritten(workbook(S=[HEAD]), lambda name, said: said, {"xl/workbook.bin": b"\0"}),
         wrong=["This is a binary Excel (.xlsb) file"]),
    text("utf-16.csv", SIMPLE.replace(",", "\t"), "utf-16", people=[ZHANG, LI]),
    text("utf-16 without a mark.csv", SIMPLE, "utf-16-le", people=[ZHANG, LI]),
    text("utf-8 with a mark.csv", SIMPLE, "utf-8-sig", people=[ZHANG, LI]),
    text("gb18030.csv", SIMPLE, "gb18030", people=[ZHANG, LI]),
    text("gb18030 with rare names.csv",
         PLAIN_HEAD + "1,李玥堃,区局/一站\n2,张喆,区局/二站\n3,王建国,区局/三站\n", "gb18030",
         people=[("1", "李玥堃", "区局/一站"), ("2", "张喆", "区局/二站"), ("3", "王建国", "区局/三站")]),
    text("big5 with its headings.csv", BIG5, "big5",
         people=[("1001", "張偉", "區局/一站"), ("1002", "李梅", "區局/二站")]),
    text("big5.csv", PLAIN_HEAD + BIG5.partition("\n")[2], "big5", asked="encoding", then={"encoding": "big5"},
         people=[("1001", "張偉", "區局/一站"), ("1002", "李梅", "區局/二站")]),
    text("latin.csv", PLAIN_HEAD + "1,Jörg Müller,Amt/Köln\n", "cp1252", asked="encoding", then={"encoding": "cp1252"},
         people=[("1", "Jörg Müller", "Amt/Köln")]),
    text("guards.csv", PLAIN_HEAD + '="007147",甲,区局\n1.10101E+17,乙,区局\n1001.0,丙,区局\n',
         wrong=[":3::“1.10101E+17” is a number", ":4::“1001.0” is a number"]),
    text("unwrapped.csv", PLAIN_HEAD + '="007147",甲,区局\n"=""007148""",乙,区局\n',
         people=[("007147", "甲", "区局"), ("007148", "乙", "区局")]),
    text("sep.csv", "sep=;\n" + SIMPLE.replace(",", ";"), people=[ZHANG, LI]),
    text("pipes.txt", SIMPLE.replace(",", "|"), people=[ZHANG, LI]),
    text("everything.csv", "工号,姓名,单位,角色,时区\n,甲,区局,boss,Mars/North\n1,,,,\n",
         wrong=[":2::The column staff number is empty", ":2::role is “boss”", ":2::There is no time zone",
                ":3::The column name is empty", ":3::The column unit is empty"]),
]  # fmt: skip
