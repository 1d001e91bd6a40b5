"""First contact: a code ties this chat to a person, who reads once what is stored and is asked for today's report."""

from handlers import asking, enrolling
from handlers.turn import Turn
from models import addresses
from models.addresses import Attempt


def start(turn: Turn, words: str) -> None:
    """`/start CODE`; without a code today's prompt once more."""
    code = words.split(maxsplit=1)[0] if words.split() else ""
    if code:
        _redeem(turn, code)
    elif turn.speaker is None:
        turn.say("stranger", vouched=turn.incoming.vouched is not None)
    else:
        turn.say("welcome_back", person=turn.person)
        asking.ask_today(turn.session, turn.house, turn.person, turn.here, turn.now)
        enrolling.show_menu(turn)


def _redeem(turn: Turn, code: str) -> None:
    session, incoming = turn.session, turn.incoming
    if addresses.locked_out(session, incoming.channel, incoming.account, turn.now):
        turn.say("code_locked")
        return
    person = addresses.redeem(session, code, turn.now)
    if person is None:
        session.add(Attempt(channel=incoming.channel, account=incoming.account, at=turn.now))
        turn.say("code_wrong")
        return
    enrolling.enrol(turn, person)
