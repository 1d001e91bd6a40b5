"""What clerks call the sheets, columns, types and values of a form in Excel, in both languages. XLSForm's own names
come first and are what everything else is read as (docs/decisions/0052-xlsform.md)."""

import re
from collections.abc import Mapping

from models.core import characters
from models.spreadsheets.headings import plain

COLUMNS = {
    "survey": ("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "default",
               "choices", "propose", "score", "explanation"),
    "choices": ("list_name", "name", "label", "score", "explanation"),
    "settings": ("form_title", "form_id", "default_language", "about", "statement", "pass_mark", "attempts"),
    "indicators": ("name", "label", "count", "value", "format", "total"),  # a sheet of our own, as in YAML
}  # fmt: skip
NEEDED = {
    "survey": ("type", "label"), "choices": ("list_name", "label"), "settings": ("form_id", "form_title"),
    "indicators": ("name", "label"),
}  # fmt: skip
SPOKEN = (
    "label",
    "hint",
    "constraint_message",
    "form_title",
    "statement",
    "explanation",
)  # columns that may name a language
# columns that change what is asked; XLSForm's others change only how it looks
DECISIVE = ("calculation", "choice_filter", "repeat_count", "trigger", "read_only", "readonly")
_SHEETS = {
    "survey": "survey/questions/form/问卷/题目/问题/题目表/问题表/调查表/调查问卷/表单/表单题目/问卷题目/填报内容/字段",
    "choices": "choices/options/answers/选项/选项表/选项列表/备选项/答案选项",
    "settings": "settings/setting/form settings/设置/表单设置/问卷设置/基本设置/基本信息/表单信息",
    "indicators": "indicators/指标/汇总指标/统计指标",
}
_WORDS: dict[str, dict[str, str]] = {
    "survey": {
        "type": """
            type/question type/field type/answer type/input type/类型/题型/题目类型/问题类型/字段类型/填写方式
            回答方式/回答类型/控件类型/填报方式/數據類型/數据类型/数据类型/類型
        """,
        "name": """
            name/field/field name/variable/variable name/question name/question code/field code/名称/字段名/字段名称
            字段/变量/变量名/变量名称/代码/字段代码/题目代码/英文名/英文名称/标识/字段标识/名稱
        """,
        "label": """
            label/question/question text/title/题目/标签/问题/题目内容/问题内容/题干/题目名称/问题名称
            显示名称/填报项/填报项目/填报内容/題目/標籤/問題
        """,
        "hint": "hint/help/help text/guidance/tip/提示/说明/填写说明/填报说明/提示语/填写提示/帮助/說明",
        "required": """
            required/mandatory/compulsory/must answer/必填/是否必填/必填项/是否必须/必答/是否必答/必须/是否必填项
        """,
        "relevant": """
            relevant/relevance/condition/show if/visible if/display condition/skip logic/显示条件/出现条件/显示逻辑
            跳转条件/跳转逻辑/前置条件/条件/关联条件/适用条件
        """,
        "constraint": """
            constraint/validation/valid if/validation rule/约束/校验/校验规则/约束条件/验证/验证规则/限制/限制条件
            取值范围/有效条件/填写限制
        """,
        "constraint_message": """
            constraint message/validation message/error message/约束提示/校验提示/错误提示/出错提示/约束说明/验证提示
            报错信息/报错提示/校验说明
        """,
        "default": "default/default value/initial value/默认/默认值/缺省/缺省值/初始值/默認值",
        "propose": "propose/proposed/prefill/prefilled from/预填/预填来源/汇总来源/取数",
        "choices": "choices/options/answer options/选项/选项内容/备选项/可选项/候选项/选项组/选项列表/選項",
        "score": "score/points/point/score if/分值/分数/得分/计分/题目分值/分數",
        "explanation": "explanation/answer explanation/rationale/解析/答案解析/题目解析/解释",
    },
    "choices": {
        "list_name": "list name/list/option list/choice list/选项组/选项列表/列表名/列表名称/组名/选项组名称/选项集",
        "name": "name/value/code/option value/option code/选项值/值/代码/选项代码/选项编码/名称/存储值",
        "label": """
            label/text/option/choice/option text/option label/选项/标签/显示名称/选项名称/选项内容/选项文字/文字/内容
            选项标签/選項
        """,
        "score": "score/points/point/分值/分数/得分/选项分值/分數",
        "explanation": "explanation/answer explanation/rationale/解析/答案解析/选项解析/解释",
    },
    "settings": {
        "form_title": "form title/title/form name/表单名称/表单标题/标题/名称/问卷名称/问卷标题/表名/任务名称",
        "form_id": "form id/form code/id string/code/表单编号/表单代码/表单id/问卷编号/问卷代码/代码/编号/标识",
        "default_language": "default language/language/默认语言/语言",
        "about": "about/who reports/填报对象/报送对象/对象/报告对象",
        "statement": """
            statement/zero statement/zero report/零报告/零报告声明/零报告内容/零报告语句/零报告文字/声明/无情况声明
        """,
        "pass_mark": """
            pass mark/passing score/pass score/passing mark/及格分/及格分数/合格分/合格分数/及格线/合格线/通过分数
        """,
        "attempts": "attempts/max attempts/number of attempts/tries/作答次数/答题次数/允许次数/最多作答次数/考试次数",
    },
    "indicators": {
        "name": "name/名称/代码", "label": "label/标签/指标/指标名称/显示名称", "count": "count/count if/计数/计数条件",
        "value": "value/计算/计算公式/公式", "format": "format/格式", "total": "total/累计/是否累计",
    },
}  # fmt: skip


def _each(words: str) -> list[str]:
    return [word for line in words.strip().splitlines() for word in line.strip().split("/")]


SHEETS = {plain(word): sheet for sheet, words in _SHEETS.items() for word in _each(words)}
HEADINGS: dict[str, dict[str, str]] = {
    sheet: {plain(word): column for column, words in columns.items() for word in [column, *_each(words)]}
    | ({plain(it): it for it in DECISIVE} if sheet == "survey" else {})
    for sheet, columns in _WORDS.items()
}
CHINESE = frozenset(word for known in HEADINGS.values() for word in known if len(word) > 1 and not word.isascii())
LABELS = {
    column: {"en": column, "zh": f"{column}（{next(it for it in _each(words) if not it.isascii())}）"}
    for columns in _WORDS.values()
    for column, words in columns.items()
}  # what a column is called in a sentence

_TYPES = {
    "text": """
        string/short text/long text/single line/multi line/文本/填空/填空题/文字/字符/字符串/单行文本/多行文本/简答
        简答题
    """,
    "integer": "int/whole number/整数/整型/数量/人数",
    "decimal": "float/decimal number/小数/浮点/浮点数",
    "number": "number/numeric/数字/数值/数字题",  # whole, unless the row shows decimals
    "select_one": """
        select one/select1/single choice/single select/choose one/radio/dropdown/drop down/单选/单选题/下拉/下拉框
        下拉选择/下拉单选/单项选择/單選
    """,
    "select_multiple": """
        select multiple/select all that apply/multi select/choose many/checkbox/checkboxes/多选/多选题
        复选/复选框/多项选择/多選
    """,
    "yes_no": "yes no/yes or no/yesno/boolean/bool/是否/是否题/判断/判断题/是非题",
    "date": "日期/年月日/日期题",
    "time": "时间/时刻/时分",
    "note": "info/instruction/说明/提示/说明文字/段落/段落说明",
    "image": "photo/picture/图片/照片/拍照/上传图片/上传照片/图像/照片上传/图片上传",
    "audio": "voice/recording/录音/语音/音频",
    "file": "attachment/upload/文件/附件/上传文件/上传附件/附件上传/文件上传",
    "geopoint": "location/gps/coordinates/position/位置/定位/坐标/地理位置/经纬度/定位题",
}
TYPE_LABELS = {
    kind: {"en": kind, "zh": f"{next(it for it in _each(words) if not it.isascii())}（{kind}）"}
    for kind, words in _TYPES.items()
    if kind not in ("number", "yes_no")
}
NUMBER, YES_NO = "number", "yes_no"
TYPES = {" ".join(word.split()): kind for kind, words in _TYPES.items() for word in _each(words)}

YES = frozenset(_each("yes/y/true/true()/1/required/是/●/√/✓/✔/☑/对/必填/必答/必须/mandatory"))
NO = frozenset(_each("no/n/false/false()/0/optional/否/×/✗/✘/x/不/选填/非必填/可选/无/-")) | {""}
ABOUT = {"人员": "persons", "个人": "persons", "每人": "persons", "员工": "persons", "people": "persons",
         "person": "persons", "单位": "units", "每单位": "units", "部门": "units", "unit": "units"}  # fmt: skip
TODAY = ("today()", "now()", "today", "今天", "当天", "今日", "当日")

LANGUAGES = {"english": "en", "chinese": "zh", "中文": "zh", "简体中文": "zh", "汉语": "zh", "英文": "en", "英语": "en"}
_CODE = re.compile(r"(?:^|\()\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2,4}))?\s*\)?\s*$")
_PLAIN_REGIONS = ("CN", "HANS", "US", "GB")
_BRACKETS = re.compile(r"(.+?)\s*[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
_AFFIXES = {
    "中文": "zh",
    "英文": "en",
    "english": "en",
    "chinese": "zh",
    "zh": "zh",
    "en": "en",
    "汉语": "zh",
    "英语": "en",
}


def sheet(name: str) -> str:
    """Return which of our sheets a name stands for, "" for none."""
    return SHEETS.get(plain(name), "")


def language(words: str) -> str:
    """Return the code of `English (en)`, `中文`, `zh-CN`; "" if it is not clear."""
    words = characters.key(words)
    named = LANGUAGES.get(words.partition("(")[0].strip().lower(), "")
    found = _CODE.search(words)
    if found is None or (named and "(" not in words):
        return named
    region = (found[2] or "").upper()
    return found[1].lower() + (f"_{region}" if region and region not in _PLAIN_REGIONS else "")


def column(heading: str, known: Mapping[str, str]) -> tuple[str, str | None] | None:
    """Return `label::English (en)`, `题目（中文）` or `英文题目` as the column and its language: "" if it names none,
    None if that is not clear. None for a heading that nobody knows."""
    words = characters.key(heading)
    base, named, spoken = words.partition("::")
    if named and plain(base) in known:
        return known[plain(base)], language(spoken) or None
    if plain(words) in known:
        return known[plain(words)], ""
    bracket = _BRACKETS.fullmatch(words)
    if bracket and plain(bracket[1]) in known:
        found = known[plain(bracket[1])]
        return found, language(bracket[2]) if found in SPOKEN else ""
    said = plain(words)
    for affix, code in _AFFIXES.items():
        for rest in (said.removeprefix(affix), said.removesuffix(affix)):
            if rest != said and known.get(rest) in SPOKEN:
                return known[rest], code
    return None


def kind(typed: str, native: tuple[str, ...]) -> tuple[str, str]:
    """Return the type that a cell names, ours where there is one, and what stands behind it: the name of a list or the
    choices themselves."""
    words = " ".join(characters.key(typed).split())
    lower = words.lower()
    spelt = [it for it in (*native, *TYPES) if lower == it or (lower.startswith(it) and lower[len(it)] in " :([【")]
    if not spelt:
        return words, ""
    found = max(spelt, key=len)
    rest = words[len(found) :].strip(" :")
    closed = rest[1:-1] if rest[:1] in tuple("([【") and rest[-1:] in tuple(")]】") else rest
    return TYPES.get(found, found), closed.strip()
