"""Count the figures of a unit in a period. They are queries over the reports; only the answer at close is stored
(docs/rules.md 19)."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, true
from sqlmodel import Session, col, or_, select

from models.cycle.former_paths import paths_in
from models.cycle.periods import Period, Phase
from models.cycle.places import Place, named
from models.forms.spec import FormSpec, Indicator
from models.organisation.units import Unit, above, is_below
from models.reporting import tallies
from models.reporting.reports import Report, ReportView, State
from models.reporting.revisions import Revision
from models.reporting.tallies import Tally


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


def of(tally: Tally, period: Period) -> Figures:
    """Return the figures of reports that were counted."""
    zero, filled, owed, excused, late_zero, late_filled, proxy, uncontacted = tally
    due, missing = (0, owed) if period.phase == Phase.LOCKED else (owed, 0)
    return Figures(zero, filled, excused, due, missing, late_zero + late_filled, proxy, uncontacted)


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
    return of(counted(session, period, unit), period)


def counted(session: Session, period: Period, unit: Unit) -> Tally:
    """Return a unit's reports, counted by all that figures tell apart."""
    return tallies.of_all(session, rows_of(session, period, unit))


def counted_below(session: Session, period: Period, unit: Unit) -> dict[str, Tally]:
    """Return the reports of a unit's subtree, counted by the paths of the places through which they were asked: those
    of a whole period for the assigned unit and every unit above it."""
    within = places(session, period, unit)
    inside = true() if within is None else col(Report.place_id).in_(within)
    return tallies.by_path(session, col(Report.period_id) == period.id, inside)


def by_place(session: Session, period: Period) -> dict[str, tuple[int, Figures]]:
    """Return every unit's figures at once: path → (place id, figures of its subtree, or of a task force's view)."""
    top = session.get_one(Place, period.place_id)
    rows = tallies.by_path(session, col(Report.period_id) == period.id)
    paths = {path for place in rows for path in above(place) if is_below(path, top.path)}
    sums = tallies.summed(rows, paths)
    found = {p.path: p.id for p in named(session, period.id, sums)}
    tree = {path: (found[path], of(tally, period)) for path, tally in sums.items() if path in found}
    return tree | _views(session, period, top.path, tree)


def _views(session: Session, period: Period, top: str, tree: Collection[str]) -> dict[str, tuple[int, Figures]]:
    """Return the task forces' views, and those of the units above them that have no rows of their own: a person in two
    task forces below counts once there."""
    seen = (ReportView, col(ReportView.report_id) == col(Report.id))
    own = tallies.by_view(session, col(ReportView.place_id), seen, col(ReportView.period_id) == period.id)
    within: dict[str, list[int]] = {}
    for place in session.exec(select(Place).where(col(Place.id).in_(own))).all():
        for path in above(place.path):
            if is_below(path, top) and path not in tree:
                within.setdefault(path, []).append(place.id)
    found: dict[str, tuple[int, Figures]] = {}
    for place in named(session, period.id, within):
        seeing = within[place.path]
        tally = own[place.id] if seeing == [place.id] else _seen_from(session, period, seeing)
        found[place.path] = place.id, of(tally, period)
    return found


def _seen_from(session: Session, period: Period, places: list[int]) -> Tally:
    """Return the reports that any of these places views, each counted once."""
    seen = select(ReportView.report_id).where(ReportView.period_id == period.id, col(ReportView.place_id).in_(places))
    return tallies.of_all(session, col(Report.period_id) == period.id, col(Report.id).in_(seen))


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
