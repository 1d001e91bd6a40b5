"""`/help`, 帮助: show help, also for words that are neither a command nor an answer: help, never silence."""

from handlers.core.access import MEMBER
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.organisation import checklist
from handlers.prompts import prompts
from models.authority.permissions import leads
from models.organisation.people import Role, roles

router = Router("help", MEMBER)


@router.command("help", word="帮助")
def show(turn: Turn, words: str) -> None:
    checklist.keep(turn)
    held = {role for role, _ in roles(turn.session, turn.person)}
    turn.say(
        "organisation/help",
        lead=bool(leads(turn.session, turn.person, turn.today)),
        admin=Role.ADMIN in held,
        fileless=turn.fileless,
    )


def acknowledged(turn: Turn, words: str) -> None:
    """Explain that 收到 is never a report."""
    turn.say("organisation/received_is_no_report", typed=words)
    prompts.ask_today(turn, turn.person, turn.here, only_due=True)


def unknown(turn: Turn, words: str) -> None:
    turn.say("organisation/unknown", typed=words[:40], lead=bool(leads(turn.session, turn.person, turn.today)))


@router.file
def file_received(turn: Turn) -> bool:
    """Explain that any other file is no report."""
    turn.say("organisation/file_received", name=turn.incoming.file.name if turn.incoming.file else "")
    return True
