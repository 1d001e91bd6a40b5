"""Call the Bot API through python-telegram-bot and read only those parts of its answers that are used, because another
implementation of the server may leave out or shape the rest differently.

`tests/fakes/telegram/elsewhere.py` behaves like servers that were tried: `getMe` without `is_bot`, dates in
milliseconds, `null` for every edit, refusals under HTTP 200, unknown methods as 500, polls that never wait. Only
`getMe` tells that a token is wrong. A call is unknown if the answer is 404, 405, 501 or 5xx “not supported”, and JSON:
a proxy whose server is down says 404 too, and then nothing is given up."""

import json
from collections.abc import Awaitable
from typing import Any, cast

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import RequestData

from bot.channels.telegram.transport import Fields


class Calls(Bot):
    """The library's bot, which returns results as they are where the library would insist on every field."""

    async def _post(self, *args: Any, **options: Any) -> Any:
        return await _sensible(super()._post(*args, **options))

    async def upload(self, method: str, **told: Any) -> Any:
        """Make a call that carries a file."""
        return await self._post(method, told)

    async def call(self, method: str, **told: Any) -> Any:
        """Make a call without files: strings, numbers, lists and dicts as the Bot API has them. The library would
        search every value for files, which takes longer than sending it."""
        fields = {name: it if isinstance(it, str) else json.dumps(it) for name, it in told.items() if it is not None}
        return await _sensible(self.request.post(f"{self.base_url}/{method}", cast(RequestData, Fields(fields))))

    async def met(self) -> str:
        """Return this bot's username, if the server tells it; raise InvalidToken or UnknownMethod if the token is
        nobody's."""
        return str(_field(await self._post("getMe"), "username") or "")

    async def updates(self, offset: int | None, timeout: int, limit: int, kinds: Any) -> list[dict[str, Any]]:
        """Call `getUpdates` without parsing: one update that the library cannot read must not hold up the others."""
        asked = {"offset": offset, "timeout": timeout, "limit": limit, "allowed_updates": kinds}
        found = await self._post("getUpdates", asked, read_timeout=timeout + 10)
        return [it for it in found or () if isinstance(_field(it, "update_id"), int)]

    async def pending(self) -> int:
        """Return how many updates wait for the webhook."""
        return int(_field(await self._post("getWebhookInfo"), "pending_update_count") or 0)


async def _sensible(answer: Awaitable[Any]) -> Any:
    try:
        return await answer
    except (KeyError, TypeError, AttributeError):  # an answer without a result, or not an object
        raise TelegramError("an answer that makes no sense") from None


def message_id(result: Any) -> int:
    """Return the id of a message that was sent; raise TelegramError if the answer does not tell it."""
    found = _field(result, "message_id")
    if not isinstance(found, int):
        raise TelegramError("an answer without a message id")
    return found


def file_id(result: Any) -> str | None:
    """Return Telegram's own id of the picture or document in a message, if the answer tells it."""
    sizes = _field(result, "photo")
    found = _field(sizes[-1] if sizes and isinstance(sizes, list) else _field(result, "document"), "file_id")
    return found if isinstance(found, str) else None


def _field(result: Any, name: str) -> Any:
    return result.get(name) if isinstance(result, dict) else None
