"""Load the files that people sent, from Telegram, and those that go out, from the database."""

import asyncio

from telegram.error import BadRequest, TelegramError

from bot.channels.base import SendError
from bot.channels.telegram.api import Calls
from bot.channels.telegram.errors import translated
from bot.channels.telegram.transport import UnknownMethod
from handlers.core.incoming import Remote
from models.core.database import Database
from models.files import blobs
from models.files.records import File

FILE_LIMIT = 20 * 1024 * 1024  # bytes that a bot may download (core.telegram.org/bots/api#getfile)


async def sent(bot: Calls, remote: Remote) -> bytes:
    """Return what somebody sent. Raises SendError; a permanent one if Telegram will never give the file out."""
    if (remote.size or 0) > FILE_LIMIT:
        raise SendError("the file is larger than 20 MB", permanent=True)
    try:
        file = await bot.get_file(remote.reference)
        return bytes(await file.download_as_bytearray())
    except (BadRequest, UnknownMethod) as error:
        raise SendError(error.message, permanent=True) from None
    except TelegramError as error:
        raise translated(error) from None


async def stored(database: Database, file: File) -> bytes:
    """Return the bytes of a file of ours."""

    def read() -> bytes:
        with database.reading() as session:
            return blobs.data_of(session, file.digest)

    return await asyncio.to_thread(read)
