"""Run the web server. A failure of it never ends the program: it starts again, and only the signal ends it."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace

import uvicorn
from starlette.types import ASGIApp

from bot.bounds import Room
from bot.web.connections import Connection, Door, Listening, affordable, raise_file_limit
from models.core.errors import Refusal

log = logging.getLogger("zeroreport")
GRACE = 3  # seconds that running requests have at the end
BACKLOG = 1024  # connections that the system holds until they are accepted
PAUSES = (0.5, 2.0, 10.0, 60.0)  # seconds before the next try


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise `cli.port` if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise Refusal("cli.port", port=port) from None
    bound.listen(BACKLOG)
    return bound


class _Uvicorn(uvicorn.Server):
    """uvicorn with our own accept loop. Signals are left to us, because an orderly end is exit code 0."""

    def __init__(self, config: uvicorn.Config, bound: socket.socket, door: Door) -> None:
        super().__init__(config)
        self._bound, self._door = bound, door

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        door, config, state = self._door, self.config, self.server_state
        make = lambda: Connection(door, config, state, self.lifespan.state)  # noqa: E731
        self.servers = [Listening(self._bound, door, make)]  # type: ignore[list-item]
        self.started = True

    async def on_tick(self, counter: int) -> bool:
        if any(it.broken for it in self.servers):  # type: ignore[attr-defined]
            raise OSError("the port is listened to no more")
        return await super().on_tick(counter)


class Server:
    """Serves an application on a socket until `should_exit`."""

    def __init__(self, web: ASGIApp, bound: socket.socket, room: Room) -> None:
        most = affordable(room.most, raise_file_limit())
        if most < room.most:
            log.warning(
                "CONNECTIONS is %s instead of %s, because the system allows too few open files", most, room.most
            )
        self._config = uvicorn.Config(
            web, http=Connection, ws="none", log_config=None, lifespan="off", access_log=False,
            timeout_graceful_shutdown=GRACE, timeout_keep_alive=int(room.idle) + 1,
            forwarded_allow_ips=sorted(it for it in room.proxies if it),  # whose X-Forwarded-For is believed
        )  # fmt: skip
        self._room = replace(room, most=most)
        self._bound = bound
        self._now: _Uvicorn | None = None
        self._exit = asyncio.Event()

    @property
    def started(self) -> bool:
        return self._now is not None and self._now.started

    @property
    def should_exit(self) -> bool:
        return self._exit.is_set()

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        if value:
            self._exit.set()
            if self._now:
                self._now.should_exit = True

    async def serve(self) -> None:
        """Serve, and start again after a failure, while chat, clock and delivery go on."""
        failed = 0
        while not self.should_exit:
            self._now = _Uvicorn(self._config, self._bound, Door(self._room))
            try:
                await self._now.serve()
                failed = 0
            except Exception:
                log.exception("the web server failed by a bug and is restarted")
            if not self.should_exit:
                await self._rest(PAUSES[min(failed, len(PAUSES) - 1)])
                failed += 1
        self._bound.close()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._exit.wait(), seconds)
