"""Serve the path that Telegram calls from outside. Who calls is checked before the body is read."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.telegram.channel import Telegram


def telegram_hook(telegram: Telegram) -> Route:
    """Return the route `POST /telegram/BOT`: an update, answered with 200 once it is on disk."""

    async def hook(request: Request) -> Response:
        told = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not telegram.admits(request.path_params["bot"], told):
            return PlainTextResponse("", 403)
        return PlainTextResponse("", await telegram.hook(await request.body()))

    return Route("/telegram/{bot}", hook, methods=["POST"])
