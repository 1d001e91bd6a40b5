"""Files that somebody sent without a question: kept until they say where these belong."""

from datetime import timedelta

from sqlmodel import col, select

from handlers.core.rendering import Content
from handlers.core.turn import Turn
from models.conversations import confirmations
from models.conversations.confirmations import Pending
from models.core.errors import Refusal
from models.files import attachments
from models.files.records import Told, told
from models.messaging import cards, live_messages
from models.messaging.cards import Kind

ACTION = "attach"
LASTS = timedelta(hours=12)


def sent(turn: Turn) -> Told:
    """The file that came in, with its caption."""
    if turn.incoming.file is None:
        raise LookupError("no file came in")
    return told(turn.incoming.file, turn.incoming.text)


def hold(turn: Turn, file: Told) -> Pending:
    """Puts a file beside those that wait for an answer already: an album comes picture by picture."""
    waiting = turn.session.exec(
        select(Pending)
        .where(Pending.person_id == turn.person.id, Pending.action == ACTION, Pending.expires_at > turn.now)
        .order_by(col(Pending.id).desc())
    ).first()
    held = waiting or confirmations.ask(turn.session, turn.person, ACTION, {"files": []}, turn.now, LASTS)
    held.arguments = {"files": attachments.added(held.arguments["files"], [file])}
    turn.session.add(held)
    turn.session.flush()
    return held


def stand(turn: Turn, held: Pending, content: Content) -> None:
    """The question, below the file."""
    live_messages.stand(turn.session, _prefix(held.id), turn.here, Kind.REPLY, content, turn.now, below=True)


def take(turn: Turn, pending_id: int) -> list[Told]:
    """The files, whose question is over with that. Refusal `pending.gone`."""
    held = confirmations.take(turn.session, pending_id, turn.person, turn.now)
    if held.action != ACTION:
        raise Refusal("pending.gone")
    for card in cards.with_prefix(turn.session, _prefix(pending_id)):
        cards.want(turn.session, card.key, turn.here, Kind.REPLY, None, turn.now)
    return list(held.arguments["files"])


def _prefix(pending_id: int) -> str:
    return f"attach:{pending_id}:"
