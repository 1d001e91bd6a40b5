"""Decide what another program asks of us, and withdraw what we asked of a superior (docs/rules.md 40.10)."""

from typing import Literal

from handlers.core import confirmations
from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.core.events import AskedAbove
from handlers.core.ids import PartnerRequestId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.handup import request_cards
from models.authority import permissions, responsibility
from models.conversations import expected_input
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core import audit
from models.core.errors import Refusal
from models.forms.answers import read_words
from models.handup import partners, requests
from models.handup.hand_ups import Outcome
from models.handup.partners import Partner
from models.handup.requests import PartnerRequest

router = Router("uprequest", LEAD)

LISTED = 200  # requests that are looked through for those that somebody sees
SHOWN = 20
DECIDE = "handup.decide"


def asked(context: Context, event: AskedAbove) -> None:
    """Show the asker the request that goes to the superior."""
    request_cards.own(context, event.request, ring=True)
    _note(context, event.request, "request made")


def listed(turn: Turn, parts: list[str]) -> None:
    """List the requests of the last week: those that one decides, and one's own."""
    session = turn.session
    of = partners.all_live(session)
    found = requests.listed(session, of, turn.now - requests.KEPT, LISTED, turn.person)
    mine = [(it, session.get_one(Partner, it.partner_id)) for it in found if _sees(turn, it)]
    turn.say("handup/requests", found=mine[:SHOWN], more=max(0, len(mine) - SHOWN))


def _sees(turn: Turn, it: PartnerRequest) -> bool:
    return it.person_id == turn.person.id if it.person_id else _decides(turn, it)


def _decides(turn: Turn, it: PartnerRequest) -> bool:
    """Say whether somebody may decide a request from below: who answers for the unit or is above, and the admins where
    nobody else is left."""
    unit = request_cards.unit_of(turn, it)
    every = responsibility.chain(turn.session, unit, turn.today)
    if any(person.id == turn.person.id for level in every for person in level):
        return True
    left = it.climbs_at is None and it.waits
    return (left or it.taken_by == turn.person.id) and permissions.may_admin(turn.session, turn.person, unit.path)


@router.button("show")
def tap_show(turn: Turn, request_id: PartnerRequestId) -> None:
    """Show a request at the end of the chat."""
    it = turn.session.get(PartnerRequest, request_id)
    if it is None or not _sees(turn, it):
        turn.toast("core/not_yours", alert=True)
        return
    request_cards.stand(turn, it, turn.person, turn.here, below=True, now=True)


def _below(turn: Turn, request_id: int) -> PartnerRequest | None:
    """Return a request from below that the person may decide and that waits."""
    it = turn.session.get(PartnerRequest, request_id)
    if it is None or it.person_id is not None or not _decides(turn, it):
        turn.toast("core/not_yours", alert=True)
        return None
    if _over(turn, it):
        request_cards.stand(turn, it, turn.person, turn.here, below=False)
        turn.toast("handup/request_over", it=it, alert=True)
        return None
    return it


def _over(turn: Turn, it: PartnerRequest) -> bool:
    """Say whether nothing can be done about a request any more; the end of its connection ends it."""
    if not it.ended and not turn.session.get_one(Partner, it.partner_id).live:
        request_cards.close(turn, it)
    return it.ended


@router.button("decide")
def tap_decide(
    turn: Turn, request_id: PartnerRequestId, decision: Literal["approved", "refused"], edits: int
) -> None:  # fmt: skip
    """Ask whether what another program asks is approved or not, with the words that stand there: the decision leaves
    the house signed, and there is no other."""
    it = _still(turn, request_id, edits)
    if it is None:
        return
    arguments = {"request": it.id, "decision": decision, "edits": edits}
    partner = turn.session.get_one(Partner, it.partner_id)
    confirmations.ask(turn, DECIDE, arguments, "handup/decide_question", it=it, partner=partner, decision=decision)


@router.confirmed(DECIDE)
def decided(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Decide it; the first decision counts."""
    it = _still(turn, asked.arguments["request"], asked.arguments["edits"])
    if it is None:
        return
    decision = asked.arguments["decision"]
    requests.decide(turn.session, it, turn.person, decision, turn.now)
    _note(turn, it, f"request {decision}")
    request_cards.show(turn, it)
    request_cards.stand(turn, it, turn.person, turn.here, below=True, now=True)
    turn.toast("handup/request_decided", partner=turn.session.get_one(Partner, it.partner_id))


def _still(turn: Turn, request_id: int, edits: int) -> PartnerRequest | None:
    """Return a request from below that waits, with the words that the person saw; else it is said how it stands."""
    it = _below(turn, request_id)
    if it is not None and it.edits != edits:  # somebody wrote other words meanwhile
        request_cards.stand(turn, it, turn.person, turn.here, below=False)
        turn.toast("handup/request_reworded", it=it, alert=True)
        return None
    return it


@router.button("words")
def tap_words(turn: Turn, request_id: PartnerRequestId) -> None:
    """Expect the words that go with the decision."""
    it = _below(turn, request_id)
    if it is None:
        return
    expected_input.expect(turn.session, turn.person, Purpose.DECISION, turn.now, it.id)
    turn.say("handup/request_words", it=it)


@router.expects(Purpose.DECISION)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Put the words below the request; they go with the decision. Raises `handup.decided`."""
    it = turn.session.get_one(PartnerRequest, expected.about)
    if _over(turn, it) or not _decides(turn, it):
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
        raise Refusal("handup.decided")
    it.note, it.edits = read_words(text, requests.LONGEST), it.edits + 1
    turn.session.add(it)
    turn.session.flush()
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    request_cards.show(turn, it)
    request_cards.stand(turn, it, turn.person, turn.here, below=True, now=True)


@router.button("withdraw")
def tap_withdraw(turn: Turn, request_id: PartnerRequestId) -> None:
    """Withdraw one's own request: it counts if it reaches the superior before the decision."""
    it = turn.session.get(PartnerRequest, request_id)
    if it is None or it.person_id != turn.person.id:
        turn.toast("core/not_yours", alert=True)
        return
    under_way = requests.withdrawn_by(turn.session, it)
    if _over(turn, it) or (under_way and under_way.state == Outcome.WAITING):
        turn.toast("handup/request_over", it=it, alert=True)
        return
    partner = turn.session.get_one(Partner, it.partner_id)
    requests.ask_back(turn.session, it, partner, turn.person, turn.now)
    _note(turn, it, "request withdrawn")
    request_cards.own(turn, it)


def _note(context: Context, it: PartnerRequest, what: str) -> None:
    who = context.person.staff_no if isinstance(context, Turn) else "handup"
    audit.note(context.session, context.now, who, what, request_cards.unit_of(context, it).path, receipt=it.receipt)
