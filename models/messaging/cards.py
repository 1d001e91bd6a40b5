"""Store cards: one message in one chat, as it should be (wanted) and as it is (shown)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypedDict, Unpack

from sqlalchemy import Index, UniqueConstraint, bindparam, delete, or_, text
from sqlmodel import Field, Session, col, select, update

from models.core.database import Instant, change, insert_new
from models.core.table import Table
from models.messaging.addresses import Address
from models.messaging.contents import Content, StoredContent, words, words_of
from models.messaging.slots import Slot, Subject


class Kind(StrEnum):
    """What a card is for. With it goes what is done if nobody knows whether a new message arrived (the program died
    while sending, the answer was lost), and if the message cannot be edited (the platform refuses, or it is gone):

    - GROUP: a message that may not have arrived is never sent again, and the admins are told. One that cannot be edited
      stays until it is complete or locked; then a new one is posted, two at most (`MOST_MESSAGES`).
    - All others: may be sent twice. One that cannot be edited is posted anew if the person's own act changed it (a
      receipt, the next question), which is the reply lane; what the clock changes stays, because a new message rings.

    An unknown edit is repeated, because it rings nobody. What cannot be deleted stays; taps on it count."""

    ASK = "ask"
    REMINDER = "reminder"
    WARDS = "wards"
    REPLY = "reply"
    SUMMARY = "summary"
    GROUP = "group"
    ESCALATION = "escalation"
    DIGEST = "digest"
    NOTICE = "notice"
    ALERT = "alert"
    INCIDENT = "incident"
    QUESTION = "question"
    LINE = "line"
    ROUND = "round"  # of a notice
    URGENT = "urgent"  # the same, outside the noise budget


IN_GROUPS = frozenset({Kind.GROUP, Kind.LINE})  # all others are personal and go to the person's own chat only
MAYBE_NEVER = frozenset({Kind.GROUP})  # all others may come twice, which is better than not at all
MOST_MESSAGES = {Kind.GROUP: 2}  # of one card that cannot be edited
UNASKED = frozenset({Kind.ASK, Kind.REMINDER, Kind.WARDS, Kind.SUMMARY, Kind.ESCALATION, Kind.DIGEST, Kind.ROUND})


class Lane(StrEnum):
    REPLY = "a"
    BULK = "b"


class Card(Table, table=True):
    """One message, wanted and shown. `subject`, `subject_id`, `address_id` and `sequence` are its slot. `wanted_id`
    None means that the message should be deleted. `unasked` cards count in the noise budget. `message` is the
    platform's id. While `claimed_at` is set it is being sent; a card that `gave_up` keeps its `error` and is tried
    again only when something new is wanted. `channel` is the address's, so that one channel's waiting cards hold up no
    other's. `anew` says that the wanted content is worth a new message if the old one cannot be edited; `messages`
    counts how many there were."""

    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "address_id", "sequence"),
        Index(
            "card_pending", "channel", "lane", "not_before", "id",
            sqlite_where=text("pending IS 1 AND gave_up IS 0"),
            postgresql_where=text("pending IS true AND gave_up IS false"),
        ),
        Index("card_address", "address_id", "created_at", "id"),
        Index("card_claimed", "claimed_at", sqlite_where=text("claimed_at IS NOT NULL"),
              postgresql_where=text("claimed_at IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    subject: str
    subject_id: str
    address_id: int = Field(foreign_key="address.id")
    sequence: int = 0
    channel: str
    kind: str
    lane: str
    wanted_id: int | None = Field(default=None, foreign_key="stored_content.id", index=True)
    shown_id: int | None = Field(default=None, foreign_key="stored_content.id", index=True)
    message: str | None = None
    messages: int = 0
    unasked: bool = False
    anew: bool = True
    pending: bool = True
    not_before: datetime = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    claimed_at: datetime | None = Field(default=None, sa_type=Instant)
    shown_at: datetime | None = Field(default=None, sa_type=Instant)
    tries: int = 0
    gave_up: bool = False
    error: str | None = None

    def slot(self, address: Address) -> Slot:
        """Return its slot in its own chat or, if `address` is another one, in that chat."""
        return Slot(Subject(self.subject), self.subject_id, address, self.sequence)


def _unasked(kind: Kind, lane: Lane) -> bool:
    return lane is Lane.BULK and kind in UNASKED


class How(TypedDict, total=False):
    """How a message is sent: in which lane, not before when, and whether it is worth a new message if the old one
    cannot be edited (`anew`; if not given, whether it is a reply)."""

    lane: Lane
    not_before: datetime | None
    anew: bool | None


def want(session: Session, slot: Slot, kind: Kind, content: Content | None, now: datetime, **how: Unpack[How]) -> Card:
    """Set what a slot should show. The same again changes nothing; None deletes the message. Raises ValueError if
    something personal would go to a group."""
    return put(session, in_slot(session, slot), slot, kind, content, now, **how)


def put(
    session: Session,
    card: Card | None,
    slot: Slot,
    kind: Kind,
    content: Content | None,
    now: datetime,
    *,
    lane: Lane = Lane.REPLY,
    not_before: datetime | None = None,
    anew: bool | None = None,
) -> Card:
    """Do as `want` with the slot's card at hand, or known to be missing (None)."""
    if slot.address.group != (kind in IN_GROUPS):
        raise ValueError(f"a {kind} is not for the chat {slot.address.id}")
    wanted = words(session, content) if content else None
    if card is None:
        card = Card(
            subject=slot.subject,
            subject_id=slot.subject_id,
            address_id=slot.address.id,
            sequence=slot.sequence,
            channel=slot.address.channel,
            kind=kind,
            lane=lane,
            unasked=_unasked(kind, lane),
            not_before=not_before or now,
            created_at=now,
        )
    elif card.wanted_id == wanted:
        return card
    else:
        card.not_before, card.lane = not_before or now, lane
    for name, value in _wish(card, wanted, lane is Lane.REPLY if anew is None else anew).items():
        setattr(card, name, value)
    session.add(card)
    if card.id is None:
        session.flush()
    return card


def want_instead(session: Session, found: Iterable[tuple[Card, Content]], now: datetime) -> None:
    """Set other replies in place of what these cards show, many at once."""
    pairs = list(found)
    wished = zip(pairs, words_of(session, [content for _, content in pairs]), strict=True)
    change(session, [
        (card, {"not_before": now, "lane": Lane.REPLY, **_wish(card, wanted, anew=True)})
        for (card, _), wanted in wished
        if card.wanted_id != wanted
    ])  # fmt: skip


def _wish(card: Card, wanted: int | None, anew: bool) -> dict[str, Any]:
    """Return the columns of a card that hold what is wanted."""
    pending = wanted != card.shown_id or card.claimed_at is not None
    return {"wanted_id": wanted, "gave_up": False, "tries": 0, "anew": anew, "pending": pending}


def want_once(session: Session, slot: Slot, kind: Kind, content: Content, now: datetime) -> None:
    """Set what a slot shows the first time; afterwards it stays as it is."""
    if in_slot(session, slot) is None:
        put(session, None, slot, kind, content, now)


def want_many(
    session: Session, subject: Subject, rows: Sequence[dict[str, Any]], kind: Kind, not_before: datetime,
    now: datetime, lane: Lane = Lane.BULK,
) -> int:  # fmt: skip
    """Insert cards in the first slots of their chats, given as subject_id, address_id, channel and wanted_id; a slot
    that is taken stays as it is."""
    same = {
        "subject": subject, "sequence": 0, "kind": kind, "lane": lane,
        "unasked": _unasked(kind, lane), "pending": True, "not_before": not_before, "created_at": now,
        "tries": 0, "gave_up": False, "messages": 0, "anew": False,
    }  # fmt: skip
    return insert_new(session, Card, [row | same for row in rows])


_ABOUT = (
    select(Card)
    .where(Card.subject == bindparam("subject"), col(Card.subject_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Card.id))
    .execution_options(autoflush=False)  # a card is written when it is made, and its slot never changes
)
_IN_CHAT = (
    select(Card)
    .where(
        Card.subject == bindparam("subject"),
        Card.subject_id == bindparam("subject_id"),
        Card.address_id == bindparam("address"),
    )
    .order_by(col(Card.sequence))
    .execution_options(autoflush=False)
)
_IN_SLOT = _IN_CHAT.where(Card.sequence == bindparam("sequence"))


def about(session: Session, subject: Subject, ids: Sequence[str]) -> Sequence[Card]:
    """Return the cards about these, in all chats; in one chat the newest last."""
    return session.exec(_ABOUT, params={"subject": subject, "ids": ids}).all()


def shown_in(session: Session, address: Address, subject: Subject) -> set[str]:
    """Return what the current cards in this chat are about, of one subject."""
    found = select(Card.subject_id).where(
        Card.address_id == address.id, Card.subject == subject, col(Card.wanted_id).is_not(None)
    )
    return set(session.exec(found).all())


def in_chat(session: Session, slot: Slot) -> Sequence[Card]:
    """Return the cards about one thing in one chat, whatever the sequence, the newest last."""
    asked = {"subject": slot.subject, "subject_id": slot.subject_id, "address": slot.address.id}
    return session.exec(_IN_CHAT, params=asked).all()


def in_slot(session: Session, slot: Slot) -> Card | None:
    asked = {"subject": slot.subject, "subject_id": slot.subject_id, "address": slot.address.id}
    return session.exec(_IN_SLOT, params=asked | {"sequence": slot.sequence}).first()


def newest_menu(session: Session, address: Address) -> Content | None:
    """Return the newest content with buttons in a chat, from which a typed number chooses."""
    rows = session.exec(
        select(StoredContent)
        .join(Card, col(Card.wanted_id) == col(StoredContent.id))
        .where(Card.address_id == address.id)
        .order_by(col(Card.created_at).desc(), col(Card.id).desc())
        .limit(5)
    ).all()
    return next((w.content for w in rows if w.content.buttons), None)


def offered(session: Session, address: Address, data: str) -> bool:
    """Say whether a button whose data begins so is, or recently was, in this chat."""
    rows = session.exec(
        select(StoredContent)
        .join(Card, col(Card.wanted_id) == col(StoredContent.id))
        .where(Card.address_id == address.id, col(StoredContent.body).contains(f'"data":"{data}', autoescape=True))
        .limit(5)
    ).all()
    return any(b.data.startswith(data) for words in rows for row in words.content.buttons for b in row)


def never_sent(session: Session, claims: Sequence[datetime]) -> None:
    """Release what was claimed at these instants: the connection was lost during the commit, so nothing of it was sent,
    whether it was committed or not."""
    lost = update(Card).where(col(Card.claimed_at).in_(claims))
    session.connection().execute(lost.values(claimed_at=None, tries=col(Card.tries) - 1))


def forget(session: Session, before: datetime, limit: int = 1000) -> bool:
    """Delete cards made before then, the oldest first, a chunk at a time; say whether there may be more. What people
    were told stays on their phones, what they reported stays in the revisions."""
    oldest = session.execute(select(Card.id, Card.created_at).order_by(col(Card.id)).limit(limit)).all()
    old = [card for card, made in oldest if made < before]
    session.connection().execute(delete(Card).where(col(Card.id).in_(old)))
    return len(old) == limit


def forget_words(session: Session, after: int, limit: int = 2000) -> int:
    """Delete those of the next contents after this id that no card shows any more. Return where to continue, 0 at the
    end."""
    used = select(Card.id).where(
        or_(col(Card.wanted_id) == col(StoredContent.id), col(Card.shown_id) == col(StoredContent.id))
    )
    rows = session.execute(
        select(StoredContent.id, used.exists())
        .where(StoredContent.id > after)
        .order_by(col(StoredContent.id))
        .limit(limit)
    ).all()
    idle = [words for words, shown in rows if not shown]
    session.connection().execute(delete(StoredContent).where(col(StoredContent.id).in_(idle)))
    return int(rows[-1][0]) if len(rows) == limit else 0


def off_the_hour(at: datetime, spread: int, after: int = 60) -> datetime:
    """Return an instant at which a wave may start: so many seconds `after` :00 or :30, when everybody else's do."""
    if at.minute % 30:
        return at
    return max(at, at.replace(second=0, microsecond=0) + timedelta(seconds=after + spread % 31))
