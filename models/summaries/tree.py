"""Say which units are part of which summary."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlmodel import Session, col, or_, select

from models.cycle import places
from models.cycle.former_paths import paths_in
from models.cycle.periods import Period
from models.cycle.places import Place, named
from models.organisation import units
from models.organisation.units import Unit
from models.reporting import figures, tallies
from models.reporting.figures import Figures
from models.reporting.tallies import Tally


class Part(NamedTuple):
    """A unit right below another, as far as summaries need it: there may be thousands."""

    id: int
    name: str
    path: str


@dataclass(frozen=True)
class Parts:
    """The units right below a unit, by the path they had then, and their reports as they are counted. Each is looked up
    once, when it is first needed: there may be thousands."""

    session: Session
    period: Period
    unit: Unit

    @cached_property
    def rows(self) -> dict[str, Tally]:
        """Return the reports of the whole subtree by the paths of the places through which they were asked."""
        return figures.counted_below(self.session, self.period, self.unit)

    @cached_property
    def whole(self) -> Tally:
        """Return all reports of the unit's figures; a task force's view has none that were asked through it."""
        return tallies.added(self.rows.values()) if self.rows else figures.counted(self.session, self.period, self.unit)

    @property
    def now(self) -> Figures:
        return figures.of(self.whole, self.period)

    @cached_property
    def paths(self) -> set[str]:
        """Return the paths of all units of the subtree with rows of their own or below, and of those above it."""
        found: set[str] = set()
        for place in self.rows:
            path = place
            while path and path not in found:
                found.add(path)
                path = path.rpartition("/")[0]
        return found

    @cached_property
    def units(self) -> dict[str, Part]:
        return _right_below(self)

    @cached_property
    def counted(self) -> dict[str, Tally]:
        return tallies.summed(self.rows, self.units)

    @cached_property
    def rest(self) -> Tally:
        """Return what is asked through none of the units right below."""
        below = tallies.added(self.counted.values())
        return tuple(max(0, a - b) for a, b in zip(self.whole, below, strict=True))

    @property
    def figures(self) -> list[tuple[Part, Figures]]:
        return [(unit, figures.of(self.counted[path], self.period)) for path, unit in self.units.items()]


def _right_below(parts: Parts) -> dict[str, Part]:
    """Return the units right below in this period whose figures are part of the tree's sum, by the path they had
    then: no task force's view."""
    session, unit = parts.session, parts.unit
    top = paths_in(session, parts.period.id, [unit])[unit.id]
    inside = select(Place.unit_id).where(
        col(Place.path).startswith(top + "/", autoescape=True), ~col(Place.path).like(top + "/%/%")
    )
    read = select(col(Unit.id), col(Unit.name), col(Unit.path))
    query = read.where(or_(Unit.parent_id == unit.id, col(Unit.id).in_(inside))).order_by(Unit.rank)
    found = [Part(*it) for it in session.exec(query).all()]
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
