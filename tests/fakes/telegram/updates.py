"""Hand updates to the bot as Telegram does, to its polls or to its webhook, until each was taken."""

import asyncio
import time
from typing import Any

from aiohttp import ClientError, ClientSession

from tests.fakes.telegram.methods import Methods
from tests.fakes.telegram.state import Bot, Fault
from tests.fakes.telegram.text import Wrong

AGAIN = 0.1  # seconds until a webhook that failed is called again


class Updates(Methods):
    """The updates that wait for a bot."""

    bot: Bot
    _loop: asyncio.AbstractEventLoop
    _out: ClientSession

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault] = []
        self.waits = True  # a poll for news
        self._closing = False
        self._hooks: set[asyncio.Task[None]] = set()

    def _tell(self) -> None:
        raise NotImplementedError

    def push(self, kind: str, what: dict[str, Any]) -> int:
        """Make an update for the bot, if it wants to know of such; return its id, or 0. In the server's thread."""
        if not self.bot.wants(kind):
            return 0
        self.last_update += 1
        self.bot.updates.append({"update_id": self.last_update, kind: what})
        self.bot.wake()
        self._call_hooks(self.bot)
        return self.last_update

    async def _updates(self, bot: Bot, told: dict[str, Any]) -> list[dict[str, Any]]:
        if bot.webhook:
            raise Wrong(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete it first", 409
            )
        bot.polls += 1
        mine, offset = bot.polls, int(told.get("offset") or 0)
        bot.wake()
        if "allowed_updates" in told:
            bot.allowed = told["allowed_updates"]
        self.confirm(bot, offset)
        deadline = time.monotonic() + (float(told.get("timeout") or 0) if self.waits else 0)
        while not bot.updates and (left := deadline - time.monotonic()) > 0:
            news = bot.news
            try:
                await asyncio.wait_for(news.wait(), left)
            except TimeoutError:
                break
            if self._closing:
                raise Wrong("the server ends", 502)
            if mine != bot.polls:
                raise Wrong(
                    "terminated by other getUpdates request; make sure that only one bot instance is running", 409
                )
        return bot.updates[: min(int(told.get("limit") or 100), 100)]

    def confirm(self, bot: Bot, offset: int) -> None:
        gone = [u["update_id"] for u in bot.updates if u["update_id"] < offset]
        bot.confirmed.update(gone)
        bot.updates = bot.updates[len(gone) :]

    def _call_hooks(self, bot: Bot) -> None:
        """Post what waits, so many at a time; what was not answered with 200 is posted again."""
        for update in bot.updates if bot.webhook else ():
            number = update["update_id"]
            if len(bot.calling) < int(bot.webhook.get("max_connections") or 40) and number not in bot.calling:
                bot.calling.add(number)
                task = self._loop.create_task(self._hook(bot, update))
                self._hooks.add(task)
                task.add_done_callback(self._hooks.discard)

    async def _hook(self, bot: Bot, update: dict[str, Any]) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.webhook.get("secret_token", "")}
        number, fine = update["update_id"], False
        try:
            async with self._out.post(bot.webhook["url"], json=update, headers=headers) as reply:
                fine = reply.status == 200
                bot.last_error = "" if fine else f"Wrong response from the webhook: {reply.status}"
        except (ClientError, TimeoutError, OSError) as error:
            bot.last_error = type(error).__name__
        lost = next((f for f in self.faults if f.method == "hook"), None)
        if lost:
            lost.times -= 1
            fine = False
            if lost.times <= 0:
                self.faults.remove(lost)
        if fine:
            bot.confirmed.add(number)
            bot.updates = [u for u in bot.updates if u["update_id"] != number]
        else:
            await asyncio.sleep(AGAIN)
        bot.calling.discard(number)
        self._tell()
        self._call_hooks(bot)
