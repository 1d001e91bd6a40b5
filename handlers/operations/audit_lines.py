"""Read the entries of the audit as people read them: days and instants as such, staff numbers with their names."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from models.core.audit import AuditEntry
from models.operations import audit_log
from models.organisation import units
from models.organisation.units import Unit
from models.time.times import zone

ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?)?")


@dataclass(frozen=True)
class Lines:
    """Some entries, each with what it is about and its detail as read, and the names of the staff numbers in them."""

    rows: list[tuple[AuditEntry, Any, defaultdict[str, Any]]]
    names: dict[str, str]


def read(session: Session, found: Sequence[AuditEntry]) -> Lines:
    rows = [
        (it, readable(it.about), defaultdict(str, {k: readable(v) for k, v in (it.detail or {}).items()}))
        for it in found
    ]
    return Lines(rows, audit_log.names(session, found))


def readable(value: Any) -> Any:
    """Return the day or the instant that a value of the record is, so that it is shown as every other; else itself."""
    if not isinstance(value, str) or not ISO.fullmatch(value):
        return value
    return datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)


def reach(session: Session, tops: Sequence[Unit]) -> list[str] | None:
    """Return the paths below which an admin of these units reads the audit; None for an admin of the whole."""
    return None if units.is_whole(session, tops) else [it.path for it in tops]


def instants(first: date, last: date, timezone: str) -> tuple[datetime, datetime]:
    """Return when these days begin and when they are over."""
    here = zone(timezone)
    return datetime.combine(first, time(0), here), datetime.combine(last + timedelta(days=1), time(0), here)
