"""Say which units are part of which summary."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

from sqlmodel import Session, col, or_, select

from models.cycle import places
from models.cycle.former_paths import paths_in
from models.cycle.periods import Period
from models.cycle.places import Place, named
from models.organisation import units
from models.organisation.units import Unit
from models.reporting import figures
from models.reporting.figures import Counted, Figures


@dataclass(frozen=True)
class Parts:
    """The units right below a unit, by the path they had then, and their reports as they are counted. Each is looked up
    once, when it is first needed: there may be thousands."""

    session: Session
    period: Period
    unit: Unit

    @cached_property
    def rows(self) -> dict[str, list[Counted]]:
        """Return the reports of the whole subtree by the paths of the places through which they were asked."""
        return figures.counted_below(self.session, self.period, self.unit)

    @cached_property
    def paths(self) -> set[str]:
        """Return the paths of all units of the subtree with rows of their own or below, and of those above it."""
        return {path for place in self.rows for path in units.above(place)}

    @cached_property
    def units(self) -> dict[str, Unit]:
        return _right_below(self)

    @cached_property
    def counted(self) -> dict[str, list[Counted]]:
        return figures.summed(self.rows, self.units)

    @property
    def figures(self) -> list[tuple[Unit, Figures]]:
        found = figures.of_counted(self.period, self.counted)
        return [(unit, found[path]) for path, unit in self.units.items()]


def children(session: Session, period: Period, unit: Unit) -> list[tuple[Unit, Figures]]:
    """Return the units right below and their figures."""
    return Parts(session, period, unit).figures


def _right_below(parts: Parts) -> dict[str, Unit]:
    """Return the units right below in this period whose figures are part of the tree's sum, by the path they had
    then: no task force's view."""
    session, unit = parts.session, parts.unit
    top = paths_in(session, parts.period.id, [unit])[unit.id]
    inside = select(Place.unit_id).where(
        col(Place.path).startswith(top + "/", autoescape=True), ~col(Place.path).like(top + "/%/%")
    )
    query = select(Unit).where(or_(Unit.parent_id == unit.id, col(Unit.id).in_(inside))).order_by(Unit.rank)
    found = session.exec(query).all()
    if not found:
        return {}
    then = paths_in(session, parts.period.id, found)
    return {then[u.id]: u for u in found if then[u.id] in parts.paths and then[u.id].rpartition("/")[0] == top}


def root_of(session: Session, period: Period) -> Unit:
    return session.get_one(Unit, session.get_one(Place, period.place_id).unit_id)


def units_over(session: Session, period: Period, place_id: int) -> list[Unit]:
    """Return the units whose figures count a report of this place: its own and those above, up to the assignment's."""
    return units_over_all(session, period, [place_id])[place_id]


_KNOWN: WeakKeyDictionary[Session, dict[tuple[int, int], list[Unit]]] = WeakKeyDictionary()


def units_over_all(session: Session, period: Period, wanted: Iterable[int]) -> dict[int, list[Unit]]:
    """Return the same for many places. A period keeps its names, so a transaction computes this once."""
    known = _KNOWN.setdefault(session, {})
    missing = places.places(session, [place for place in wanted if (period.id, place) not in known])
    top = session.get_one(Place, period.place_id).path
    above = {it.id: [path for path in units.above(it.path) if units.is_below(path, top)] for it in missing}
    then = {it.path: it.unit_id for it in named(session, period.id, {p for paths in above.values() for p in paths})}
    for place, paths in above.items():
        upwards = sorted((path for path in paths if path in then), key=len, reverse=True)
        known[period.id, place] = [session.get_one(Unit, then[path]) for path in upwards]
    return {place: known[period.id, place] for place in wanted}
