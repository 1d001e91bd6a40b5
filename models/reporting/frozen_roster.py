"""Freeze the roster of a period as one digest over who was expected, through which unit, and who was excused from the
start, so that no row is removed, inserted or given to somebody else unnoticed, even before the first seal."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session

from models.core import ledger
from models.core.canonical import canonical, digest
from models.cycle.periods import Period
from models.reporting.excuses import Ground

Row = tuple[Any, ...]


def begin() -> str:
    """Return the initial state of a roster's digest: rows so far, the rows' digest, that of the task forces' views."""
    return "0::"


def row(person_id: int | None, unit_id: int | None, place_id: int, ground: Ground | None = None) -> Row:
    """Return what is frozen of one subject."""
    given = (str(ground.words), ground.absence_id, ground.by) if ground else (None, None, None)
    return person_id, unit_id, place_id, *given


def fold(state: str, rows: Sequence[Row], views: Iterable[tuple[int, int]] = ()) -> str:
    """Take rows, and views as (place, person), into the digest in the order of their ids; the size of the chunks does
    not matter."""
    count, made, seen = state.split(":")
    for it in rows:
        made = hashlib.sha256(made.encode() + canonical(it)).hexdigest()
    for view in views:
        seen = hashlib.sha256(seen.encode() + canonical(view)).hexdigest()
    return f"{int(count) + len(rows)}:{made}:{seen}"


def end(session: Session, period: Period, state: str) -> None:
    """Store the digest once all rows are there."""
    session.flush()
    period.rows, period.roster, period.known = int(state.partition(":")[0]), digest(state), ledger.head(session)[0]
    session.add(period)
