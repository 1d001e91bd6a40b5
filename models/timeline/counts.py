"""Count what admins lately did to the timeline: for the evening report and `/system`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models.core.audit import AuditEntry
from models.organisation.units import Unit, is_below


@dataclass(frozen=True)
class Edited:
    """How many entries were `written` or worded, and how many were `hidden`."""

    written: int
    hidden: int

    def __bool__(self) -> bool:
        return bool(self.written or self.hidden)


def edited(session: Session, tops: Sequence[Unit], since: datetime) -> Edited:
    """Return what was done since then in these units and those below."""
    kinds = ("timeline added", "timeline worded", "timeline hidden")
    query = select(AuditEntry.what, AuditEntry.about).where(AuditEntry.at > since, col(AuditEntry.what).in_(kinds))
    found = [what for what, about in session.exec(query).all() if any(is_below(about, it.path) for it in tops)]
    hidden = found.count("timeline hidden")
    return Edited(len(found) - hidden, hidden)
