"""Ask for what a command still needs: by buttons, each of which is a whole command, or by words that complete it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.ids import ConfirmationId
from handlers.core.rendering import Content
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from models.conversations import confirmations, expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.messaging import cards, contents
from models.messaging.cards import Card, Kind

router = Router("ask", MEMBER)

CHOICE = "ask.choice"  # the action of the stored question
PLACE = "{}"  # where the typed words go in a command
MOST = 24  # options that are offered as buttons


@dataclass(frozen=True)
class Option:
    """One answer: its button, and the command it is, without the slash. One that `stays` leaves the others open."""

    label: str
    command: str
    stays: bool = False


def choose(turn: Turn, what: str, options: Sequence[Option], **values: Any) -> None:
    """Offer the options; `what` names the question in `core/choose.j2`."""
    shown = options[:MOST]
    arguments = {"commands": [[it.command, it.stays] for it in shown]}
    kept = confirmations.ask(turn.session, turn.person, CHOICE, arguments, turn.now)
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
    found = turn.session.get(confirmations.Confirmation, pending_id)
    offered = found.arguments["commands"] if found and found.action == CHOICE else []
    if number >= len(offered):
        raise Refusal("pending.gone")
    command, stays = offered[number]
    if stays and found and found.person_id == turn.person.id and found.expires_at > turn.now:
        return _run(command)
    taken = confirmations.take(turn.session, pending_id, turn.person, turn.now, CHOICE)
    _strip(turn, taken.arguments.get("card"))
    return _run(command)


def _run(command: str) -> ToCommand:
    name, _, words = command.partition(" ")
    return ToCommand(name, words)


def _strip(turn: Turn, card_id: int | None) -> None:
    """Take the buttons off a question that was answered."""
    card = turn.session.get(Card, card_id) if card_id else None
    if card and card.wanted_id:
        content = turn.session.get_one(contents.StoredContent, card.wanted_id).content
        bare = Content(content.text, (), content.file)
        cards.put(turn.session, card, card.slot(turn.here), Kind.REPLY, bare, turn.now)


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
    return _run(command.replace(PLACE, " ".join(text.split())))


@router.button("drop")
def tap_drop(turn: Turn, revision: int) -> None:
    """Leave the question that waits for words."""
    held = expected_input.current(turn.session, turn.person, turn.now)
    if held is None or held.revision != revision or held.use != Purpose.COMMAND:
        turn.toast("core/form_stale")
        return
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.toast("core/nothing_changed")
