"""Say which units are part of which summary."""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from sqlmodel import Session, col, or_, select

from models.cycle import places
from models.cycle.former_paths import paths_in
from models.cycle.periods import Period
from models.cycle.places import Place, named
from models.organisation import units
from models.organisation.units import Unit
from models.reporting import figures
from models.reporting.figures import Figures


def children(session: Session, period: Period, unit: Unit) -> list[tuple[Unit, Figures]]:
    """Return the units right below and their figures."""
    parts = _parts(session, period, unit)
    found = figures.of_paths(session, period, parts)
    return [(part, found[path]) for path, part in parts.items()]


def parts_of(session: Session, period: Period, unit: Unit) -> list[Unit]:
    """Return the units right below in this period whose figures are part of the tree's sum: no task force's view."""
    return list(_parts(session, period, unit).values())


def _parts(session: Session, period: Period, unit: Unit) -> dict[str, Unit]:
    """Return these units by the path they had then."""
    top = paths_in(session, period.id, [unit])[unit.id]
    inside = select(Place.unit_id).where(
        col(Place.path).startswith(top + "/", autoescape=True), ~col(Place.path).like(top + "/%/%")
    )
    query = select(Unit).where(or_(Unit.parent_id == unit.id, col(Unit.id).in_(inside))).order_by(Unit.rank)
    found = session.exec(query).all()
    then = paths_in(session, period.id, found)
    below = {then[u.id]: u for u in found if then[u.id].rpartition("/")[0] == top}
    there = figures.paths(session, period) if below else set()  # a leaf needs only its own rows
    return {path: u for path, u in below.items() if path in there}


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
