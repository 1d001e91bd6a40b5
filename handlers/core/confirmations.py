"""Ask before anything that destroys or reaches many: [确认] [取消], open for ten minutes, answered once."""

from typing import Any

from handlers.core.access import LEAD
from handlers.core.ids import ConfirmationId
from handlers.core.rendering import Content
from handlers.core.router import Router, ToConfirmed
from handlers.core.turn import Turn
from models.conversations import confirmations
from models.conversations.confirmations import Confirmation
from models.messaging import cards, contents
from models.messaging.cards import Card, Kind

router = Router("confirm", LEAD)


def ask(turn: Turn, action: str, arguments: dict[str, Any], template: str, /, **values: Any) -> None:
    """Post the question; the template's buttons carry `pending`, the number of the stored confirmation, and nothing
    else."""
    lasts = turn.defaults.waits(confirmations.LASTS)
    kept = confirmations.ask(turn.session, turn.person, action, arguments, turn.now, lasts)
    kept.card_id = turn.say(template, pending=kept.id, **values).id
    turn.session.add(kept)
    turn.session.flush()


def take(turn: Turn, pending_id: int, *, cancelled: bool = False) -> Confirmation:
    """Return the question being answered, which loses its buttons, and says so if it was cancelled. Raises
    `pending.gone`."""
    found = confirmations.take(turn.session, pending_id, turn.person, turn.now)
    strip(turn, found.card_id, cancelled=cancelled)
    return found


def strip(turn: Turn, card_id: int | None, *, cancelled: bool = False) -> None:
    """Take the buttons from a question that is over; one that was cancelled says so."""
    card = turn.session.get(Card, card_id) if card_id else None
    if card and card.wanted_id:
        content = turn.session.get_one(contents.StoredContent, card.wanted_id).content
        over = f"\n\n{turn.words.line('core/cancelled')}" if cancelled else ""
        bare = Content(content.text + over, (), content.file)
        cards.put(turn.session, card, card.slot(turn.here), Kind.REPLY, bare, turn.now)


@router.button("yes")
def confirm(turn: Turn, pending_id: ConfirmationId) -> ToConfirmed:
    """Carry out the confirmed action."""
    return ToConfirmed(take(turn, pending_id), today=False)


@router.button("today")
def confirm_today(turn: Turn, pending_id: ConfirmationId) -> ToConfirmed:
    """Confirm, effective today instead of tomorrow."""
    return ToConfirmed(take(turn, pending_id), today=True)


@router.button("no")
def cancel(turn: Turn, pending_id: ConfirmationId) -> None:
    """Cancel: nothing was changed."""
    take(turn, pending_id, cancelled=True)
    turn.toast("core/nothing_changed")
