"""Connect two programs: an invitation, the other's fingerprint confirmed on both sides, a change of keys, the end
(docs/rules.md 40.3)."""

from handlers.core import admin_arguments, confirmations, paging, qr_codes
from handlers.core.access import ADMIN
from handlers.core.ids import PartnerId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.exports import file_words
from handlers.handup import request_cards, telling
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.files import blobs
from models.handup import hand_ups, partners, signing
from models.handup.partners import Partner, Side, State
from models.organisation.units import Unit

router = Router("partner", ADMIN)

PARTNERS = 4  # of a page, with two fingerprints each


def refuse_members(turn: Turn) -> None:
    """Raise `people.not_administered` for somebody who administers nothing."""
    if not admin_arguments.units(turn):
        raise Refusal("people.not_administered", path="")


def list_all(turn: Turn, parts: list[str]) -> None:
    """Show the partners of the admin's own units: how each stands, when it was last heard, what is wrong."""
    refuse_members(turn)
    _list(turn, 0)


@router.button("page")
def tap_page(turn: Turn, page: int) -> None:
    """Show another page of the partners."""
    _list(turn, page)


def _list(turn: Turn, number: int) -> None:
    partners.drop_expired(turn.session, turn.now)
    found = [it for it in partners.all_live(turn.session) if _mine(turn, it)]
    shown, page = paging.cut(found, number, PARTNERS)
    told = [(it, _unit(turn, it), *_fingerprints(turn, it)) for it in shown]
    turn.say("handup/partners", found=told, page=page)


def _fingerprints(turn: Turn, partner: Partner) -> tuple[str, str]:
    """Return our fingerprint and theirs, "" until it is known."""
    mine = signing.fingerprint(signing.public(partners.own_key(turn.session, partner)))
    return mine, signing.fingerprint(partner.key) if partner.key else ""


def _unit(turn: Turn, partner: Partner) -> Unit:
    return turn.session.get_one(Unit, partner.unit_id)


def _mine(turn: Turn, partner: Partner) -> bool:
    return permissions.may_admin(turn.session, turn.person, _unit(turn, partner).path)


def invite(turn: Turn, parts: list[str]) -> None:
    """Make an invitation for a program that will hand up to a unit, the top of what the admin administers if none is
    named; as a QR code and as its words. Raises `handup.no_base` where nobody reaches this program from outside."""
    refuse_members(turn)
    unit = admin_arguments.unit(turn, parts)[0] if parts else admin_arguments.units(turn)[0]
    if not turn.defaults.public_url:
        raise Refusal("handup.no_base")
    partners.refuse_address(turn.defaults.public_url)
    made, code = partners.invite(turn.session, unit, turn.defaults.public_url, turn.person, turn.now)
    _note(turn, made, "handup invited")
    name = file_words.named([file_words.told(turn.words)["file.codes"], unit.name], "png")
    file = None if turn.fileless else blobs.keep(turn.session, name, "image/png", qr_codes.picture(code.written))
    turn.final = True
    turn.say(
        "handup/invited", code=code.written, unit=unit, until=made.expires_at, fingerprint=code.fingerprint, file=file
    )


def join(turn: Turn, parts: list[str]) -> None:
    """Read an invitation's code, and ask whether this is the superior; the unit that hands up is the top of what the
    admin administers if none is named. Raises `handup.no_code`, `handup.no_address`, `handup.expired`,
    `handup.joined`."""
    refuse_members(turn)
    if not parts:
        raise Refusal("handup.no_code")
    code = partners.read_code(parts[-1])
    partners.refuse_expired(code, turn.now)
    unit = admin_arguments.unit(turn, parts[:-1])[0] if parts[:-1] else admin_arguments.units(turn)[0]
    if partners.with_ident(turn.session, code.ident) or partners.above(turn.session, unit):
        raise Refusal("handup.joined", path=unit.path)
    confirmations.ask(
        turn, "handup.join", {"unit": unit.id, "code": code.written}, "handup/join_question", code=code, unit=unit
    )


@router.confirmed("handup.join")
def joined(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    unit, code = turn.session.get_one(Unit, asked.arguments["unit"]), partners.read_code(asked.arguments["code"])
    partners.refuse_expired(code, turn.now)
    admin_arguments.refuse_unless_admin(turn, unit.path)
    made = partners.join(turn.session, unit, code, turn.person, turn.now)
    mine = signing.public(partners.own_key(turn.session, made))
    body = {"secret": code.secret, "key": mine, "name": unit.name}
    sent = hand_ups.make(turn.session, made, "join", body, turn.person, turn.now)
    _note(turn, made, "handup joined", address=code.address, fingerprint=code.fingerprint)
    telling.stands(turn, sent, made)


@router.button("confirm")
def tap_confirm(turn: Turn, partner_id: PartnerId) -> None:
    """Confirm that the other is who it says it is: from now on what it hands up counts."""
    partner = _own(turn, partner_id)
    if partner is None or partner.side != Side.BELOW or partner.state != State.ASKED:
        turn.toast("handup/over", alert=True)
        return
    partner.state, partner.confirmed_by = State.CONFIRMED, turn.person.id
    turn.session.add(partner)
    _note(turn, partner, "handup confirmed", fingerprint=signing.fingerprint(partner.key or ""))
    turn.say("handup/confirmed", partner=partner, unit=_unit(turn, partner))


@router.button("end")
def tap_end(turn: Turn, partner_id: PartnerId) -> None:
    """End a partnership, after a confirmation."""
    partner = _own(turn, partner_id)
    if partner is None:
        turn.toast("handup/over", alert=True)
        return
    confirmations.ask(turn, "handup.end", {"partner": partner.id}, "handup/end_question", partner=partner)


@router.confirmed("handup.end")
def ended(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    partner = _own(turn, asked.arguments["partner"])
    if partner is None:
        raise Refusal("pending.gone")
    request_cards.drop_waiting(turn, partner)
    if partner.side == Side.ABOVE and partner.state in (State.ASKED, State.CONFIRMED):
        hand_ups.make(turn.session, partner, "end", {}, turn.person, turn.now)  # the superior is told; then it is over
    else:
        partners.withdraw(turn.session, partner)
    _note(turn, partner, "handup withdrawn")
    turn.say("handup/withdrawn", partner=partner, unit=_unit(turn, partner), theirs=False)


@router.button("key")
def tap_key(turn: Turn, partner_id: PartnerId) -> None:
    """Change our key: a superior learns it by a message signed with the old one, a partner below by our next answer."""
    partner = _own(turn, partner_id)
    if partner is None or partner.state != State.CONFIRMED:
        turn.toast("handup/over", alert=True)
        return
    if partner.side == Side.ABOVE:
        body = {"key": partners.next_key(turn.session, partner)}
        sent = hand_ups.make(turn.session, partner, "key", body, turn.person, turn.now)
        telling.stands(turn, sent, partner)
    else:
        partners.change_key(turn.session, partner)
        turn.say("handup/key_changed", partner=partner, fingerprint=_fingerprints(turn, partner)[0])
    _note(turn, partner, "handup key")


def _own(turn: Turn, partner_id: int) -> Partner | None:
    found = turn.session.get(Partner, partner_id)
    return found if found and found.live and _mine(turn, found) else None


def _note(turn: Turn, partner: Partner, what: str, **detail: object) -> None:
    audit.note(
        turn.session, turn.now, turn.person.staff_no, what, _unit(turn, partner).path, partner=partner.name, **detail
    )
