"""`/status`, 我的: show what I reported today, what others filed for me, what is still open, and my streak."""

from handlers.core.access import MEMBER
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import prompts
from handlers.reporting import own_day
from models.absence import leave

router = Router("status", MEMBER)


@router.command("status", word="我的")
def status(turn: Turn, words: str) -> None:
    away = leave.of_person(turn.session, turn.person.id, turn.today)
    turn.say("reporting/status", lines=own_day.tasks(turn, turn.person), away=away)
    prompts.ask_today(turn, turn.person, turn.here, only_due=True)
