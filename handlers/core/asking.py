"""Ask for what a command still needs: by buttons, each of which is a whole command, or by words that complete it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core import confirmations as questions
from handlers.core.access import MEMBER
from handlers.core.ids import ConfirmationId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from models.conversations import confirmations, expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal

router = Router("ask", MEMBER)

CHOICE = "ask.choice"  # the action of the stored question
PLACE = "{}"  # where the typed words go in a command
MOST = 24  # options that are offered as buttons


@dataclass(frozen=True)
class Option:
    """One answer: its button, and the command it is, without the slash."""

    label: str
    command: str


def choose(turn: Turn, what: str, options: Sequence[Option], **values: Any) -> None:
    """Offer the options; `what` names the question in `core/choose.j2`."""
    shown = options[:MOST]
    arguments = {"commands": [it.command for it in shown]}
    lasts = turn.defaults.waits(confirmations.LASTS)
    kept = confirmations.ask(turn.session, turn.person, CHOICE, arguments, turn.now, lasts)
    card = turn.say(
        "core/choose", what=what, labels=[it.label for it in shown], pending=kept.id,
        more=len(options) - len(shown), **values,
    )  # fmt: skip
    kept.arguments = arguments | {"card": card.id}
    turn.session.add(kept)
    turn.session.flush()


@router.button("pick")
def tap_pick(turn: Turn, pending_id: ConfirmationId, number: int) -> ToCommand:
    """Take one of the offered answers, and go on with the command it is."""
    taken = confirmations.take(turn.session, pending_id, turn.person, turn.now, CHOICE)
    commands = taken.arguments["commands"]
    if number >= len(commands):
        raise Refusal("pending.gone")
    questions.strip(turn, taken.arguments.get("card"))
    return _run(commands[number])


def _run(command: str) -> ToCommand:
    name, _, words = command.partition(" ")
    return ToCommand(name, words)


def for_words(turn: Turn, what: str, command: str, **values: Any) -> None:
    """Ask for words; `command` has a `{}` where they go, and `what` names the question in `core/ask_words.j2`."""
    held = expected_input.expect(turn.session, turn.person, Purpose.COMMAND, turn.now)
    held.kind = command
    turn.session.add(held)
    turn.session.flush()
    turn.say("core/ask_words", what=what, revision=held.revision, **values)


@router.expects(Purpose.COMMAND)
def words(turn: Turn, held: ExpectedInput, text: str) -> ToCommand:
    """Run the command that the words complete."""
    command = held.kind or ""
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    before, _, after = command.rpartition(PLACE)  # what was said before may hold such a place too
    return _run(f"{before}{' '.join(text.split())}{after}")


@dataclass(frozen=True)
class Asked:
    """A question that waits for words."""

    use: str
    command: str | None
    revision: int

    @classmethod
    def of(cls, held: ExpectedInput) -> "Asked":
        return cls(held.use, held.kind, held.revision)


def again(turn: Turn, held: ExpectedInput, asked: Asked) -> None:
    """Wait for other words: a command refused those that were typed. Other questions see to this themselves."""
    if asked.use == Purpose.COMMAND:
        held.use, held.kind, held.revision, held.at = asked.use, asked.command, asked.revision, turn.now
        turn.session.add(held)
        turn.session.flush()


@router.button("drop")
def tap_drop(turn: Turn, revision: int) -> None:
    """Cancel the question that waits for words."""
    held = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if held is None or held.revision != revision or held.use != Purpose.COMMAND:
        turn.toast("core/form_stale")
        return
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.toast("core/nothing_changed")
