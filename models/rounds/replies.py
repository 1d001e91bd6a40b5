"""Store replies: one row for each recipient of a round, with the place of that day, and what came back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Index, UniqueConstraint, and_, bindparam, false, or_
from sqlmodel import Field, Session, col, func, select

from models.absence import leave
from models.absence.leave import Absence
from models.core import characters
from models.core.database import Instant, change, in_chunks
from models.core.errors import Refusal
from models.core.ledger import LedgerEntry
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.places import Place
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Kind, Membership, Person
from models.organisation.units import Unit, below
from models.rounds import audience
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion
from models.time.times import day_at


class Reply(Table, table=True):
    """A recipient of a round. `place_id` is the unit through which they are asked, as it was called when they were
    found. `told` is the newest version for which a message was made, `reached_at` when one arrived. `number` is the
    version that was replied to, 0 before that; `answer` the place of the choice among the round's, None where it was
    only read; `answers` those to a survey's form, of an anonymous one never; `at` when, of an anonymous one never; and
    `late` says that it was after the due time. Of a quiz `score` is the most points that an attempt gave, `answers` are
    those of that attempt, `answer` says whether it passes (`attempts.PASSED`), and `passed_at` when one did for the
    first time. In a roll call `remark` says where they are, and `incident_id` is the incident of whoever needed
    help. Whoever is `outside` has no chat and answers a survey by a link."""

    __table_args__ = (
        UniqueConstraint("round_id", "person_id"),
        Index("reply_counted", "round_id", "place_id", "number", "answer", "late", "outside", "person_id"),
        Index("reply_person", "person_id", "round_id"),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id")
    person_id: int = Field(foreign_key="person.id")
    place_id: int = Field(foreign_key="place.id")
    told: int = 0
    reached_at: datetime | None = Field(default=None, sa_type=Instant)
    number: int = 0
    answer: int | None = None
    answers: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    at: datetime | None = Field(default=None, sa_type=Instant)
    late: bool = False
    score: int | None = None
    passed_at: datetime | None = Field(default=None, sa_type=Instant)
    remark: str = ""
    incident_id: int | None = Field(default=None, foreign_key="incident.id")
    outside: bool = False


def find(session: Session, it: Round, day: date, most: int) -> bool:
    """Store the rows of the next recipients who have none; say whether that were all. Whoever joins later is found by
    the next search (docs/rules.md 27.9)."""
    known = select(Reply.id).where(Reply.round_id == it.id, Reply.person_id == Membership.person_id).exists()
    found = audience.members(session, it.whom, day, it.cursor, most, known)
    places = _places(session, {unit for _, unit in found})
    outside = _outside(session, it, [person for person, _ in found])
    session.add_all(
        Reply(round_id=it.id, person_id=person, place_id=places[unit], outside=person in outside)
        for person, unit in found
    )
    it.cursor = found[-1][0] if found else it.cursor
    session.add(it)
    session.flush()
    return len(found) < most


def _outside(session: Session, it: Round, persons: Sequence[int]) -> set[int]:
    """Return which of these people are outside the organisation."""
    if Kind.OUTSIDE not in it.whom.kinds and not it.whom.people:
        return set()
    found = select(Person.id).where(col(Person.id).in_(persons), Person.kind == Kind.OUTSIDE)
    return set(session.exec(found).all())


def _places(session: Session, units: set[int]) -> dict[int, int]:
    """Return the ids of these units' places of today, by the unit's id."""
    found: dict[int, int] = {}
    for some in in_chunks(units):
        same = and_(col(Place.unit_id) == col(Unit.id), col(Place.path) == col(Unit.path))
        rows = session.exec(select(Unit, Place.id).join(Place, same, isouter=True).where(col(Unit.id).in_(some))).all()
        made = [Place(unit_id=unit.id, path=unit.path) for unit, place in rows if place is None]
        session.add_all(made)
        session.flush()
        found |= {unit.id: place for unit, place in rows if place} | {place.unit_id: place.id for place in made}
    return found


def untold(session: Session, it: Round, most: int) -> Sequence[tuple[Reply, Person]]:
    """Return the next recipients who were not told of the newest version, by the person's id, after the cursor."""
    query = select(Reply, Person).join(Person, col(Person.id) == col(Reply.person_id))
    query = query.where(Reply.round_id == it.id, Reply.person_id > it.cursor, Reply.told < it.number)
    query = query.where(col(Reply.outside).is_(False))
    return session.exec(query.order_by(col(Reply.person_id)).limit(most)).all()


def told(session: Session, it: Round, found: Sequence[Reply]) -> None:
    """Note that messages about the newest version were made for these."""
    change(session, [(reply, {"told": it.number}) for reply in found])


def reached(session: Session, it: Round, found: Sequence[Reply]) -> None:
    """Note when a message reached those of whom that is not known yet; cards know it for a month."""
    open_ = {reply.person_id: reply for reply in found if reply.reached_at is None}
    shown = session.execute(
        select(Address.person_id, Card.shown_at)
        .join(Card, col(Card.address_id) == col(Address.id))
        .where(
            Card.subject == Subject.ROUND, Card.subject_id == subject_id(it.id), col(Card.shown_at).is_not(None),
            col(Address.person_id).in_(open_),
        )
        .order_by(col(Card.shown_at).desc())
    ).all()  # fmt: skip
    first = {person: at for person, at in shown if person is not None}
    change(session, [(open_[person], {"reached_at": at}) for person, at in first.items()])


_OF_PERSON = select(Reply).where(Reply.round_id == bindparam("round"), Reply.person_id == bindparam("person"))


def of_person(session: Session, it: Round, person: Person) -> Reply | None:
    return session.exec(_OF_PERSON, params={"round": it.id, "person": person.id}).first()


def named(session: Session, it: Round, words: str, tops: Sequence[Unit]) -> list[tuple[Reply, Person]]:
    """Return the recipients of this name or staff number who are asked through these units or units below them."""
    words = characters.name(words)
    called = or_(col(Person.name) == words, col(Person.staff_no) == characters.number(words))
    query = select(Reply, Person).join(Person, col(Person.id) == col(Reply.person_id))
    found = session.exec(query.where(Reply.round_id == it.id, inside(tops), called).order_by(col(Person.staff_no)))
    return list(found.all())


def take(
    session: Session, it: Round, version: RoundVersion, reply: Reply, choice: int | None, now: datetime
) -> bool:  # fmt: skip
    """Take a reply to the newest version; say whether anything changed by it: what was read stays read once, an answer
    may be changed until it is over. Raises `rounds.withdrawn`, `rounds.over`, and `rounds.no_choice` for what was not
    asked."""
    if it.withdrawn_at is not None:
        raise Refusal("rounds.withdrawn")
    asked = it.asks == (Asks.RECEIPT if choice is None else Asks.ANSWER)
    if not asked or (choice or 0) >= max(1, len(it.choices)):
        raise Refusal("rounds.no_choice")
    if reply.number == it.number and reply.answer == choice:
        return False
    if now >= version.over_at:
        raise Refusal("rounds.over")
    reply.late = version.due_at is not None and now > version.due_at
    reply.number, reply.answer, reply.at = it.number, choice, now
    session.add(reply)
    session.flush()
    return True


def judged_on(it: Round, version: RoundVersion, now: datetime) -> date:
    """Return the day by which it counts who is away or has left: today, and after the due time that day."""
    return day_at(min(now, version.due_at or now), it.timezone)


def replied(it: Round) -> ColumnElement[bool]:
    """Match those who replied to the newest version, as a condition on Reply."""
    return col(Reply.number) == it.number


def left(day: date) -> ColumnElement[bool]:
    """Match those who have left the organisation by a day, as a condition on Reply."""
    return col(Reply.person_id).in_(select(Person.id).where(col(Person.left_on) <= day))


def away(day: date) -> ColumnElement[bool]:
    """Match those who are on approved leave on a day, as a condition on Reply."""
    return col(Reply.person_id).in_(select(Absence.person_id).where(leave.on(day)))


def excused(it: Round, day: date) -> ColumnElement[bool]:
    """Match those who owe nothing on a day because they are on leave, as a condition on Reply: nobody in a roll
    call."""
    return false() if it.kind == RoundKind.ROLLCALL else away(day)


def owed(it: Round, day: date) -> ColumnElement[bool]:
    """Match those who still owe a reply: neither replied nor away nor gone (docs/rules.md 27.10), of the organisation's
    own people."""
    if not it.replied_to or it.withdrawn_at is not None:
        return false()
    own = col(Reply.outside).is_(False)
    return and_(col(Reply.round_id) == it.id, own, ~replied(it), ~left(day), ~excused(it, day))


def owed_outside(it: Round, day: date) -> ColumnElement[bool]:
    """Match those outside who have not answered and are still there: nothing reaches them but their lead."""
    if it.withdrawn_at is not None:
        return false()
    return and_(col(Reply.round_id) == it.id, col(Reply.outside).is_(True), ~replied(it), ~left(day))


def inside(tops: Sequence[Unit]) -> ColumnElement[bool]:
    """Match those who are asked through these units or units below them, as a condition on Reply. A unit that was moved
    or renamed meanwhile is the same."""
    return of_places(col(Reply.place_id), tops)


def of_places(column: Any, tops: Sequence[Unit]) -> ColumnElement[bool]:
    """Match the places of these units and units below them, as a condition on a column that holds a place."""
    places = select(Place.id).join(Unit, col(Unit.id) == col(Place.unit_id))
    matched: ColumnElement[bool] = column.in_(places.where(or_(false(), *(below(top.path) for top in tops))))
    return matched


def at(unit: Unit) -> ColumnElement[bool]:
    """Match those who are asked through exactly this unit, as a condition on Reply."""
    return col(Reply.place_id).in_(select(Place.id).where(Place.unit_id == unit.id))


def history(session: Session, it: Round, reply: Reply) -> list[tuple[int, dict[str, Any]]]:
    """Return how a reply came about: each entry of the ledger with its number, `at` as an instant."""
    entries = session.exec(
        select(LedgerEntry)
        .where(LedgerEntry.kind == Reply.__tablename__, LedgerEntry.key == str(reply.id))
        .order_by(col(LedgerEntry.id))
    ).all()
    told = [(one.id, one.content) for one in entries if one.content is not None]
    return [
        (number, said | {"at": datetime.fromisoformat(said["at"]) if said["at"] else None}) for number, said in told
    ]


def outside_in(session: Session, it: Round, tops: Sequence[Unit]) -> Sequence[tuple[Reply, Person]]:
    """Return the people outside who are asked through these units or units below them."""
    query = select(Reply, Person).join(Person, col(Person.id) == col(Reply.person_id))
    return session.exec(query.where(Reply.round_id == it.id, col(Reply.outside).is_(True), inside(tops))).all()


def outside_listed(
    session: Session, it: Round, tops: Sequence[Unit], day: date, most: int, after: int = 0
) -> Sequence[tuple[Reply, Person, Place]]:
    """Return those who have not left by a day, with their place, by its path and their number, from the place `after`
    on."""
    query = select(Reply, Person, Place).join(Person, col(Person.id) == col(Reply.person_id))
    query = query.join(Place, col(Place.id) == col(Reply.place_id)).where(*_outside_there(it, tops, day))
    return session.exec(query.order_by(col(Place.path), col(Person.staff_no)).offset(after).limit(most)).all()


def outside_number(session: Session, it: Round, tops: Sequence[Unit], day: date) -> int:
    """Return how many those are."""
    return session.exec(select(func.count()).select_from(Reply).where(*_outside_there(it, tops, day))).one()


def _outside_there(it: Round, tops: Sequence[Unit], day: date) -> tuple[ColumnElement[bool], ...]:
    return (col(Reply.round_id) == it.id, col(Reply.outside).is_(True), inside(tops), ~left(day))
