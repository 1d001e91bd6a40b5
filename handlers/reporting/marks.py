"""Say which reports were on a screen, short enough for its button: a tap files exactly those that were shown."""

import hashlib
from collections.abc import Iterable
from typing import Annotated

from handlers.core.button_values import Letters
from models.reporting.reports import Report

LONG = 12  # characters
Mark = Annotated[str, Letters("[0-9a-f]", LONG)]


def mark(shown: Iterable[Report]) -> str:
    """Return what stands for exactly these reports, in this order."""
    numbers = ",".join(str(it.id) for it in shown)
    return hashlib.sha256(numbers.encode()).hexdigest()[:LONG]
