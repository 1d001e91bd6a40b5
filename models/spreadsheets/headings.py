"""Find the heading line of a table that somebody made for themselves (docs/rules.md 15.2)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from models.core import characters
from models.core.errors import Note, Refusal
from models.spreadsheets.reader import Line, Sheet, letters

WITHIN = 20  # lines with something in them; a title, instructions and a date may come before
_DECORATION = re.compile(r"[\s_*:：·•.。\-—–/\\#★☆\"'“”‘’]+")
_MARKS = re.compile(
    r"[(（\[【<〈{][^()（）\[\]【】<>〈〉{}]*(?:必填|选填|可选|必须|必要|必选|必輸|必填項|不可重复|唯一|是/否|是否|mandatory|required"
    r"|optional|unique|y/n|yes/no|do not change|不可修改)[^()（）\[\]【】<>〈〉{}]*[)）\]】>〉}]"
    r"|(?<=[^否])(?:必填|选填)(?:项)?$",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")


@dataclass(frozen=True)
class Headings:
    """The heading line of a table. `names` are the known columns by position, None for the others."""

    line: Line
    names: list[str | None]
    skipped: list[Line]  # above it, and its own lower half
    below: list[Line]

    def known(self) -> set[str]:
        return {name for name in self.names if name}

    def at(self, name: str) -> list[int]:
        return [at for at, it in enumerate(self.names) if it == name]

    def unknown(self) -> list[int]:
        """Return the columns whose heading nobody knows."""
        return [at for at, name in enumerate(self.names) if name is None and self.line.words(at)]


def plain(words: str) -> str:
    """Return a heading as it is compared: `姓 名`, `Staff No.*`, `工号（必填）` and `staff_no` lose mere decoration."""
    said = _MARKS.sub("", characters.key(words.replace("\n", " ")))
    return _DECORATION.sub("", said).casefold()


def find(sheet: Sheet, known: Mapping[str, str], needed: Sequence[str]) -> Headings | None:
    """Return the first line with all `needed` columns, else the one with most of them; None if no line has any.
    `known` are headings (as `plain` gives them) and their columns' names. Raises `headings.merged` if one table's
    headings stand in two lines."""
    lines = sheet.lines[:WITHIN]
    read = [_names(line, known) for line in lines]
    places = [len({name for name in names if name} & set(needed)) for names in read]
    if not places or not max(places):
        return None
    at = places.index(max(places))
    if places[at] < len(needed):
        _refuse_two_rows(sheet, lines, read, needed)
    line = lines[at]
    last = max((it.last_row for it in sheet.merged if it.row == line.number), default=line.number)
    skipped = [*lines[:at], *(it for it in sheet.lines[at + 1 :] if it.number <= last)]
    return Headings(line, read[at], skipped, [it for it in sheet.lines[at + 1 :] if it.number > last])


def _names(line: Line, known: Mapping[str, str]) -> list[str | None]:
    """Return the columns that a line's cells name. `部门（全称）` is 部门 if nothing else on the line is."""
    names = [known.get(plain(line.words(at))) for at in range(len(line.cells))]
    for at, name in enumerate(names):
        if name is None:
            bare = known.get(plain(_BRACKETS.sub("", line.words(at))))
            names[at] = bare if bare not in names else None
    return names


def _refuse_two_rows(sheet: Sheet, lines: list[Line], read: list[list[str | None]], needed: Sequence[str]) -> None:
    for at in range(len(lines) - 1):
        if set(needed) <= {*read[at], *read[at + 1]} and {*read[at]} & set(needed) and {*read[at + 1]} & set(needed):
            over = [it for it in sheet.merged if it.row in (lines[at].number, lines[at + 1].number)]
            ranges = [str(it) for it in over] or [f"{lines[at].number}-{lines[at + 1].number}"]
            raise Refusal("headings.merged", line=lines[at].number, ranges=ranges[:5])


def missing(found: Headings | None, sheet: Sheet, labels: Mapping[str, object], needed: Sequence[str]) -> Refusal:
    """Return the refusal that names the columns that are absent, and the headings that were found."""
    said = [c for c in found.line.cells if isinstance(c, str) and c] if found else _widest(sheet)
    absent = [labels[name] for name in needed if found is None or name not in found.known()]
    wanted = [labels[name] for name in needed]
    refusal = Refusal("headings.missing", missing=absent, needed=wanted, found=[it[:20] for it in said[:20]])
    return refusal.at(found.line.number if found else None, sheet.name)


def _widest(sheet: Sheet) -> list[str]:
    """Return the words of the line that might have been meant as headings."""
    line = max(sheet.lines[:WITHIN], key=lambda it: len(it.cells), default=None)
    return [it for it in line.cells if isinstance(it, str) and it] if line else []


def misspelt(found: Headings, known: Mapping[str, str]) -> list[Refusal]:
    """Return the unknown headings that are nearly one of those absent: left out, they would be lost by a slip."""
    absent = {plain(heading): heading for heading, name in known.items() if name not in found.names}
    wrong = []
    for at in found.unknown():
        near = get_close_matches(plain(found.line.words(at)), absent, 1, 0.8)
        if near:
            refusal = Refusal("headings.misspelt", line=found.line.number, heading=found.line.words(at)[:40],
                              meant=absent[near[0]])  # fmt: skip
            wrong.append(refusal)
    return wrong


def notes(found: Headings, sheet: Sheet) -> list[Note]:
    """Return what is left out of a table: lines above the headings, and columns that mean nothing here."""
    made = [Note("headings.skipped", {"line": it.number, "words": _said(it)}) for it in found.skipped]
    ignored = [found.line.words(at)[:40] for at in found.unknown()]
    width = max((len(it.cells) for it in sheet.lines), default=0) if sheet.name is not None else 0
    nameless = [
        at for at in range(width) if at >= len(found.names) or (found.names[at] is None and not found.line.words(at))
    ]
    ignored += [letters(at + 1) for at in nameless if any(at < len(it.cells) and it.cells[at] for it in found.below)]
    return made + ([Note("headings.ignored", {"columns": ignored})] if ignored else [])


def _said(line: Line) -> str:
    return " ".join(it for it in line.cells if isinstance(it, str) and it)[:60]
