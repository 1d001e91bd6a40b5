"""Read from which reports a unit's answer is added up: `sum(health.temperature)`, `count(health, contact = 'yes')`
(docs/rules.md 41)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from models.core.errors import Refusal
from models.forms.expressions import Expression, parse
from models.forms.signs import straight

How = Literal["sum", "count"]
_HOW: dict[str, How] = {"sum": "sum", "count": "count", "合计": "sum", "求和": "sum", "计数": "count"}
_NAME = "[a-z][a-z0-9_]*"
_CALL = re.compile(rf"\s*(\w+)\s*[(（]\s*({_NAME})\s*(?:\.\s*({_NAME}))?\s*(?:[,，](.*))?[)）]\s*", re.DOTALL)


@dataclass(frozen=True)
class Source:
    """What a value is proposed from, over the reports of the form `form`: the sum of the answers to `question`, or how
    many reports there are, of those for which `when` holds. A zero report has no answers and counts as a report."""

    how: How
    form: str
    question: str | None = None
    when: Expression | None = None

    def value(self, received: int, filled: Sequence[Mapping[str, Any]]) -> int | float:
        """Return what these reports come to: `received` of them, `filled` the answers of those that say something."""
        if self.how == "count":
            return sum(self.when.holds(it) for it in filled) if self.when else received
        given = (it.get(self.question or "") for it in filled if self.when is None or self.when.holds(it))
        total = sum((Decimal(str(it)) for it in given if isinstance(it, int | float)), Decimal(0))
        return int(total) if total == total.to_integral_value() else float(total)


def read_source(words: str) -> Source:
    """Read a source. Raises `forms.source_unreadable`, and as `expressions.parse` for its condition."""
    found = _CALL.fullmatch(straight(words))
    how = _HOW.get(found[1].lower()) if found else None
    if found is None or how is None or (how == "sum") != (found[3] is not None):
        raise Refusal("forms.source_unreadable", typed=words[:60])
    return Source(how, found[2], found[3], parse(found[4]) if found[4] and found[4].strip() else None)
