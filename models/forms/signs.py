"""Write an expression as a keyboard without a Chinese input method would: straight quotes, half-width signs, `and` for
且."""

import re
from collections.abc import Callable, Iterable

_OPEN = {"“": '"', "”": '"', "„": '"', "＂": '"', "「": '"', "‘": "'", "’": "'", "‚": "'", "＇": "'"}
_CLOSE = _OPEN | {"」": '"'}
_SIGNS = {"。": ".", "、": ",", "≥": ">=", "≤": "<=", "≠": "!=", "−": "-", "–": "-", "—": "-", "\u3000": " ",
          "\u00a0": " ", "【": "[", "】": "]", "《": "<", "》": ">"}  # fmt: skip
_WIDE = {chr(it): chr(it - 0xFEE0) for it in range(0xFF01, 0xFF5F)}
_PIECES = re.compile(r"('[^'\n]*'|\"[^\"\n]*\"|\$\{[^{}]*\})")
_SPAN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*[-~至到]\s*([0-9]+(?:\.[0-9]+)?)\s*")
_BARE = re.compile(r"=\s*([\u3400-\u9fff]+)(?=\s*(?:$|\)|and\b|or\b))")  # words compared without quotes
_WORDS = (
    (re.compile("大于等于|大于或等于|不小于|不少于|不低于"), " >= "),
    (re.compile("小于等于|小于或等于|不大于|不超过|不高于"), " <= "),
    (re.compile("不等于"), " != "),
    (re.compile("大于|高于"), " > "),
    (re.compile("小于|低于"), " < "),
    (re.compile("等于"), " = "),
    (re.compile("并且|而且|且|&&"), " and "),
    (re.compile("或者|或|\\|\\|"), " or "),
    (re.compile(r"\b(AND|OR|NOT)\b"), lambda it: it[0].lower()),
    (re.compile("<>"), "!="),
)


def straight(source: str) -> str:
    """Return the expression with straight quotes and half-width signs; what stands in quotes or in `${…}` stays."""
    made: list[str] = []
    quote, curly, named = "", False, False
    for c in source:
        if quote:
            ends = c == quote or (curly and _CLOSE.get(c) == quote)
            made.append(quote if ends else c)
            quote = "" if ends else quote
            continue
        sign = _OPEN.get(c) or _SIGNS.get(c) or _WIDE.get(c, c)
        if sign in ("'", '"'):
            quote, curly = sign, c != sign
        made.append(c if named and c not in "}｝" else sign)
        named = (named or (sign == "{" and "".join(made[-2:-1]) == "$")) and sign != "}"
    return "".join(made)


def in_signs(source: str, names: Iterable[str], *, own: bool) -> str:
    """Return the expression with signs for the words that people write in it: `体温大于37.3且有接触=是` becomes
    `${体温} > 37.3 and ${有接触} = '是'` where these are `names`. One about the question itself (`own`) may be a range:
    `34-43`."""
    source = straight(source)
    span = _SPAN.fullmatch(source) if own else None
    if span:
        return f". >= {span[1]} and . <= {span[2]}"
    written = sorted((re.escape(it) for it in names if not it.isascii()), key=len, reverse=True)
    if written:
        source = _outside(source, lambda it: re.sub("|".join(written), lambda name: f"${{{name[0]}}}", it))
    for words, sign in _WORDS:
        source = _outside(source, lambda it, words=words, sign=sign: words.sub(sign, it))  # type: ignore[misc]
    return _outside(source, lambda it: _BARE.sub(r"= '\1'", it))


def _outside(source: str, change: Callable[[str], str]) -> str:
    """Change what stands neither in quotes nor in `${…}`."""
    pieces = _PIECES.split(source)
    pieces[::2] = [change(it) if it.strip() else it for it in pieces[::2]]
    return "".join(pieces)
