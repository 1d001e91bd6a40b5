"""Return the tree below a unit as a page shows it: the units right below and those below them, each with its bar."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.cycle.former_paths import paths_in
from models.cycle.periods import Period
from models.cycle.places import named
from models.organisation.units import Unit
from models.reporting import tallies
from models.reporting.tallies import OWED
from models.summaries.bars import Bar, badness, bar_of
from models.summaries.tree import Parts

MOST = 40  # lines on one page


@dataclass(frozen=True)
class Branch:
    """A unit's line: `level` 0 is right below the unit that is shown, `parts` counts the units right below this one."""

    unit: Unit
    level: int
    bar: Bar
    parts: int

    @property
    def received(self) -> int:
        return self.bar.zero + self.bar.filled

    @property
    def expected(self) -> int:
        return self.received + self.bar.silent

    @property
    def late(self) -> int:
        return self.bar.late_zero + self.bar.late_filled


@dataclass(frozen=True)
class Branches:
    """One page of lines. Few units stand in the order of the tree, with those below them; many stand the worst first,
    without them. `units` counts those right below in all, `complete` those of them where nobody is missing."""

    shown: tuple[Branch, ...]
    units: int
    complete: int
    page: int
    pages: int


def below(whole: Parts, page: int = 1) -> Branches:
    """Return the lines below a unit as the period knew them, without task forces' views. Only the units of this page
    are read."""
    session, period = whole.session, whole.period
    top = paths_in(session, period.id, [whole.unit])[whole.unit.id]
    start, depth = top + "/", top.count("/") + 1
    parts: dict[str, list[str]] = {}
    for path in whole.paths:
        if path.startswith(start):
            parts.setdefault(path.rpartition("/")[0], []).append(path)
    first = parts.get(top, [])
    both = [*first, *(it for path in first for it in parts.get(path, ()))]
    near = both if len(both) <= MOST else first
    found = tallies.summed(whole.rows, near)
    pages = max(1, -(-len(first) // MOST))
    page = min(max(page, 1), pages)
    worst = sorted(near, key=lambda path: (*badness(found[path]), path), reverse=True) if pages > 1 else near
    units = _units(session, period, worst[(page - 1) * MOST : page * MOST] if pages > 1 else near)
    order = units if pages > 1 else _in_order(units, top)
    shown = [Branch(units[it], it.count("/") - depth, bar_of("", found[it]), len(parts.get(it, ()))) for it in order]
    return Branches(tuple(shown), len(first), sum(not found[it][OWED] for it in first), page, pages)


def _in_order(units: dict[str, Unit], top: str) -> list[str]:
    """Return the paths in the order of the tree: each unit, then those below it."""
    found: list[str] = []
    for path in sorted((it for it in units if it.rpartition("/")[0] == top), key=lambda it: units[it].rank):
        inside = (it for it in units if it.rpartition("/")[0] == path)
        found += [path, *sorted(inside, key=lambda it: units[it].rank)]
    return found


def _units(session: Session, period: Period, paths: list[str]) -> dict[str, Unit]:
    """Return the units that had these paths then, in the order of the paths."""
    places = {it.path: it.unit_id for it in named(session, period.id, paths)}
    found = {u.id: u for u in session.exec(select(Unit).where(col(Unit.id).in_(places.values()))).all()}
    return {path: found[places[path]] for path in paths if path in places}
