"""Read sums of money as people type them: 1,200.50, 1200元, ￥500. What is not certain is not read."""

import re
from decimal import Decimal

from models.core import typed_text

_BEFORE = re.compile(r"^(?:[¥￥]|rmb|cny)\s*")
_AFTER = re.compile(r"\s*(?:元整?|块钱?|圆|人民币|rmb|cny|yuan)$")


def money(typed: str) -> Decimal | None:
    """Return a sum to the cent, or None when it is not certain, has more than two decimals, or is of another kind
    (1200角, $5)."""
    words = _BEFORE.sub("", _AFTER.sub("", typed_text.plain(typed)))
    if re.search(r"[^\d.,+\-]", words):
        return None
    found = typed_text.number(words)
    return found if found is not None and found == round(found, 2) else None
