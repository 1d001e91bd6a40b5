"""Say what an error of the Bot API means for a message."""

import re
from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.base import SendError
from bot.channels.telegram.transport import UnknownMethod, never_left

UNREACHED = 5.0  # seconds between tries while the network is down
REVOKED = 60.0  # … while Telegram does not know the token
FLOODED = "Too Many Requests"  # without the seconds, because equal reasons are counted together
SLOW = "the group is in slow mode"
LOST = (
    "message to edit not found", "message can't be edited", "message_id_invalid", "there is no text in the message",
    "there is no caption in the message", "message to delete not found", "message can't be deleted",
    "message identifier is not specified",
)  # fmt: skip
PICTURELESS = (
    "send photos", "send media", "photos_forbidden", "media_forbidden", "image_process_failed", "photo_", "wrong file",
    "file reference",
)  # fmt: skip
CLOSED = (
    "chat not found", "user not found", "peer_id_invalid", "not enough rights", "have no rights",
    "chat_write_forbidden", "chat_restricted", "need administrator rights", "message thread not found",
    "topic_deleted", "topic_closed", "bot is not a member", "user is deactivated", "group chat was deactivated",
)  # fmt: skip


def translated(error: TelegramError, *, editing: bool = False) -> SendError:
    """Return any error of the Bot API as SendError.

    - 403; chat not found, no rights to write, topic closed or gone: `permanent`
    - 400 with `migrate_to_chat_id`: `migrated_to`
    - 429: `retry_after` for this chat; `everywhere` while another's is running: Telegram does not say whose it is
    - message to edit not found, cannot be edited, of another kind: `lost`; not modified: done
    - any other 400: `hopeless`, because this message is never accepted as it is while the address is fine
    - 401, `sendMessage` unknown: the token was revoked; a minute's pause `everywhere`, nothing is dropped
    - another method unknown: `hopeless`; an edit `lost`
    - connection not made, pool or proxy timeout: nothing left this machine, five seconds' pause `everywhere`
    - any other error during a call, 5xx: `away`, tried for a week; a new message is also `uncertain`

    The reason is kept as Telegram said it; `templates/chat/core/_telegram.j2` words it for admins."""
    reason, low = error.message, error.message.lower()
    if isinstance(error, RetryAfter):
        return SendError(FLOODED, retry_after=seconds(error), everywhere=True)
    if isinstance(error, ChatMigrated):
        return SendError("the group migrated", migrated_to=str(error.new_chat_id))
    if isinstance(error, InvalidToken) or (isinstance(error, UnknownMethod) and "sendMessage" in reason):
        return SendError("Telegram knows no such token", retry_after=REVOKED, everywhere=True)
    if isinstance(error, UnknownMethod):
        return SendError(reason, lost=editing, hopeless=not editing)
    if isinstance(error, Forbidden) or any(words in low for words in CLOSED):
        return SendError(reason, permanent=True)
    if slow := re.search(r"slow.?mode\D*(\d*)", low):
        return SendError(SLOW, retry_after=float(slow[1] or UNREACHED))
    if isinstance(error, BadRequest):
        lost = any(words in low for words in LOST)
        return SendError(reason, lost=lost, hopeless=not lost)
    if isinstance(error, NetworkError) and never_left(error):
        return SendError(reason, retry_after=UNREACHED, everywhere=True)
    return SendError(reason, uncertain=not editing, away=True)


def refuses_pictures(error: TelegramError) -> bool:
    """Say whether a chat, or a server, takes no pictures, or not this one: then its words go alone."""
    low = error.message.lower()
    return isinstance(error, UnknownMethod) or any(words in low for words in PICTURELESS)


def seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
