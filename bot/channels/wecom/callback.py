"""WeCom's callback: its question whether the address is ours, and everything it tells."""

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
    """GET answers the admin console; POST answers, empty, once what came is on disk. All but 200 is asked again."""

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
