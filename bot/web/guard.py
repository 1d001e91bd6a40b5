"""Guard the page: only this machine, only this origin, no oversized bodies, and headers that keep it so.

Paths that platforms call have guards of their own, which check a secret before the body is read. Every other path wants
a loopback Host *and* a caller on this machine, so HOST may be 0.0.0.0 once PUBLIC_URL is set."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.webchat.channel import FILE_LIMIT
from bot.loopback import LOOPBACK
from bot.web.pages import Fault, Pages, locale_of

BODY_LIMIT = 64 * 1024
PAGE_LIMIT = 256 * 1024  # of a survey's page, which has no files
HOOK_LIMIT = 1024 * 1024  # bytes of a platform's call, whose caller is known before they are read
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(pages: Pages, request: Request, status: int, key: str) -> Response:
    """Return a refusal in the person's language: JSON for the page's script, a plain sentence for anybody else."""
    sentence = pages.fault(locale_of(request), key)
    if request.url.path.startswith(("/chat/", "/clock", "/language", "/leave")):
        return JSONResponse({"error": sentence}, status, HEADERS)
    return PlainTextResponse(sentence, status, HEADERS)


class Guard:
    """Wraps the application. A page elsewhere that points its name at this machine fails on Host, a form elsewhere that
    posts to it fails on Origin. Paths that begin with one of `outside` are called from outside, under any host name;
    each holds or demands its own proof of who calls."""

    def __init__(
        self, app: ASGIApp, port: int, pages: Pages, outside: Sequence[str] = (), most_lines: int = 100
    ) -> None:
        self.app = app
        self.most_lines = most_lines
        self.pages = pages
        self.outside = tuple(outside)
        names = ("127.0.0.1", "localhost", "[::1]")
        self.hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())

    def objection(self, request: Request) -> str | None:
        if request.url.path.startswith(self.outside):
            return None
        if request.client is None or request.client.host not in LOOPBACK:
            return "wrong_host"
        if request.headers.get("host", "").lower() not in self.hosts:
            return "wrong_host"
        if request.method in ("GET", "HEAD"):
            return None
        # under `no-referrer` our own form posts with `Origin: null`: then Sec-Fetch-Site decides
        origin = request.headers.get("origin", "null").lower()
        here = request.headers.get("sec-fetch-site") == "same-origin" if origin == "null" else self._ours(origin)
        return None if here else "wrong_origin"

    def _ours(self, origin: str) -> bool:
        return origin.startswith("http://") and origin.removeprefix("http://") in self.hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope)
        if len(scope["headers"]) > self.most_lines:
            return await refusal(self.pages, request, 431, "not_understood")(scope, receive, send)
        limit, too_large = self._bound(request.url.path)
        key = self.objection(request)
        if key:
            return await refusal(self.pages, request, 403, key)(scope, receive, send)
        if int(request.headers.get("content-length", "0") or 0) > limit:  # uvicorn lets no malformed number through
            return await refusal(self.pages, request, 413, too_large)(scope, receive, send)
        await self.app(scope, _limited(receive, limit, too_large), _dressed(send))

    def _bound(self, path: str) -> tuple[int, str]:
        """Return how many bytes this path takes, and the key of the refusal for more: only a file may be as large as a
        file."""
        if path.startswith(("/chat/file", "/upload/")):
            return FILE_LIMIT, "too_big"
        if path in ("/dashboard/file", "/dashboard/fill"):  # what is a little too large is refused on its page
            return 2 * FILE_LIMIT, "too_big"
        if path.startswith("/chat/say"):
            return BODY_LIMIT, "too_long"
        if path.startswith("/s/"):
            return PAGE_LIMIT, "page_too_long"
        if path == "/enter":
            return BODY_LIMIT, "wrong_code"
        return (HOOK_LIMIT if path.startswith(self.outside) else BODY_LIMIT), "not_understood"


def _limited(receive: Receive, limit: int, too_large: str) -> Receive:
    """Count a body without a length as it comes."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise Fault(413, too_large)
        return message

    return counted


def _dressed(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
