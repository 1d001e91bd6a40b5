"""Find the heading line of a table that somebody made for themselves, and which column is which
(docs/rules.md 15.2)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from models.core.errors import Note, Refusal, Refusals
from models.spreadsheets.reader import Line, Sheet, letters

WITHIN = 5  # lines with something in them; a title, a date and a blank line may come before
_DECORATION = re.compile(r"[\s_*:：]+")


@dataclass(frozen=True)
class Headings:
    """The heading line of a table. `columns` are the names of the known columns by position, None for the others;
    `lines` are the rows below."""

    columns: list[str | None]
    lines: list[Line]
    notes: list[Note]


def plain(words: str) -> str:
    """Return a heading as it is compared: `姓 名`, `Staff No.*` and `staff_no` lose mere decoration."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", words)).rstrip(".").casefold()


def find(sheet: Sheet, known: Mapping[str, str], needed: Sequence[str]) -> Headings:
    """Find the line with all `needed` columns. `known` are headings (as `plain` gives them) and their columns' names.
    Raises `headings.missing`, `headings.merged` if one table's headings stand in two lines, `headings.twice`,
    `headings.misspelt` for an unknown heading that is nearly one of those absent."""
    lines = sheet.lines[:WITHIN]
    read = [[known.get(plain(line.words(at))) for at in range(len(line.cells))] for line in lines]
    place = next((at for at, names in enumerate(read) if set(needed) <= set(names)), None)
    if place is None:
        raise Refusals([_missing(sheet, lines, read, needed)])
    columns, line = read[place], lines[place]
    if len({c for c in columns if c}) < len([c for c in columns if c]):
        raise Refusals([Refusal("headings.twice", line=line.number)])
    last = max((it.last_row for it in sheet.merged if it.row == line.number), default=line.number)
    below = [it for it in sheet.lines[place + 1 :] if it.number > last]
    skipped = [*lines[:place], *(it for it in sheet.lines[place + 1 :] if it.number <= last)]
    notes = [Note("headings.skipped", {"line": it.number, "words": _said(it)}) for it in skipped]
    ignored = _ignored(sheet, line, columns, known)
    if ignored:
        notes.append(Note("headings.ignored", {"columns": ignored}))
    return Headings(columns, below, notes)


def _missing(sheet: Sheet, lines: list[Line], read: list[list[str | None]], needed: Sequence[str]) -> Refusal:
    """Say why there is no heading line: the headings stand in two lines, because cells are merged, or some
    are absent."""
    for at in range(len(lines) - 1):
        if set(needed) <= {*read[at], *read[at + 1]}:
            over = [it for it in sheet.merged if it.row in (lines[at].number, lines[at + 1].number)]
            ranges = [str(it) for it in over] or [f"{lines[at].number}-{lines[at + 1].number}"]
            return Refusal("headings.merged", line=lines[at].number, ranges=ranges[:5])
    best = max(range(len(lines)), key=lambda at: len(set(read[at]) & set(needed)), default=None)
    found = set(read[best]) if best is not None else set()
    absent = [name for name in needed if name not in found]
    line = lines[best].number if best is not None else 1
    return Refusal("headings.missing", line=line, missing=absent, needed=list(needed))


def _said(line: Line) -> str:
    return " ".join(it for it in line.cells if isinstance(it, str) and it)[:60]


def _ignored(sheet: Sheet, line: Line, columns: list[str | None], known: Mapping[str, str]) -> list[str]:
    """Return the headings of unknown columns; raises if one of them is a typing error."""
    ignored, wrong = [], []
    absent = {heading: name for heading, name in known.items() if name not in columns}
    for at, name in enumerate(columns):
        said = line.words(at)
        if name is None and said:
            near = get_close_matches(plain(said), absent, 1, 0.8)
            if near:
                meant = absent[near[0]]
                wrong.append(Refusal("headings.misspelt", line=line.number, heading=said, meant=meant))
            ignored.append(said[:40])
    if wrong:
        raise Refusals(wrong)
    width = max((len(it.cells) for it in sheet.lines), default=0) if sheet.name is not None else 0
    nameless = [at + 1 for at in range(width) if at >= len(columns) or (columns[at] is None and not line.words(at))]
    return ignored + [letters(at) for at in nameless if _used(sheet.lines, line, at - 1)]


def _used(lines: Iterable[Line], heading: Line, at: int) -> bool:
    return any(it.number > heading.number and at < len(it.cells) and it.cells[at] for it in lines)
