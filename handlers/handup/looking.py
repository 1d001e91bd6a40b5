"""Look at the superior's program for decisions about our requests (docs/rules.md 40.10): a message that changes nothing
there and is not kept; its answer is signed, about this very look."""

import secrets
from typing import Any

from handlers.core.context import Context
from handlers.handup import request_cards, telling
from models.handup import hand_ups, messages, partners, requests, signing
from models.handup.messages import Envelope, Message
from models.handup.partners import Partner
from models.handup.requests import PartnerRequest
from models.organisation.people import Person


def next_look(context: Context) -> tuple[Partner, Message, list[int]] | None:
    """Return what to ask a superior now, and about which rows; None if there is nothing."""
    session = context.session
    found = requests.to_look_for(session, context.now)
    if not found:
        return None
    partner = session.get_one(Partner, found[0].partner_id)
    body = {"requests": [it.number for it in found], "nonce": secrets.token_hex(8)}
    message = Message(partner.ident, "look", 0, context.now, signing.fingerprint(partner.key or ""), body)
    return partner, message, [it.id for it in found]


def answer(context: Context, partner: Partner, came: Envelope) -> dict[str, Any]:
    """Return, for the program below, what was decided of that which it asks about."""
    numbers = came.message.body.get("requests")
    if not isinstance(numbers, list) or len(numbers) > requests.AT_ONCE:
        return {"why": "content"}
    found = [it for number in numbers if (it := requests.find(context.session, partner, number))]
    return {"decided": [said for it in found if (said := requests.told(it))]}


def noted(context: Context, rows: list[int], digest: str, status: int, data: bytes) -> None:
    """Note what the superior said to a look; whatever it did not sign, and no answer, mean another look later."""
    session = context.session
    waiting = [it for row in rows if (it := session.get_one(PartnerRequest, row)).look_at is not None]
    if not waiting:
        return
    partner = session.get_one(Partner, waiting[0].partner_id)
    came = messages.read(data) if status == 200 else None
    if came is not None and _vouched(came, partner, digest):
        _heard(context, partner, came)
    for it in waiting:
        if it.look_at is not None:
            requests.look_from(session, it, context.now)


def _vouched(came: Envelope, partner: Partner, digest: str) -> bool:
    return (came.message.partner, came.message.about) == (partner.ident, digest) and came.signed_by(partner.key)


def _heard(context: Context, partner: Partner, came: Envelope) -> None:
    partner.heard_at = context.now
    partners.learn_key(partner, came.message.body.get("key"))
    context.session.add(partner)
    if came.message.body.get("why") == "withdrawn":
        request_cards.drop_waiting(context, partner)
        partners.withdraw(context.session, partner)
        telling.withdrawn(context, partner)
        return
    told = came.message.body.get("decided")
    for said in told if isinstance(told, list) else []:
        it = requests.find(context.session, partner, said.get("request")) if isinstance(said, dict) else None
        if it is not None:
            decided(context, partner, it, said, came)


def decided(context: Context, partner: Partner, it: PartnerRequest, told: dict[str, Any], came: Envelope) -> None:
    """Keep the superior's decision with its signature, ring the asker, and let the superior know that it is here."""
    if not requests.decided(context.session, it, told, {"message": came.said, "signature": came.signature}):
        return
    asker = context.session.get_one(Person, it.person_id)
    body = {"request": it.number, "decision": it.decision}
    hand_ups.make(context.session, partner, "noted", body, asker, context.now)
    request_cards.own(context, it, ring=True)
