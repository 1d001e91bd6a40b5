"""Run the usual bots, as peers: `python -m bench.echoes KIND URL TOKEN`. Each answers every update with one message."""

import asyncio
import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any

USERS = 10_000


def ptb(url: str, token: str, concurrent: int, *, remembers: bool = False, aiohttp: bool = False) -> None:
    """python-telegram-bot as its documentation shows it; `remembers`: a ConversationHandler with PicklePersistence."""
    from telegram import Update
    from telegram.ext import Application, ConversationHandler, MessageHandler, filters

    async def echo(update: Any, context: Any) -> int:
        context.user_data["said"] = update.message.text
        await update.message.reply_text(update.message.text)
        return 1

    building = Application.builder().token(token).base_url(url)
    if aiohttp:
        from bot.channels.telegram.transport import Transport

        building = building.request(Transport(256)).get_updates_request(Transport(1))
    if concurrent:
        building = building.concurrent_updates(concurrent)
    heard = MessageHandler(filters.TEXT, echo)
    if remembers:
        building = building.persistence(_remembering(Path(tempfile.mkdtemp()) / "memory"))
        app = building.build()
        app.add_handler(ConversationHandler([heard], {1: [heard]}, [], name="talk", persistent=True))
    else:
        app = building.build()
        app.add_handler(heard)
    app.run_polling(allowed_updates=Update.ALL_TYPES, stop_signals=())


def _remembering(file: Path) -> Any:
    """Return what an older bot knows of 10,000 users, written at most a second after it changed."""
    from telegram.ext import PersistenceInput, PicklePersistence

    said = {"report": {"temperature": 36.5, "contact": "no", "remark": "x" * 200}}
    known = {
        "user_data": {50_000 + user: dict(said) for user in range(USERS)}, "chat_data": {}, "bot_data": {},
        "callback_data": None, "conversations": {"talk": {(50_000 + user,) * 2: 1 for user in range(USERS)}},
    }  # fmt: skip
    file.write_bytes(pickle.dumps(known))
    return PicklePersistence(file, PersistenceInput(bot_data=False, chat_data=False), update_interval=1)


async def aiogram(url: str, token: str) -> None:
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    server = TelegramAPIServer.from_base(url.removesuffix("/bot"))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: Any) -> None:
        await message.answer(message.text)

    await dispatcher.start_polling(Bot(token, session=AiohttpSession(api=server)), handle_signals=False)


if __name__ == "__main__":
    kind, where, secret = sys.argv[1:]
    if kind == "aiogram":
        asyncio.run(aiogram(where, secret))
    else:
        ptb(where, secret, 256 if "256" in kind else 0, remembers="pickle" in kind, aiohttp="aiohttp" in kind)
