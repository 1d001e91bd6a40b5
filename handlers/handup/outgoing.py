"""Say what is to be sent to a superior now, and note what came of it (docs/rules.md 40.5)."""

import json
from dataclasses import dataclass
from typing import Any

from handlers.core.context import Context
from handlers.handup import looking, request_cards, telling
from models.handup import hand_ups, messages, partners, requests, signing
from models.handup.hand_ups import HandUp, Outcome
from models.handup.messages import Envelope, Message
from models.handup.partners import Partner, State
from models.timeline import entries
from models.timeline.sources import HANDUP

RETRIED = hand_ups.ANSWERED  # refusals that time, or an admin, may cure


@dataclass(frozen=True)
class Letter:
    """A message on its way: where it goes, its bytes, and which row it is; of a look, the requests it is about."""

    row: int
    address: str
    data: bytes
    digest: str
    looks: tuple[int, ...] = ()


def next_one(context: Context) -> Letter | None:
    """Return the message that is to be sent now, signed with the time of this try; None if there is none."""
    found = hand_ups.due(context.session, context.now)
    if found is None:
        return _look(context)
    it, partner = found
    to = signing.fingerprint(partner.key or "")
    message = Message(partner.ident, it.kind, it.number, context.now, to, it.body)
    private = partners.own_key(context.session, partner)
    return Letter(it.id, partner.address, message.written(private), message.digest)


def _look(context: Context) -> Letter | None:
    found = looking.next_look(context)
    if found is None:
        return None
    partner, message, rows = found
    private = partners.own_key(context.session, partner)
    return Letter(0, partner.address, message.written(private), message.digest, tuple(rows))


def noted(context: Context, letter: Letter, status: int, data: bytes, fault: str = "") -> None:
    """Note the answer to a message, or the `fault` because of which there is none. An answer counts only if the
    superior signed it, about this message."""
    if letter.looks:
        looking.noted(context, list(letter.looks), letter.digest, 0 if fault else status, data)
        return
    it = context.session.get_one(HandUp, letter.row)
    if it.state != Outcome.WAITING:  # withdrawn while it was on its way
        return
    partner = context.session.get_one(Partner, it.partner_id)
    answer = messages.read(data) if status == 200 and not fault else None
    if answer is not None and _vouched(it, partner, answer, letter):
        _answered(context, it, partner, answer)
    elif not fault and status == 426 and (spoken := _spoken(data)):
        _tried(context, it, partner, "older" if max(spoken) < messages.PROTOCOL else "newer")
    elif not fault and status == 429:
        _tried(context, it, partner, "busy")
    elif not fault and status == 404:
        _tried(context, it, partner, "unknown")
    else:
        _tried(context, it, partner, fault or ("forged" if status == 200 else "broken"))


def _spoken(data: bytes) -> list[int]:
    try:
        spoken = json.loads(data)["speaks"]
    except (ValueError, KeyError, TypeError):
        return []
    return spoken if isinstance(spoken, list) and spoken and all(type(it) is int for it in spoken) else []


def _vouched(it: HandUp, partner: Partner, answer: Envelope, letter: Letter) -> bool:
    """Say whether the superior signed this answer, to this message."""
    message = answer.message
    if (message.partner, message.number, message.about) != (partner.ident, it.number, letter.digest):
        return False
    return answer.signed_by(partner.key)


def _answered(context: Context, it: HandUp, partner: Partner, answer: Envelope) -> None:
    body = answer.message.body
    partner.heard_at, partner.why = context.now, None
    partners.learn_key(partner, body.get("key"))
    context.session.add(partner)
    if answer.message.kind != "receipt":
        _refused(context, it, partner, str(body.get("why")), answer)
        return
    hand_ups.end(context.session, it, Outcome.RECEIVED, context.now, receipt=_kept(answer))
    RECEIVED[it.kind](context, it, partner, answer)
    telling.stands(context, it, partner)


def _kept(answer: Envelope) -> dict[str, Any]:
    return {"message": answer.said, "signature": answer.signature}


def _refused(context: Context, it: HandUp, partner: Partner, why: str, answer: Envelope) -> None:
    partner.why = why
    if why == "withdrawn":
        partners.withdraw(context.session, partner)
        hand_ups.end(context.session, it, Outcome.REFUSED, context.now, why, _kept(answer))
        request_cards.unreceived(context, it)
        request_cards.drop_waiting(context, partner)
        telling.withdrawn(context, partner)
        telling.stands(context, it, partner)
    elif why in RETRIED:
        _tried(context, it, partner, why)
    else:
        hand_ups.end(context.session, it, Outcome.REFUSED, context.now, why, _kept(answer))
        request_cards.unreceived(context, it)
        telling.stands(context, it, partner)


def _tried(context: Context, it: HandUp, partner: Partner, why: str) -> None:
    before = it.why
    partner.why = why
    context.session.add(partner)
    hand_ups.put_off(context.session, it, why, context.now)
    request_cards.unreceived(context, it)
    if it.state != Outcome.WAITING or why != before:
        telling.stands(context, it, partner)


def _joined(context: Context, it: HandUp, partner: Partner, answer: Envelope) -> None:
    partner.state = State.ASKED
    partner.name = "".join(c for c in str(answer.message.body.get("name", "")) if c.isprintable())[:80] or "?"
    it.body = {name: value for name, value in it.body.items() if name != "secret"}  # used up


def _changed(context: Context, it: HandUp, partner: Partner, answer: Envelope) -> None:
    """The superior knows our new key: from now on it signs."""
    partners.take_next_key(context.session, partner)


def _taken(context: Context, it: HandUp, partner: Partner, answer: Envelope) -> None:
    partner.state = State.CONFIRMED
    if it.unit_id is not None and it.version == 1:  # corrections are of the same day
        key = f"{it.unit_id}:{context.today:%Y-%m}"
        entries.add(context.session, HANDUP, it.unit_id, context.today, key, to=partner.name)


def _asked(context: Context, it: HandUp, partner: Partner, answer: Envelope) -> None:
    partner.state = State.CONFIRMED
    requests.look_from(context.session, requests.about(context.session, it), context.now)


def _withdrawn(context: Context, it: HandUp, partner: Partner, answer: Envelope) -> None:
    """The request is withdrawn, unless the superior had decided it before."""
    request, told = requests.about(context.session, it), answer.message.body.get("decided")
    if isinstance(told, dict):
        looking.decided(context, partner, request, told, answer)
    elif not request.ended:
        requests.withdraw(context.session, request, context.now)


def _ended(context: Context, it: HandUp, partner: Partner, answer: Envelope) -> None:
    partners.withdraw(context.session, partner)


RECEIVED = {
    "join": _joined, "key": _changed, "day": _taken, "end": _ended, "request": _asked, "withdraw": _withdrawn,
    "noted": _taken,
}  # fmt: skip
