"""Divide a unit's figures into those of the units right below, as bars that can be drawn."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session

from models.cycle.periods import Period
from models.organisation.units import Unit
from models.reporting import figures
from models.reporting.figures import Counted
from models.reporting.reports import State
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

    @property
    def counts(self) -> tuple[int, ...]:
        return self.zero, self.filled, self.silent, self.excused, self.late_zero, self.late_filled

    @property
    def badness(self) -> tuple[int, int, int]:
        return self.silent, self.late_zero + self.late_filled, self.filled


@dataclass(frozen=True)
class Bars:
    """The bars to be drawn, in the order of the tree; where they are too many, the worst, and how many `others` there
    are, of which so many are not `complete`. `below` are the units right below."""

    shown: tuple[Bar, ...]
    below: tuple[Unit, ...]
    others: int = 0
    incomplete: int = 0


def of_unit(session: Session, period: Period, unit: Unit, parts: Parts) -> Bars:
    """Return a bar for each unit right below, and one for what is asked through none of them; a single one for a unit
    that has none below."""
    below = [bar_of(part.name, parts.counted[path]) for path, part in parts.units.items()]
    own = _rest(bar_of(unit.name, figures.counted(session, period, unit)), below)
    units = tuple(parts.units.values())
    found_bars = [bar for bar in [own, *below] if any(bar.counts)]
    if len(found_bars) <= MOST:
        return Bars(tuple(found_bars), units)
    worst = sorted(found_bars, key=lambda bar: bar.badness, reverse=True)
    return Bars(tuple(worst[:MOST]), units, len(worst) - MOST, sum(bar.silent > 0 for bar in worst[MOST:]))


def bar_of(name: str, rows: Iterable[Counted]) -> Bar:
    """Return the bar of reports that were counted."""
    n = dict.fromkeys(("zero", "filled", "silent", "excused", "late_zero", "late_filled"), 0)
    for state, late, _, _, excused, count in rows:
        if state in (State.ZERO, State.FILLED):
            n[state] += count
            n[f"late_{state}"] += count * late
        else:
            n["silent" if excused is None else "excused"] += count
    return Bar(name, **n)


def _rest(whole: Bar, parts: Iterable[Bar]) -> Bar:
    """Return what of the whole is in none of the parts."""
    sums = [sum(column) for column in zip(*(part.counts for part in parts), strict=True)] or [0] * 6
    return Bar(whole.name, *(max(0, a - b) for a, b in zip(whole.counts, sums, strict=True)))
