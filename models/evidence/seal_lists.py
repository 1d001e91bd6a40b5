"""List the seals that concern somebody, the newest first, by their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.places import Place
from models.evidence.seals import Seal
from models.organisation.units import Unit
from models.reporting.reports import Report
from models.reporting.revisions import Revision

LOOKED_THROUGH = 400  # seals, for one page of those that concern somebody


@dataclass(frozen=True)
class Line:
    """A seal with its period, task and the unit that was asked, under the path of that time."""

    seal: Seal
    period: Period
    task: Assignment
    path: str


_LINES = (
    sqlalchemy.select(Seal, Period, Assignment, col(Place.path))
    .join(Period, col(Period.id) == col(Seal.period_id))
    .join(Assignment, col(Assignment.id) == col(Period.assignment_id))
    .join(Place, col(Place.id) == col(Period.place_id))
)


def line(session: Session, seal: Seal) -> Line:
    return Line(*session.execute(_LINES.where(col(Seal.id) == seal.id)).one())


def page(
    session: Session, tops: Sequence[Unit] | None, before: int | None, limit: int
) -> tuple[list[Line], int | None]:  # fmt: skip
    """Return seals of periods in which one of these units has a part (None: all), and before which number older ones
    begin, if there may be any. A page looks through `LOOKED_THROUGH` of them at most."""
    most = limit + 1 if tops is None else LOOKED_THROUGH
    query = _LINES.order_by(col(Seal.id).desc()).limit(most)
    if before is not None:
        query = query.where(col(Seal.id) < before)
    candidates = [Line(*row) for row in session.execute(query).all()]
    found: list[Line] = []
    for it in candidates:
        if tops is None or any(periods.has_part(session, it.period, top) for top in tops):
            found.append(it)
        if len(found) > limit:
            return found[:limit], found[limit - 1].seal.id
    return found, candidates[-1].seal.id if len(candidates) == most and candidates[-1].seal.id > 1 else None


def revisions(session: Session, seal: Seal) -> int:
    """Return how many revisions of its period a seal covers."""
    covered = select(func.count(col(Revision.id))).join(Report, col(Report.id) == col(Revision.report_id))
    return session.exec(covered.where(Report.period_id == seal.period_id, col(Revision.id) <= seal.upto)).one()
