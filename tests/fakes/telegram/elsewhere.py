"""A Bot API server as somebody else writes it: fewer methods, bare answers, no waiting. Each trait was seen in npm's
telegram-test-api or PyPI's telemelya."""

import time
from typing import Any

from tests.fakes.telegram.server import WRITING, BotApi

LACKS = {"setMyCommands", "deleteMyCommands", "getWebhookInfo", "deleteWebhook", "sendPhoto"}


class Elsewhere(BotApi):
    """A server of that kind. `status` is its answer to a method that it does not know: 404 as Telegram, or 500 with
    words of its own."""

    def __init__(self, status: int = 404) -> None:
        super().__init__()
        self.status = status
        self.lacks, self.refused_under, self.waits = set(LACKS), 200, False
        self.last_update = -1  # the first update is 0

    def unknown(self, method: str) -> tuple[int, dict[str, Any]]:
        if self.status == 404:
            return super().unknown(method)
        return self.status, {"message": f"API method '{method}' is not supported. Are you sure?"}

    def shaped(self, method: str, result: Any) -> Any:
        if method == "getMe":
            return {"username": result["username"], "first_name": "Test", "id": 666}
        if method in ("sendMessage", "sendDocument"):
            return {"message_id": result["message_id"], "date": int(time.time() * 1000), "chat": {"first_name": "Bot"}}
        if method == "getUpdates":
            return [_bare(update) for update in result]
        return None if method in WRITING or method == "answerCallbackQuery" else result


def _bare(update: dict[str, Any]) -> dict[str, Any]:
    query = update.get("callback_query")
    if query is None:
        return update
    return update | {"callback_query": {name: value for name, value in query.items() if name != "chat_instance"}}
