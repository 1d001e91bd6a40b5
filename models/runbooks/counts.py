"""Count runs for the evening's report and `/system`. Drills are apart: they stand in no figure (docs/rules.md
37.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from models.organisation.units import Unit, below
from models.runbooks import runs
from models.runbooks.runs import RunbookRun

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Counts:
    """How many runs are `under_way`, how many of their steps are `late`, how many were `started` within a day; and how
    many `drills` were."""

    under_way: int
    late: int
    started: int
    drills: int


def counted(session: Session, now: datetime, tops: Sequence[Unit] | None = None) -> Counts:
    """Return the counts, of these units and those below them only, if given."""
    open_ = [it for it in runs.open_ones(session, tops) if not it.drill]
    query = select(RunbookRun.drill, func.count()).where(RunbookRun.begun_at > now - DAY).group_by(
        col(RunbookRun.drill)
    )  # fmt: skip
    if tops is not None:
        query = query.join(Unit, col(Unit.id) == col(RunbookRun.unit_id)).where(or_(*(below(it.path) for it in tops)))
    lately = dict(session.execute(query).all()) if tops is None or tops else {}
    late = runs.late_ones(session, open_, now)
    return Counts(len(open_), late, lately.get(False, 0), lately.get(True, 0))
