"""Roll calls (点名): a round that asks everybody of a subtree, now, whether they are safe (docs/rules.md 29)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, false, func, or_, select

from models.core.database import in_chunks
from models.core.errors import Refusal
from models.cycle.places import Place
from models.messaging import addresses
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Card
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, below, is_below
from models.rounds import replies
from models.rounds.audience import Audience
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion, Stage, begin

SAFE, HELP = 0, 1  # the places of the choices
CHOICES = ("@safe", "@help")
MOST, HOUR = 5, timedelta(hours=1)  # of one person in an hour
LONGEST, LONGEST_PLACE = 500, 200  # characters of what happened, and of where somebody is
LATE = timedelta(seconds=30)  # after which a message that was not shown counts as not arrived


@dataclass(frozen=True)
class Missing:
    """Somebody who has not answered; `why` is silent, pending (the message has not arrived), unreachable or never
    (enrolled)."""

    reply: Reply
    person: Person
    unit: Unit
    why: str


def call(session: Session, by: Person, unit: Unit, words: str, timezone: str, now: datetime) -> Round:
    """Begin a roll call of everybody in and below a unit but the caller; the clock sends it at once. Raises
    `rollcall.many`."""
    lately = select(func.count()).where(Round.kind == RoundKind.ROLLCALL, Round.by == by.id, Round.made_at > now - HOUR)
    if session.exec(lately).one() >= MOST:
        raise Refusal("rollcall.many", most=MOST)
    made = Round(
        kind=RoundKind.ROLLCALL, unit_id=unit.id, by=by.id, made_at=now,
        audience=Audience(tops=(unit.id,), but=by.id).stored(), asks=Asks.ANSWER, choices=[*CHOICES], urgent=True,
        timezone=timezone,
    )  # fmt: skip
    return begin(session, made, RoundVersion(round_id=0, number=1, words=words, by=by.id, at=now), now)


def open_ones(session: Session) -> Sequence[Round]:
    """Return the roll calls that are not closed, the newest first."""
    found = select(Round).where(Round.kind == RoundKind.ROLLCALL, col(Round.closed_at).is_(None))
    return session.exec(found.order_by(col(Round.id).desc())).all()


def open_below(session: Session, tops: Sequence[Unit]) -> list[Round]:
    """Return the open roll calls of units at or below these."""
    found = [(it, session.get_one(Unit, it.unit_id)) for it in open_ones(session)]
    return [it for it, unit in found if any(is_below(unit.path, top.path) for top in tops)]


def missing(session: Session, it: Round, now: datetime, tops: Sequence[Unit], most: int) -> list[Missing]:
    """Return who has not answered in these units, by unit and staff number, as many as `most`."""
    day = now.date()
    rows = session.exec(
        select(Reply, Person, Unit)
        .join(Person, col(Person.id) == col(Reply.person_id))
        .join(Place, col(Place.id) == col(Reply.place_id))
        .join(Unit, col(Unit.id) == col(Place.unit_id))
        .where(Reply.round_id == it.id, ~replies.replied(it), ~replies.left(day), replies.inside(tops))
        .order_by(col(Unit.rank), col(Person.staff_no))
        .limit(most)
    ).all()
    ids = [person.id for _, person, _ in rows]
    silent, pending = addresses.silence(session, ids), unshown(session, it, now, ids)
    return [
        Missing(reply, person, unit, "pending" if person.id in pending else silent[person.id])
        for reply, person, unit in rows
    ]


def asked(session: Session, it: Round) -> int:
    """Return how many people are asked."""
    return session.exec(select(func.count()).where(Reply.round_id == it.id)).one()


def elsewhere(session: Session, it: Round, now: datetime, most: int) -> list[tuple[Reply, Person, Address]]:
    """Return those whom the question has not reached where it was sent, each with another address of theirs at which it
    was not asked yet."""
    about = (Card.subject == Subject.ROUND, Card.subject_id == subject_id(it.id))
    there = select(Card.id).where(Card.address_id == Address.id, *about).exists()
    first = aliased(Address)
    stuck = (
        select(Card.id)
        .join(first, col(first.id) == col(Card.address_id))
        .where(*about, first.person_id == Reply.person_id, col(Card.shown_at).is_(None), Card.created_at <= now - LATE)
        .exists()
    )
    rows = session.exec(
        select(Reply, Person, Address)
        .join(Person, col(Person.id) == col(Reply.person_id))
        .join(Address, col(Address.person_id) == col(Person.id))
        .where(Reply.round_id == it.id, ~replies.replied(it), Address.reach == Reach.REACHABLE, ~there, stuck)
        .order_by(col(Reply.id))
        .limit(most)
    ).all()
    return list(rows)


def unshown(session: Session, it: Round, now: datetime, persons: Sequence[int]) -> set[int]:
    """Return those of these persons in whose chats the question was to stand for a while and stands in none yet."""
    rows = session.exec(
        select(Address.person_id, func.max(Card.shown_at), func.min(Card.created_at))
        .join(Card, col(Card.address_id) == col(Address.id))
        .where(Card.subject == Subject.ROUND, Card.subject_id == subject_id(it.id), col(Address.person_id).in_(persons))
        .group_by(col(Address.person_id))
    ).all()
    return {person for person, shown, made in rows if person and shown is None and _instant(made) <= now - LATE}


def _instant(made: datetime | str) -> datetime:
    return made if isinstance(made, datetime) else datetime.fromisoformat(made)


def calling_for_help(session: Session, it: Round, tops: Sequence[Unit], most: int) -> list[tuple[Reply, Person, Unit]]:
    """Return who needs help in these units, the first to say so first."""
    return _answered(session, it, tops, most, Reply.answer == HELP)  # type: ignore[arg-type]


def _answered(
    session: Session, it: Round, tops: Sequence[Unit], most: int, which: ColumnElement[bool]
) -> list[tuple[Reply, Person, Unit]]:  # fmt: skip
    rows = session.exec(
        select(Reply, Person, Unit)
        .join(Person, col(Person.id) == col(Reply.person_id))
        .join(Place, col(Place.id) == col(Reply.place_id))
        .join(Unit, col(Unit.id) == col(Place.unit_id))
        .where(Reply.round_id == it.id, replies.replied(it), replies.inside(tops), which)
        .order_by(col(Reply.at), col(Reply.id))
        .limit(most)
    ).all()
    return list(rows)


def numbers(session: Session, persons: Iterable[Person], tops: Sequence[Unit]) -> dict[int, str]:
    """Return the phone numbers of these people, by their ids, of those only who belong to these units or units below
    them today: an old roll call shows nobody's number to whom they have moved away from (docs/rules.md 10.6)."""
    held = {it.id: it.phone for it in persons if it.phone}
    inside = or_(false(), *(below(top.path) for top in tops))
    query = select(Membership.person_id).join(Unit, col(Unit.id) == col(Membership.unit_id)).where(inside)
    here = {it for some in in_chunks(held) for it in session.exec(query.where(col(Membership.person_id).in_(some)))}
    return {number: phone for number, phone in held.items() if number in here}


def units_asked(session: Session, it: Round, after: int, most: int) -> Sequence[Unit]:
    """Return the next units through which somebody is asked, by id."""
    own = select(Place.unit_id).join(Reply, col(Reply.place_id) == col(Place.id)).where(Reply.round_id == it.id)
    found = select(Unit).where(col(Unit.id).in_(own), Unit.id > after)
    return session.exec(found.order_by(col(Unit.id)).limit(most)).all()


def close(session: Session, it: Round, by: Person, now: datetime) -> None:
    """Close a roll call: it takes no answers any more, and the clock says so where it stands."""
    it.closed_at, it.closed_by = now, by.id
    it.stage, it.cursor, it.next_at = Stage.TAKING_BACK, 0, now
    session.add(it)
    session.flush()
