"""Forms as clerks make them, written by program, with what each must give: questions, or what is wrong, or what is
asked. Their names decide nothing.

`questions` are (name, type) with * where an answer is required and the names of the choices; `notes` and `wrong` are
words that must be said in English, `asked` is the kind of the question and `then` the answer to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl import Workbook

from tests.models.organisation.corpus import rewritten, strict
from tests.support.workbooks import workbook

Rows = list[list[object]]
Questions = Sequence[tuple[str, ...]]
SETTINGS: Rows = [["form_title", "form_id", "statement"], ["健康", "health", "无情况。"]]
ZH_SETTINGS: Rows = [["表单名称", "表单编号", "零报告"], ["健康", "health", "无情况。"]]
CHOICES: Rows = [["list_name", "name", "label"], ["yn", "yes", "有"], ["yn", "no", "无"]]
HEAD: list[object] = ["type", "name", "label"]
TEMPERATURE = ("temperature", "decimal")
PLAIN: Rows = [HEAD, ["decimal", "temperature", "体温"]]


@dataclass(frozen=True)
class Case:
    """One file and what it must give."""

    name: str
    data: bytes
    questions: Questions = ()
    notes: Sequence[str] = ()
    wrong: Sequence[str] = ()
    asked: str = ""
    then: Mapping[str, str] = field(default_factory=dict)


def book(
    name: str, sheets: Mapping[str, Rows], adjust: Callable[[Workbook], None] | None = None, **gives: object
) -> Case:
    return Case(name, workbook(adjust, **sheets), **gives)  # type: ignore[arg-type]


def asks(name: str, rows: Rows, adjust: Callable[[Workbook], None] | None = None, /, choices: Rows | None = None,
         settings: Rows | None = None, **gives: object) -> Case:  # fmt: skip
    sheets = {"survey": rows, **({"choices": choices} if choices else {}), "settings": settings or SETTINGS}
    return book(name, sheets, adjust, **gives)


def headed(*columns: str) -> Rows:
    return [[*columns], ["decimal", "temperature", "体温"]]


SYNONYMS = [
    headed("类型", "名称", "题目"),
    headed("题型", "字段名", "标签"),
    headed("题目类型", "代码", "问题"),
    headed("Type", "Field Name", "Question"),
    headed("TYPE*", "name（必填）", "Label:"),
    headed("类\u200b型", "名\ufeff称", "\u202a题目\u202c"),
    headed("Ｔｙｐｅ", "Ｎａｍｅ", "Ｌａｂｅｌ"),
    headed("類型", "名稱", "題目"),
    headed("字段类型（必填）", "变量名", "题干（必填）"),
]
LANGUAGES = [
    ["label::中文 (zh)", "label::English (en)"], ["题目（中文）", "题目（英文）"], ["中文题目", "英文题目"],
    ["label_zh", "label_en"], ["题目::中文", "题目::English"],
]  # fmt: skip
WHOLE = [
    ["题型", "字段名", "题目", "选项", "必填", "显示条件", "约束", "约束提示", "默认", "提示"],
    ["单选", "who", "谁不舒服？", "本人；同住家人", "是", "", "", "", "", ""],
    ["多选题", "signs", "症状", "发热;咳嗽；乏力", "√", "", "", "", "", "可多选"],
    [
        "小数",
        "temperature",
        "体温",
        "",
        "否",
        "selected（${signs}，‘发热’）",
        "．≥34 且 ．≤43",
        "应在34到43之间",
        "",
        "",
    ],
    ["整数", "days", "几天了", "", "", "${temperature}≥37.3 或 ${who}＝“同住家人”", "", "", "", ""],
    ["日期", "since", "自哪天起", "", "TRUE", "", "", "", "今天", ""],
    ["是否", "seen", "是否就医", "", 1, "", "", "", "", ""],
    ["图片", "photo", "照片", "", "", "${seen} = '是'", "", "", "", ""],
    ["位置", "place", "现在在哪里", "", "", "", "", "", "", ""],
    ["说明", "thanks", "谢谢", "", "", "", "", "", "", ""],
]
GIVES = [
    ("who", "select_one*", "benren", "tongzhujiaren"), ("signs", "select_multiple*", "fare", "kesou", "fali"),
    TEMPERATURE, ("days", "integer"), ("since", "date*"), ("seen", "select_one*", "yes", "no"), ("photo", "image"),
    ("place", "geopoint"), ("thanks", "note"),
]  # fmt: skip


def hide_rows(made: Workbook) -> None:
    made["survey"].row_dimensions[3].hidden = True
    made["草稿"].sheet_state = "hidden"


def hide_choices(made: Workbook) -> None:
    made["choices"].sheet_state = "hidden"


def merge(made: Workbook) -> None:
    made["survey"].merge_cells("A1:C1")
    made["choices"].merge_cells("A2:A3")


YAML = (
    "code: health\ntitle: 健康\nstatement: 无情况。\nquestions:\n  - {name: temperature, type: decimal, label: 体温}\n"
)
QUOTED = "  - {name: b, type: text, label: 乙, relevant: temperature＞＝37.3 and not（temperature > 43）}\n"
BIG5 = "code: health\ntitle: 健康\nstatement: 無情況。\nquestions:\n- {name: temperature, type: decimal, label: 體溫}\n"
CASES = [
    *[asks(f"headings {at}.xlsx", rows, questions=[TEMPERATURE]) for at, rows in enumerate(SYNONYMS)],
    *[asks(f"languages {at}.xlsx", [["type", "name", *both], ["decimal", "temperature", "体温", "Temperature"]],
           questions=[TEMPERATURE]) for at, both in enumerate(LANGUAGES)],
    book("每日健康.xlsx", {"题目": WHOLE, "设置": ZH_SETTINGS}, questions=GIVES, notes=["发热 → fare"]),
    book("any sheet name.xlsx", {"Sheet1": WHOLE, "Sheet2": [["x"]], "设置": ZH_SETTINGS}, questions=GIVES,
         notes=["Sheets skipped: Sheet2"]),
    book("settings below each other.xlsx", {"问卷": PLAIN, "设置": [
        ["表单名称", "健康"], ["表单编号", "health"], ["零报告", "无情况。"], ["填报对象", "人员"]]},
        questions=[TEMPERATURE]),
    book("选项表.xlsx", {"问卷": [["类型", "名称", "题目"], ["单选（有无）", "contact", "有接触吗？"]],
        "选项": [
        ["选项组", "选项值", "选项名称"], ["有无", "1", "有"], ["", "2", "无"], ["没人用", "1", "甲"]],
        "设置": ZH_SETTINGS},
        questions=[("contact", "select_one", "1", "2")], notes=["Lists of choices that no question uses: 没人用"]),
    asks("a list called as the question.xlsx", [HEAD, ["单选", "yn", "有吗？"]], choices=CHOICES,
         questions=[("yn", "select_one", "yes", "no")]),
    asks("title and merged.xlsx", [["健康日报题目"], HEAD, ["select_one yn", "a", "甲"]], merge,
         choices=[CHOICES[0], CHOICES[1], [None, "no", "无"]], questions=[("a", "select_one", "yes", "no")],
         notes=["Sheet “survey”, row 1 (“健康日报题目”)"]),
    book("hidden.xlsx", {"survey": [HEAD, ["decimal", "temperature", "体温"], ["text", "old", "旧"]],
                         "settings": SETTINGS, "草稿": [HEAD]}, hide_rows, questions=[TEMPERATURE],
         notes=["1 hidden row left out (3)", "Hidden sheets, not used: 草稿"]),
    asks("hidden choices.xlsx", [HEAD, ["select_one yn", "a", "甲"]], hide_choices, choices=CHOICES,
         wrong=["survey:2:A:There is no list “yn”", "choices:::This sheet is hidden"]),
    asks("unknown columns.xlsx", [[*HEAD, "备注", None], ["decimal", "temperature", "体温", "x", "y"]],
         questions=[TEMPERATURE], notes=["Columns of the sheet survey not used: 备注, E"]),
    asks("names in Chinese.xlsx", [["类型", "名称", "题目", "显示条件"], ["小数", "体温", "体温是多少？", ""],
                                   ["文本", "原因", "为什么", "${体温} > 37.3"]],
         questions=[("tiwen", "decimal"), ("yuanyin", "text")], notes=["体温 → tiwen"]),
    asks("no names.xlsx", [["题型", "题目（必填）", "选项"], ["小数", "体温*", ""],
                            ["单选", "有无接触（必填）", "有/无"]],
         questions=[("tiwen", "decimal*"), ("youwujiechu", "select_one*", "you", "wu")], notes=["体温 → tiwen"]),
    asks("names for labels.xlsx", [["名称", "题型"], ["体温", "小数"]], questions=[("tiwen", "decimal")],
         notes=["“名称” is read as the label"]),
    asks("numbered choices.xlsx", [[*HEAD, "选项"], ["单选", "a", "甲", "A. 是\nB. 否"],
         ["单选", "b", "乙", "1=有;2=无"]],
         questions=[("a", "select_one", "yes", "no"), ("b", "select_one", "1", "2")]),
    asks("inside the type.xlsx", [HEAD, ["单选：是；否", "a", "甲"], ["select_one yes;no", "b", "乙"]],
         questions=[("a", "select_one", "yes", "no"), ("b", "select_one", "yes", "no")]),
    asks("numbers.xlsx", [[*HEAD, "约束"], ["数字", "boxes", "箱数", ". >= 0"],
         ["数字", "temperature", "体温", ". < 43.5"]],
         questions=[("boxes", "integer"), TEMPERATURE], notes=["Read as whole numbers: 箱数"]),
    asks("quotes.xlsx", [[*HEAD, "relevant"], ["text", "a", "甲", ""], ["text", "b", "乙",
         "${a} ＝ “x” 且 not（${a}=‘y’）"]],
         questions=[("a", "text"), ("b", "text")]),
    asks("bare words.xlsx", [["类型", "名称", "题目", "显示条件", "约束"],
                             ["是否", "有接触", "有接触吗？", "", ""], ["小数", "体温", "体温", "有接触=是", "34-43"],
                             ["文本", "why", "为什么", "体温大于37.3 且 有接触 等于 “是”", ""],
                             ["整数", "days", "几天", "", "≥1 且 ≤14"]],
         questions=[("youjiechu", "select_one", "yes", "no"), ("tiwen", "decimal"), ("why", "text"),
                    ("days", "integer")]),
    asks("spoken names.xlsx", [["Type", "Question", "Options", "Condition"], ["Radio", "Anyone ill?", "Yes;No", ""],
                               ["Photo", "Picture", "", "${Anyone ill?} = ‘Yes’"]],
         questions=[("anyone_ill", "select_one", "yes", "no"), ("picture", "image")]),
    asks("unknown words.xlsx", [[*HEAD, "relevant"], ["text", "a", "甲", ""], ["text", "b", "乙", "${没有 这题} = 1"],
                                ["text", "c", "丙", "甲包含发热"]],
         wrong=["survey:3:D:The expression", "survey:4:D:The expression"]),
    asks("all at once.xlsx", [[*HEAD, "必填", "约束"], ["文字框", "a", "甲", "", ""],
         ["文本", "b", "乙", "有时", ". >"],
                              ["", "c", "丙", "", ""], ["单选", "d", "丁", "", ""]],
         settings=[["form_title", "form_id"], ["健康", "health"]],
         wrong=["survey:2:A:The type “文字框”", "survey:3:D:“required” must be yes, no or empty",
         "survey:3:E:The expression",
                "survey:4:A:The column type is empty", "survey:5:A:This question has no choices"]),
    asks("named twice.xlsx", [[*HEAD, "选项"], ["select_one yn", "a", "甲", "是;否"]], choices=CHOICES,
         wrong=["survey:2:D:The choices of this question are given twice"]),
    asks("choices of a text.xlsx", [[*HEAD, "选项"], ["文本", "a", "甲", "是;否"]],
         wrong=["survey:2:D:Question “a” has type text"]),
    asks("two labels.xlsx", [["type", "name", "题目", "问题"], ["text", "a", "甲", "乙"]],
         wrong=["survey:1:D:Several columns may be the label: 题目, 问题"]),
    asks("two labels of which one is empty.xlsx", [["type", "name", "题目", "问题"],
         ["decimal", "temperature", "体温", ""]],
         questions=[TEMPERATURE]),
    book("走访（新）.xlsx", {"Sheet1": [["题目", "题型", "选项"], ["有无异常", "单选", "有;无"]]},
         questions=[("youwuyichang", "select_one", "you", "wu")],
         notes=["no “form_title”, so this is taken: “走访（新）”", "no “form_id”, so this is taken: “zoufang_xin”",
                "no “statement”, so this is taken: “Nothing to report since the last report.”"]),
    asks("no statement.xlsx", PLAIN, settings=[["form_title", "form_id"], ["健康", "health"]], questions=[TEMPERATURE],
         notes=["no “statement”"]),
    asks("more settings.xlsx", PLAIN, settings=[*SETTINGS, ["另一", "other", "无"]], questions=[TEMPERATURE],
         notes=["only the first row counts, not used: 3"]),
    asks("invisible.xlsx", [HEAD, ["\u202ddecimal\u202c", "temper\u200bature", "体\ufeff温"]], questions=[TEMPERATURE]),
    asks("formula.xlsx", [HEAD, ["decimal", "temperature", "=1+1"]], wrong=["survey:2:C:C2 is a formula"]),
    Case("strict.xlsx", rewritten(workbook(survey=PLAIN, settings=SETTINGS), strict), questions=[TEMPERATURE]),
    Case("named.yaml", workbook(survey=PLAIN, settings=SETTINGS), questions=[TEMPERATURE]),
    Case("form.xls", b"\xd0\xcf\x11\xe0" + b"x" * 600, wrong=["This is an old Excel (.xls) or WPS (.et) file"]),
    Case("form.ods", rewritten(workbook(survey=PLAIN), lambda name, said: said, {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "x/opendocument.spreadsheet": b""}),
        wrong=["This is an OpenDocument (.ods) file"]),
    Case("form.xls", b"<html><table><tr><td>type</td></tr></table></html>", wrong=["This is a web page"]),
    Case("form.csv",
         "题型,字段名,题目\n小数,temperature,体温\n".encode("gb18030"), wrong=["This is a form in one table"]),
    Case("utf-8.yaml", YAML.encode(), questions=[TEMPERATURE]),
    Case("named.txt", YAML.encode(), questions=[TEMPERATURE]),
    Case("marked.yaml", YAML.encode("utf-8-sig"), questions=[TEMPERATURE]),
    Case("utf-16.yaml", YAML.encode("utf-16"), questions=[TEMPERATURE]),
    Case("gb18030.yaml", YAML.encode("gb18030"), questions=[TEMPERATURE]),
    Case("big5.yaml", BIG5.encode("big5"), asked="encoding", then={"encoding": "big5"}, questions=[TEMPERATURE]),
    Case("windows.yaml", YAML.replace("\n", "\r\n").encode(), questions=[TEMPERATURE]),
    Case("quotes.yaml", (YAML + QUOTED).encode(), questions=[TEMPERATURE, ("b", "text")]),
    Case("colons.yaml", YAML.replace("title: ", "title：").encode(), wrong=[":2::A key ends with a full-width"]),
]  # fmt: skip
