"""Count the figures of a unit in a period. They are queries over the reports; only the answer at close is stored
(docs/rules.md 19)."""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, Integer, cast, func
from sqlmodel import Session, col, or_, select

from models.cycle.former_paths import paths_in
from models.cycle.periods import Period, Phase
from models.cycle.places import Place, named
from models.forms.spec import FormSpec, Indicator
from models.organisation.units import Unit, above, is_below
from models.reporting.reports import Report, ReportView, State
from models.reporting.revisions import Revision


@dataclass(frozen=True)
class Figures:
    """Counts of reports. Expected = rows − excused; received = zero + filled; what is not received is `due`, after the
    lock `missing`. `uncontacted` is part of filled."""

    zero: int = 0
    filled: int = 0
    excused: int = 0
    due: int = 0
    missing: int = 0
    late: int = 0
    proxy: int = 0
    uncontacted: int = 0

    @property
    def received(self) -> int:
        return self.zero + self.filled

    @property
    def told(self) -> int:
        """Return how many had something to report: filled, without the wards nobody reached."""
        return self.filled - self.uncontacted

    @property
    def expected(self) -> int:
        return self.received + self.silent

    @property
    def silent(self) -> int:
        return self.due + self.missing

    @property
    def completeness(self) -> float | None:
        """Return received ÷ expected, 0 to 1; None (无应报) if nothing is expected."""
        return self.received / self.expected if self.expected else None

    @property
    def timeliness(self) -> float | None:
        """Return timely ÷ expected, 0 to 1; None if nothing is expected."""
        return (self.received - self.late) / self.expected if self.expected else None

    @property
    def stamp(self) -> int:
        """Return a number that distinguishes these counts from others, short enough for a button: what somebody checks
        is what they saw."""
        return zlib.crc32(repr(self.counts()).encode()) % 10**9

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(a + b for a, b in zip(self.counts(), other.counts(), strict=True)))

    def counts(self) -> tuple[int, ...]:
        return (
            self.zero, self.filled, self.excused, self.due, self.missing, self.late, self.proxy, self.uncontacted,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        return {
            "expected": self.expected,
            "received": self.received,
            "zero": self.zero,
            "filled": self.filled,
            "excused": self.excused,
            "due": self.due,
            "missing": self.missing,
            "late": self.late,
            "proxy": self.proxy,
            "uncontacted": self.uncontacted,
            "completeness": self.completeness,
            "timeliness": self.timeliness,
        }


Counted = Sequence[Any]  # (state, late, proxy, uncontacted, excused, how many)
# after the place these are the covering index's columns in its order, so that nothing is sorted
_GROUPS = (col(Report.state), col(Report.late), col(Report.proxy), col(Report.uncontacted), col(Report.excused))


def _figures(rows: Iterable[Counted], period: Period) -> Figures:
    """Return the figures of counted reports."""
    n = dict.fromkeys(("zero", "filled", "excused", "due", "missing", "late", "proxy", "uncontacted"), 0)
    silent = "missing" if period.phase == Phase.LOCKED else "due"
    for state, late, proxy, uncontacted, excused, count in rows:
        n[state if state != State.DUE else silent if excused is None else "excused"] += count
        n["late"] += count * late
        n["proxy"] += count * proxy
        n["uncontacted"] += count * uncontacted
    return Figures(**n)


def is_whole(session: Session, period: Period, unit: Unit) -> bool:
    """Say whether a unit's figures are the whole period's: the assigned unit, and every unit above it."""
    top = session.get_one(Place, period.place_id)
    if top.unit_id == unit.id:
        return True
    return not is_below(unit.path, top.path) and is_below(top.path, paths_in(session, period.id, [unit])[unit.id])


def places(session: Session, period: Period, unit: Unit) -> list[int] | None:
    """Return the places of a unit's subtree as they were named in this period; None means all of them."""
    if is_whole(session, period, unit):
        return None
    reported = select(Report.id).where(Report.period_id == period.id, Report.place_id == Place.id).exists()
    own = session.exec(select(Place).where(Place.unit_id == unit.id, reported).limit(1)).first()
    path = own.path if own else paths_in(session, period.id, [unit])[unit.id]
    return list(
        session.exec(
            select(Place.id).where(
                or_(col(Place.path) == path, col(Place.path).startswith(path + "/", autoescape=True))
            )
        ).all()
    )


def rows_of(session: Session, period: Period, unit: Unit) -> ColumnElement[bool]:
    """Match the reports that make up a unit's figures, as a condition on Report: its subtree's, or a task
    force's view."""
    within = places(session, period, unit)
    if within is None:
        return col(Report.period_id) == period.id
    viewed = select(ReportView.report_id).where(ReportView.period_id == period.id, col(ReportView.place_id).in_(within))
    inside = (col(Report.period_id) == period.id) & col(Report.place_id).in_(within)
    if not session.exec(viewed.limit(1)).first() or session.exec(select(Report.id).where(inside).limit(1)).first():
        return inside
    return (col(Report.period_id) == period.id) & col(Report.id).in_(viewed)


def in_tree(session: Session, period: Period, unit: Unit) -> bool:
    """Say whether a unit has rows of its own in the period, and not only a task force's view of others' people."""
    within = places(session, period, unit)
    if within is None:
        return True
    inside = (col(Report.period_id) == period.id) & col(Report.place_id).in_(within)
    return session.exec(select(Report.id).where(inside).limit(1)).first() is not None


def now(session: Session, period: Period, unit: Unit) -> Figures:
    """Return a unit's figures as they stand."""
    return _figures(counted(session, period, unit), period)


def counted(session: Session, period: Period, unit: Unit) -> Sequence[Counted]:
    """Return a unit's reports, counted by all that figures tell apart."""
    places = (
        select(*_GROUPS, func.count().label("count"))  # type: ignore[call-overload]
        .where(rows_of(session, period, unit))
        .group_by(col(Report.place_id), *_GROUPS)  # as the index has them; then few rows are left to sort
        .subquery()
    )
    *groups, count = places.c
    return session.execute(sqlalchemy.select(*groups, cast(func.sum(count), Integer)).group_by(*groups)).all()


def counted_below(session: Session, period: Period, unit: Unit) -> dict[str, list[Counted]]:
    """Return the reports of a unit's subtree, counted as `counted` does, by the paths of the places through which they
    were asked: those of a whole period for the assigned unit and every unit above it."""
    grouped = _by_place_id(session, period, places(session, period, unit))
    rows: dict[str, list[Counted]] = {}
    for place_id, path in session.execute(select(Place.id, Place.path).where(col(Place.id).in_(grouped))).all():
        rows.setdefault(path, []).extend(grouped[place_id])
    return rows


def summed(rows: Mapping[str, Sequence[Counted]], wanted: Collection[str]) -> dict[str, list[Counted]]:
    """Return the counted reports of several subtrees, by their paths."""
    found: dict[str, list[Counted]] = {path: [] for path in wanted}
    for path, own in rows.items():
        for one in above(path):
            if one in found:
                found[one] += own
    return found


def of_counted(period: Period, counted: Mapping[str, Iterable[Counted]]) -> dict[str, Figures]:
    """Return the figures of subtrees whose reports are counted, by path."""
    return {path: _figures(found, period) for path, found in counted.items()}


def _by_place_id(session: Session, period: Period, within: Collection[int] | None = None) -> dict[int, list[Counted]]:
    """Return the input of `_figures` for each place through which something was asked, or for those of `within`."""
    query = select(col(Report.place_id), *_GROUPS, func.count()).where(  # type: ignore[call-overload]
        Report.period_id == period.id
    )
    if within is not None:
        query = query.where(col(Report.place_id).in_(within))
    grouped: dict[int, list[Counted]] = {}
    for row in session.execute(query.group_by(col(Report.place_id), *_GROUPS)).all():
        grouped.setdefault(row[0], []).append(row[1:])
    return grouped


def by_place(session: Session, period: Period) -> dict[str, tuple[int, Figures]]:
    """Return every unit's figures at once: path → (place id, figures of its subtree, or of a task force's view)."""
    top = session.get_one(Place, period.place_id)
    sums: dict[str, Figures] = {}
    grouped = _by_place_id(session, period)
    for place in session.exec(select(Place).where(col(Place.id).in_(grouped))).all():
        own = _figures(grouped[place.id], period)
        for path in above(place.path):
            if is_below(path, top.path):
                sums[path] = sums.get(path, Figures()) + own
    found = {p.path: p.id for p in named(session, period.id, sums)}
    tree = {path: (found[path], figures) for path, figures in sums.items() if path in found}
    return tree | _views(session, period, top.path, tree)


def _views(session: Session, period: Period, top: str, tree: Collection[str]) -> dict[str, tuple[int, Figures]]:
    """Return the task forces' views, and those of the units above them that have no rows of their own: a person in two
    task forces below counts once there."""
    rows = session.exec(
        select(col(ReportView.place_id), *_GROUPS, func.count())  # type: ignore[call-overload]
        .join(Report, col(Report.id) == col(ReportView.report_id))
        .where(ReportView.period_id == period.id)
        .group_by(col(ReportView.place_id), *_GROUPS)
    ).all()
    grouped: dict[int, list[Any]] = {}
    for place_id, *row in rows:
        grouped.setdefault(place_id, []).append(row)
    viewed = session.exec(select(Place).where(col(Place.id).in_(grouped))).all()
    within: dict[str, list[int]] = {}
    for place in viewed:
        for path in above(place.path):
            if is_below(path, top) and path not in tree:
                within.setdefault(path, []).append(place.id)
    own = {place.path: _figures(grouped[place.id], period) for place in viewed}
    return {
        place.path: (
            place.id,
            own[place.path]
            if place.path in own and len(within[place.path]) == 1
            else _seen_from(session, period, within[place.path]),
        )
        for place in named(session, period.id, within)
    }


def _seen_from(session: Session, period: Period, places: list[int]) -> Figures:
    """Return the figures of the reports that any of these places views, each counted once."""
    seen = select(ReportView.report_id).where(ReportView.period_id == period.id, col(ReportView.place_id).in_(places))
    rows = session.execute(
        select(*_GROUPS, func.count())  # type: ignore[call-overload]
        .where(Report.period_id == period.id, col(Report.id).in_(seen))
        .group_by(*_GROUPS)
    ).all()
    return _figures(rows, period)


def count(session: Session, which: ColumnElement[bool]) -> int:
    """Return how many reports these are."""
    return session.exec(select(func.count()).select_from(Report).where(which)).one()


def filled(session: Session, period: Period, unit: Unit) -> list[Mapping[str, Any]]:
    """Return the answers of all filled reports of a unit."""
    rows = session.exec(
        select(Revision.answers)
        .join(Report, col(Report.head_id) == col(Revision.id))
        .where(rows_of(session, period, unit), Report.state == State.FILLED)
    ).all()
    return [answers for answers in rows if answers]


def indicators(spec: FormSpec, answers: Sequence[Mapping[str, Any]]) -> list[tuple[Indicator, object]]:
    """Return a form's indicators over filed answers: counts of reports, or values computed from the sums of the
    numbers."""
    sums: dict[str, Any] = {}
    for question in spec.questions:
        if question.type in ("integer", "decimal"):
            numbers = [Decimal(str(a[question.name])) for a in answers if a.get(question.name) is not None]
            sums[question.name] = sum(numbers, Decimal(0)) if numbers else None
    return [
        (i, sum(i.count.holds(a) for a in answers) if i.count else i.value.value(sums) if i.value else None)
        for i in spec.indicators
    ]
