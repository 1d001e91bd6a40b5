"""Draw a page of a timeline: a trunk with a branch for each entry, to be read on a narrow phone."""

from dataclasses import replace
from unicodedata import category

from handlers.core.measuring import width
from handlers.core.rendering import Content, Renderer
from handlers.timeline.standing import Shown

CLOSING = ("Po", "Pe", "Pf")  # marks that begin no line, as Unicode sorts them
ROOM, SIZE, MOST = 560, 27, 3  # of a line: its width, the size of its letters, and how many lines an entry has


def drawn(words: Renderer, shown: Shown) -> Content:
    """Return the picture with its words, which are its alternative text as well; nothing hidden is in it."""
    lines = [one for one in shown.lines if one.it.hidden_at is None]
    content = words.content("timeline/picture", unit=shown.unit, lines=lines)
    rows = [[one.day, one.it.source, wrapped(one.full)] for one in lines]
    return replace(content, picture=words.picture(
        "timeline", alt=words.plain(content), unit=shown.unit.name, rows=rows, first=lines[-1].day if lines else None,
        last=lines[0].day if lines else None,
    ))  # fmt: skip


def wrapped(text: str) -> list[str]:
    """Return a text in lines that fit, broken between words, or between Chinese characters; what is too long is cut by
    the picture."""
    found = [""]
    for part in _parts(text):
        if found[-1] and width(found[-1] + part.rstrip(), SIZE) > ROOM and len(found) < MOST:
            found.append("")
        found[-1] += part if found[-1] else part.lstrip()
    return [it.rstrip() for it in found]


def _parts(text: str) -> list[str]:
    """Divide a text where a line may end: after a blank, and around each character that is not ASCII."""
    parts: list[str] = []
    for character in text:
        goes_on = bool(parts) and character.isascii() and parts[-1][-1].isascii() and parts[-1][-1] != " "
        if goes_on or (parts and category(character) in CLOSING):
            parts[-1] += character
        else:
            parts.append(character)
    return parts
