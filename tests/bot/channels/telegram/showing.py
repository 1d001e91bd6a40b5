"""Show messages on a phone through our Bot API server, and take its refusals."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.channels.base import Draw, Recipient, SendError
from bot.channels.telegram.api import Calls
from bot.channels.telegram.sending import Out
from bot.channels.telegram.transport import Transport
from handlers.core.rendering import Button, Content, Picture
from models.files.records import File
from tests.fakes.telegram import TOKEN, BotApi

OK = Button("是，<全部>正常", "report.zero." + "1" * 52)
X = Content("x")
PICTURE = File("d1", "卡片.png", "image/png", 5)
TABLE = File("d2", "名单.xlsx", "application/octet-stream", 5)


async def drawn(picture: Picture) -> bytes:
    return picture.values.encode()


def using(api: BotApi, work: Callable[[Out], Awaitable[Any]], draw: Draw = drawn) -> Any:
    async def load(file: File) -> bytes:
        return file.digest.encode()

    async def run() -> Any:
        request = Transport(4)
        try:
            return await work(Out(Calls(TOKEN, base_url=api.url, request=request), load, draw))
        finally:
            await request.shutdown()

    return asyncio.run(run())


def show(api: BotApi, content: Content, message: str | None = None, chat: str = "42") -> str | None:
    sent = using(api, lambda out: out.show(content, Recipient("42", chat, message)))
    return sent.message  # type: ignore[no-any-return]


def refused(api: BotApi, content: Content = X, message: str | None = None, chat: str = "42") -> SendError:
    with pytest.raises(SendError) as error:
        show(api, content, message, chat)
    assert TOKEN not in str(error.value)
    return error.value


@contextmanager
def lacking(api: BotApi, *methods: str) -> Iterator[None]:
    api.lacks = set(methods)
    try:
        yield
    finally:
        api.lacks = set()
