"""Handle a file that is on the platform: noted in the transaction it came in, fetched after that, handed in like any
other."""

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
    """Have the file fetched; refuse one that is too large at once. A file in a group is ignored."""
    incoming, remote = turn.incoming, turn.incoming.remote
    if remote is None or not incoming.private:
        return
    if remote.size is not None and remote.size > LARGEST:
        turn.say("messaging/file_too_large", name=remote.name, most=MOST)
        return
    message = {name: getattr(incoming, name) for name in CARRIED}
    turn.session.add(RemoteFile(**message, **asdict(remote), next_at=turn.now))


def remote(remote_file: RemoteFile) -> Remote:
    return Remote(remote_file.reference, remote_file.name, remote_file.mime, remote_file.size)


def handed_in(remote_file: RemoteFile, file: File) -> Incoming:
    """Return the message again, now with its file; its own update id makes it count once."""
    message = {name: getattr(remote_file, name) for name in CARRIED}
    return Incoming(**message | {"update": f"{remote_file.update}:file"}, private=True, file=file)


def too_large(context: Context, remote_file: RemoteFile) -> None:
    _over(context, remote_file, "messaging/file_too_large", most=MOST)


def failed(context: Context, remote_file: RemoteFile) -> None:
    """Ask the person to send the file again, because it can never be fetched."""
    _over(context, remote_file, "messaging/file_not_fetched")


def _over(context: Context, remote_file: RemoteFile, template: str, **values: Any) -> None:
    session = context.session
    found = addresses.who(session, remote_file.channel, remote_file.account)
    if found:
        person, address = found
        content = context.words_for(person).content(template, name=remote_file.name, **values)
        cards.want(
            session,
            Slot.of(Subject.DOWNLOAD, address, remote_file.id, remote_file.update),
            Kind.REPLY,
            content,
            context.now,
        )
    session.delete(remote_file)
