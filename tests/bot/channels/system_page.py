"""What an admin reads at /system of messages that did not arrive."""

from datetime import date
from typing import Any

from handlers.core.rendering import Renderer
from models.handup.counts import Counts as HandedUp
from models.operations.self_report import Backups
from models.runbooks.counts import Counts

SYSTEM: dict[str, Any] = {
    "open_alerts": [], "roll_calls": 0, "supplies": None, "donations": None, "timeline": None, "duty": None,
    "honours": None, "calls": None, "links": None,
    "runbooks": Counts(0, 0, 0, 0), "handups": HandedUp(0, 0, 0, 0, (), ()), "notices": 0, "surveys": 0,
    "open_questions": (0, 0), "failed": None,
    "waves": [], "day": date(2026, 11, 24), "kinds": {"silent": 0, "never": 0, "unreachable": 0}, "total": 0,
    "seal": None, "backup": Backups(), "planned": [], "forms": [], "program": "1",
    "undelivered_else": 0,
}  # fmt: skip


def system_page(locale: str, channel: str, reason: str, count: int = 3) -> str:
    """Return the page on which so many messages did not arrive for that reason, and nothing else is to be told."""
    return Renderer(locale).line("operations/system", **SYSTEM, undelivered=[(channel, reason, count)])


def line_about(locale: str, channel: str, reason: str) -> str:
    """Return its line about three messages that did not arrive for that reason."""
    return next(line for line in system_page(locale, channel, reason).splitlines() if line.startswith("3 × "))
