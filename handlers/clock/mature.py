"""What was planned for a day is done as it begins, before anything opens; who planned it hears where it cannot be."""

from datetime import datetime

from sqlmodel import Session

from handlers import absence
from handlers.turn import House, words_for
from models import cards, changes, menus
from models.addresses import reachable
from models.calendars import zone
from models.cards import Kind
from models.changes import Planned
from models.errors import Refusal
from models.people import Person


def take(session: Session, house: House, it: Planned, now: datetime) -> None:
    """One change that is due, or the sentence about one that failed."""
    if it.outcome == "failed":
        _tell(session, house, it, now)
        return
    rows = changes.take(session, it, now)
    absence.refresh(session, house, rows, now)
    menus.refresh(session, house.locale, now.astimezone(zone(house.zone)).date())


def _tell(session: Session, house: House, failed: Planned, now: datetime) -> None:
    failed.outcome = "refused"
    if failed.why is None:
        return
    session.add(failed)
    by = session.get_one(Person, failed.by)
    address = reachable(session, by)
    if address:
        words = words_for(house, by)
        sentence = words.refusal(Refusal(failed.why["key"], **failed.why["values"]))
        content = words.content("change_failed", what=failed.what, a=failed.arguments, sentence=sentence)
        cards.want(session, f"change:{failed.id}:{address.id}", address, Kind.NOTICE, content, now)
