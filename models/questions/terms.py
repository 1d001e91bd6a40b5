"""Split words into terms by which they are found: words of letters, and pairs of Chinese characters, which have no
blanks between them."""

import re

from models.core import characters

MOST = 200  # terms of one text
_WORDS = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[^\W\d_a-z]+")
_BLANKS = re.compile(r"\s+")
_ENGLISH = """a an and are as at be by can do does for from have how i if in is it may me my of on or our should that
the there this to us was we what when where which who why will with you your"""
_CHINESE = "什么 怎么 如何 是否 可以 能否 能不 不能 哪里 哪些 请问 需要 我们 应该"
_COMMON = frozenset([*_ENGLISH.split(), *_CHINESE.split()])


def terms(text: str) -> list[str]:
    """Return the terms of a text, each once, in their order."""
    found: dict[str, None] = {}
    for word in _WORDS.findall(characters.key(text).casefold()):
        parts = [word] if word.isascii() or len(word) == 1 else [word[at : at + 2] for at in range(len(word) - 1)]
        found.update(dict.fromkeys(it for it in parts if it not in _COMMON))
    return list(found)[:MOST]


def names(text: str, name: str) -> bool:
    """Say whether a text has a name or a number in it, in whatever width and case, with blanks or without; not where it
    is a part of a longer number or word."""
    said, wanted = (characters.key(it).casefold() for it in (text, name))
    if wanted.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])", said) is not None
    return _BLANKS.sub("", wanted) in _BLANKS.sub("", said)
