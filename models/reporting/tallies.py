"""Count reports in the database: one row for each place, however many reports it has."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, Integer, Subquery, and_, case, cast, func
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from models.cycle.places import Place
from models.reporting.reports import Report, State

Tally = tuple[int, ...]  # how many are zero, filled, owed, excused; late zeros, late filled; by proxy, uncontacted
NONE: Tally = (0,) * 8
FILLED, OWED = 1, 2  # places in it
# after the place these are the covering index's columns in its order, so that nothing is sorted
_GROUPS = (col(Report.state), col(Report.late), col(Report.proxy), col(Report.uncontacted), col(Report.excused))


def of_all(session: Session, *which: ColumnElement[bool]) -> Tally:
    """Return the tally of all these reports."""
    row = session.execute(sqlalchemy.select(*_sums(_grouped(col(Report.place_id), *which)))).one()
    return tuple(it or 0 for it in row)


def by_path(session: Session, *which: ColumnElement[bool]) -> dict[str, Tally]:
    """Return the tallies of these reports by the paths of the places through which they were asked."""
    tallies = _by_place(_grouped(col(Report.place_id), *which)).subquery()
    place, *sums = tallies.c
    found: dict[str, Tally] = {}
    for path, *row in session.execute(sqlalchemy.select(col(Place.path), *sums).join(Place, col(Place.id) == place)):
        found[path] = added([found[path], tuple(row)]) if path in found else tuple(row)
    return found


def by_view(
    session: Session, place: Mapped[int], joined: tuple[Any, ColumnElement[bool]], *which: ColumnElement[bool]
) -> dict[int, Tally]:  # fmt: skip
    """Return the tallies of reports by a place that a joined table names, by its id."""
    rows = session.execute(_by_place(_grouped(place, *which, joined=joined))).all()
    return {row[0]: tuple(row[1:]) for row in rows}


def added(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies."""
    found = list(tallies)
    return found[0] if len(found) == 1 else tuple(map(sum, zip(*found, strict=True))) or NONE


def summed(rows: Mapping[str, Tally], wanted: Iterable[str]) -> dict[str, Tally]:
    """Return the tallies of several subtrees, by their paths."""
    found: dict[str, list[Tally]] = {path: [] for path in wanted}
    for place, tally in rows.items():
        path = place
        while path:
            if path in found:
                found[path].append(tally)
            path = path.rpartition("/")[0]
    return {path: added(own) for path, own in found.items()}


def _grouped(
    place: Mapped[int], *which: ColumnElement[bool], joined: tuple[Any, ColumnElement[bool]] | None = None
) -> Subquery:  # fmt: skip
    """Count the reports that are the same in all that figures tell apart, as the index has them: few rows are left to
    be added up."""
    query = select(place.label("place"), *_GROUPS, func.count().label("count"))  # type: ignore[call-overload]
    if joined:
        query = query.join(*joined)
    return query.where(*which).group_by(place, *_GROUPS).subquery()  # type: ignore[no-any-return]


def _by_place(grouped: Subquery) -> Any:
    return sqlalchemy.select(grouped.c.place, *_sums(grouped)).group_by(grouped.c.place)


def _sums(grouped: Subquery) -> list[ColumnElement[int]]:
    it = grouped.c
    zero, filled = it.state == State.ZERO, it.state == State.FILLED
    owed, excused = (and_(it.state == State.DUE, how) for how in (it.excused.is_(None), it.excused.is_not(None)))
    counted = (zero, filled, owed, excused, and_(zero, it.late), and_(filled, it.late), it.proxy, it.uncontacted)
    return [cast(func.sum(case((which, it.count), else_=0)), Integer).label(f"n{n}") for n, which in enumerate(counted)]
