"""The roster of a period as it was frozen: one digest over who was expected, through which unit, and who was excused
from the start, so that no row is taken out, put in or given to somebody else unseen, even before the first seal."""

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
    """How a roster's digest begins: rows so far, the rows' digest, that of the task forces' views."""
    return "0::"


def row(person_id: int | None, unit_id: int | None, place_id: int, ground: Ground | None = None) -> Row:
    """What is frozen of one subject."""
    given = (str(ground.words), ground.absence_id, ground.by) if ground else (None, None, None)
    return person_id, unit_id, place_id, *given


def fold(state: str, rows: Sequence[Row], views: Iterable[tuple[int, int]] = ()) -> str:
    """Takes rows, and views as (place, person), in the order of their ids. Row by row, so that it does not matter how
    many come at a time."""
    count, made, seen = state.split(":")
    for it in rows:
        made = hashlib.sha256(made.encode() + canonical(it)).hexdigest()
    for view in views:
        seen = hashlib.sha256(seen.encode() + canonical(view)).hexdigest()
    return f"{int(count) + len(rows)}:{made}:{seen}"


def end(session: Session, period: Period, state: str) -> None:
    """The rows are all there."""
    session.flush()
    period.rows, period.roster, period.known = int(state.partition(":")[0]), digest(state), ledger.head(session)[0]
    session.add(period)
