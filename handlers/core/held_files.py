"""Keep files that somebody sent without a question, until they say where the files belong."""

from datetime import timedelta

from sqlmodel import col, select

from handlers.core.rendering import Content
from handlers.core.turn import Turn
from models.conversations import confirmations
from models.conversations.confirmations import Confirmation
from models.files import attachments
from models.files.records import FileRecord, told
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject

ACTION = "attach"
LASTS = timedelta(hours=12)


def sent(turn: Turn) -> FileRecord:
    """Return the file that came in, with its caption."""
    if turn.incoming.file is None:
        raise LookupError("no file came in")
    return told(turn.incoming.file, turn.incoming.text)


def hold(turn: Turn, file: FileRecord) -> Confirmation:
    """Put a file beside those that already wait for an answer: an album arrives picture by picture."""
    waiting = turn.session.exec(
        select(Confirmation)
        .where(
            Confirmation.person_id == turn.person.id, Confirmation.action == ACTION, Confirmation.expires_at > turn.now
        )
        .order_by(col(Confirmation.id).desc())
    ).first()
    held = waiting or confirmations.ask(
        turn.session, turn.person, ACTION, {"files": []}, turn.now, turn.defaults.waits(LASTS)
    )
    held.arguments = {"files": attachments.added(held.arguments["files"], [file])}
    turn.session.add(held)
    turn.session.flush()
    return held


def stand(turn: Turn, held: Confirmation, content: Content) -> None:
    """Show the question below the file."""
    live_messages.show(turn.session, _slot(turn, held.id), Kind.REPLY, content, turn.now, below=True)


def take(turn: Turn, pending_id: int) -> list[FileRecord]:
    """Return the files and end their question. Raises `pending.gone`."""
    held = confirmations.take(turn.session, pending_id, turn.person, turn.now, ACTION)
    live_messages.take_away(turn.session, _slot(turn, pending_id), Kind.REPLY, turn.now)
    return list(held.arguments["files"])


def _slot(turn: Turn, pending_id: int) -> Slot:
    return Slot.of(Subject.HELD_FILES, turn.here, pending_id)
