"""Divide a range of days into the stretches in which a unit had one path, so that each day counts under the path of
then (docs/decisions/0003-places.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from models.cycle import former_paths
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.organisation.units import Unit, is_below
from models.reporting.reports import Report, ReportView


@dataclass(frozen=True)
class Stretch:
    """The closed periods of one assignment in which a unit had the same path. `place` has the unit's figures; `path` is
    what lies above its parts. `whole`: the unit's reports are the period's. `viewed`: they are other units', which a
    task force sees."""

    days: dict[int, date]
    place: int
    path: str
    whole: bool
    viewed: bool = False

    @property
    def periods(self) -> list[int]:
        return list(self.days)

    @property
    def reports(self) -> ColumnElement[bool]:
        """Match the reports that make up the unit's figures on these days, as a condition on Report."""
        these = col(Report.period_id).in_(self.periods)
        if self.whole:
            return these
        if not self.viewed:
            return these & col(Report.place_id).in_(inside(self.path))
        seen = select(ReportView.report_id).where(
            col(ReportView.period_id).in_(self.periods), col(ReportView.place_id).in_(inside(self.path))
        )
        return these & col(Report.id).in_(seen)


def inside(path: str) -> Any:
    """Select the places of a path and of those below it."""
    return select(Place.id).where((col(Place.path) == path) | below(path))


def below(path: str) -> ColumnElement[bool]:
    return col(Place.path).startswith(path + "/", autoescape=True)


def tasks(session: Session, unit: Unit, first: date, last: date) -> list[tuple[Assignment, list[Stretch]]]:
    """Return the assignments in which a unit has a part on these days, each with its stretches, by the assignment's
    id. Days that are not over yet, and those on which nothing was asked, have no part in them."""
    query = select(Period).where(
        col(Period.day).between(first, last),
        col(Period.closed_at).is_not(None),
        col(Period.phase).not_in([Phase.OPENING, Phase.LAPSED]),
    )
    found: dict[int, list[Period]] = {}
    for period in session.exec(query.order_by(col(Period.assignment_id), col(Period.day))).all():
        found.setdefault(period.assignment_id, []).append(period)
    divided = [(session.get_one(Assignment, it), _stretches(session, of, unit)) for it, of in found.items()]
    return [(task, stretches) for task, stretches in divided if stretches]


def _stretches(session: Session, periods: Sequence[Period], unit: Unit) -> list[Stretch]:
    then = former_paths.paths_over(session, [it.id for it in periods], unit)
    groups: dict[tuple[str, int], dict[int, date]] = {}
    for period in periods:
        groups.setdefault((then[period.id], period.place_id), {})[period.id] = period.day
    made = [_stretch(session, unit, path, top, days) for (path, top), days in groups.items() if path]
    return [it for it in made if it]


def _stretch(session: Session, unit: Unit, path: str, top: int, days: dict[int, date]) -> Stretch | None:
    """Return the stretch of a unit that had this path, in periods of the task whose top unit is at the place `top`;
    None if it has no part in them."""
    asked = session.get_one(Place, top)
    if asked.unit_id == unit.id:
        return Stretch(days, top, asked.path, whole=True)
    if is_below(asked.path, path):
        return Stretch(days, top, asked.path.rpartition("/")[0], whole=True)
    own = session.exec(select(Place).where(Place.unit_id == unit.id, Place.path == path)).first()
    if own is None or not is_below(path, asked.path):
        return None
    made = Stretch(days, own.id, path, whole=False)
    return made if has_rows(session, made, path) else replace(made, viewed=True)


def has_rows(session: Session, stretch: Stretch, path: str) -> bool:
    """Say whether something was asked through this path or those below it, so that it is no mere view of a task
    force."""
    here = (col(Report.period_id).in_(stretch.periods), col(Report.place_id).in_(inside(path)))
    return session.exec(select(Report.id).where(*here).limit(1)).first() is not None


def newest(session: Session, stretches: Sequence[Stretch]) -> Period:
    """Return the newest of the periods."""
    number, _ = max((it for stretch in stretches for it in stretch.days.items()), key=lambda it: it[1])
    return session.get_one(Period, number)
