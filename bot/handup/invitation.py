"""Show who scanned an invitation's QR code what to do with it (docs/rules.md 40.3). The code itself stands behind the
address's `#`, which browsers keep to themselves: this page never learns it."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.handup.sender import PATH
from bot.web.pages import browser_language
from handlers.core.rendering import Renderer


def invitation() -> Route:
    return Route(PATH, _page, methods=["GET"])


async def _page(request: Request) -> Response:
    return HTMLResponse(Renderer(browser_language(request)).page("survey/invitation"))
