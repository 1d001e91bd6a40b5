"""Divide a unit's figures into those of the units right below, as bars that can be drawn."""

from dataclasses import dataclass

from models.reporting.tallies import OWED, Tally
from models.summaries.tree import Parts

MOST = 10  # bars that a phone shows without making the picture smaller


@dataclass(frozen=True)
class Bar:
    """A unit's reports, each counted once: zero, filled, silent, excused; and how many of the zeros and of the filled
    ones were late."""

    name: str
    zero: int = 0
    filled: int = 0
    silent: int = 0
    excused: int = 0
    late_zero: int = 0
    late_filled: int = 0


@dataclass(frozen=True)
class Bars:
    """The bars to be drawn, in the order of the tree; where they are too many, the worst, and how many `others` there
    are, of which so many are `incomplete`."""

    shown: tuple[Bar, ...]
    others: int = 0
    incomplete: int = 0


def of_unit(parts: Parts) -> Bars:
    """Return a bar for each unit right below, and one for what is asked through none of them; a single one for a unit
    that has none below."""
    below = [(unit.name, parts.counted[path]) for path, unit in parts.units.items()]
    found = [(name, tally) for name, tally in [(parts.unit.name, parts.rest), *below] if any(tally)]
    if len(found) <= MOST:
        return Bars(tuple(bar_of(*it) for it in found))
    worst = sorted(found, key=lambda it: badness(it[1]), reverse=True)
    incomplete = sum(tally[OWED] > 0 for _, tally in worst[MOST:])
    return Bars(tuple(bar_of(*it) for it in worst[:MOST]), len(worst) - MOST, incomplete)


def bar_of(name: str, tally: Tally) -> Bar:
    """Return the bar of reports that were counted."""
    return Bar(name, *tally[:6])


def badness(tally: Tally) -> tuple[int, int, int]:
    """Return by what units are sorted where only the worst are shown."""
    _, filled, owed, _, late_zero, late_filled, *_ = tally
    return owed, late_zero + late_filled, filled
