"""Read from the audit who looked at what on the dashboard."""

from typing import Any

from sqlmodel import col, select

from models.core.audit import AuditEntry
from tests.bot.web.dashboard.conftest import Board

Noted = tuple[str, str, str, dict[str, Any] | None]


def looks(board: Board) -> list[Noted]:
    with board.world.database.reading() as session:
        found = session.exec(select(AuditEntry).where(col(AuditEntry.what).endswith("opened")).order_by(AuditEntry.id))
        return [(it.by, it.what, it.about, it.detail) for it in found.all()]  # type: ignore[attr-defined]
