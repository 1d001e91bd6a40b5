"""Find the choices of a question: in the sheet of choices, in the question's own cell (是;否), or of a yes-or-no."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.core import characters
from models.core.errors import Refusal
from models.forms.latin_names import latin
from models.forms.xlsform_sheets import Row, Tables
from models.forms.xlsform_words import LABELS

_SEPARATORS = ("\n", "[;；]", "[|｜]", "[、,，]", "[/／]")  # the first that is there
_NUMBERED = re.compile(r"\s*(?:[A-Za-z]|[0-9]{1,2}|[①-⑳])(?:[.．、:：)）]\s*|(?<=[①-⑳]))(?=\S)")
_CODED = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*[=＝]\s*(\S.*)")


@dataclass(frozen=True)
class Choice:
    """One choice: its name in reports, its words by language, the row and column it stands in."""

    name: str
    label: Mapping[str, str]
    row: Row
    column: str
    written: str = ""  # the name as it was written, if another was made of it
    score: str = ""
    explanation: Mapping[str, str] = field(default_factory=dict)


YES_NO = (("yes", {"zh": "是", "en": "Yes"}), ("no", {"zh": "否", "en": "No"}))


class Lists:
    """The lists of choices of a form by name; `used` are those that a question names."""

    def __init__(self, tables: Tables) -> None:
        self._problems = tables.problems
        self.by_name: dict[str, list[Choice]] = {}
        self.used: set[str] = set()
        before: Row | None = None
        for row in tables.rows["choices"]:
            name = row.get("list_name")
            if not name and before is not None and row.number == before.number + 1:  # one name above its choices
                name = next(reversed(self.by_name))
            if not name:
                self._problems.append(row.at(Refusal("xlsform.blank", column=LABELS["list_name"]), "list_name"))
                continue
            self.by_name.setdefault(name, []).append(self._choice(row))
            before = row

    def _choice(self, row: Row) -> Choice:
        written, label = row.get("name"), row.said.get("label", {})
        if not label:
            self._problems.append(row.at(Refusal("xlsform.blank", column=LABELS["label"]), "label"))
        quiz = Choice("", label, row, "", score=row.get("score"), explanation=row.said.get("explanation", {}))
        if written and written.isascii():
            return replace(quiz, name=written, column="name")
        words = written or label.get("en") or next(iter(label.values()), "")
        return replace(quiz, name=latin(words), column="name" if written else "label", written=words)

    def of(self, row: Row, named: str, *others: str) -> list[Choice]:
        """Return the choices of a question: those it names, those of the cell beside it, else those of a list that is
        called as the question is. Raises `xlsform.no_list`, `xlsform.two_places`."""
        cell = row.get("choices")
        inside = named if named and named not in self.by_name and len(_parts(named)) > 1 else ""
        if (inside or named) and cell and characters.key(cell) != named:
            raise row.at(Refusal("xlsform.two_places"), "choices")
        for name in (named, characters.key(cell)) if named or cell else others:
            if name in self.by_name:
                self.used.add(name)
                return self.by_name[name]
        if inside or (cell and len(_parts(cell)) > 1):
            return self._inline(row, inside or cell, "type" if inside else "choices")
        raise row.at(Refusal("xlsform.no_list", name=named or cell, known=[*self.by_name][:20]), "type")

    def _inline(self, row: Row, cell: str, column: str) -> list[Choice]:
        parts = _parts(cell)
        if all(_NUMBERED.match(it) for it in parts):
            parts = [_NUMBERED.sub("", it, count=1) for it in parts]
        coded = [_CODED.fullmatch(it) for it in parts]
        if all(coded):
            return [Choice(it[1], {"": it[2].strip()}, row, column) for it in coded if it]
        return [Choice(latin(it), {"": it}, row, column, it) for it in parts]

    def unused(self) -> list[str]:
        return [it for it in self.by_name if it not in self.used]


def yes_no(row: Row) -> list[Choice]:
    return [Choice(name, label, row, "type") for name, label in YES_NO]


def _parts(cell: str) -> Sequence[str]:
    separator = next((it for it in _SEPARATORS if re.search(it, cell.strip())), None)
    return [it.strip() for it in re.split(separator, cell) if it.strip()] if separator else [cell.strip()]
