"""Find names that are nearly what was typed: other case, a slip, a part, or the initials of their pinyin."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeVar

from models.core import characters

T = TypeVar("T")
NEAR, SURE = 0.7, 0.95  # of 1: two of three Chinese characters are not near, three of four are
_DIGITS = str.maketrans("123456789", "一二三四五六七八九")


def like(typed: str, names: Iterable[tuple[str, T]], least: float = NEAR) -> list[T]:
    """Return what belongs to the names nearest to what was typed, the nearest first, in their order where equal."""
    wanted = characters.key(typed).casefold()
    if not wanted:
        return []
    rated = [(_likeness(wanted, name), at, it) for at, (name, it) in enumerate(names)]
    near = sorted((it for it in rated if it[0] >= least), key=lambda it: (-it[0], it[1]))
    return [it for *_, it in near]


def sounds(typed: str, name: str) -> bool:
    """Say whether these are letters of a Chinese name's pinyin: a part of it, or of its initials."""
    wanted = "".join(typed.split()).casefold()
    return wanted.isascii() and wanted.isalpha() and any(wanted in read for read in _pinyin(name))


def spelt(typed: str, name: str) -> bool:
    """Say whether these are letters or initials of a person's name, read by words or, in pinyin, by characters: fast
    enough for 100,000 names."""
    wanted = "".join(typed.split()).casefold()
    if not (wanted.isascii() and wanted.isalpha()):
        return False
    syllables = name.casefold().split() if name.isascii() else [_syllable(c) for c in name]
    return wanted in "".join(s[:1] for s in syllables) or wanted in "".join(syllables)


@lru_cache(maxsize=8192)
def _syllable(character: str) -> str:
    return "".join(_pinyin(character)[1:])


def _likeness(wanted: str, name: str) -> float:
    """Return 1 for the same name in other case, 0 for names that share nothing."""
    plain = characters.key(name).casefold()
    if plain == wanted:
        return 1
    wanted, plain = "".join(wanted.split()), "".join(plain.split())
    if plain == wanted or (not plain.isascii() and plain.translate(_DIGITS) == wanted.translate(_DIGITS)):
        return SURE  # 1站 for 一站
    if len(wanted) > 1 and wanted.isascii() and wanted.isalpha() and wanted in _pinyin(plain):
        return SURE
    if not wanted.isascii() and len(wanted) == len(plain) and _pinyin(wanted) == _pinyin(plain):
        return SURE  # another character of the same sound: 李玫 for 李梅
    if wanted in plain or (len(plain) > 1 and plain in wanted):
        return 0.9
    return SequenceMatcher(None, wanted, plain).ratio()


def _pinyin(name: str) -> Sequence[str]:
    """Return the initials and the whole pinyin of a Chinese name; the dictionary is loaded only when it is needed."""
    if name.isascii():
        return ()
    from pypinyin import lazy_pinyin  # 10 MB that most programs never need

    syllables = lazy_pinyin(name)
    return "".join(s[:1] for s in syllables), "".join(syllables)
