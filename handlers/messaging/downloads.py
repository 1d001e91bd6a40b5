"""A file that lies on the platform: noted in the transaction it came in, fetched after it, handed in like any other."""

from dataclasses import asdict
from typing import Any

from handlers.core.context import Context
from handlers.core.incoming import Incoming, Remote
from handlers.core.turn import File, Turn
from models.files.downloads import LARGEST, RemoteFile
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject

CARRIED = ("channel", "bot", "update", "account", "chat", "message", "text", "at")  # of the message it came in
MOST = LARGEST // 1024 // 1024  # MB


def keep(turn: Turn) -> None:
    """Has the file fetched; one that is too large is refused at once. In a group a file is nobody's business."""
    incoming, remote = turn.incoming, turn.incoming.remote
    if remote is None or not incoming.private:
        return
    if remote.size is not None and remote.size > LARGEST:
        turn.say("messaging/file_too_large", name=remote.name, most=MOST)
        return
    message = {name: getattr(incoming, name) for name in CARRIED}
    turn.session.add(RemoteFile(**message, **asdict(remote), next_at=turn.now))


def remote(it: RemoteFile) -> Remote:
    return Remote(it.reference, it.name, it.mime, it.size)


def handed_in(it: RemoteFile, file: File) -> Incoming:
    """The message once more, now with its file; its own name makes it count once."""
    message = {name: getattr(it, name) for name in CARRIED}
    return Incoming(**message | {"update": f"{it.update}:file"}, private=True, file=file)


def too_large(context: Context, it: RemoteFile) -> None:
    _over(context, it, "messaging/file_too_large", most=MOST)


def failed(context: Context, it: RemoteFile) -> None:
    """It will never be had: the person is asked to send it once more."""
    _over(context, it, "messaging/file_not_fetched")


def _over(context: Context, it: RemoteFile, template: str, **values: Any) -> None:
    session = context.session
    found = addresses.who(session, it.channel, it.account)
    if found:
        person, address = found
        content = context.words_for(person).content(template, name=it.name, **values)
        cards.want(session, Slot.of(Subject.DOWNLOAD, address, it.id, it.update), Kind.REPLY, content, context.now)
    session.delete(it)
