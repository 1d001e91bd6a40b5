"""Receive WeCom's callbacks: its check whether the address is ours, and everything that happened.

A callback that somebody once read would be valid for ever, so its signed timestamp has to be within
`WECOM_CALLBACK_WINDOW` seconds of this machine's clock. Within that time a repeated one is recognised by its content
(`events.key_of`) and changes nothing."""

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.wecom.channel import WeCom
from bot.channels.wecom.protocol import MOST_BYTES, Refused
from bot.request_bodies import body_of

log = logging.getLogger("zeroreport")
PATH = "/wecom/callback"


def route(channel: WeCom) -> Route:
    """Return the route: GET answers the admin console; POST answers, empty, once the callback is on disk. After
    anything but 200 WeCom asks again."""

    async def callback(request: Request) -> Response:
        query = dict(request.query_params)
        try:
            channel.admit(query)
            if request.method != "POST":
                return Response(channel.echo(query), media_type="text/plain")
            await channel.callback(query, await body_of(request, MOST_BYTES) or b"")
        except Refused as error:
            log.warning("a callback was refused: %s", error)
            return PlainTextResponse("", 403)
        except Exception as error:
            log.warning("a callback was not recorded: %r", error)
            return PlainTextResponse("", 503)
        return PlainTextResponse("")

    return Route(PATH, callback, methods=["GET", "POST"])
