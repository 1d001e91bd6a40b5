"""Make first contact: a code ties this chat to a person, who reads once what is stored and is asked for
today's report."""

from handlers.core.access import ANYBODY
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.messaging import enrolment
from handlers.organisation import checklist
from handlers.prompts import prompts
from models.changes import credentials
from models.changes.credentials import Presented
from models.channels import code_attempts
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject

router = Router("start", ANYBODY)


@router.command("start", word="开始", tells=True)
def start(turn: Turn, words: str) -> None:
    """Redeem `/start CODE`; without a code, show today's prompt again."""
    code = words.split(maxsplit=1)[0] if words.split() else ""
    if code:
        _redeem(turn, code)
    elif turn.speaker is None:
        turn.say("organisation/stranger", vouched=turn.incoming.vouched is not None)
    else:
        owed, asked = prompts.state_of_today(turn, turn.person)
        turn.say("organisation/welcome_back", person=turn.person, owed=owed, asked=asked)
        prompts.ask_today(turn, turn.person, turn.here)
        enrolment.show_menu(turn)
        checklist.show(turn)


def _redeem(turn: Turn, code: str) -> None:
    """Enrol by a code. A right code works for anybody who sent few wrong ones lately, whatever others send."""
    session, incoming = turn.session, turn.incoming
    if code_attempts.locked_out(session, incoming.channel, incoming.account, turn.now):
        turn.say("organisation/code_locked")
        return
    found = credentials.redeem(session, code, turn.today, turn.now)
    if found is not None and found.good:
        enrolment.enrol(turn, found.person)
        return
    turn.say("organisation/code_wrong")
    if found is not None:
        _tell_of_void(turn, found)
    elif (counts := code_attempts.wrong(session, incoming.channel, incoming.account, turn.now)) is not None:
        enrolment.tell_of_guessing(turn, *counts)


def _tell_of_void(turn: Turn, presented: Presented) -> None:
    """Tell whoever had the code made that it is void, and who may make another."""
    address = addresses.reachable(turn.session, presented.by) if presented.by else None
    if presented.by and address:
        may = credentials.who_may(turn.session, presented.person, turn.today)
        names = [p.name for p in may if p.id != (presented.by.id if presented.by else None)]
        content = turn.words_for(presented.by).content(
            "organisation/code_void_told", person=presented.person, names=names
        )
        slot = Slot.of(Subject.CODE_VOID, address, presented.person.id, *turn.incoming.id)
        cards.want(turn.session, slot, Kind.NOTICE, content, turn.now)
