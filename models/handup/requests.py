"""Requests (请示) between two programs: ours to a superior, those of others to us (docs/rules.md 40.10)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, Session, and_, col, func, or_, select

from models.alerts import climbing
from models.alerts.climbing import Climbing
from models.core import characters
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED
from models.handup import hand_ups
from models.handup.hand_ups import HandUp
from models.handup.partners import Partner, Side, State
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import receipt_numbers

MINUTES = 24 * 60  # for which a level has time to decide
LONGEST, LONGEST_NAME, LETTERS = 1000, 80, 5  # characters of the words, a unit's name, a receipt
MOST, HOUR = 10, timedelta(hours=1)  # requests of one partnership within it
FIRST_LOOK, LAST_LOOK = timedelta(seconds=30), timedelta(minutes=10)  # between two looks for a decision
AT_ONCE = 5  # requests that one look asks about, so that the answer fits into a message
KEPT = timedelta(days=7)  # for which ended requests are listed
TAKEN_BACK = timedelta(days=30)  # for which a superior is told that a request was given up
KINDS = frozenset({"request", "withdraw", "noted"})  # of messages about requests
DECISIONS = ("approved", "refused")
OPEN = "decision IS NULL AND withdrawn_at IS NULL AND closed_at IS NULL"


class PartnerRequest(Climbing, table=True):
    """A request to a superior's program or, by its partner's side, from one below. `number` is that of the message that
    brought it, `receipt` what people call it by, `person_id` our asker, `unit` the name of the unit that asks. `note`
    goes with the decision, `edits` counts how often it was written; `decision` is approved or refused. With us `answer`
    is what the superior signed, word for word, and the decision is looked for at `look_at`; with the superior `seen_at`
    is when the other program said that it has it. `withdrawn_at`: it was withdrawn before it was decided, by the
    other program itself, which had given it up, where `why` is given_up; `withdrawal` is the number of our newest
    message that withdraws it. `closed_at`: it ended otherwise, with the connection, or
    because the superior's program did not take it, which `why` names."""

    __table_args__ = (
        UniqueConstraint("partner_id", "number"),
        Index("request_climbing", "climbs_at", sqlite_where=text("climbs_at IS NOT NULL"),
              postgresql_where=text("climbs_at IS NOT NULL")),
        Index("request_look", "look_at", sqlite_where=text("look_at IS NOT NULL"),
              postgresql_where=text("look_at IS NOT NULL")),
        Index("request_at", "partner_id", "at"),
        Index("request_open", "partner_id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        IDS_NOT_REUSED,
    )  # fmt: skip

    partner_id: int = Field(foreign_key="partner.id")
    number: int
    receipt: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    unit: str
    words: str
    at: datetime = Field(sa_type=Instant)
    look_at: datetime | None = Field(default=None, sa_type=Instant)
    looks: int = 0
    note: str = ""
    edits: int = 0
    decision: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    answer: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    seen_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawal: int | None = None
    why: str | None = None

    @property
    def ended(self) -> bool:
        """Say whether it was decided or withdrawn, was not received, or the connection ended before."""
        return self.state != "open"

    @property
    def state(self) -> str:
        """Return how it stands: approved, refused, withdrawn, unreceived, ended (with the connection) or open."""
        if self.decision is not None:
            return self.decision
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.closed_at is not None:
            return "ended" if self.why is None else "unreceived"
        return "open"


def ask(session: Session, partner: Partner, words: str, asker: Person, unit: Unit, now: datetime) -> PartnerRequest:
    """Store a request to a superior, and the message that brings it there. Raises `questions.many`."""
    if full(session, partner, now):
        raise Refusal("questions.many", most=MOST)
    receipt = receipt_numbers.mint_one(session, col(PartnerRequest.receipt), LETTERS)
    body = {"receipt": receipt, "unit": unit.name[:LONGEST_NAME], "words": words}
    sent = hand_ups.make(session, partner, "request", body, asker, now)
    return _stored(session, PartnerRequest(
        partner_id=partner.id, number=sent.number, receipt=receipt, person_id=asker.id, unit=body["unit"], words=words,
        at=now, minutes=0, opened_at=now,
    ))  # fmt: skip


def full(session: Session, partner: Partner, now: datetime) -> bool:
    """Say whether as many requests as may be of a partnership were made, or came in, within the last hour."""
    lately = select(func.count()).where(PartnerRequest.partner_id == partner.id, PartnerRequest.at > now - HOUR)
    return session.exec(lately).one() >= MOST


def sound(body: Mapping[str, Any]) -> bool:
    """Say whether what came in is a request as `ask` writes it."""
    receipt, unit, words = (body.get(it) for it in ("receipt", "unit", "words"))
    if not isinstance(receipt, str) or not isinstance(unit, str) or not isinstance(words, str):
        return False
    named = 0 < len(unit) <= LONGEST_NAME and unit.isprintable() and characters.key(unit) != ""
    counted = len(receipt) == LETTERS and set(receipt) <= set(receipt_numbers.RECEIPT_LETTERS)
    told = 0 < len(words) <= LONGEST and bool(words.strip()) and words.replace("\n", "").isprintable()
    return named and counted and told


def take(session: Session, partner: Partner, number: int, body: Mapping[str, Any], now: datetime) -> PartnerRequest:
    """Store a request from below, which waits for a decision and climbs."""
    return _stored(session, PartnerRequest(
        partner_id=partner.id, number=number, receipt=body["receipt"], unit=body["unit"], words=body["words"], at=now,
        minutes=MINUTES, opened_at=now, climbs_at=now + timedelta(minutes=MINUTES),
    ))  # fmt: skip


def _stored(session: Session, it: PartnerRequest) -> PartnerRequest:
    session.add(it)
    session.flush()
    return it


def find(session: Session, partner: Partner, number: object) -> PartnerRequest | None:
    """Return the request that this message of a partner brought."""
    if type(number) is not int or not 0 <= number < 2**31:
        return None
    mine = (PartnerRequest.partner_id == partner.id, PartnerRequest.number == number)
    return session.exec(select(PartnerRequest).where(*mine)).first()


def about(session: Session, message: HandUp) -> PartnerRequest:
    """Return the request that a message of ours is about."""
    number = message.number if message.kind == "request" else message.body["request"]
    mine = (PartnerRequest.partner_id == message.partner_id, PartnerRequest.number == number)
    return session.exec(select(PartnerRequest).where(*mine)).one()


def brought_by(session: Session, it: PartnerRequest) -> HandUp | None:
    """Return our message that brings a request to the superior; None of a request from below."""
    return hand_ups.numbered(session, it.partner_id, it.number) if it.person_id else None


def withdrawn_by(session: Session, it: PartnerRequest) -> HandUp | None:
    """Return our newest message that withdraws a request, if there is one."""
    return hand_ups.numbered(session, it.partner_id, it.withdrawal) if it.withdrawal else None


def decide(session: Session, it: PartnerRequest, person: Person, decision: str, now: datetime) -> bool:
    """Decide a request from below; False if it is decided or withdrawn already: the first decision counts."""
    if it.ended or not climbing.take(it, person, now):
        return False
    it.decision, it.decided_at = decision, now
    _stored(session, it)
    return True


def decided(session: Session, it: PartnerRequest, told: Mapping[str, Any], answer: dict[str, Any]) -> bool:
    """Note what the superior decided about a request of ours, word for word; False if that is known, or nothing was
    decided."""
    if it.decision is not None or told.get("decision") not in DECISIONS:
        return False
    try:
        at = datetime.fromisoformat(str(told.get("at")))
    except ValueError:
        return False
    if at.tzinfo is None:
        return False
    it.decision, it.note = str(told["decision"]), str(told.get("note", ""))[:LONGEST]
    it.decided_at, it.answer, it.look_at = at, answer, None
    _stored(session, it)
    return True


def told(it: PartnerRequest) -> dict[str, Any] | None:
    """Return what a superior says of its decision; None without one."""
    if it.decision is None or it.decided_at is None:
        return None
    at = it.decided_at.isoformat(timespec="seconds")
    return {"request": it.number, "decision": it.decision, "note": it.note, "at": at}


def ask_back(session: Session, it: PartnerRequest, partner: Partner, asker: Person, now: datetime) -> None:
    """Store the message that withdraws a request of ours."""
    it.withdrawal = hand_ups.make(session, partner, "withdraw", {"request": it.number}, asker, now).number
    _stored(session, it)


def take_back(session: Session, it: PartnerRequest, partner: Partner, now: datetime) -> None:
    """Store the message that withdraws a request of ours that was given up: it may have arrived, with only its receipt
    lost, and would wait there for a decision that nobody learns of."""
    asker = session.get_one(Person, it.person_id)
    body = {"request": it.number, "given_up": True}
    it.withdrawal = hand_ups.make(session, partner, "withdraw", body, asker, now, lasts=TAKEN_BACK).number
    _stored(session, it)


def withdraw(session: Session, it: PartnerRequest, now: datetime, why: str | None = None) -> None:
    """Note that a request was withdrawn before it was decided; `why` given_up if nobody did it."""
    it.withdrawn_at, it.why, it.climbs_at, it.look_at = now, why, None, None
    _stored(session, it)


def close(session: Session, it: PartnerRequest, now: datetime, why: str | None = None) -> None:
    """End a request that nobody will decide: its connection ended, or the superior's program did not take it, and
    `why`."""
    it.closed_at, it.why, it.climbs_at, it.look_at = now, why, None, None
    _stored(session, it)


def look_from(session: Session, it: PartnerRequest, now: datetime) -> None:
    """Look for the decision after a while: soon at first, every 10 minutes later."""
    it.look_at = now + min(FIRST_LOOK * 2 ** min(it.looks, 10), LAST_LOOK)
    it.looks += 1
    _stored(session, it)


def to_look_for(session: Session, now: datetime) -> list[PartnerRequest]:
    """Return requests of one partnership whose decision is to be looked for now."""
    due = (col(PartnerRequest.look_at) <= now, Partner.state != State.WITHDRAWN)
    first = session.exec(
        select(PartnerRequest).join(Partner).where(*due).order_by(col(PartnerRequest.look_at)).limit(1)
    ).first()
    if first is None:
        return []
    mine = (PartnerRequest.partner_id == first.partner_id, *due[:1])
    found = select(PartnerRequest).where(*mine).order_by(col(PartnerRequest.look_at)).limit(AT_ONCE)
    return list(session.exec(found).all())


ANY_DUE = climbing.any_due(PartnerRequest)


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> PartnerRequest | None:
    """Return the request from below that nobody decided in time and that is to climb first."""
    return climbing.due(session, PartnerRequest, now, aside)


def put_off(session: Session, it: PartnerRequest) -> None:
    """Let it climb a day later."""
    if it.climbs_at is not None:
        it.climbs_at += timedelta(days=1)
        _stored(session, it)


_OPEN = (
    col(PartnerRequest.decision).is_(None), col(PartnerRequest.withdrawn_at).is_(None),
    col(PartnerRequest.closed_at).is_(None),
)  # fmt: skip
_OVER = (*_OPEN, col(PartnerRequest.partner_id).in_(select(Partner.id).where(Partner.state == State.WITHDRAWN)))
ANY_OVER = select(PartnerRequest.id).where(*_OVER).exists()


def over(session: Session, aside: Sequence[int] = ()) -> PartnerRequest | None:
    """Return an open request whose connection has ended."""
    found = select(PartnerRequest).where(*_OVER, col(PartnerRequest.id).not_in(aside))
    return session.exec(found.order_by(col(PartnerRequest.id)).limit(1)).first()


def listed(
    session: Session, of: Sequence[Partner], since: datetime, most: int | None, asker: Person | None = None
) -> list[PartnerRequest]:  # fmt: skip
    """Return the newest `most` requests of these partnerships that are open or were made after this; with an `asker`
    none that others of us asked."""
    query = select(PartnerRequest).where(
        col(PartnerRequest.partner_id).in_([it.id for it in of]), or_(and_(*_OPEN), col(PartnerRequest.at) > since)
    )
    if asker is not None:
        query = query.where(or_(col(PartnerRequest.person_id).is_(None), PartnerRequest.person_id == asker.id))
    return list(session.exec(query.order_by(col(PartnerRequest.id).desc()).limit(most)).all())


def undecided(session: Session, of: Sequence[Partner]) -> int:
    """Return how many requests from below wait for a decision."""
    below = [it.id for it in of if it.side == Side.BELOW]
    waiting = select(func.count()).select_from(PartnerRequest)
    return session.exec(waiting.where(*_OPEN, col(PartnerRequest.partner_id).in_(below))).one()
