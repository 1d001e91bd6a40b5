"""Say what of all that was handed up somebody may see: what concerns units that they lead or administer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, false, func, or_, select
from sqlmodel.sql.expression import Select

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
    mine = [it.id for it in tops(session, person, today)]
    sent, taken = _sent(session, mine, since).limit(most), _taken(session, mine, since).limit(most)
    return Log(session.exec(sent).all(), session.exec(taken).all())


def each_sent(session: Session, led: Sequence[int], since: datetime) -> Iterator[tuple[HandUp, Partner]]:
    """Yield every version of the days since then that these units handed up, the newest first; memory holds some."""
    yield from session.exec(_sent(session, led, since).execution_options(yield_per=100))


def each_taken(session: Session, led: Sequence[int], since: datetime) -> Iterator[tuple[HandedUp, Partner]]:
    """Yield the same of what was handed up to these units."""
    yield from session.exec(_taken(session, led, since).execution_options(yield_per=100))


def number(session: Session, led: Sequence[int], since: datetime) -> int:
    """Return how many versions these are."""
    counts = (
        it.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
        for it in (_sent(session, led, since), _taken(session, led, since))
    )
    return sum(int(session.execute(it).scalar_one()) for it in counts)


def _mine(session: Session, led: Sequence[int]) -> ColumnElement[bool]:
    return or_(false(), *(below(session.get_one(Unit, it).path) for it in led))


def _sent(session: Session, led: Sequence[int], since: datetime) -> Select[HandUp, Partner]:
    return (
        select(HandUp, Partner)
        .join(Partner, col(Partner.id) == col(HandUp.partner_id))
        .join(Unit, col(Unit.id) == func.coalesce(HandUp.unit_id, Partner.unit_id))
        .where(HandUp.kind == "day", HandUp.at >= since, _mine(session, led))
        .order_by(col(HandUp.id).desc())
    )


def _taken(session: Session, led: Sequence[int], since: datetime) -> Select[HandedUp, Partner]:
    return (
        select(HandedUp, Partner)
        .join(Partner, col(Partner.id) == col(HandedUp.partner_id))
        .join(Unit, col(Unit.id) == col(Partner.unit_id))
        .where(HandedUp.kind == "day", HandedUp.at >= since, _mine(session, led))
        .order_by(col(HandedUp.id).desc())
    )


def asked(
    session: Session, person: Person, today: date, since: datetime, most: int | None
) -> list[tuple[Request, Partner]]:
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
