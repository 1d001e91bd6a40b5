"""Cards: one message in one chat, as it should stand (wanted) and as it does stand (shown)."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Index, Integer, String, Text, and_, bindparam, case, delete, func, or_, text
from sqlmodel import Field, Session, SQLModel, col, select, update

from models.core.database import Instant, ask, change, in_chunks, insert_new
from models.files.records import File
from models.messaging.addresses import Address, is_group


@dataclass(frozen=True)
class Button:
    """A label and what comes back when it is tapped: at most 64 bytes, and never a permission."""

    label: str
    data: str


@dataclass(frozen=True)
class Content:
    """What a message says: `text` in Telegram's HTML subset (b, i, u, s, code, pre, a), rows of buttons, a file."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = field(default=())
    file: File | None = None


class Kind(StrEnum):
    """What a card is for. With that goes what is done where nobody knows whether a new message arrived (the program
    died in mid-send, the answer was lost), and where what stands cannot be edited (the platform, or it is gone):

    kind                 unknown       cannot be edited
    GROUP                maybe never,  posted anew when complete or locked, two messages at most (`MOST_MESSAGES`);
                         admins told   until then the old stays
    ASK, REMINDER,       maybe twice   posted anew where somebody's own act changed it (a receipt, the next question):
    WARDS, SUMMARY,                    the reply lane; what the clock changes stays as it is, for a new message rings
    ESCALATION, NOTICE,
    REPLY, ALERT, INCIDENT,
    LINE

    An edit that is unknown is done again, for that rings nobody. What cannot be taken away stays; taps on it count.
    """

    ASK = "ask"
    REMINDER = "reminder"
    WARDS = "wards"
    REPLY = "reply"
    SUMMARY = "summary"
    GROUP = "group"
    ESCALATION = "escalation"
    NOTICE = "notice"
    ALERT = "alert"
    INCIDENT = "incident"
    LINE = "line"


IN_GROUPS = frozenset({Kind.GROUP, Kind.LINE})  # all others are somebody's own, and stand in their own chat only
MAYBE_NEVER = frozenset({Kind.GROUP})  # all others may come twice: better than not at all
MOST_MESSAGES = {Kind.GROUP: 2}  # of one card, where what stands cannot be edited
BUDGET = {"member": 3, "lead": 5}  # unasked messages a day: PRODUCT.md, "Noise budget"
UNASKED = frozenset({Kind.ASK, Kind.REMINDER, Kind.WARDS, Kind.SUMMARY, Kind.ESCALATION})


class Lane(StrEnum):
    REPLY = "a"
    BULK = "b"


class Words(SQLModel, table=True):
    """A content, stored once and shared by all the cards that show it. `file` is its file's digest."""

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    body: str = Field(sa_type=Text)
    file: str | None = Field(default=None, index=True)

    @property
    def content(self) -> Content:
        return unpack(self.body)


class Card(SQLModel, table=True):
    """`wanted_id` None means that the message should go. `unasked` cards count in
    the noise budget. `message` is the platform's id. While `claimed_at` is set a
    send is under way; a card that `gave_up` keeps its `error` and is tried again only when something new is wanted.
    `channel` is the address's, so that one channel's waiting cards hold up no other's. `anew` says that what is wanted
    is worth a new message where the old cannot be edited; `messages` counts how many there were."""

    __table_args__ = (
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
    key: str = Field(unique=True)
    address_id: int = Field(foreign_key="address.id")
    channel: str
    kind: str
    lane: str
    wanted_id: int | None = Field(default=None, foreign_key="words.id", index=True)
    shown_id: int | None = Field(default=None, foreign_key="words.id", index=True)
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


class Claimed(NamedTuple):
    """A card that is to be shown now, and where."""

    card: Card
    account: str
    chat: str
    group: bool


class Shown(NamedTuple):
    """What a send left behind: of which card and which claim of it, what is shown now (None: nothing any more), and the
    platform's id of the message."""

    card: int
    claim: datetime
    content: int | None
    message: str | None


def pack(content: Content) -> str:
    keys = [[{"label": key.label, "data": key.data} for key in row] for row in content.buttons]
    told = {"text": content.text, "buttons": keys, "file": asdict(content.file) if content.file else None}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def unpack(body: str) -> Content:
    raw: dict[str, Any] = json.loads(body)
    return Content(
        raw["text"],
        tuple(tuple(Button(**b) for b in row) for row in raw["buttons"]),
        File(**raw["file"]) if raw["file"] else None,
    )


def _unasked(kind: Kind, lane: Lane) -> bool:
    return lane is Lane.BULK and kind in UNASKED


_WORDS = select(col(Words.digest), col(Words.id)).where(col(Words.digest).in_(bindparam("digests", expanding=True)))


def _known(session: Session, digests: Sequence[str]) -> dict[str, int]:
    return dict(ask(session, _WORDS, digests=digests).all())


_BODIES = select(col(Words.id), col(Words.body)).where(col(Words.id).in_(bindparam("ids", expanding=True)))


def contents(session: Session, ids: Sequence[int]) -> dict[int, Content]:
    """What is stored under these ids."""
    return {number: unpack(body) for number, body in ask(session, _BODIES, ids=ids).all()}


def words(session: Session, content: Content) -> int:
    """The id under which this content is stored, now if not before."""
    return words_of(session, [content])[0]


def words_of(session: Session, contents: Sequence[Content]) -> list[int]:
    """The same for many, in their order."""
    bodies = [pack(content) for content in contents]
    digests = [hashlib.sha256(body.encode()).hexdigest() for body in bodies]
    known = _known(session, digests)
    new = {
        digest: {"digest": digest, "body": body, "file": content.file.digest if content.file else None}
        for digest, body, content in zip(digests, bodies, contents, strict=True)
        if digest not in known
    }
    if new:
        insert_new(session, Words, list(new.values()))
        known |= _known(session, list(new))
    return [known[digest] for digest in digests]


def want(
    session: Session,
    key: str,
    address: Address,
    kind: Kind,
    content: Content | None,
    now: datetime,
    *,
    lane: Lane = Lane.REPLY,
    not_before: datetime | None = None,
    anew: bool | None = None,
    standing: Card | None = None,
) -> Card:
    """Says what should stand under `key`. The same wish twice changes nothing; None takes the message away. `anew`:
    whether it is worth a new message where the old cannot be edited; if not given, whether it is a reply. `standing`:
    the card of that key, where it is at hand. ValueError where what is somebody's own would be said in a group."""
    if address.group != (kind in IN_GROUPS):
        raise ValueError(f"a {kind} is not for the chat {address.id}")
    wanted = words(session, content) if content else None
    card = standing or with_key(session, key)
    if card is None:
        card = Card(
            key=key,
            address_id=address.id,
            channel=address.channel,
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
    """Other replies instead of what these cards say, many at once."""
    pairs = list(found)
    wished = zip(pairs, words_of(session, [content for _, content in pairs]), strict=True)
    change(session, [
        (card, {"not_before": now, "lane": Lane.REPLY, **_wish(card, wanted, anew=True)})
        for (card, _), wanted in wished
        if card.wanted_id != wanted
    ])  # fmt: skip


def _wish(card: Card, wanted: int | None, anew: bool) -> dict[str, Any]:
    """What a card says of a new wish."""
    pending = wanted != card.shown_id or card.claimed_at is not None
    return {"wanted_id": wanted, "gave_up": False, "tries": 0, "anew": anew, "pending": pending}


def want_once(session: Session, key: str, address: Address, kind: Kind, content: Content, now: datetime) -> None:
    """Says it the first time; what was said stands, however often it is said again."""
    if not stands(session, key):
        want(session, key, address, kind, content, now)


def want_many(session: Session, rows: Sequence[dict[str, Any]], kind: Kind, not_before: datetime, now: datetime) -> int:
    """New bulk cards, given as key, address_id, channel and wanted_id each; whose key stands already is left alone."""
    same = {
        "kind": kind, "lane": Lane.BULK,
        "unasked": _unasked(kind, Lane.BULK), "pending": True, "not_before": not_before, "created_at": now,
        "tries": 0, "gave_up": False, "messages": 0, "anew": False,
    }  # fmt: skip
    return insert_new(session, Card, [row | same for row in rows])


def stands(session: Session, key: str) -> bool:
    return with_key(session, key) is not None


_WITH_KEY = select(Card).where(Card.key == bindparam("key"))


def with_key(session: Session, key: str) -> Card | None:
    return session.exec(_WITH_KEY, params={"key": key}).first()


_WITH_PREFIX = (
    select(Card)
    .where(Card.key >= bindparam("first"), Card.key < bindparam("end"))
    .order_by(col(Card.id))
    .execution_options(autoflush=False)  # a card is written when it is made, and its key does not change
)


def with_prefix(session: Session, prefix: str) -> list[Card]:
    """The cards whose key begins so, the newest last. `prefix` ends with `:`, whose next letter is `;`."""
    return list(session.exec(_WITH_PREFIX, params={"first": prefix, "end": prefix[:-1] + ";"}).all())


_WITH_KEYS = select(Card).where(col(Card.key).in_(bindparam("keys", expanding=True)))


def with_keys(session: Session, keys: Sequence[str]) -> dict[str, Card]:
    """The cards of these keys, as far as there are any."""
    return {card.key: card for card in session.exec(_WITH_KEYS, params={"keys": keys}).all()}


def newest_menu(session: Session, address: Address) -> Content | None:
    """The newest content with buttons that stands in a chat: what a typed number picks from."""
    rows = session.exec(
        select(Words)
        .join(Card, col(Card.wanted_id) == col(Words.id))
        .where(Card.address_id == address.id)
        .order_by(col(Card.created_at).desc(), col(Card.id).desc())
        .limit(5)
    ).all()
    return next((w.content for w in rows if w.content.buttons), None)


def offered(session: Session, address: Address, data: str) -> bool:
    """Whether a button whose data begins so stands, or stood of late, in this chat."""
    rows = session.exec(
        select(Words)
        .join(Card, col(Card.wanted_id) == col(Words.id))
        .where(Card.address_id == address.id, col(Words.body).contains(f'"data":"{data}', autoescape=True))
        .limit(5)
    ).all()
    return any(b.data.startswith(data) for words in rows for row in words.content.buttons for b in row)


def unasked(session: Session, address: Address, since: datetime) -> int:
    """How many messages an address got unasked since: the noise budget counts them."""
    return len(
        session.exec(
            select(Card.id).where(
                Card.address_id == address.id,
                Card.created_at >= since,
                col(Card.unasked).is_(True),
            )
        ).all()
    )


_NEXT = (
    select(Card, col(Address.account), col(Address.chat), is_group())
    .join(Address, col(Address.id) == col(Card.address_id))
    .where(
        col(Card.pending).is_(True),
        col(Card.gave_up).is_(False),
        Card.channel == bindparam("channel"),
        Card.lane == bindparam("lane"),
        Card.not_before <= bindparam("now", type_=Instant()),
        col(Card.claimed_at).is_(None),
        col(Card.address_id).not_in(select(Card.address_id).where(col(Card.claimed_at).is_not(None))),
        col(Card.address_id).not_in(bindparam("resting", expanding=True)),
    )
    .order_by(col(Card.not_before), col(Card.id))
    .limit(bindparam("limit"))
    .execution_options(populate_existing=True)  # `note_shown` goes past the session
)
_BY_ID = select(Card).where(col(Card.id).in_(bindparam("ids", expanding=True)))


def claim(
    session: Session, now: datetime, channel: str, lane: Lane, limit: int = 150, resting: Iterable[int] = ()
) -> list[Claimed]:
    """Takes the next cards of a lane that are to be shown, at most one per address; `resting` addresses are left out.
    They are committed as claimed before anything is sent, so that a crash leaves a trace."""
    asked = {"channel": channel, "lane": lane, "now": now, "resting": list(resting), "limit": limit}
    rows = session.exec(_NEXT, params=asked).all()
    taken: dict[int, Claimed] = {}
    for card, account, chat, group in rows:
        taken.setdefault(card.address_id, Claimed(card, account, chat, group))
    change(session, [(it.card, {"claimed_at": now, "tries": it.card.tries + 1}) for it in taken.values()])
    return list(taken.values())


def by_id(session: Session, ids: Sequence[int]) -> dict[int, Card]:
    """These cards in few questions; those forgotten meanwhile are not among them."""
    found: dict[int, Card] = {}
    for some in in_chunks(ids):
        rows = session.exec(_BY_ID, params={"ids": some}).all()
        found.update({card.id: card for card in rows})
    return found


def may_come_anew(card: Card) -> bool:
    """Whether a new message may take the place of one that cannot be edited."""
    return card.anew and card.messages < MOST_MESSAGES.get(Kind(card.kind), card.messages + 1)


_SHOWN = (
    update(Card)
    .where(
        col(Card.id) == bindparam("card"),
        or_(
            col(Card.claimed_at) == bindparam("claim", type_=Instant()),
            and_(col(Card.gave_up).is_(True), col(Card.claimed_at).is_(None)),
        ),
    )
    .values(
        messages=case(
            (
                col(Card.message).is_distinct_from(func.coalesce(bindparam("sent", type_=String()), col(Card.message))),
                col(Card.messages) + 1,
            ),
            else_=col(Card.messages),
        ),
        message=bindparam("sent", type_=String()),
        shown_id=bindparam("shown", type_=Integer()),
        pending=col(Card.wanted_id).is_distinct_from(bindparam("shown", type_=Integer())),
        shown_at=bindparam("now", type_=Instant()),
        claimed_at=None,
        error=None,
        gave_up=False,
    )
)


def note_shown(session: Session, found: Iterable[Shown], now: datetime) -> None:
    """Sends came back: this is what stands now. What was wished meanwhile stays pending. What another program has taken
    over meanwhile is its own to note, except that a message which was given up as uncertain did arrive. Cards that the
    session holds already do not change with it."""
    rows = [{"card": it.card, "claim": it.claim, "shown": it.content, "sent": it.message, "now": now} for it in found]
    if rows:
        session.flush()
        session.connection().execute(_SHOWN, rows)


def note_kept(session: Session, card: Card, tried: int | None) -> None:
    """What stands cannot be edited and is worth no new message: it stays. A newer wish than `tried` stays pending."""
    card.claimed_at, card.error = None, None
    card.pending = card.wanted_id not in (tried, card.shown_id)
    session.add(card)


def note_failed(session: Session, card: Card, reason: str, *, again_at: datetime | None, counts: bool = True) -> None:
    """A send failed: it is tried again at `again_at`, or given up. `counts` is False where it was no fault of the
    message: that is no try."""
    card.claimed_at, card.error, card.tries = None, reason[:300], card.tries - (not counts)
    if again_at is None:
        card.gave_up = True
    else:
        card.not_before = again_at
    session.add(card)


def waiting_at(session: Session, address: Address) -> list[Card]:
    """What should stand in a chat, does not, and is not under way; the oldest first."""
    query = select(Card).where(
        Card.address_id == address.id, col(Card.pending).is_(True), col(Card.claimed_at).is_(None)
    )
    return list(session.exec(query.order_by(col(Card.id))).all())


def set_aside(session: Session, card: Card, reason: str) -> None:
    """Nothing more is tried, until `resume` or until something new is wanted."""
    card.gave_up, card.error = True, card.error or reason
    session.add(card)


def resume(session: Session, card: Card, now: datetime) -> None:
    card.gave_up, card.error, card.tries, card.not_before = False, None, 0, now
    session.add(card)


def call_off(session: Session, card: Card) -> None:
    """It need not be shown here any more: what stands is left as it is."""
    card.wanted_id, card.pending, card.gave_up, card.error = card.shown_id, False, False, None
    session.add(card)


def give_back(session: Session, card: Card) -> None:
    """It was claimed, and nothing was sent."""
    card.claimed_at, card.tries = None, card.tries - 1
    session.add(card)


def never_sent(session: Session, claims: Sequence[datetime]) -> None:
    """Gives back what was claimed at these instants: the connection was lost during the commit, so that nothing of it
    was sent, whether it was committed or not."""
    lost = update(Card).where(col(Card.claimed_at).in_(claims))
    session.connection().execute(lost.values(claimed_at=None, tries=col(Card.tries) - 1))


def abandoned(session: Session, channels: Iterable[str]) -> list[tuple[Card, Address]]:
    """What was being sent on these channels when a program died."""
    query = select(Card, Address).join(Address, col(Address.id) == col(Card.address_id))
    rows = session.exec(query.where(col(Card.claimed_at).is_not(None), col(Card.channel).in_(list(channels)))).all()
    return [(card, address) for card, address in rows]


def undelivered(session: Session, before: datetime, since: datetime) -> list[tuple[Card, Address]]:
    """What should have been shown by then and was not, with its reason; what was given up before `since` is over."""
    return [
        (card, address)
        for card, address in session.exec(
            select(Card, Address)
            .join(Address, col(Address.id) == col(Card.address_id))
            .where(
                col(Card.pending).is_(True),
                Card.not_before < before,
                or_(col(Card.gave_up).is_(False), col(Card.not_before) >= since),
            )
            .order_by(col(Card.id))
        ).all()
    ]


def forget(session: Session, before: datetime, limit: int = 1000) -> bool:
    """Drops cards made before then, the oldest first, a chunk at a time; says if there may be more. What people were
    told stays on their phones, what they reported stays in the revisions."""
    oldest = session.execute(select(Card.id, Card.created_at).order_by(col(Card.id)).limit(limit)).all()
    old = [card for card, made in oldest if made < before]
    session.connection().execute(delete(Card).where(col(Card.id).in_(old)))
    return len(old) == limit


def forget_words(session: Session, after: int, limit: int = 2000) -> int:
    """Drops those of the next contents after this id that no card shows any more. Says where to go on, 0 at the end."""
    used = select(Card.id).where(or_(col(Card.wanted_id) == col(Words.id), col(Card.shown_id) == col(Words.id)))
    rows = session.execute(
        select(Words.id, used.exists()).where(Words.id > after).order_by(col(Words.id)).limit(limit)
    ).all()
    idle = [words for words, shown in rows if not shown]
    session.connection().execute(delete(Words).where(col(Words.id).in_(idle)))
    return int(rows[-1][0]) if len(rows) == limit else 0


def off_the_hour(at: datetime, spread: int, after: int = 60) -> datetime:
    """An instant at which a wave may start: so many seconds `after` :00 or :30, when everybody else's do."""
    if at.minute % 30:
        return at
    return max(at, at.replace(second=0, microsecond=0) + timedelta(seconds=after + spread % 31))
