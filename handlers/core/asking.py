"""Ask for what a command still needs: by buttons, each of which is a whole command, or by words that complete it. What
stands on a button can be typed as well (docs/rules.md 12.3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core import confirmations as questions
from handlers.core import menu_numbers
from handlers.core.access import MEMBER
from handlers.core.ids import ConfirmationId
from handlers.core.router import InForm, Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import NAME_ENDS
from models.conversations import confirmations, expected_input
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.messaging import cards

router = Router("ask", MEMBER)

CHOICE = "ask.choice"  # the action of the stored question
PLACE = "{}"  # where the typed words go in a command
MOST, MOST_KEPT = 24, 500  # options that are offered as buttons, and that can be typed
_NAME_ENDS = re.compile(NAME_ENDS)


@dataclass(frozen=True)
class Option:
    """One answer: its button, the command it is, without the slash, and what it is about, where that alone is typed;
    without a `name` it is what the label begins with."""

    label: str
    command: str
    name: str = ""


def choose(turn: Turn, what: str, options: Sequence[Option], typed: str = "", **values: Any) -> None:
    """Offer the options; `what` names the question in `core/choose.j2`. Other words that are typed go where `typed`, a
    command, has its `{}`; without it only an option can be typed."""
    shown, known = options[:MOST], options[:MOST_KEPT]
    arguments: dict[str, Any] = {
        "commands": [it.command for it in known], "labels": [it.label for it in known],
        "names": [it.name or _NAME_ENDS.split(it.label)[0] for it in known],
    }  # fmt: skip
    lasts = turn.defaults.waits(confirmations.LASTS)
    kept = confirmations.ask(turn.session, turn.person, CHOICE, arguments, turn.now, lasts)
    card = turn.say(
        "core/choose", what=what, labels=[it.label for it in shown], pending=kept.id,
        more=len(options) - len(shown), **values,
    )  # fmt: skip
    kept.arguments = arguments | {"card": card.id}
    turn.session.add(kept)
    turn.session.flush()
    if typed:
        _expect(turn, typed, about=kept.id)


@router.button("pick")
def tap_pick(turn: Turn, pending_id: ConfirmationId, number: int) -> ToCommand:
    """Take one of the offered answers, and go on with the command it is."""
    taken = confirmations.take(turn.session, pending_id, turn.person, turn.now, CHOICE)
    commands = taken.arguments["commands"]
    if number >= len(commands):
        raise Refusal("pending.gone")
    questions.strip(turn, taken.arguments.get("card"))
    held = expected_input.held(turn.session, turn.person)
    if held and held.use == Purpose.COMMAND:  # the words that would have answered
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
    return _run(commands[number])


PICK = router.data("pick", 0, 0).removesuffix("0.0")  # what the button of an option begins with


def picked(turn: Turn, text: str) -> str | None:
    """Return the data of the option that is typed, by its number, what stands on it, or the name with which that
    begins, if the newest message with buttons is such a question; None for other words."""
    asked = _newest(turn)
    if asked is None:
        return None
    labels, names = asked.arguments["labels"], asked.arguments["names"]
    if text.isdecimal() and len(text) <= 2:
        found = [int(text) - 1] if 0 < int(text) <= min(len(labels), MOST) else []
    else:
        found = [n for n, it in enumerate(labels) if menu_numbers.called(it, text)]
        found = found or [
            n for n, it in enumerate(names)
            if menu_numbers.called(it, text) or menu_numbers.called(it.rpartition("/")[2], text)  # a unit of this path
        ]  # fmt: skip
    return router.data("pick", asked.id, found[0]) if len(found) == 1 else None


def _newest(turn: Turn) -> Confirmation | None:
    """Return the question that the newest message with buttons asks, while it can be answered."""
    menu = cards.newest_menu(turn.session, turn.here)
    data = next((it.data for it in menu_numbers.buttons(menu) if it.data.startswith(PICK)), None) if menu else None
    if data is None:
        return None
    number = data.removeprefix(PICK).partition(".")[0]
    return confirmations.open_one(turn.session, int(number), turn.person, turn.now, CHOICE)


def refuse_other(turn: Turn, text: str) -> None:
    """Raise `pending.not_one` if the newest message with buttons is a question, of whose options the text is none."""
    if _newest(turn) is not None:
        raise Refusal("pending.not_one", typed=text[:40])


def left(turn: Turn) -> bool:
    """Cancel the question that the newest message with buttons asks; say whether there was one."""
    asked = _newest(turn)
    if asked is not None:
        _end(turn, asked.id, cancelled=True)
        turn.say("core/expectation_over")
    return asked is not None


def _end(turn: Turn, pending_id: int | None, *, cancelled: bool = False) -> None:
    """End a question whose answer was typed, or which was left; one that is over already stays as it is."""
    asked = confirmations.open_one(turn.session, pending_id, turn.person, turn.now, CHOICE) if pending_id else None
    if asked is not None:
        questions.strip(turn, asked.arguments.get("card"), cancelled=cancelled)
        confirmations.take(turn.session, asked.id, turn.person, turn.now, CHOICE)


def _run(command: str) -> ToCommand:
    name, _, words = command.partition(" ")
    return ToCommand(name, words)


def for_words(turn: Turn, what: str, command: str, **values: Any) -> None:
    """Ask for words; `command` has a `{}` where they go, and `what` names the question in `core/ask_words.j2`."""
    held = _expect(turn, command)
    turn.say("core/ask_words", what=what, revision=held.revision, **values)


def _expect(turn: Turn, command: str, about: int | None = None) -> ExpectedInput:
    held = expected_input.expect(turn.session, turn.person, Purpose.COMMAND, turn.now, about)
    held.kind = command
    turn.session.add(held)
    turn.session.flush()
    return held


def drop(turn: Turn, held: ExpectedInput) -> None:
    """Cancel (取消): nothing is asked any more."""
    _end(turn, held.about, cancelled=True)
    turn.say("core/expectation_over")
    expected_input.stop_expecting(turn.session, turn.person, turn.now)


@router.expects(Purpose.COMMAND, dropped=drop)
def words(turn: Turn, held: ExpectedInput, text: str) -> ToCommand:
    """Run the command that the words complete."""
    command = held.kind or ""
    _end(turn, held.about)
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


@router.button("drop", in_form=InForm.LEAVING)
def tap_drop(turn: Turn, revision: int) -> None:
    """Cancel the question that waits for words."""
    held = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if held is None or held.revision != revision or held.use != Purpose.COMMAND:
        turn.toast("core/form_stale")
        return
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.toast("core/nothing_changed")
