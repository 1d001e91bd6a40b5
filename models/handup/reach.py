"""Say what of all that was handed up somebody may see: what concerns units that they lead or administer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, false, func, or_, select

from models.authority import permissions
from models.handup import handed_up, partners, requests
from models.handup.hand_ups import HandUp
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner, Side
from models.handup.requests import PartnerRequest as Request
from models.organisation.people import Person
from models.organisation.units import Unit, below, is_below


@dataclass(frozen=True)
class Log:
    """What was handed up and what came in, the newest first."""

    sent: Sequence[tuple[HandUp, Partner]]
    taken: Sequence[tuple[HandedUp, Partner]]


def tops(session: Session, person: Person, day: date) -> list[Unit]:
    """Return the units that this person leads or administers."""
    return permissions.leads(session, person, day)


def log(session: Session, person: Person, today: date, since: datetime, most: int) -> Log:
    """Return every version of the days since then that this person may see."""
    mine = or_(false(), *(below(it.path) for it in tops(session, person, today)))
    sent = session.exec(
        select(HandUp, Partner)
        .join(Partner, col(Partner.id) == col(HandUp.partner_id))
        .join(Unit, col(Unit.id) == func.coalesce(HandUp.unit_id, Partner.unit_id))
        .where(HandUp.kind == "day", HandUp.at >= since, mine)
        .order_by(col(HandUp.id).desc())
        .limit(most)
    ).all()
    taken = session.exec(
        select(HandedUp, Partner)
        .join(Partner, col(Partner.id) == col(HandedUp.partner_id))
        .join(Unit, col(Unit.id) == col(Partner.unit_id))
        .where(HandedUp.kind == "day", HandedUp.at >= since, mine)
        .order_by(col(HandedUp.id).desc())
        .limit(most)
    ).all()
    return Log(sent, taken)


def asked(session: Session, person: Person, today: date, since: datetime, most: int) -> list[tuple[Request, Partner]]:
    """Return the requests between the programs that this person may see, the newest first: of units that they lead or
    administer, open or made since then."""
    mine = tops(session, person, today)
    of = {it.id: it for it in partners.every(session) if _within(session, it.unit_id, mine)}
    return [(it, of[it.partner_id]) for it in requests.listed(session, list(of.values()), since, most)]


def _within(session: Session, unit_id: int, mine: Sequence[Unit]) -> bool:
    path = session.get_one(Unit, unit_id).path
    return any(is_below(path, top.path) for top in mine)


def missing(session: Session, person: Person, day: date) -> list[Partner]:
    """Return those who hand up to this person's units and have handed nothing up about this day."""
    mine, came = tops(session, person, day), {of.id for _, of in handed_up.newest(session, day, day)}
    return [
        it for it in partners.all_live(session)
        if it.side == Side.BELOW and it.confirmed_by and it.id not in came and _within(session, it.unit_id, mine)
    ]  # fmt: skip
