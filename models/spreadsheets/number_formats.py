"""Write a number as its cell shows it: 7148 in the format `000000` is 007148 to everybody who looks at the sheet."""

import re
from decimal import ROUND_HALF_UP, Decimal

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|\[([^\]]*)\]|(General|G/通用格式)|([Ee][+-])|(.)', re.DOTALL)
_CONDITION = re.compile(r"[<>=]")
_HOLDERS = "0#?"


def shown(value: float, code: str) -> str | None:
    """Return what a cell with this number and format shows; None for a format that is not a plain one (dates,
    fractions, powers of ten, conditions)."""
    sections = _sections(code or "General")
    at = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
    tokens = _tokens(sections[at])
    if tokens is None:
        return None
    sign = "-" if value < 0 and at == 0 else ""
    number = Decimal(repr(abs(value)))
    if not any(kind == "holder" for kind, _ in tokens):
        return sign + "".join(_plain(number) if kind == "general" else said for kind, said in tokens)
    return _filled(number, tokens, sign)


def _plain(number: Decimal) -> str:
    said = f"{number:f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def _sections(code: str) -> list[str]:
    return re.findall(r'(?:"[^"]*"|\\.|[^;])+', code) or ["General"]


def _tokens(section: str) -> list[tuple[str, str]] | None:
    """Return a section as (kind, character): `holder` of a digit, `point`, `comma`, `text`, `general`."""
    made: list[tuple[str, str]] = []
    for quoted, escaped, _, _, bracket, general, power, other in _TOKEN.findall(section):
        if power or _CONDITION.search(bracket):
            return None
        if general or other == "@":
            made.append(("general", ""))
        elif bracket:
            made += [("text", bracket[1:].partition("-")[0])] if bracket.startswith("$") else []
        elif quoted or escaped:
            made.append(("text", quoted or escaped))
        elif other in _HOLDERS and other:
            made.append(("holder", other))
        elif other in (".", ","):
            made.append(("point" if other == "." else "comma", other))
        elif other.lower() in tuple("dmyhs/gbe"):
            return None
        elif other:
            made.append(("text", other))
    return made


def _filled(number: Decimal, tokens: list[tuple[str, str]], sign: str) -> str | None:
    """Return the number in its holders, with what is written around and between them."""
    percents = sum(said.count("%") for kind, said in tokens if kind == "text")
    first = next(at for at, (kind, _) in enumerate(tokens) if kind == "holder")
    last = max(at for at, (kind, _) in enumerate(tokens) if kind == "holder")
    point = next((at for at, (kind, _) in enumerate(tokens) if kind == "point"), last + 1)
    if any(kind == "comma" for kind, _ in tokens[last + 1 :]) or any(kind == "general" for kind, _ in tokens):
        return None  # shown in thousands
    behind = [said for kind, said in tokens[point + 1 : last + 1] if kind == "holder"]
    rounded = (number * 100**percents).quantize(Decimal(1).scaleb(-len(behind)), ROUND_HALF_UP)
    whole, _, part = f"{rounded:f}".partition(".")
    part = part[: behind.count("0")] + part[behind.count("0") :].rstrip("0")
    front = tokens[first:point]
    grouped = any(kind == "comma" for kind, _ in front)
    whole = _whole(whole if whole != "0" else "", [it for it in front if it[0] != "comma"], grouped)
    before = "".join(said for kind, said in tokens[:first] if kind == "text")
    after = "".join(said for kind, said in tokens[max(last, point if point <= last else last) + 1 :] if kind == "text")
    return before + sign + whole + ("." + part if part else "") + after


def _whole(digits: str, front: list[tuple[str, str]], grouped: bool) -> str:
    """Return the digits before the point: the last go to the last holders, those left over to the first."""
    made: list[str] = []
    left = list(digits)
    holders = sum(kind == "holder" for kind, _ in front)
    for kind, said in reversed(front):
        if kind != "holder":
            made.append(said)
            continue
        holders -= 1
        made.append(left.pop() if left else "0" if said == "0" else "")
        if holders == 0:
            made += reversed(left)
    words = "".join(reversed(made))
    return f"{int(words):,}" if grouped and words.isdigit() else words


def shown_text(words: str, code: str) -> str:
    """Return what a cell with these words shows: the format `"D"@` writes a D before them."""
    section = next((it for it in _sections(code) if "@" in re.sub(r'"[^"]*"|\\.', "", it)), "@")
    if section.strip() == "@":
        return words
    return "".join(words if kind == "general" else said for kind, said in _tokens(section) or [("general", "")])
