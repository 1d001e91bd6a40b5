"""`/rollcall`, 点名: ask everybody of a subtree, now, whether they are safe; see who has not answered, with phone
numbers (docs/rules.md 29)."""

from handlers.core import admin_arguments, asking, confirmations
from handlers.core.access import LEAD
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import RoundId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.rollcall import lists, rollcall_file
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import audit, typed_text
from models.core.errors import Refusal
from models.forms.answers import read_words
from models.organisation.units import Unit
from models.rounds import audience, rollcalls, rounds, story
from models.rounds.audience import Audience
from models.rounds.rounds import Round, RoundKind

router = Router("rollcall", LEAD)

CALL, CLOSE = "rollcall.call", "rollcall.close"


@router.command("rollcall", word="点名", tells=True, dated=False, group=Group.WORD)
def rollcall(turn: Turn, words: str) -> None:
    """Ask to confirm a roll call: of the unit named, or the only one that is led; further words say what happened.
    Without words show those that are open first."""
    if not words.strip() and (found := open_ones(turn)):
        turn.say("rounds/rollcalls", found=[(it, turn.session.get_one(Unit, it.unit_id)) for it in found])
        return
    if not _show_numbered(turn, words.strip()):
        begin(turn, words)


def _show_numbered(turn: Turn, said: str) -> bool:
    """Show the roll call of whose number somebody speaks; say whether it was one. Raises `rollcall.not_yours` of
    another number, `rollcall.numbered` for words after it, which begin no other one (docs/rules.md 12.10)."""
    found = typed_text.numbered(said)
    if found is None:
        return False
    number, rest = found
    try:
        it = seen(turn, number)
    except Refusal:
        if rest:
            return False
        raise
    if rest:
        raise Refusal("rollcall.numbered", number=it.id, words=rest[:40])
    lists.show(turn, it, turn.person, below=True)
    return True


def begin(turn: Turn, words: str) -> None:
    unit, said = _unit_and_words(turn, words)
    led = permissions.leads(turn.session, turn.person, turn.today)
    if unit is None and len(led) > 1:
        asking.choose(turn, "unit", [Option(it.path, f"rollcall {it.path} {said}".strip()) for it in led])
        return
    unit = unit or led[0]
    whom = Audience(tops=(unit.id,), but=turn.person.id)
    reached = audience.reached(turn.session, whom, turn.today)
    if not reached.people:
        raise Refusal("rollcall.nobody", path=unit.path)
    confirmations.ask(
        turn, CALL, {"unit": unit.id, "words": said}, "rounds/rollcall_question", unit=unit, words=said, reached=reached
    )


def _unit_and_words(turn: Turn, words: str) -> tuple[Unit | None, str]:
    """Return the unit with which the words begin, if they begin with one, and what follows. Raises
    `people.not_yours`."""
    unit, rest = admin_arguments.led(turn, words.split())
    return unit, _said(" ".join(rest) if unit else words)


def _said(words: str) -> str:
    return read_words(words, rollcalls.LONGEST) if words.strip() else ""


def open_ones(turn: Turn) -> list[Round]:
    """Return the open roll calls of which something is the speaker's."""
    return [it for it in rollcalls.open_ones(turn.session) if lists.tops_of(turn, it, turn.person)]


@router.button("new")
def tap_new(turn: Turn) -> None:
    """Begin another roll call."""
    begin(turn, "")


@router.confirmed(CALL)
def call(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Begin it: the clock sends it at once, at any hour."""
    unit = turn.session.get(Unit, asked.arguments["unit"])
    if unit is None or not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    words = asked.arguments["words"]
    made = rollcalls.call(turn.session, turn.person, unit, words, turn.defaults.zone, turn.now)
    story.began(turn.session, made, rounds.newest(turn.session, made), turn.now)
    audit.note(turn.session, turn.now, turn.person.staff_no, "rollcall begun", unit.path, number=made.id)
    lists.show(turn, made, turn.person, below=True)


@router.button("show")
def tap_show(turn: Turn, round_id: RoundId) -> None:
    """Show how a roll call stands, at the end of the chat."""
    lists.show(turn, seen(turn, round_id), turn.person, below=True)


def seen(turn: Turn, number: int) -> Round:
    """Return a roll call of which something is the speaker's. Raises `rollcall.not_yours`."""
    it = turn.session.get(Round, number)
    if it is None or it.kind != RoundKind.ROLLCALL or not lists.tops_of(turn, it, turn.person):
        raise Refusal("rollcall.not_yours")
    return it


@router.button("export")
def tap_export(turn: Turn, round_id: RoundId) -> None:
    """Send the roll call as an Excel file."""
    rollcall_file.send(turn, seen(turn, round_id))


@router.button("close")
def tap_close(turn: Turn, round_id: RoundId) -> None:
    """Close a roll call, after a confirmation."""
    it = seen(turn, round_id)
    _refuse_closing(turn, it)
    tops = lists.tops_of(turn, it, turn.person)
    confirmations.ask(turn, CLOSE, {"round": it.id}, "rounds/rollcall_close", **lists.values(turn, it, tops))


def _refuse_closing(turn: Turn, it: Round) -> None:
    if it.closed_at is not None:
        raise Refusal("rollcall.closed")
    if not lists.may_close(turn, it, turn.person):
        raise Refusal("rollcall.not_yours")


@router.confirmed(CLOSE)
def close(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Close it; whoever called it and the leads get the summary."""
    it = turn.session.get_one(Round, asked.arguments["round"])
    _refuse_closing(turn, it)
    rollcalls.close(turn.session, it, turn.person, turn.now)
    story.ended(turn.session, it, turn.now)
    path = turn.session.get_one(Unit, it.unit_id).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "rollcall closed", path, number=it.id)
    lists.show(turn, it, turn.person, below=True)
    if it.by != turn.person.id:
        lists.show_caller(turn, it, below=True)
