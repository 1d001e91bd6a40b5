"""The bot's own evening report: what it did, what it could not deliver, and whether last night's backup is sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from handlers.core.turn import Defaults, words_for
from models.messaging import addresses, cards
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.operations import self_report
from models.operations.self_report import SelfReport
from models.time.times import instant, parse_time


@dataclass(frozen=True)
class Evening:
    """The day of which is to be told."""

    day: date

    @property
    def id(self) -> int:
        return self.day.toordinal()


def due(session: Session, house: Defaults, now: datetime, aside: Sequence[int]) -> Evening | None:
    """The evening to be told of, once per day, from the hour in the settings on; not one set aside."""
    day = house.today(now)
    early = now < instant(day, parse_time(house.report_at), house.zone)
    return None if early or day.toordinal() in aside or self_report.is_out(session, day) else Evening(day)


def report(session: Session, house: Defaults, it: Evening, now: datetime) -> None:
    day = it.day
    session.add(SelfReport(day=day, at=now))
    evening = self_report.evening(session, now, day, timedelta(minutes=house.undelivered_after))
    for admin, address in addresses.of_admins(session):
        words = words_for(house, admin)
        failed = words.refusal(evening.backup.failed) if evening.backup.failed else ""
        content = words.content("operations/self_report", it=evening, day=day, failed=failed)
        cards.want(session, Slot.of(Subject.SELF_REPORT, address, day), Kind.NOTICE, content, now, lane=Lane.BULK)
