"""Read a table that was saved as text (CSV, tabs, “Unicode text”): its encoding, its separator, its lines."""

import codecs
import csv
import io
import re
from dataclasses import dataclass

from models.core.errors import Refusal
from models.spreadsheets import reader as limits
from models.spreadsheets.reader import Cell, Line, Sheet

QUOTED = re.compile("^'(?=['=+@-])")  # the apostrophe that keeps spreadsheets from taking a cell for a formula
FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # how programs keep a spreadsheet from taking 007 for a number
SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
WITHIN = 20  # lines in which separators are counted
DOUBTFUL = ("gb18030", "big5", "cp1252", "shift_jis", "euc_kr", "cp1251")  # asked about in this order
_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_STRANGE = re.compile("[\x00-\x08\x0e-\x1f\x80-\x9f\ue000-\uf8ff\ufffd]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Text:
    """What the bytes may say: by encoding, the likeliest first; more than one if nobody can tell."""

    ways: dict[str, str]


def decode(data: bytes, known: frozenset[str] = frozenset(), encoding: str | None = None) -> Text:
    """Decode text. `known` are words of a heading in Chinese: an encoding in which two of them stand is the right one.
    `encoding` is one that somebody named. Raises `roster.encoding` if nothing fits, `roster.not_so_encoded` if the
    named one does not."""
    if encoding:
        said = _try(data, "utf-8-sig" if encoding == "utf-8" else encoding)
        if said is None:
            raise Refusal("roster.not_so_encoded", encoding=encoding)
        return Text({encoding: said})
    certain = _marked(data) or _unmarked(data)
    if certain:
        return Text({certain: _said(data, certain)})
    ways = {name: said for name in DOUBTFUL if (said := _try(data, name)) is not None}
    if not ways:
        raise Refusal("roster.encoding")
    headed = [name for name, said in ways.items() if sum(word in said for word in known) >= 2]
    if len(headed) == 1:
        return Text({headed[0]: ways[headed[0]]})
    if "gb18030" in ways and _is_simplified(data, ways):
        return Text({"gb18030": ways["gb18030"]})
    return Text(ways)


def _marked(data: bytes) -> str:
    return next((name for mark, name in _MARKS if data.startswith(mark)), "")


def _unmarked(data: bytes) -> str:
    """Return UTF-8, or UTF-16 that does not say so, if the bytes can be nothing else."""
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(data) >= 8 and data[at::2].count(0) * 3 > len(data) / 2 and _try(data, name) is not None:
            return name
    return "utf-8" if _try(data, "utf-8") is not None else ""


def _said(data: bytes, encoding: str) -> str:
    said = _try(data, encoding)
    if said is None:
        raise Refusal("roster.encoding")
    return said


def _try(data: bytes, encoding: str) -> str | None:
    try:
        said = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return said if encoding.startswith("utf") or not _STRANGE.search(said) else None


def _is_simplified(data: bytes, ways: dict[str, str]) -> bool:
    """Say whether this is GB18030 beyond doubt: the common characters of its first level, and not those of Big5."""
    simplified = _share(ways["gb18030"], "gb2312", range(0xB0, 0xD8))
    traditional = _share(ways["big5"], "big5", range(0xA4, 0xC7)) if "big5" in ways else 0.0
    return simplified >= 0.8 and simplified - traditional >= 0.2


def _share(said: str, encoding: str, common: range) -> float:
    """Return how many of the Chinese characters are common ones."""
    found = _CHINESE.findall(said)
    usual = sum((it.encode(encoding, "replace") or b"?")[0] in common for it in found)
    others = sum(ord(it) > 0x7F and not _CHINESE.match(it) and it not in "，。、；：（）“”　－—·！？／" for it in said)
    return usual / max(len(found) + others, 1)


def table(text: str) -> tuple[Sheet, list[Refusal]]:
    """Return the lines of a table, and why it could not be read to its end."""
    named = SEPARATOR.match(text)
    body = text[named.end() :] if named else text
    first = "\n".join(body.lstrip("\n\r").split("\n", WITHIN)[:WITHIN])
    delimiter = named[1] if named else max(",\t;|", key=first.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    try:
        for cells in reader:
            number = reader.line_num + bool(named)
            said = [_cell(cell, number) for cell in cells]
            if any(said):
                lines.append(Line(number, said))
            if len(lines) > limits.MOST_ROWS:
                raise Refusal("sheets.too_many_rows", most=limits.MOST_ROWS)
    except csv.Error as error:
        return Sheet(None, lines), [Refusal("roster.csv", line=reader.line_num, reason=str(error))]
    return Sheet(None, lines), []


def _cell(words: str, number: int) -> Cell:
    if len(words) > limits.LONGEST:
        return Refusal("sheets.too_long", line=number, cell=f"{words[:20]}…", most=limits.LONGEST)
    formula = FORMULA.fullmatch(words.strip())
    return (formula[1].replace('""', '"') if formula else QUOTED.sub("", words.strip())).strip("\0")
