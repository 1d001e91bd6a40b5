"""Read a file as tables of plain words, whatever it is: the one step that opens a file. What is made of it afterwards
needs the file no more (docs/decisions/0143-files-in-a-process.md)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from models.core.errors import Refusal
from models.spreadsheets import file_kinds, reader, text_tables
from models.spreadsheets.reader import Cell, Line, Range, Sheet

SAMPLE = 60  # characters of a text whose encoding is asked about


@dataclass(frozen=True)
class Tables:
    """The sheets of a file by encoding: one way for a workbook, more for a text of which nobody can tell. `wrong` is
    why it could not be read to its end; `is_text` says that a line is no row, but a line of text in one cell."""

    ways: dict[str, list[Sheet]]
    wrong: list[Refusal] = field(default_factory=list)
    is_text: bool = False

    def sheets(self, encoding: str | None = None) -> list[Sheet]:
        return self.ways.get(encoding or "") or next(iter(self.ways.values()))

    def samples(self) -> dict[str, str]:
        """Return some words of each way of reading, those that are not the same in all of them."""
        return {way: _sample(sheets) for way, sheets in self.ways.items()}


def read(data: bytes, known: frozenset[str] = frozenset(), encoding: str | None = None) -> Tables:
    """Read a workbook or a text; `known` are words that stand in its headings, `encoding` is the text's if somebody
    said so. Raises as `reader.read`, `sheets.not_a_table`, `roster.encoding`, `roster.not_so_encoded`."""
    reader.refuse_if_too_large(data)
    file_kinds.refuse(data)
    if reader.is_workbook(data):
        return Tables({"": list(reader.read(data))})
    ways: dict[str, list[Sheet]] = {}
    wrong: list[Refusal] = []
    for name, said in text_tables.decode(data, known, encoding).ways.items():
        sheet, broken = text_tables.table(said)
        ways[name] = [sheet]
        wrong = wrong or broken
    return Tables(ways, wrong)


def _sample(sheets: Sequence[Sheet]) -> str:
    cells = [it for sheet in sheets for line in sheet.lines[:20] for it in line.cells if isinstance(it, str)]
    return " ".join(it for it in cells if it and not it.isascii())[:SAMPLE]


def written(tables: Tables) -> Iterator[bytes]:
    """Yield the lines that `restored` reads."""
    wrong = [_told(it) for it in tables.wrong]
    ways = [[way, len(sheets)] for way, sheets in tables.ways.items()]
    yield _line({"ways": ways, "wrong": wrong, "is_text": tables.is_text})
    for sheets in tables.ways.values():
        for sheet in sheets:
            told = {
                "name": sheet.name, "merged": [list(asdict(it).values()) for it in sheet.merged],
                "hidden": sheet.hidden, "hidden_columns": sheet.hidden_columns, "is_hidden": sheet.is_hidden,
                "lines": len(sheet.lines),
            }  # fmt: skip
            yield _line(told)
            for line in sheet.lines:
                yield _line([line.number, [it if isinstance(it, str) else _told(it) for it in line.cells]])


def restored(lines: Sequence[bytes]) -> Tables:
    """Return what `written` wrote; raises KeyError, TypeError or ValueError for anything else."""
    said = iter(lines)
    head = json.loads(next(said, b""))
    ways = {way: [_sheet(said) for _ in range(count)] for way, count in head["ways"]}
    return Tables(ways, [_refusal(it) for it in head["wrong"]], head["is_text"])


def _sheet(said: Iterator[bytes]) -> Sheet:
    told = json.loads(next(said, b""))
    lines = []
    for _ in range(told.pop("lines")):
        number, cells = json.loads(next(said, b""))
        lines.append(Line(number, [_cell(it) for it in cells]))
    told["merged"] = [Range(*it) for it in told["merged"]]
    return Sheet(lines=lines, **told)


def _cell(told: str | list[Any]) -> Cell:
    return told if isinstance(told, str) else _refusal(told)


def _told(refusal: Refusal) -> list[Any]:
    return [refusal.key, refusal.line, refusal.values]


def _refusal(told: list[Any]) -> Refusal:
    key, line, values = told
    return Refusal(key, line=line, **values)


def _line(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
