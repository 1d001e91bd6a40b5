"""Say that a question is answered in words: a photo or file that is sent meanwhile is no answer to it, and is not
offered to a report either (docs/rules.md 12.10)."""

from handlers.core.access import MEMBER
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal

router = Router("words_only", MEMBER)

SAID = {  # what is asked for, where its sentence is its own
    Purpose.DUTY_PLACE: "place", Purpose.WHERE: "place", Purpose.DUTY_NOTE: "hand_over",
    Purpose.STEP_SKIP: "reason", Purpose.RUN_END: "reason",
}  # fmt: skip
WORDS = {*SAID, Purpose.NOTE, Purpose.DECISION, Purpose.PUBLISHING, Purpose.RUNBOOK, Purpose.STEP_HAND}


@router.file
def received(turn: Turn) -> bool:
    """Refuse a file while words are asked for, and go on waiting for them. Raises `pending.words_only`."""
    lasts = turn.defaults.waits(expected_input.LASTS)
    held = expected_input.current(turn.session, turn.person, turn.now, lasts)
    if held is None or turn.incoming.reading is not None or not _asks_for_words(held):  # a table is no answer
        return False
    raise Refusal("pending.words_only", what=SAID.get(Purpose(held.use), "words"))


def _asks_for_words(held: ExpectedInput) -> bool:
    """Say whether words are asked for; beside buttons, which may be typed, nothing is."""
    return held.use in WORDS or (held.use == Purpose.COMMAND and held.about is None)
