"""The list of rounds of a kind, a page at a time, as the dashboard's pages of notices and of surveys have it."""

from dataclasses import dataclass, field
from typing import Any

from handlers.core.context import Context
from handlers.dashboard.pages import View
from handlers.rounds import standing
from models.rounds.rounds import RoundKind

SHOWN = 20  # on a page


@dataclass
class Listing:
    """The newest rounds, each as `standing.line` tells of it: `number` is the page, of which `total` rounds make
    `pages`."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    number: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // SHOWN))


def listed(context: Context, view: View, kind: RoundKind) -> tuple[list[dict[str, Any]], int, int]:
    """Return what a page of the list shows, how many there are in all, and which page it is."""
    number = view.query.page("page")
    found, total = standing.visible(context, view.reader, kind, SHOWN, (number - 1) * SHOWN)
    return [standing.line(context, it, view.reader) for it in found], total, number
