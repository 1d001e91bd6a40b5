"""The bot's own evening report: what it did, what it could not deliver, and whether last night's backup is sound."""

from datetime import datetime, timedelta

from sqlmodel import Session

from handlers.turn import House, words_for
from models import addresses, cards, nights
from models.calendars import instant, parse_time, zone
from models.cards import Kind, Lane
from models.nights import SelfReport


def report(session: Session, house: House, now: datetime) -> bool:
    """Once per day, from the hour in the settings on; says whether it was now."""
    day = now.astimezone(zone(house.zone)).date()
    if now < instant(day, parse_time(house.report_at), house.zone) or nights.is_out(session, day):
        return False
    session.add(SelfReport(day=day, at=now))
    evening = nights.evening(session, now, timedelta(minutes=house.undelivered_after))
    for admin, address in addresses.of_admins(session):
        words = words_for(house, admin)
        failed = words.refusal(evening.backup.failed) if evening.backup.failed else ""
        content = words.content("self_report", it=evening, day=day, failed=failed)
        cards.want(session, f"self:{day}:{address.id}", address, Kind.NOTICE, content, now, lane=Lane.BULK)
    return True
