"""Read a roster or a form that somebody sent into plain data; nothing of the file itself goes any further.

The file is read where it can do no harm (bot/workers/file_reader.py). The result is written as lines of JSON, one line
for each row."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from models.core.errors import Note, Refusal, Refusals
from models.forms import xlsform
from models.organisation import roster_reader
from models.organisation.roster_reader import Row

ROSTERS, FORMS = (".csv", ".tsv", ".txt", ".xlsx"), (".yaml", ".yml")
TOLD = 50  # refusals that are listed
LONGEST = 300  # characters of a value in a sentence
MOST_VALUES = 20  # of a list in a sentence


@dataclass(frozen=True)
class Reading:
    """The contents of a file: the rows of a roster, or a form's YAML; or what is wrong, and how much more of it."""

    rows: list[Row] = field(default_factory=list)
    form: str | None = None
    is_form: bool = False
    notes: list[Note] = field(default_factory=list)
    wrong: list[Refusal] = field(default_factory=list)
    more: int = 0
    as_a_whole: bool = False  # the error is about the whole file and not about a line

    def refuse(self) -> None:
        """Raise what is wrong, if anything is."""
        if self.wrong and self.as_a_whole:
            raise self.wrong[0]
        if self.wrong:
            raise Refusals(self.wrong, self.more)


def takes(name: str) -> bool:
    """Say whether a file of this name is read at all."""
    return name.lower().endswith(ROSTERS + FORMS)


def kind(name: str) -> str:
    """Return what kind of file this name stands for; nothing else of a sent name is used."""
    return next((ending for ending in ROSTERS + FORMS if name.lower().endswith(ending)), "")


def read(name: str, data: bytes) -> Reading:
    """Read a file. Raises nothing but MemoryError: what is wrong with the file is in the answer."""
    form = name.lower().endswith(FORMS) or xlsform.is_xlsform(data)
    try:
        if form:
            made = xlsform.source(data)
            return Reading(form=made.text, is_form=True, notes=made.notes)
        found = roster_reader.look(data)
        return Reading(rows=found.rows, notes=found.notes)
    except Refusal as refusal:
        return Reading(is_form=form, wrong=[refusal], as_a_whole=True)
    except Refusals as refused:
        wrong = refused.refusals
        return Reading(is_form=form, wrong=wrong[:TOLD], more=max(0, len(wrong) - TOLD))


def refused(name: str, key: str, **values: Any) -> Reading:
    """Return the reading of a file that was not read to its end."""
    return Reading(is_form=name.lower().endswith(FORMS), wrong=[Refusal(key, **values)], as_a_whole=True)


def written(reading: Reading) -> Iterator[bytes]:
    """Yield the lines of a reading: first what it is, then one line for each row."""
    head = {
        "form": reading.form, "is_form": reading.is_form, "more": reading.more, "as_a_whole": reading.as_a_whole,
        "notes": [[it.key, _plain(it.values)] for it in reading.notes],
        "wrong": [[it.key, it.line, it.sheet, _plain(it.values)] for it in reading.wrong],
    }  # fmt: skip
    yield _line(head)
    yield from written_rows(reading.rows)


def restored(lines: Sequence[bytes]) -> Reading:
    """Return what `written` wrote; raises KeyError, TypeError or ValueError for anything else."""
    head = json.loads(lines[0])
    wrong = []
    for key, line, sheet, values in head["wrong"]:
        refusal = Refusal(key, line=line, **values)
        refusal.sheet = sheet
        wrong.append(refusal)
    notes = [Note(key, values) for key, values in head["notes"]]
    return Reading(
        restored_rows(lines[1:]), head["form"], head["is_form"], notes, wrong, head["more"], head["as_a_whole"]
    )


def written_rows(rows: Sequence[Row]) -> Iterator[bytes]:
    return (_line(asdict(row)) for row in rows)


def restored_rows(lines: Sequence[bytes]) -> list[Row]:
    return [roster_reader.row_of(json.loads(line)) for line in lines if line]


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Return a sentence's values as JSON types, each of limited length."""
    return {name: _short(value) for name, value in values.items()}


def _short(value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_short(it) for it in value[:MOST_VALUES]]
    said = str(value)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
