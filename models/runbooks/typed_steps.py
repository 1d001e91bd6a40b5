"""Read the steps of a runbook as people type them, a line each: what | who | by when | what counts as done. The columns
are divided by `|` or tabs (docs/rules.md 37.2)."""

import re
from dataclasses import dataclass

from models.core import characters, typed_text
from models.core.errors import Refusal
from models.runbooks.runbooks import LONGEST_STEP, MOST_MINUTES, Proof, Who

DIVIDED = re.compile(r"[|｜\t]")
_BULLET = re.compile(r"^\s*(?:[0-9]{1,2}[.、．)）]|[-*•·])\s*")
_SPAN = re.compile(
    r"(?P<half>半|half an?\s*)?(?P<number>[0-9]{1,5})?\s*"
    r"(?:(?P<minutes>分钟?|min(?:ute)?s?|m)|(?P<hours>个?小时|个?钟头|时|h(?:ou)?rs?|h)|(?P<days>天|日|days?|d))"
)
_WAITS = re.compile(
    r"(?:在?(?:上一步|前一步|上步)(?:骤)?(?:完成)?(?:之?后)?|(?:after|following)\s+(?:the\s+)?(?:step\s+before|previous(?:\s+step)?)"
    r"|(?:then\b|\+))"
)
_STARTS = re.compile(r"(?:(?:启动|开始)(?:之?后)?|(?:after|from|of)\s+(?:the\s+)?start|within\b|内|之内|以内)")
_ROLES = {
    "负责人": Who.LEAD, "领导": Who.LEAD, "主管": Who.LEAD, "lead": Who.LEAD, "leads": Who.LEAD, "代理人": Who.DEPUTY,
    "代理": Who.DEPUTY, "deputy": Who.DEPUTY, "管理员": Who.ADMIN, "admin": Who.ADMIN, "admins": Who.ADMIN,
}  # fmt: skip
_OF = re.compile(r"(?:the\s+)?(leads?|deputy|admins?)\s+(?:of|in)\s+(.+)", re.IGNORECASE)
_PROOFS = {
    "": Proof.TICK, "勾选": Proof.TICK, "打勾": Proof.TICK, "打钩": Proof.TICK, "完成": Proof.TICK, "确认": Proof.TICK,
    "tick": Proof.TICK, "done": Proof.TICK, "tap": Proof.TICK, "说明": Proof.NOTE, "文字": Proof.NOTE,
    "备注": Proof.NOTE, "note": Proof.NOTE, "text": Proof.NOTE, "words": Proof.NOTE, "照片": Proof.FILE,
    "图片": Proof.FILE, "拍照": Proof.FILE, "文件": Proof.FILE, "photo": Proof.FILE, "picture": Proof.FILE,
    "file": Proof.FILE, "照片或文件": Proof.FILE, "photo or file": Proof.FILE,
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line as far as it can be read without knowing the organisation: `who` is in the words typed. `number` counts
    from 1."""

    number: int
    words: str
    who: str
    minutes: int
    waits: bool
    proof: Proof


def is_lines(typed: str) -> bool:
    """Say whether words are lines of steps, not the words of one step."""
    return bool(DIVIDED.search(typed))


def lines(typed: str) -> list[Line]:
    """Return the steps of pasted lines; empty lines are left out. Raises `runbooks.columns`, and as the columns'
    readers, with the number of the first line that is wrong."""
    found: list[Line] = []
    for number, line in enumerate(typed.splitlines(), start=1):
        if not line.strip(" |｜\t"):
            continue
        cells = [it.strip() for it in DIVIDED.split(line.strip("\r\n"))]
        while len(cells) > 3 and not cells[-1]:
            cells.pop()
        if cells and not cells[0]:
            cells.pop(0)
        if not 3 <= len(cells) <= 4:
            raise Refusal("runbooks.columns", number=number, typed=line.strip()[:60])
        minutes, waits = when(cells[2], number)
        done = proof(cells[3] if len(cells) > 3 else "", number)
        found.append(Line(number, words(cells[0], number), cells[1], minutes, waits, done))
    return found


def words(typed: str, line: int = 0) -> str:
    """Return what is to be done, without a number or a bullet before it. Raises `runbooks.no_words`,
    `runbooks.long_words`."""
    said = " ".join(_BULLET.sub("", characters.text(typed)).split())
    if not said:
        raise Refusal("runbooks.no_words", number=line)
    if len(said) > LONGEST_STEP:
        raise Refusal("runbooks.long_words", number=line, most=LONGEST_STEP)
    return said


def when(typed: str, line: int = 0) -> tuple[int, bool]:
    """Return the minutes of `30分钟`, `2h` or `1 day`, and whether they count from when the step before was done:
    `上一步后30分钟`, `1h after previous`, `+30m`. Raises `runbooks.no_when`."""
    said = typed_text.plain(typed).strip()
    waits = bool(_WAITS.search(said))
    left = _STARTS.sub(" ", _WAITS.sub(" ", said)).strip(" ,，:：")
    found = _SPAN.fullmatch(left)
    if not found or not (found["half"] or found["number"]):
        raise Refusal("runbooks.no_when", number=line, typed=typed[:40])
    unit = 1 if found["minutes"] else 60 if found["hours"] else 24 * 60
    minutes = (int(found["number"]) if found["number"] else 0) * unit + (unit // 2 if found["half"] else 0)
    if not 1 <= minutes <= MOST_MINUTES:
        raise Refusal("runbooks.no_when", number=line, typed=typed[:40])
    return minutes, waits


def proof(typed: str, line: int = 0) -> Proof:
    """Return what counts as done. Raises `runbooks.no_proof`."""
    found = _PROOFS.get(typed_text.plain(typed).strip())
    if found is None:
        raise Refusal("runbooks.no_proof", number=line, typed=typed[:40])
    return found


def role(typed: str) -> tuple[Who, str] | None:
    """Return a role and the unit's name ("" for the unit it is started for): 负责人, `lead`, 一站负责人,
    `lead of Station 1`. None for anything else."""
    said = characters.name(typed)
    plain = said.lower()
    if plain in _ROLES:
        return _ROLES[plain], ""
    if found := _OF.fullmatch(said):
        return _ROLES[found[1].lower()], found[2].strip()
    for word, who in _ROLES.items():
        if plain.endswith(word) and not word.isascii():
            return who, said[: -len(word)].rstrip("的 ")
        if word.isascii() and plain.endswith(f" {word}"):
            return who, said[: -len(word)].strip()
    return None
