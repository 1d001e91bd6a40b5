"""`/help`, 帮助: show help, also for words that are neither a command nor an answer: help, never silence."""

from collections.abc import Sequence
from typing import Literal

from handlers.core.access import MEMBER, may
from handlers.core.groups import Group
from handlers.core.router import Command, Router
from handlers.core.turn import Turn
from handlers.organisation import checklist
from handlers.prompts import prompts
from models.authority.permissions import leads

router = Router("help", MEMBER)
UNREADABLE = ("sheets.", "files.", "roster.encoding")  # what is refused of any table, whatever it was meant as
_offered: list[Command] = []


def offer(commands: Sequence[Command]) -> None:
    """Say which commands there are; the registry does, because help is one of them."""
    _offered[:] = commands


@router.command("help", word="帮助")
def show(turn: Turn, words: str) -> None:
    """Show what everybody does each day in words, and of all else, by group, which commands there are."""
    checklist.keep(turn)
    more = [(group, found) for group in Group if (found := _of(turn, group))]
    everyday = next(found for group, found in more if group is Group.REPORTS)
    turn.say("organisation/help", everyday=everyday, more=[it for it in more if it[0] is not Group.REPORTS])


@router.button("group")
def tap_group(turn: Turn, group: Literal["leading", "word", "support", "record", "settings"]) -> None:
    """Show what the commands of a group are for, of those that this person may use."""
    turn.say("organisation/help_group", group=group, commands=_of(turn, Group(group)), fileless=turn.fileless)


def _of(turn: Turn, group: Group) -> list[Command]:
    return [
        it for it in _offered
        if it.group is group and it.role >= MEMBER and may(turn, it.role) and (it.concerns is None or it.concerns(turn))
    ]  # fmt: skip


def acknowledged(turn: Turn, words: str) -> None:
    """Explain that 收到 is never a report."""
    turn.say("organisation/received_is_no_report", typed=words)
    prompts.ask_today(turn, turn.person, turn.here, only_due=True)


def unknown(turn: Turn, words: str) -> None:
    turn.say("organisation/unknown", typed=words[:40], lead=bool(leads(turn.session, turn.person, turn.today)))


@router.file
def file_received(turn: Turn) -> bool:
    """Explain that any other file is no report, and to a lead why it is no duty table either."""
    read = turn.incoming.reading
    if read is not None and read.as_a_whole and read.wrong[0].key.startswith(UNREADABLE):
        turn.say("core/refused", sentence=turn.words.refusal(read.wrong[0]))
        return True
    name = turn.incoming.file.name if turn.incoming.file else ""
    turn.say("organisation/file_received", name=name, table=read is not None)
    return True
