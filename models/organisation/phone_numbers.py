"""Read telephone numbers as people write them, and keep them as they are dialled (docs/rules.md 15.12). Knows no
database, because files are read in a process of their own."""

import re

from models.core import characters
from models.core.errors import Refusal

SHORTEST, LONGEST = 5, 15  # digits; 15 is the most that telephone networks know (E.164)
_NONE = characters.NOBODY
_BETWEEN = re.compile(r"[\s().·\-/\u2010-\u2015]")
_DIALLED = re.compile(rf"\+?[0-9]{{{SHORTEST},{LONGEST}}}")
_CHINESE = re.compile(r"(?:\+|00)?86(1[3-9][0-9]{9})")  # a mobile number with the country's code


def read(words: str) -> str | None:
    """Return a number as it is dialled: digits, and a + before a country's code, which Chinese mobile numbers do
    without; "" for `none`, None for nothing. Raises `roster.phone`."""
    plain = characters.key(words).strip()
    if not plain:
        return None
    if plain.casefold() in _NONE:
        return ""
    dialled = _BETWEEN.sub("", plain)
    if found := _CHINESE.fullmatch(dialled):
        return found[1]
    dialled = f"+{dialled[2:]}" if dialled.startswith("00") else dialled
    if not _DIALLED.fullmatch(dialled):
        raise Refusal("roster.phone", value=words.strip()[:40])
    return dialled


def shown(number: str) -> str:
    """Return a kept number as it is read: a Chinese mobile number in groups."""
    if re.fullmatch("1[3-9][0-9]{9}", number):
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    return number
