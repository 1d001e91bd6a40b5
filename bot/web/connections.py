"""Limit connections: never more than there is room for, none that waits for ever, and a newcomer finds room.

uvicorn limits neither the connections nor the time until a request's first byte, so 1,150 idle connections once ended
the program. This is a subclass of uvicorn's own h11 protocol and a small accept loop; parsing and answering stay
uvicorn's. The times for a head and for a body are absolute, so one byte a second does not lengthen them. Behind a
reverse proxy all connections come from one address; for the addresses in `PROXIES` only the total is limited. A
forwarded-for header is not needed here; what one person may do on a page is counted by it, and it is believed from
`PROXIES` only."""

import asyncio
import errno
import logging
import resource
import socket
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bot.bounds import Room

log = logging.getLogger("zeroreport")
WANTED = 65_536  # open files at most to ask the system for
OURS = 256  # of them reserved for the database, the platforms and files
SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PAUSE = 0.2  # seconds without a new connection after the system had no room for one
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"  # RFC 6585, 5
)


def raise_file_limit() -> int:
    """Raise the limit of open files as far as the system allows, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return WANTED if soft == resource.RLIM_INFINITY else soft


def affordable(most: int, files: int) -> int:
    """Return how many connections leave enough open files for everything else."""
    return max(1, min(most, files - min(OURS, files // 2)))


def neighbourhood(host: str) -> str:
    """Return the address for which a connection counts: itself, in IPv6 the network of 64 bits that one
    customer has."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ip_network(f"{host}/64", strict=False))


class Door:
    """Knows all connections. Where there is no room, the one that has kept us waiting longest is closed. One that we
    are working for stays; a newcomer is sent away only where all others are such."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._there: Counter[str] = Counter()
        self._waiting: dict[Connection, None] = {}  # connections that wait for their client, the longest first
        self._count = 0

    def admit(self, one: "Connection") -> bool:
        """Admit a connection, if need be in another's place; say whether there is room."""
        crowded = one.where not in self.room.proxies and self._there[one.where] >= self.room.each
        if crowded and not self._make_room(one.where):
            return False
        if self._count >= self.room.most and not self._make_room(None):
            return False
        self._count += 1
        self._there[one.where] += 1
        return True

    def gone(self, one: "Connection") -> None:
        self._waiting.pop(one, None)
        self._count -= 1
        self._there[one.where] -= 1
        if self._there[one.where] <= 0:
            del self._there[one.where]

    def waits(self, one: "Connection", *, waiting: bool) -> None:
        if not waiting:
            self._waiting.pop(one, None)
        elif one not in self._waiting:
            self._waiting[one] = None

    def _make_room(self, where: str | None) -> bool:
        longest = next((it for it in self._waiting if where is None or it.where == where), None)
        if longest is None:
            log.warning("a connection was refused: all that are open are busy (CONNECTIONS)")
            return False
        log.info("an idle connection was closed for a new one")
        longest.let_go()
        return True

    def short_of_files(self) -> None:
        self._make_room(None)


class Connection(H11Protocol):
    """uvicorn's protocol with a limit to each wait: for a head, for a body, for a client that reads. uvicorn itself
    waits without limit for the first byte, and for every one after it."""

    def __init__(self, door: Door, config: Config, state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, state, app_state)
        self.door, self.where = door, ""
        self._end: asyncio.TimerHandle | None = None
        self._phase = ""
        self._head, self._tail = 0, b""
        self._answered = self._admitted = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.where = neighbourhood(self.client[0] if self.client else "")
        self._admitted = self.door.admit(self)
        if self._admitted:
            self._look()
        else:
            self._refuse(BUSY)

    def connection_lost(self, exc: Exception | None) -> None:
        self._set_end(None)
        if self._admitted:
            self._admitted = False
            self.door.gone(self)
        super().connection_lost(exc)

    def let_go(self) -> None:
        """Close at once and stop counting: the newcomer must not wait for the event loop."""
        self._admitted = False
        self.door.gone(self)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.conn.their_state is h11.IDLE and not self._bearable(data):
            self._refuse(TOO_LONG)
            return
        super().data_received(data)
        self._look(said=True)

    def on_response_complete(self) -> None:
        self._answered = True
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._enter("reading", self.door.room.body)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look()

    def _bearable(self, data: bytes) -> bool:
        """Say whether a head that continues with this is short enough; what follows the empty line is no head."""
        window = self._tail + data
        end = max(window.find(b"\r\n\r\n"), window.find(b"\n\n"))
        self._head += len(data) if end < 0 else max(0, end - len(self._tail))
        self._tail = window[-3:]
        return self._head <= self.door.room.head

    def _look(self, *, said: bool = False) -> None:
        """Set the limit for the current wait. Bytes that trickle in never lengthen the time for a head or a body."""
        theirs, room = self.conn.their_state, self.door.room
        if self.transport.is_closing():
            self._set_end(None)
        elif theirs is h11.IDLE and (said or not self._answered):
            self._enter("head", room.header)
        elif theirs is h11.IDLE:
            self._head, self._tail = 0, b""
            self._enter("idle", room.idle)
        elif theirs is h11.SEND_BODY:
            self._head, self._tail = 0, b""
            self._enter("body", room.body)
        elif self.cycle is not None and not self.cycle.response_complete:
            self._head, self._tail = 0, b""
            self._enter("", None)

    def _enter(self, phase: str, seconds: float | None) -> None:
        if phase != self._phase or not phase:
            self._phase = phase
            self._set_end(seconds)
            if self._admitted:
                self.door.waits(self, waiting=bool(phase))

    def _set_end(self, seconds: float | None) -> None:
        if self._end:
            self._end.cancel()
        self._end = self.loop.call_later(seconds, self._give_up) if seconds is not None else None

    def _give_up(self) -> None:
        log.info("a connection was closed: too slow (%s)", self._phase)
        self.transport.abort()

    def _refuse(self, answer: bytes) -> None:
        self._set_end(None)
        self.transport.write(answer)
        self.transport.close()


class Listening:
    """Accepts connections one after the other. Where the system has no room, this waits; asyncio's own loop tries a
    hundred times and logs each."""

    def __init__(self, bound: socket.socket, door: Door, make: Callable[[], Connection]) -> None:
        bound.setblocking(False)
        self._bound, self._door, self._make = bound, door, make
        self._task = asyncio.ensure_future(self._accept())

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                taken, _ = await loop.sock_accept(self._bound)
            except OSError as error:
                if error.errno in SHORT:
                    log.warning("a connection was refused: %s", error.strerror)
                    self._door.short_of_files()
                    await asyncio.sleep(PAUSE)
                elif self._bound.fileno() < 0:
                    raise
                continue
            try:
                await loop.connect_accepted_socket(self._make, taken)
            except OSError as error:
                log.info("a connection failed: %s", error.strerror)
                taken.close()

    def close(self) -> None:
        self._task.cancel()

    @property
    def broken(self) -> bool:
        return self._task.done() and not self._task.cancelled()

    async def wait_closed(self) -> None:
        await asyncio.wait([self._task])
