"""Answer a roll call: safe, or needs help, with where one is; whoever needs help is an incident at once."""

from typing import Literal

from handlers.alerts import telling
from handlers.core.access import MEMBER
from handlers.core.ids import RoundId
from handlers.core.incoming import Location
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.rollcall import lists
from handlers.rounds import messages
from models.alerts.incidents import Incident
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.cycle.places import Place
from models.forms.answers import read_words
from models.organisation.units import Unit
from models.rounds import replies, rollcalls, rounds
from models.rounds.replies import Reply
from models.rounds.rounds import Round, RoundKind

router = Router("safe", MEMBER)


@router.button("answer")
def tap(turn: Turn, round_id: RoundId, choice: Literal["safe", "help"]) -> None:
    """Say that one is safe, or needs help; it can be said anew until the roll call is closed."""
    it, reply = _own(turn, round_id)
    place = rollcalls.HELP if choice == "help" else rollcalls.SAFE
    if it.closed_at is not None:
        messages.refresh(turn, it, reply, turn.person)
        raise Refusal("rollcall.closed")
    fresh = replies.take(turn.session, it, rounds.newest(turn.session, it), reply, place, turn.now)
    if fresh:
        replies.reached(turn.session, it, [reply])
        _tell_leads(turn, it, reply)
        _show(turn, it, reply)
    messages.refresh(turn, it, reply, turn.person)
    _expect_where(turn, it, place == rollcalls.HELP and not reply.remark)
    turn.toast("rounds/rollcall_taken", helps=place == rollcalls.HELP)


def _expect_where(turn: Turn, it: Round, asked: bool) -> None:
    """Take the next words of whoever needs help as where they are; of who is safe after all as anything else."""
    if asked:
        expected_input.expect(turn.session, turn.person, Purpose.WHERE, turn.now, it.id)
        return
    expected = expected_input.held(turn.session, turn.person)
    if expected is not None and (expected.use, expected.about) == (Purpose.WHERE, it.id):
        expected_input.stop_expecting(turn.session, turn.person, turn.now)


def _own(turn: Turn, number: int) -> tuple[Round, Reply]:
    it = turn.session.get(Round, number)
    reply = replies.of_person(turn.session, it, turn.person) if it else None
    if it is None or it.kind != RoundKind.ROLLCALL or reply is None:
        raise Refusal("rollcall.not_yours")
    return it, reply


def _tell_leads(turn: Turn, it: Round, reply: Reply) -> None:
    """Raise an incident for who needs help, once; what changes after that is added to it."""
    helps = reply.answer == rollcalls.HELP
    made = turn.session.get(Incident, reply.incident_id) if reply.incident_id else None
    if made is not None:
        telling.add(turn, made, turn.words.line("rounds/rollcall_changed", helps=helps, where=reply.remark), [])
    elif helps:
        words = turn.words.line("rounds/rollcall_help", it=it, where=reply.remark)
        reply.incident_id = telling.report(turn, "safety", words, []).id
        turn.session.add(reply)
        turn.session.flush()


def _show(turn: Turn, it: Round, reply: Reply) -> None:
    """Bring the lists up to date."""
    if reply.answer != rollcalls.HELP and not lists.live(turn, it):
        return
    lists.show_caller(turn, it)
    lists.show_leads(turn, it, turn.session.get_one(Unit, turn.session.get_one(Place, reply.place_id).unit_id))


@router.button("where")
def tap_where(turn: Turn, round_id: RoundId) -> None:
    """Expect where one is, in the next words or as a shared place."""
    it, reply = _own(turn, round_id)
    if it.closed_at is not None or reply.answer is None:
        raise Refusal("rollcall.closed")
    expected_input.expect(turn.session, turn.person, Purpose.WHERE, turn.now, it.id)
    turn.say("rounds/rollcall_where")


@router.expects(Purpose.WHERE)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take where somebody is."""
    _where(turn, expected, read_words(text, rollcalls.LONGEST_PLACE))


def located(turn: Turn, place: Location) -> bool:
    """Take a shared place as where somebody is; say whether it was asked for."""
    expected = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if expected is None or expected.use != Purpose.WHERE:
        return False
    _where(turn, expected, f"{place.latitude:.5f}, {place.longitude:.5f}")
    return True


def _where(turn: Turn, expected: ExpectedInput, words: str) -> None:
    it, reply = _own(turn, expected.about or 0)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    if it.closed_at is not None:
        raise Refusal("rollcall.closed")
    reply.remark = words
    turn.session.add(reply)
    turn.session.flush()
    if reply.incident_id:
        made = turn.session.get_one(Incident, reply.incident_id)
        telling.add(turn, made, turn.words.line("rounds/rollcall_is_at", where=words), [])
    messages.refresh(turn, it, reply, turn.person)
    _show(turn, it, reply)
    turn.say("rounds/rollcall_where_taken", where=words)
