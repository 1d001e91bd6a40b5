"""What was planned for a day is done as it begins, before anything opens; who planned it hears where it cannot be."""

from datetime import datetime

from sqlmodel import Session

from handlers import absence
from handlers.turn import House, words_for
from models import cards, changes, menus
from models.addresses import reachable
from models.calendars import zone
from models.cards import Kind
from models.errors import Refusal
from models.people import Person


def take(session: Session, house: House, now: datetime) -> bool:
    """One change, or one sentence about a change that failed; says whether there was anything."""
    rows = changes.take(session, now)
    if rows is not None:
        absence.refresh(session, house, rows, now)
        menus.refresh(session, house.locale, now.astimezone(zone(house.zone)).date())
        return True
    failed = changes.failed(session)
    if failed is None or failed.why is None:
        return False
    failed.outcome = "refused"
    session.add(failed)
    by = session.get_one(Person, failed.by)
    address = reachable(session, by)
    if address:
        words = words_for(house, by)
        sentence = words.refusal(Refusal(failed.why["key"], **failed.why["values"]))
        content = words.content("change_failed", what=failed.what, a=failed.arguments, sentence=sentence)
        cards.want(session, f"change:{failed.id}:{address.id}", address, Kind.NOTICE, content, now)
    return True
