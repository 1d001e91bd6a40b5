"""Connect to Telegram: updates come by poll or webhook, messages leave by calls of the Bot API. No update is confirmed
to Telegram before it is on disk (docs/decisions/0090-acknowledge-after-commit.md)."""

import asyncio
import hmac
import json
import logging
import math
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError

from bot import logs
from bot.alive import RIVAL, Unmendable
from bot.channels.base import Profile, Recipient, SendError, Sent
from bot.channels.package import Services
from bot.channels.telegram import files
from bot.channels.telegram.api import Calls
from bot.channels.telegram.errors import translated
from bot.channels.telegram.limits import limits
from bot.channels.telegram.menus import Menus
from bot.channels.telegram.sending import Out, cost
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.transport import PAUSE, Transport, UnknownMethod
from bot.channels.telegram.updates import ALLOWED, NAME, Reader
from bot.loopback import is_loopback
from handlers.core.incoming import Answer, Incoming, Remote
from handlers.core.rendering import Content
from models.core import stored_secrets
from models.core.database import away
from models.messaging import enrolment_links

log = logging.getLogger("zeroreport")
BATCH, LONG = 100, 25  # updates and seconds of one poll
CONFLICTS = 30.0  # seconds of 409 that show that two programs have one token
AT_ONCE = 1.0  # seconds: a server that has nothing new sooner does not wait for news
PATIENCE = 10.0  # seconds for which the clock waits for updates from the downtime
HELD = 100  # webhook calls that Telegram may have under way
CONCURRENCY = 30  # sends under way at once


class Telegram:
    """One bot of Telegram's. Only the leading program polls; in webhook mode every program takes what comes, through
    `hook`."""

    def __init__(self, settings: TelegramSettings, services: Services) -> None:
        logs.mute()
        token = settings.telegram_token.get_secret_value()
        url = settings.telegram_api_url
        self._desk = services.desk
        self._lease, self._clock, self.alive = services.lease, services.clock, services.alive
        self._id = token.partition(":")[0]
        self._webhook = settings.telegram_mode == "webhook"
        self._hook = f"{services.public_url}/telegram/{self._id}"
        self._limits = limits(settings.telegram_per_second)
        self._real = not is_loopback(url)
        self._calls, self._polls = (Transport(n, settings.telegram_proxy.get_secret_value()) for n in (100, 1))
        if self._real:  # the clock of a server on this machine is this machine's
            self._calls.hear = self._polls.hear = services.outside.hear
        self._bot = Calls(
            token, base_url=url, base_file_url=url.removesuffix("/bot") + "/file/bot",
            request=self._calls, get_updates_request=self._polls,
        )  # fmt: skip
        opens = f"{services.public_url}/dashboard/{NAME}" if services.public_url.startswith("https://") else ""
        self._out = Out(self._bot, lambda file: files.stored(services.database, file), services.draw, opens)
        self._menus = Menus(self._bot, services)
        self._keeping: asyncio.Task[None] | None = None
        self._reader: Reader | None = None
        self._secret = ""
        self._queries: dict[str, str] = {}  # the id of each tap that Telegram wants answered, by update
        self._busy: set[asyncio.Task[None]] = set()
        self._waiting_since = math.inf  # infinite until it listens
        self._caught_up = False

    @property
    def profile(self) -> Profile:
        name = self._reader.username if self._reader else ""
        link = f"https://t.me/{name}?start={{code}}" if name else None
        return Profile(
            NAME, self._id, real=self._real, link=link, concurrency=CONCURRENCY, limits=self._limits,
            cost=cost,
        )  # fmt: skip

    @property
    def _leading(self) -> bool:
        """Say whether this program speaks for the bot: Telegram allows one poll at a time."""
        return self._lease.leads(f"{NAME}:{self._id}")

    @property
    def caught_up(self) -> bool:
        """Say whether everything that came during the downtime is received, or has been waited for long enough."""
        return self._caught_up or time.monotonic() - self._waiting_since > PATIENCE

    # in

    async def receive(self, desk: object) -> None:
        """Run until cancelled; raise Unmendable `cli.telegram_token` or `cli.telegram_conflict` where trying again is
        no use."""
        self._waiting_since = time.monotonic()
        await self._begin()
        while True:
            if self._leading:
                await self._lead()
            self._caught_up, self._waiting_since = False, time.monotonic()
            await asyncio.sleep(0.1)

    async def _begin(self) -> None:
        await self._meet()
        await self._desk.run(
            lambda session, now: enrolment_links.put(session, NAME, self.profile.link or ""), wake=False
        )
        if self._webhook:
            self._secret = await self._desk.run(
                lambda session, now: stored_secrets.made(session, "telegram webhook"), wake=False
            )

    async def _meet(self) -> None:
        """Ask Telegram who we are: only this answer tells that a token is wrong."""
        try:
            self._reader = Reader(self._id, await self._insisting(self._bot.met))
        except (InvalidToken, UnknownMethod):
            raise Unmendable("cli.telegram_token") from None

    async def _lead(self) -> None:
        """Tell Telegram how to reach us, then listen, as long as this program leads."""
        try:
            await self._insisting(self._set_hook if self._webhook else self._unset_hook)
        except (InvalidToken, UnknownMethod) as error:
            log.warning("how updates come is left to the server: %s", error.message)
        if self._keeping:
            self._keeping.cancel()
        menus = self.alive.running("telegram menus", lambda: self._menus.keep(lambda: self._leading))
        self._keeping = self._soon(menus)
        await (self._watch() if self._webhook else self._poll())

    async def _set_hook(self) -> None:
        await self._bot.set_webhook(
            self._hook, secret_token=self._secret, allowed_updates=ALLOWED, max_connections=HELD
        )  # fmt: skip

    async def _unset_hook(self) -> None:
        try:
            await self._bot.delete_webhook()
        except BadRequest as error:  # where there is one all the same, the poll is told so with a 409
            log.warning("the webhook could not be removed: %s", error.message)

    async def _insisting(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Repeat a call until it is answered, while the rest of the program goes on. Raise if the server does not know
        the token or the call."""
        while True:
            try:
                return await call()
            except (InvalidToken, UnknownMethod):
                raise
            except TelegramError as error:
                log.warning("Telegram does not answer, trying again: %s", error.message)
                await asyncio.sleep(PAUSE)

    async def _poll(self) -> None:
        """Fetch batches of updates. Asking for the next batch confirms the one before, so it waits until that one is
        committed."""
        offset: int | None = None
        known: set[int] = set()  # the batch before
        first, last = 0.0, float("-inf")  # of the current series of conflicts
        while self._leading:
            began = time.monotonic()
            try:
                found = await self._bot.updates(offset, LONG if self._caught_up else 0, BATCH, ALLOWED)
                await self._take(found)
            except Conflict:
                now = time.monotonic()
                first, last = (now if now - last > CONFLICTS else first), now
                if now - first >= CONFLICTS:
                    raise Unmendable("cli.telegram_conflict", exit_code=RIVAL) from None
                log.warning("another program polls with this token; waiting for it to stop")
                await asyncio.sleep(PAUSE)
            except TelegramError as error:
                await self._bear(error)
            except Exception as error:  # not recorded, so not confirmed to Telegram
                if not away(error):
                    raise
                await asyncio.sleep(self.alive.failed("telegram polls", error))
            else:
                self.alive.healed("telegram polls")
                ids = {int(u["update_id"]) for u in found}
                if self._caught_up and ids <= known and time.monotonic() - began < AT_ONCE:
                    await asyncio.sleep(AT_ONCE)  # it does not wait for news, or says the same for ever
                self._caught_up = self._caught_up or len(found) < BATCH
                known, offset = ids, max(ids, default=-1) + 1 or offset

    async def _bear(self, error: TelegramError) -> None:
        """Wait after a failed poll; raise if the token itself is refused."""
        if isinstance(error, InvalidToken | UnknownMethod):
            await self._meet()
        log.warning("Telegram does not answer, trying again: %s", error.message)
        await asyncio.sleep(min(PAUSE, translated(error).retry_after or PAUSE))

    async def _watch(self) -> None:
        """Wait, in webhook mode, until no update from the downtime is pending."""
        while self._leading:
            try:
                self._caught_up = self._caught_up or await self._bot.pending() == 0
            except UnknownMethod:
                self._caught_up = True
            except TelegramError as error:
                log.info("what waits for the webhook is not known: %s", error.message)
            await asyncio.sleep(0.3)

    async def _take(self, raw: Sequence[dict[str, Any]]) -> None:
        """Hand updates to the desk and return once all are committed. A tap is answered as soon as it is committed
        itself."""
        batch = [incoming for update in raw if (incoming := self._read(update))]
        if batch:
            await self._desk.take(batch, self._committed)

    def _committed(self, incoming: Incoming, answer: Answer | None) -> None:
        if incoming.update in self._queries:
            self._soon(self.answer(incoming, answer or Answer("")))

    def _read(self, raw: dict[str, Any]) -> Incoming | None:
        if self._reader is None:
            raise ValueError("nobody has met this bot yet")
        try:
            incoming = self._reader.read(raw, self._clock.now())
            if incoming and incoming.data is not None:
                self._queries[incoming.update] = str(raw["callback_query"]["id"])
        except Exception:
            log.exception("an update that cannot be read was left out")
            return None
        return incoming

    def admits(self, bot: str, told: str) -> bool:
        """Say whether a call of the webhook comes from Telegram: it carries the secret that we gave Telegram."""
        known = bool(self._secret) and bot == self._id
        return known and hmac.compare_digest(told.encode(), self._secret.encode())

    async def hook(self, body: bytes) -> int:
        """Handle a call of the webhook and return the HTTP status: 200 means committed; after any other Telegram sends
        it again."""
        try:
            await self._take([json.loads(body)])
        except (ValueError, RecursionError):
            return 400
        except Exception as error:
            if not away(error):
                raise
            log.info("not recorded, so not confirmed to Telegram: %s", type(error).__name__)
            return 503
        return 200

    # out

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        return [await self._show(content, recipient) for recipient in recipients]

    async def _show(self, content: Content, recipient: Recipient) -> Sent:
        try:
            return await self._out.show(content, recipient)
        except SendError as error:
            return Sent(error=error)

    async def delete(self, recipient: Recipient, now: datetime) -> None:
        await self._out.take_away(recipient)

    async def answer(self, incoming: Incoming, answer: Answer) -> None:
        query = self._queries.pop(incoming.update, None)
        if query is not None:
            try:
                await self._bot.call(
                    "answerCallbackQuery",
                    callback_query_id=query, text=answer.text[:200] or None, show_alert=answer.alert or None,
                )  # fmt: skip
            except TelegramError as error:  # the answer is late or lost, but the tap is recorded
                log.info("a tap was not answered: %s", error.message)

    async def fetch(self, remote: Remote) -> bytes:
        return await files.sent(self._bot, remote)

    async def close(self) -> None:
        """Wait a little for the last calls, then close the connections."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=1)
        for task in self._busy:
            task.cancel()
        await self._polls.shutdown()
        await self._calls.shutdown()

    def _soon(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return task
