"""Gather a page of a unit's timeline as its reader sees it: for the chat, the picture, the file and the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.exports import timeline_words
from handlers.exports.timeline_words import Line
from models.authority import timeline_reach
from models.core import months as month_ends
from models.organisation.people import Person, home
from models.organisation.units import Unit
from models.timeline import reading
from models.timeline.reading import Cursor, Month, Scope

PAGE, MONTHS = 12, 12  # entries of a page, and months of the list
FIRST = date(1900, 1, 1)  # the oldest day that anybody can type


@dataclass(frozen=True)
class Shown:
    """A page: its lines, the newest first, and whether there are `older` ones. Of `admin` (ids) the reader is admin:
    may word and hide them."""

    scope: Scope
    lines: Sequence[Line]
    older: bool

    @property
    def unit(self) -> Unit:
        return self.scope.unit

    @property
    def admin(self) -> frozenset[int]:
        return frozenset(one.it.id for one in self.lines if one.it.unit_id in self.scope.edited)

    @property
    def may_add(self) -> bool:
        return self.scope.unit.id in self.scope.edited


def own(context: Context, person: Person) -> Unit:
    """Return the unit whose timeline somebody sees if none is named."""
    return home(context.session, person)


def days(month: date | None, today: date) -> tuple[date, date]:
    """Return the first and the last day of a month up to today, or of the whole timeline."""
    return (month, min(today, month_ends.last_day(month))) if month else (FIRST, today)


def page(
    context: Context, words: Renderer, person: Person, unit: Unit, *, month: date | None = None,
    before: Cursor | None = None, most: int = PAGE,
) -> Shown:  # fmt: skip
    """Return the newest entries, of a month or older than `before`. Raises `timeline.not_yours`."""
    session, today = context.session, context.today
    scope = timeline_reach.scope(session, person, unit, today)
    first, last = days(month, today)
    found = reading.entries(session, scope, last, most + 1, first=first, before=before)
    return Shown(scope, timeline_words.lines(words, scope, found[:most]), len(found) > most)


def months(
    context: Context, words: Renderer, person: Person, unit: Unit, last: date
) -> tuple[list[tuple[Month, list[str]]], date | None]:
    """Return the newest months up to a day, each with what there was of each source in words; and the last day of those
    before, if there are any. Raises `timeline.not_yours`."""
    session = context.session
    scope = timeline_reach.scope(session, person, unit, context.today)
    found = reading.months(session, scope, min(last, context.today), MONTHS + 1)
    told = [(it, _told(words, it)) for it in found[:MONTHS]]
    return told, found[MONTHS - 1].first - timedelta(days=1) if len(found) > MONTHS else None


def _told(words: Renderer, it: Month) -> list[str]:
    return [
        words.line("timeline/counted", label=timeline_words.label(words, source), n=n)
        for source, n in sorted(it.counts.items(), key=lambda one: -one[1])
    ]
