"""Send each lead the week and the month before: one message, in their own chat, once (docs/rules.md 24).

A range is read on the reading engine, beside the desk, because that of a whole organisation takes longer than a
transaction may; only what was written of it is stored by the desk."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from handlers.core import isolating
from handlers.core.context import Context
from handlers.core.rendering import Content
from handlers.summaries import contents
from models.alerts import alerts
from models.core.database import away
from models.messaging import addresses, cards, noise_budget
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.operations.restore_hold import parked
from models.organisation.people import Person
from models.organisation.units import Unit
from models.summaries import digests, range_view
from models.summaries.digests import Digest
from models.time.times import instant, parse_time, zone

log = logging.getLogger("zeroreport")
CHUNK = 10  # leads in a transaction
UNITS = 3  # of one lead, in one message
TASKS = 3  # of one unit
SOURCE = "digests"


@dataclass(frozen=True)
class Morning:
    """A day on which digests go out, before they do."""

    day: date
    week: bool
    month: bool

    @property
    def id(self) -> int:
        return self.day.toordinal()


@dataclass(frozen=True)
class Letters:
    """What was written for some leads of a digest: by the person's id, None where there is nothing to say. `after` is
    where they begin, `last` the last of them."""

    digest: int
    after: int
    last: int
    end: bool
    written: Sequence[tuple[int, Content | None]]
    failed: Sequence[tuple[int, Exception]]


def due(context: Context, aside: Sequence[int]) -> Morning | None:
    """Return this day, if digests go out on it, have not begun, and the time in the settings has come."""
    day = context.today
    week, month = digests.planned(day, context.defaults.digest_day)
    if not (week or month) or context.now < _at(context, day) or day.toordinal() in aside:
        return None
    return None if digests.of_day(context.session, day) else Morning(day, week, month)


def _at(context: Context, day: date) -> datetime:
    return instant(day, parse_time(context.defaults.digest_at), context.defaults.zone)


def begin(context: Context, it: Morning) -> None:
    context.session.add(Digest(day=it.day, week=it.week, month=it.month, begun_at=context.now))


def write(context: Context) -> Letters | None:
    """Write to the next leads, on a session that only reads; None if there is nothing to write today."""
    session = context.session
    it = digests.under_way(session, context.today)
    if it is None or parked(session):
        return None
    found = digests.readers(session, it.day, it.cursor, CHUNK)
    written: list[tuple[int, Content | None]] = []
    failed: list[tuple[int, Exception]] = []
    for person, units in found.units.items():
        try:
            with session.begin_nested():  # so that PostgreSQL takes further questions
                letter = _letter(context, it, session.get_one(Person, person), units)
            written.append((person, letter))
        except Exception as error:
            if away(error):
                raise
            failed.append((person, error))
    return Letters(it.id, it.cursor, found.last, found.end, written, failed)


def _letter(context: Context, it: Digest, lead: Person, units: Sequence[Unit]) -> Content | None:
    session, parts = context.session, []
    for unit in units[:UNITS]:
        for span in it.spans:
            tasks = digests.tasks(session, unit, span)
            views = [range_view.gather(session, task, unit, *span) for task in tasks[:TASKS]]
            views = [view for view in views if view.total.expected]
            if views:
                parts.append(contents.DigestPart(unit, span, views, max(0, len(tasks) - TASKS)))
    if not parts:
        return None
    waiting = {unit.id: len(alerts.listed(session, [unit])) for unit in units[:UNITS]}
    words = context.words_for(lead, context.defaults.zone)
    return contents.digest_content(session, words, parts, waiting, context.today, max(0, len(units) - UNITS))


def send(context: Context, letters: Letters) -> None:
    """Put the letters into the leads' chats, unless another program has, or the day is over."""
    session = context.session
    it = session.get(Digest, letters.digest)
    if it is None or it.done_at is not None or it.cursor != letters.after or parked(session):
        return
    if it.day == context.today:
        for person, content in letters.written:
            if content is not None:
                _put(context, it, session.get_one(Person, person), content)
        for person, error in letters.failed:
            isolating.set_aside(context, SOURCE, f"{it.id}:{person}", error, SOURCE)
    it.cursor, it.done_at = letters.last, context.now if letters.end or it.day != context.today else None
    session.add(it)


def _put(context: Context, it: Digest, lead: Person, content: Content) -> None:
    """Send one letter, if the day's noise budget has room; otherwise the figures stay behind `/summary`."""
    session, now = context.session, context.now
    address = addresses.reachable(session, lead)
    if address is None:
        return
    morning = datetime.combine(it.day, time(0), zone(context.defaults.zone))
    if noise_budget.has_room(session, lead, address, morning, context.today):
        start = cards.off_the_hour(max(_at(context, it.day), now), it.id, context.defaults.off)
        slot = Slot.of(Subject.DIGEST, address, it.day)
        cards.want(session, slot, Kind.DIGEST, content, now, lane=Lane.BULK, not_before=start)
