"""What is told and confirmed before it is sent: an incident, a question, an answer to be published. The words that are
expected hold it, and it has a live message of its own."""

from collections.abc import Callable

from handlers.core.rendering import Content
from handlers.core.turn import Turn
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject


def slot(turn: Turn, expected: ExpectedInput) -> Slot:
    """Return the slot of this telling: the revision with which it began, so that each has a live message of its own."""
    return Slot.of(Subject.TELLING, turn.here, expected.about)


def stand(turn: Turn, expected: ExpectedInput, kind: Kind, content: Content, *, below: bool = False) -> None:
    live_messages.show(turn.session, slot(turn, expected), kind, content, turn.now, below=below)


def held(
    turn: Turn, revision: int, purpose: Purpose, show: Callable[[Turn, ExpectedInput], None]
) -> ExpectedInput | None:
    """Return what is being told, if the button belongs to the current screen; of an older one say that it is gone, or
    `show` the current one."""
    expected = expected_input.held(turn.session, turn.person)
    if expected is None or expected.use != purpose or expected.revision < revision:
        turn.toast("core/telling_gone", what=purpose)
        return None
    if expected.revision != revision:
        show(turn, expected)
        turn.toast("core/form_stale")
        return None
    return expected
