"""Set what is behind Telegram's menu button: each role's commands, in the reader's language."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from telegram import BotCommand, BotCommandScope, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.channels.package import Services
from bot.channels.telegram.api import Calls
from bot.channels.telegram.errors import translated
from bot.channels.telegram.transport import PAUSE, UnknownMethod
from bot.channels.telegram.updates import NAME
from models.messaging import command_menus
from models.messaging.addresses import Address
from models.organisation.people import Role

log = logging.getLogger("zeroreport")
AT_ONCE, EVERY = 20, 5.0  # how many are set in one go, and seconds between looks


class Menus:
    """The menus of one bot."""

    def __init__(self, bot: Calls, services: Services) -> None:
        self._bot, self._database, self._desk = bot, services.database, services.desk
        self._commands, self._locale = services.menu, services.locale

    async def keep(self, leading: Callable[[], bool]) -> None:
        """Keep the menus current while this program leads: a member's commands for everybody, in each language, and
        their own menus in the chats of leads, of admins, and of whoever chose another language."""
        for code, locale in (("", self._locale), ("zh", "zh_CN"), ("en", "en")):
            await self._show(BotCommandScopeAllPrivateChats(), Role.MEMBER, locale, code)
        while leading():
            await asyncio.sleep(0 if await self._show_stale() else EVERY)

    async def _show_stale(self) -> bool:
        """Update the menus that changed; say whether there were any."""
        stale = await asyncio.to_thread(self._stale)
        for address, role, locale in stale:
            await self._show(BotCommandScopeChat(int(address.chat)), Role(role), locale)
            shown = partial(command_menus.shown, address_id=address.id, role=role, locale=locale)
            await self._desk.run(lambda session, now, shown=shown: shown(session), wake=False)  # type: ignore[misc]
        return bool(stale)

    def _stale(self) -> list[tuple[Address, str, str]]:
        with self._database.reading() as session:
            return command_menus.stale(session, NAME, AT_ONCE)

    async def _show(self, scope: BotCommandScope, role: Role, locale: str, code: str = "") -> None:
        """Set one menu. A refusal is only logged, because every command can be typed as well."""
        shown = [c for c in self._commands(locale) if command_menus.RANK[Role(c["role"])] <= command_menus.RANK[role]]
        commands = [BotCommand(c["command"], c["description"][:256]) for c in shown]
        while True:
            try:
                await self._bot.set_my_commands(commands, scope, code or None)
            except (BadRequest, Forbidden, InvalidToken, UnknownMethod) as error:
                log.info("a menu was not taken: %s", error.message)
            except TelegramError as error:
                await asyncio.sleep(translated(error).retry_after or PAUSE)
                continue
            return
