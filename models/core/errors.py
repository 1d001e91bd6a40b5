"""Refuse input, naming the sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass, field


class Refusal(Exception):
    """Input that is refused and changes nothing. `key` is `file.macro`: the macro in `templates/refusals/<file>.j2`
    that says in the person's language what was wrong and what to do. `values` are the macro's arguments. `line` is the
    1-based line of a file, where there is one; `sheet` is the workbook's sheet in which that line is a row, `column`
    its letter, set by the code that knows which sheet is being read."""

    def __init__(self, key: str, /, *, line: int | None = None, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.line = line
        self.sheet: str | None = None
        self.column: str | None = None
        self.values = values

    def at(self, line: int | None, sheet: str | None, column: str | None = None) -> "Refusal":
        """Return this refusal, which now names its place in a file."""
        self.line, self.sheet, self.column = line, sheet, column or self.column
        return self


class Refusals(Exception):
    """Everything that is wrong with a file, so that its author can correct it in one go."""

    def __init__(self, refusals: Sequence[Refusal], more: int = 0) -> None:
        super().__init__([str(r) for r in refusals])
        self.refusals = list(refusals)
        self.more = more  # refusals that are not listed


@dataclass(frozen=True)
class Note:
    """Something that was skipped in a file that was accepted nevertheless; `key` and `values` as in a Refusal."""

    key: str
    values: dict[str, object] = field(default_factory=dict)
