"""Know the words that follow an admin's command, as people type them in either language."""

from collections.abc import Mapping

from models.core import typed_text

PEOPLE = {
    "add": "add", "新增": "add", "move": "move", "调动": "move", "leave": "leave", "离开": "leave", "离职": "leave",
    "role": "role", "角色": "role", "reporter": "reporter", "代报人": "reporter", "find": "find", "查": "find",
    "查找": "find",
    "template": "template", "模板": "template", "undo": "undo", "撤销": "undo", "phone": "phone", "电话": "phone",
    "手机": "phone",
}  # fmt: skip
UNIT = {
    "list": "list", "列表": "list", "add": "add", "新增": "add", "rename": "rename", "改名": "rename",
    "move": "move", "移动": "move", "up": "up", "上移": "up",
}  # fmt: skip
RUNBOOK = {
    "new": "new", "新建": "new", "新增": "new", "start": "start", "启动": "start", "drill": "drill", "演练": "drill",
    "example": "example", "示例": "example",
}  # fmt: skip
FOR_UNIT = "[@＠]"  # between the title of a new runbook and its unit
TOPIC = {"list": "list", "列表": "list", "set": "set", "设置": "set", "end": "end", "结束": "end"}
DUTY = {
    "week": "week", "周表": "week", "模板": "week", "add": "add", "新增": "add", "remove": "remove", "删除": "remove",
    "place": "place", "位置": "place", "requires": "requires", "培训": "requires",
    "excel": "excel", "导出": "excel", "heads": "heads", "三长": "heads",
}  # fmt: skip
EVERYONE = ("everyone", "all", "全员", "全体")  # of a unit take turns
SECOND = {
    "list": "list", "列表": "list", "send": "send", "派出": "send", "end": "end", "结束": "end", "提前结束": "end",
    "extend": "extend", "延长": "extend",
}  # fmt: skip
HANDUP = {
    "received": "received", "收到": "received", "下级": "received", "partners": "list", "对接": "list",
    "requests": "requests", "request": "requests", "请示": "requests",
    "invite": "invite", "邀请": "invite", "join": "join", "接入": "join",
}  # fmt: skip
SUPPLIES = {
    "list": "list", "列表": "list", "bought": "bought", "buy": "bought", "采购": "bought", "received": "received",
    "receive": "received", "入库": "received", "out": "out", "发放": "out", "领用": "out", "each": "each",
    "每人": "each", "transfer": "transfer", "调拨": "transfer", "refuse": "refuse", "back": "back", "退回": "back",
    "off": "off", "报损": "off", "count": "count", "盘点": "count",
    "undo": "undo", "冲销": "undo", "log": "log", "流水": "log", "open": "open", "待签收": "open", "export": "export",
    "导出": "export", "item": "item", "品目": "item", "store": "store", "存放点": "store", "keeper": "keeper",
    "保管": "keeper", "end": "end", "停用": "end", "wrong": "wrong", "for": "for",
}  # fmt: skip
TIMELINE = {
    "list": "list", "列表": "list", "add": "add", "新增": "add", "添加": "add", "words": "words", "文字": "words",
    "修改": "words", "hide": "hide", "隐藏": "hide", "show": "show", "恢复显示": "show", "picture": "picture",
    "图片": "picture", "word": "word", "文档": "word", "excel": "excel", "export": "excel", "导出": "excel",
}  # fmt: skip
DONATIONS = {
    "list": "list", "列表": "list", "new": "new", "新建": "new", "show": "show", "查看": "show", "money": "money",
    "捐款": "money", "goods": "goods", "捐物": "goods", "spent": "spent", "支出": "spent", "undo": "undo",
    "冲销": "undo", "publish": "publish", "公示": "publish", "close": "close", "结束": "close", "export": "export",
    "导出": "export",
}  # fmt: skip
HONOURS = {
    "list": "list", "列表": "list", "show": "show", "查看": "show", "award": "award", "表彰": "award", "授予": "award",
    "undo": "undo", "撤销": "undo", "撤回": "undo", "export": "export", "导出": "export",
}  # fmt: skip
UNNAMED = ("匿名", "不署名", "无名", "anonymous", "nobody")  # who gives
FORM = {
    "list": "list", "列表": "list", "show": "show", "查看": "show", "preview": "preview", "预览": "preview",
    "upload": "upload", "上传": "upload", "back": "back", "退回": "back", "give": "give", "转交": "give",
    "undo": "undo", "撤销": "undo",
}  # fmt: skip
ASSIGN = {
    "new": "new", "新建": "new", "list": "list", "列表": "list", "times": "times", "时间": "times", "pause": "pause",
    "暂停": "pause", "resume": "resume", "恢复": "resume", "end": "end", "结束": "end", "undo": "undo", "撤销": "undo",
    "when": "when", "other": "other",
}  # fmt: skip
ROLES = {
    "member": "member", "成员": "member", "lead": "lead", "负责人": "lead", "admin": "admin", "管理员": "admin",
    "none": "none", "无": "none",
}  # fmt: skip
OUTSIDE = ("outside", "外部", "外部对象")
WORKED = {"work": True, "上班": True, "rest": False, "休息": False}
LIST = ("list", "列表")  # of notices
AFTER_NAME = ":："  # a topic, before who answers
BETWEEN_NAMES = "、,，;；\n"
BETWEEN_CHOICES = "/／|\n"
ROSTER = ("roster", "名册", "花名册")
HANDUPS = ("handups", "handup", "上报")  # of an export: what was handed up, with receipts
QUESTIONS = ("questions", "question", "提问")  # of an export: the questions one may answer
DOCUMENTS = {"word": "word", "docx": "word", "文档": "word", "pdf": "pdf"}  # as what the official report is exported
TEMPLATE = ("template", "模板")  # of the official report
CODES = ("codes", "代码")  # of an export, instead of words
# whether groups get a task's summary as a picture: a word of its own, and the value of `picture=`
PICTURE_WORDS = {
    "--picture": True, "图片": True, "带图": True, "--no-picture": False, "no-picture": False, "无图": False,
    "不带图": False, "不要图片": False, "不要图": False,
}  # fmt: skip
ON_OFF = {
    "on": True, "yes": True, "开": True, "是": True, "要": True, "off": False, "no": False, "关": False, "否": False,
    "不要": False,
}  # fmt: skip
# as what a unit's leads get the official report after the close: the value of `document=`
DOCUMENT_WORDS = {
    "word": "word", "docx": "word", "pdf": "pdf", "off": "off", "no": "off", "none": "off", "关": "off", "否": "off",
    "不要": "off", "无": "off",
}  # fmt: skip
NOTHING = {word for word, kind in DOCUMENT_WORDS.items() if kind == "off"}  # the value of `requires=` for no quiz
NAME_ENDS = " · | → |：|: | ?[（(]"  # on a button, after the name with which it begins
GREETINGS = {"hi", "hello", "hey", "hi there", "good morning", "你好", "您好", "早上好", "在吗"}
HELP = {"help me", "menu", "commands", "菜单", "命令", "怎么用", "使用帮助"}
SIGN_OUT = ("off", "退出")  # of the dashboard
TOKEN = ("token", "tokens", "令牌")  # of a program that reads the dashboard
WITHDRAW = ("off", "作废", "停用")  # a token
OWN = ("me", "mine", "我", "我的", "本人")  # instead of a unit
FOR = ("for", "替")  # before the person who needs a deputy
QUESTION_MARKS = {"?", "？"}  # alone: how does this work?
BACK = ("back", "返回", "上一步")
CANCEL = ("cancel", "取消")
LEAVING = (*BACK, *CANCEL, "quit", "exit", "stop", "never mind", "退出", "算了", "放弃", "不用了")  # what was asked
OFF = ("off", "解绑")
OPEN_CHAT = ("chat", "建群")


def bare(words: str) -> str:
    """Return words as they are compared with a command: without a slash, marks around, case, or blanks in Chinese."""
    plain = typed_text.plain(words).strip("/!~ ").rstrip("。.")
    return " ".join(plain.split()) if plain.isascii() else "".join(plain.split())


def verb(words: str, known: Mapping[str, str]) -> tuple[str | None, list[str]]:
    """Return the verb with which the words begin and what follows it; None if they begin with none."""
    parts = words.split()
    found = known.get(parts[0].lower()) if parts else None
    return (found, parts[1:]) if found else (None, parts)
