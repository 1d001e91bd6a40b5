"""A server whose every answer is `ok`, and connections to it byte by byte."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from bot.bounds import Room
from bot.web.server import Server, listen

HELLO = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@contextlib.contextmanager
def serving(room: Room, app: Callable[..., object] | None = None) -> Iterator[tuple[int, Server]]:
    """Serve nothing, on a loop of its own."""

    async def answer(scope: object, receive: Callable[..., object], send: Callable[..., object]) -> None:
        if app:
            await app(receive)  # type: ignore[misc]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})  # type: ignore[misc]
        await send({"type": "http.response.body", "body": b"ok"})  # type: ignore[misc]

    bound = listen("127.0.0.1", 0)
    held: list[tuple[Server, asyncio.AbstractEventLoop]] = []
    up = threading.Event()

    async def main() -> None:
        made = Server(answer, bound, room)  # type: ignore[arg-type]
        held.append((made, asyncio.get_running_loop()))
        serve = asyncio.ensure_future(made.serve())
        while not made.started:
            await asyncio.sleep(0.01)
        up.set()
        await serve

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert up.wait(60)
    made, loop = held[0]
    try:
        yield bound.getsockname()[1], made
    finally:
        loop.call_soon_threadsafe(setattr, made, "should_exit", True)
        thread.join(60)
        assert not thread.is_alive()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def said(one: socket.socket) -> bytes:
    """Return what came until the other side hung up."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while more := one.recv(4096):
            found += more
    return found


def whole(one: socket.socket) -> bytes:
    """Return one answer of our server of nothing."""
    found = b""
    while not found.endswith(b"ok") and (more := one.recv(4096)):
        found += more
    return found


def answered(port: int) -> bool:
    with connect(port) as one:
        one.sendall(HELLO)
        return b"200 OK" in whole(one)
