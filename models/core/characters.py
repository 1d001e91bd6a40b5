"""Decide which characters may stand in what people type: in text, in names, and in the numbers and codes that are keys
(docs/rules.md 12.7). Every channel passes its input through here.

Invisible characters are removed: controls, directions (U+202E), joiners out of place, blanks that look like nothing.
What looks the same is the same key. Letters of every script stay, right-to-left ones too, and letters of different
scripts that look alike (Latin A, Cyrillic А) stay different."""

import re
from unicodedata import category, normalize

LONGEST = 64  # characters of a name or a number
SLASHES = re.compile("[/／∕⁄⧸]")  # separators of a path, and characters that look like one
NOBODY = {"null", "none", "nil", "nan", "n/a", "#n/a", "na", "undefined", "-", "--", "无", "暂无", "cli"}
_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # invisible although they are no controls
_JOINERS = "\u200c\u200d"  # some scripts and emoji need them
_SEEN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2"  # Arabic and Syriac signs that Unicode calls formats
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u1cff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # may be stacked
_SLOW = re.compile(f"[{_BLANKS}{_MARKS}]")
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MOST_MARKS = 5  # accents on one letter: more are drawn over the lines above


def text(words: str) -> str:
    """Clean words of several lines: invisible characters go, and characters that devices draw differently become �."""
    if words.isprintable() and not _SLOW.search(words):
        return words
    kept: list[str] = []
    marks = 0
    for c in _ENDS.sub("\n", words):
        kind = category(c)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if _hidden(c, kind) or marks > _MOST_MARKS:
            continue
        kept.append("\ufffd" if kind == "Co" or (kind == "Cn" and not _may_come(c)) else c)
    return "".join(kept)


def _hidden(c: str, kind: str) -> bool:
    if kind == "Cc":
        return c not in "\n\t"
    if kind == "Cf":
        return c not in _JOINERS + _SEEN
    return kind == "Cs" or c in _BLANKS or ord(c) & 0xFFFE == 0xFFFE or "\ufdd0" <= c <= "\ufdef"


def _may_come(c: str) -> bool:
    """Say whether a character newer than Python's Unicode may be a Chinese one: rare names are in the newest blocks."""
    return "\U00020000" <= c <= "\U0003fffd"


def name(words: str) -> str:
    """Return a name on one line, composed (NFC), with single blanks."""
    said = normalize("NFC", " ".join(text(words).split()))
    return "".join(c for at, c in enumerate(said) if c not in _JOINERS or _joins(said, at))


def _joins(said: str, at: int) -> bool:
    """Say whether a joiner stands between letters of a script that is written with joiners (Arabic to Sinhala)."""
    around = said[at - 1 : at] + said[at + 1 : at + 2]
    return len(around) == 2 and all("\u0600" <= c <= "\u0dff" for c in around)


def number(words: str) -> str:
    """Return a staff number, an account or a code as it is kept and compared: １００１ is 1001."""
    return key(words)


def key(words: str) -> str:
    """Return the key that two names share if they look the same (NFKC, variants folded)."""
    said = _VARIANTS.sub("", normalize("NFKC", name(words)))
    return name("".join(c for c in said if c not in _JOINERS))


def is_name(words: str) -> bool:
    """Say whether a cleaned name can be one: of a bearable length, all characters visible, no address that becomes a
    link."""
    return 0 < len(words) <= LONGEST and "\ufffd" not in words and "://" not in words


def is_number(words: str) -> bool:
    """Say whether a cleaned number can be one: no blanks, and no word that means “none”."""
    return is_name(words) and not re.search(r"[\s/\\]", words) and words.casefold() not in NOBODY
