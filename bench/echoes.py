"""The usual bots, as peers: `python -m bench.echoes KIND URL TOKEN`. Each answers every update with one message."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any


def ptb(url: str, token: str, concurrent: int, *, remembers: bool = False, aiohttp: bool = False) -> None:
    """python-telegram-bot as its documentation shows it; `remembers`: a ConversationHandler with PicklePersistence."""
    from telegram import Update
    from telegram.ext import Application, ConversationHandler, MessageHandler, PicklePersistence, filters

    async def echo(update: Any, context: Any) -> int:
        context.user_data["said"] = update.message.text
        await update.message.reply_text(update.message.text)
        return 1

    building = Application.builder().token(token).base_url(url)
    if aiohttp:
        from bot.channels.telegram_transport import Transport

        building = building.request(Transport(256)).get_updates_request(Transport(1))
    if concurrent:
        building = building.concurrent_updates(concurrent)
    heard = MessageHandler(filters.TEXT, echo)
    if remembers:
        store = PicklePersistence(Path(tempfile.mkdtemp()) / "memory", update_interval=1)
        building = building.persistence(store)
        app = building.build()
        for user in range(10_000):  # what a bot of this age knows of its users
            app.user_data[50_000 + user]["report"] = {"temperature": 36.5, "contact": "no", "remark": "x" * 200}
        app.add_handler(ConversationHandler([heard], {1: [heard]}, [], name="talk", persistent=True))
    else:
        app = building.build()
        app.add_handler(heard)
    app.run_polling(allowed_updates=Update.ALL_TYPES, stop_signals=())


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
