"""Send the admins the self report every evening: what the bot did, what it could not deliver, and whether last night's
backup is sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.core.context import Context
from handlers.core.events import SetupMoved
from models.handup import counts as handup_counts
from models.messaging import addresses, cards
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.operations import self_report
from models.operations.self_report import SelfReport
from models.time.times import instant, parse_time


@dataclass(frozen=True)
class Evening:
    """The day of a self report."""

    day: date

    @property
    def id(self) -> int:
        return self.day.toordinal()


def due(context: Context, aside: Sequence[int]) -> Evening | None:
    """Return the evening whose report is due, once a day, from the hour in the settings on; not one set aside."""
    day = context.today
    early = context.now < instant(day, parse_time(context.defaults.report_at), context.defaults.zone)
    return None if early or day.toordinal() in aside or self_report.is_out(context.session, day) else Evening(day)


def report(context: Context, it: Evening) -> None:
    session, now = context.session, context.now
    day = it.day
    session.add(SelfReport(day=day, at=now))
    evening = self_report.evening(session, now, day, timedelta(minutes=context.defaults.undelivered_after))
    handups = handup_counts.lately(session, now)
    for admin, address in addresses.of_admins(session):
        words = context.words_for(admin)
        failed = words.refusal(evening.backup.failed) if evening.backup.failed else ""
        content = words.content("operations/self_report", it=evening, day=day, failed=failed, handups=handups)
        cards.want(session, Slot.of(Subject.SELF_REPORT, address, day), Kind.NOTICE, content, now, lane=Lane.BULK)
    context.emit(SetupMoved())
