"""Find the words of exported files in a person's language, and name the files."""

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.core.rendering import Renderer
from models.files.blobs import safe_name
from models.spreadsheets.workbook import Formats


def told(words: Renderer, template: str = "exports/words") -> Mapping[str, str]:
    """Return the words of a template that has a line for each: what | words."""
    lines = words.line(template).splitlines()
    return {key: said for key, _, said in (line.partition(" | ") for line in lines) if said}


def with_own(words: Renderer, *templates: str) -> dict[str, str]:
    """Return the words that all files share, and those of these templates."""
    return {key: said for it in ("exports/words", *templates) for key, said in told(words, it).items()}


def formats(said: Mapping[str, str]) -> Formats:
    """Return how dates are shown in this language."""
    return Formats(said["format.day"], said["format.moment"])


def file_name(said: Mapping[str, str], about: Sequence[str], first: date, last: date, kind: str) -> str:
    """Return a file's name: what it is about, and its days."""
    days = first.isoformat()
    if first != last:
        days = said["file.span"].format(first=days, last=last.isoformat())
    return named([*about, days], kind)


def named(about: Sequence[str], kind: str) -> str:
    """Return a file's name that any disk can hold."""
    return safe_name(f"{' '.join(filter(None, about))}.{kind}".replace("/", "-"))
