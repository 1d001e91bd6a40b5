"""Take what another program hands up to us: check who says it, to whom, when and for the first time, and answer with a
signed receipt (docs/rules.md 40.4)."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from handlers.core.context import Context
from handlers.handup import looking, request_cards, telling
from models.core import audit, ledger
from models.evidence.seals import Seal
from models.handup import handed_up, messages, partners, requests, signing, told
from models.handup.messages import IN_ORDER, PROTOCOL, SKEW, Envelope, Message
from models.handup.partners import Partner, Side, State
from models.organisation.units import Unit

UNKNOWN = (404, b'{"refused":"unknown"}')  # the same for who is unknown, and for what is forged
BUSY = (429, b'{"refused":"busy"}')
OTHER_VERSION = (426, json.dumps({"refused": "protocol", "speaks": [PROTOCOL]}).encode())
NOBODY = "00" * 32  # a key that signed nothing: an unknown partner takes as long to refuse as a forged signature

Answered = tuple[int, bytes]


def take(context: Context, data: bytes, within: Callable[[str], bool] = lambda _: True) -> Answered:
    """Return the HTTP status and the answer to a message. `within` is asked, once it is known whose message it is,
    whether this partnership sends no more than it may; what it sends too much is not looked at."""
    if (version := messages.speaks(data)) is not None and version != PROTOCOL:
        return OTHER_VERSION
    came = messages.read(data)
    if came is None:
        return UNKNOWN
    partner = _known(context, came)
    mine = _addressed(context, partner, came) if partner else None
    if partner is None or mine is None:
        return UNKNOWN
    if not within(partner.ident):
        return BUSY
    body = _judged(context, partner, came)
    kind = "refused" if "why" in body else "receipt"
    if kind == "receipt":
        partner.heard_at, partner.why = context.now, None
    elif partner.state != State.WITHDRAWN:
        partner.why = str(body["why"])
    context.session.add(partner)
    current = partners.own_key(context.session, partner)
    answer = Message(
        partner.ident, kind, came.message.number, context.now, came.message.to,
        body | {"key": signing.public(current)}, about=came.message.digest,
    )  # fmt: skip
    return 200, answer.written(mine)


def _known(context: Context, came: Envelope) -> Partner | None:
    """Return whose message it is, if it is signed by the key that is known, or by the one that a good invitation
    brings."""
    session, message = context.session, came.message
    partner = partners.with_ident(session, message.partner)
    if partner is None or partner.side != Side.BELOW:
        came.signed_by(NOBODY)
        return None
    if partner.state == State.INVITED:
        return partner if _invited(context, partner, came) else None
    if came.signed_by(partner.key) or came.signed_by(partner.key_before):
        return partner
    return None


def _invited(context: Context, partner: Partner, came: Envelope) -> bool:
    body, now = came.message.body, context.now
    secret, key = body.get("secret"), body.get("key")
    timely = partner.expires_at is not None and now < partner.expires_at
    if came.message.kind != "join" or not isinstance(secret, str) or not isinstance(key, str) or not timely:
        came.signed_by(NOBODY)
        return False
    return signing.hashed(secret) == partner.secret and len(key) == 64 and came.signed_by(key)


def _addressed(context: Context, partner: Partner, came: Envelope) -> str | None:
    """Return our private key that the message names, the present one or, until the partner knows that, the one before;
    None for a message to somebody else."""
    known = (partners.own_key(context.session, partner), partners.own_key_before(context.session, partner))
    named = (it for it in known if it and signing.fingerprint(signing.public(it)) == came.message.to)
    return next(named, None)


def _judged(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    """Return what the answer says: what the receipt vouches for, or why the message is refused."""
    session, message = context.session, came.message
    if abs(message.at - context.now) > SKEW:
        return {"why": "clock", "now": context.now.isoformat()}
    before = handed_up.numbered(session, partner, message.number)
    if before is not None and before.digest == message.digest:
        return before.receipt  # sent again because our answer was lost
    if partner.state == State.WITHDRAWN:
        return {"why": "withdrawn"}
    if message.kind == "look":
        known = partner.state == State.CONFIRMED and came.signed_by(partner.key)
        return looking.answer(context, partner, came) if known else {"why": "kind"}
    if before is not None or (message.kind in IN_ORDER and message.number <= partner.seen):
        return {"why": "number"}
    if message.kind not in TAKE or not came.signed_by(partner.key or str(message.body.get("key"))):
        return {"why": "kind"}
    if message.kind not in ("join", "key", "end") and partner.state != State.CONFIRMED:
        return {"why": "waiting"}
    if message.kind in SOUND and not SOUND[message.kind](message.body):
        return {"why": "content"}
    return TAKE[message.kind](context, partner, came)


def _join(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    if partner.state != State.INVITED:
        return {"why": "kind"}
    name = " ".join(str(came.message.body.get("name", "")).split())
    partner.name = "".join(it for it in name if it.isprintable())[: told.LONGEST_NAME] or "?"
    partner.key, partner.state, partner.secret = came.message.body["key"], State.ASKED, None
    unit = context.session.get_one(Unit, partner.unit_id)
    kept = _receipt(context, partner, came, {"name": unit.name})
    telling.asked(context, partner, unit)
    return kept


def _day(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    return _receipt(context, partner, came, {})


def _request(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    if requests.full(context.session, partner, context.now):
        return {"why": "many"}
    kept = _receipt(context, partner, came, {})
    made = requests.take(context.session, partner, came.message.number, came.message.body, context.now)
    request_cards.arrived(context, made)
    return kept


def _withdraw(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    """Withdraw a request; one that was decided before stays so, and the receipt says how. One that never arrived leaves
    nothing to withdraw. Where the other program gave it up because our receipt was lost, it says so."""
    body = came.message.body
    if type(body.get("request")) is not int:
        return {"why": "content"}
    it = requests.find(context.session, partner, body["request"])
    kept = _receipt(context, partner, came, {"decided": requests.told(it) if it else None})
    if it is not None and not it.ended:
        requests.withdraw(context.session, it, context.now, "given_up" if body.get("given_up") is True else None)
        request_cards.show(context, it)
    return kept


def _noted(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    """Note that the other program has our decision."""
    it = requests.find(context.session, partner, came.message.body.get("request"))
    if it is None or it.decision is None or it.decision != came.message.body.get("decision"):
        return {"why": "content"}
    kept = _receipt(context, partner, came, {})
    it.seen_at = context.now
    context.session.add(it)
    context.session.flush()
    request_cards.show(context, it)
    return kept


def _key(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    key = came.message.body.get("key")
    if not isinstance(key, str) or not signing.is_key(key):
        return {"why": "content"}
    kept = _receipt(context, partner, came, {})
    partner.key, partner.key_before = key, partner.key
    _note(context, partner, "handup key", fingerprint=signing.fingerprint(key))
    return kept


def _end(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    kept = _receipt(context, partner, came, {})
    partners.withdraw(context.session, partner)
    _note(context, partner, "handup withdrawn")
    telling.withdrawn(context, partner)
    return kept


TAKE = {
    "join": _join, "day": _day, "key": _key, "end": _end, "request": _request, "withdraw": _withdraw, "noted": _noted,
}  # fmt: skip
SOUND = {"day": told.sound, "request": requests.sound}


def _note(context: Context, partner: Partner, what: str, **detail: object) -> None:
    unit = context.session.get_one(Unit, partner.unit_id)
    audit.note(context.session, context.now, "handup", what, unit.path, partner=partner.name, **detail)


def _receipt(context: Context, partner: Partner, came: Envelope, more: dict[str, Any]) -> dict[str, Any]:
    """Keep the message, and return the receipt: when it was taken, the newest seal, and the ledger just before it."""
    session = context.session
    session.flush()
    sealed = session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
    length, head = ledger.head(session)
    receipt = more | {
        "taken_at": _iso(context.now), "seal": sealed.digest if sealed else None,
        "seal_number": sealed.id if sealed else None, "ledger": head, "ledger_length": length,
    }  # fmt: skip
    handed_up.keep(session, partner, came, receipt, context.now)
    return receipt


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
