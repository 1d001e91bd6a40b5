"""Take what a recipient taps below a round's message."""

from handlers.core.turn import Turn
from handlers.rounds import messages
from models.core.errors import Refusal
from models.rounds import replies, rounds
from models.rounds.replies import Reply
from models.rounds.rounds import WRITTEN, Round


def own(turn: Turn, number: int) -> tuple[Round, Reply]:
    """Return a notice or survey of which the speaker is a recipient. Raises `rounds.not_yours` and, of a notice that
    is only previewed, `rounds.preview`."""
    if number == 0:
        raise Refusal("rounds.preview")
    it = turn.session.get(Round, number)
    reply = replies.of_person(turn.session, it, turn.person) if it else None
    if it is None or reply is None or it.kind not in WRITTEN:
        raise Refusal("rounds.not_yours")
    return it, reply


def take(turn: Turn, number: int, version: int, choice: int | None) -> bool:
    """Take a reply, tapped below a version; say whether it is new. One tapped below an older version is none, because
    the newest was not read: that is shown. Raises as `replies.take`."""
    it, reply = own(turn, number)
    if it.by_form:
        raise Refusal("rounds.no_choice")
    newest = rounds.newest(turn.session, it)
    if version != it.number and it.withdrawn_at is None:
        messages.show(turn, it, reply, turn.person, turn.here)
        turn.toast(f"rounds/{it.kind}_stale", alert=True)
        return False
    fresh = replies.take(turn.session, it, newest, reply, choice, turn.now)
    if fresh:
        replies.reached(turn.session, it, [reply])
    messages.refresh(turn, it, reply, turn.person)
    told = reply if fresh else None
    turn.toast(f"rounds/{it.kind}_taken", it=it, reply=reply, fresh=told is not None)
    return fresh
