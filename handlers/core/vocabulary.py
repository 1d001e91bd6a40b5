"""Know the words that follow an admin's command, as people type them in either language."""

from collections.abc import Mapping

PEOPLE = {
    "add": "add", "新增": "add", "move": "move", "调动": "move", "leave": "leave", "离开": "leave", "离职": "leave",
    "role": "role", "角色": "role", "reporter": "reporter", "代报人": "reporter", "find": "find", "查": "find",
    "查找": "find",
    "template": "template", "模板": "template", "undo": "undo", "撤销": "undo",
}  # fmt: skip
UNIT = {
    "list": "list", "列表": "list", "add": "add", "新增": "add", "rename": "rename", "改名": "rename",
    "move": "move", "移动": "move", "up": "up", "上移": "up",
}  # fmt: skip
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
WORKED = {"work": True, "上班": True, "rest": False, "休息": False}
ROSTER = ("roster", "名册")
CALENDAR_WORDS = {
    "daily": "daily", "每天": "daily", "每日": "daily", "天天": "daily", "workdays": "workdays", "工作日": "workdays",
}  # fmt: skip
GREETINGS = {"hi", "hello", "hey", "你好", "您好"}
FOR = ("for", "替")  # before the person who needs a deputy
LEAVING = ("back", "cancel", "返回", "取消")  # what was asked
OFF = ("off", "解绑")
OPEN_CHAT = ("chat", "建群")


def verb(words: str, known: Mapping[str, str]) -> tuple[str | None, list[str]]:
    """Return the verb with which the words begin and what follows it; None if they begin with none."""
    parts = words.split()
    found = known.get(parts[0].lower()) if parts else None
    return (found, parts[1:]) if found else (None, parts)
