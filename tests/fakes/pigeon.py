"""A channel that nobody has yet, as its package would be: letters come in over HTTP and go out into a file. For
tests/bot/channels/test_registry.py, which adds it to the channels."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pydantic import Field
from pydantic_settings import BaseSettings

from bot.channels.base import Desk, Profile, Recipient, Sent
from bot.channels.package import Finding, Installed, Package, Services
from handlers.core.incoming import Answer, Incoming
from handlers.core.rendering import Content


class PigeonSettings(BaseSettings):
    pigeon_loft: str = Field("", description="The file in which letters are laid; empty: no pigeons.")


class Pigeons:
    profile = Profile("pigeon", "loft")

    def __init__(self, loft: str, services: Services) -> None:
        self._loft, self._desk = Path(loft), services.desk

    async def receive(self, desk: Desk) -> None:
        await asyncio.Event().wait()

    async def letter(self, sender: str, text: str) -> None:
        await self._desk.take([
            Incoming("pigeon", "loft", uuid4().hex, sender, sender, True, datetime.now(UTC), text=text)
        ])  # fmt: skip

    async def send(self, content: Content, recipients: Sequence[Recipient], now: datetime) -> list[Sent]:
        with self._loft.open("a", encoding="utf-8") as letters:
            letters.writelines(f"{it.chat}: {content.text}\n" for it in recipients)
        return [Sent(uuid4().hex) for _ in recipients]

    async def delete(self, recipient: Recipient, now: datetime) -> None: ...

    async def answer(self, incoming: Incoming, answer: Answer) -> None: ...

    async def close(self) -> None:
        with self._loft.open("a", encoding="utf-8") as letters:
            letters.write("closed\n")


def _make(settings: PigeonSettings, services: Services) -> Installed | None:
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    if not settings.pigeon_loft:
        return None
    made = Pigeons(settings.pigeon_loft, services)

    async def arrive(request: Request) -> Response:
        await made.letter(request.path_params["sender"], (await request.body()).decode())
        return PlainTextResponse("")

    return Installed(made, made.close, [Route("/pigeon/{sender}", arrive, methods=["POST"])])


def _checks(settings: PigeonSettings, public_url: str) -> Iterable[Finding]:
    return [("pigeon", False, settings.pigeon_loft)] if settings.pigeon_loft else []


PACKAGE = Package("pigeon", PigeonSettings, lambda settings: settings.pigeon_loft or None, _make, _checks)
