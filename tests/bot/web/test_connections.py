"""What is not logged in: connections that say nothing, a byte a second or too much. The chat and the program stay."""

import asyncio
import contextlib
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.bounds import Room
from bot.web import connections, server
from bot.web.connections import affordable, neighbourhood
from bot.web.pages import Fault
from bot.web.server import Server, listen
from bot.web.turnstile import Turnstile
from tests.bot.web.bare import HELLO, answered, connect, said, serving, whole
from tests.support.program import Office, running, until
from tests.support.sockets import hung_up


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, f"sqlite:///{tmp_path}/zeroreport.db")


def test_a_newcomer_is_answered_though_more_lie_idle_than_there_is_room_for() -> None:
    with serving(Room(most=10)) as (port, _):
        idle = [connect(port) for _ in range(40)]
        for one in idle[::2]:
            one.sendall(b"GET / HTTP/1.1\r\nHo")
        assert answered(port)
        gone = sum(not it for it in map(hung_up, idle[-5:]))
        assert gone == 5, "the newest are still there"
        assert said(idle[0]) == b"", "the oldest made room"
        for one in idle:
            one.close()


def test_one_address_makes_room_among_its_own() -> None:
    with serving(Room(most=100, each=3, proxies=())) as (port, _):
        idle = [connect(port) for _ in range(5)]
        assert answered(port)
        assert said(idle[0]) == said(idle[1]) == b""
        for one in idle:
            one.close()


@pytest.mark.parametrize("drip", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_head_that_trickles_in_is_waited_for_no_longer_than_one_that_does_not(drip: bytes) -> None:
    with serving(Room(header=0.3)) as (port, _), connect(port) as one:
        one.sendall(drip)
        stop = threading.Event()

        def trickle() -> None:
            while drip and not stop.wait(0.05):
                with contextlib.suppress(OSError):
                    one.send(b"a")

        thread = threading.Thread(target=trickle)
        thread.start()
        assert said(one) == b""
        stop.set()
        thread.join()


@pytest.mark.parametrize("answers_first", [False, True])
def test_a_body_that_trickles_in_ends_the_connection(answers_first: bool) -> None:
    async def read(receive: Callable[..., object]) -> None:
        while not answers_first and (await receive()).get("more_body"):  # type: ignore[misc]
            pass

    with serving(Room(body=0.3, idle=0.3), read) as (port, _), connect(port) as one:
        one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        stop = threading.Event()

        def trickle() -> None:
            while not stop.wait(0.05):
                with contextlib.suppress(OSError):
                    one.send(b"a")

        thread = threading.Thread(target=trickle)
        thread.start()
        assert b"200" not in said(one) or answers_first
        stop.set()
        thread.join()


def test_a_connection_that_was_answered_is_kept_a_while_and_then_ended() -> None:
    with serving(Room(idle=0.3)) as (port, _), connect(port) as one:
        for _ in range(2):
            one.sendall(HELLO)
            assert b"200 OK" in whole(one)
        assert said(one) == b""


def test_a_client_that_reads_nothing_is_not_waited_for() -> None:
    ended = threading.Event()

    async def much(scope: object, receive: object, send: Callable[..., object]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[misc]
        with contextlib.suppress(asyncio.CancelledError):
            for _ in range(2000):
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})  # type: ignore[misc]
        ended.set()

    bound = listen("127.0.0.1", 0)

    async def main() -> None:
        made = Server(much, bound, Room(body=0.3))  # type: ignore[arg-type]
        serve = asyncio.ensure_future(made.serve())
        await asyncio.to_thread(ended.wait, 10)
        made.should_exit = True
        await serve

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    with socket.create_connection(bound.getsockname()) as one:
        one.sendall(HELLO)
        assert ended.wait(60)
    thread.join(60)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000,
    ],
)
def test_a_head_without_end_is_refused(head: bytes) -> None:
    with serving(Room()) as (port, _), connect(port) as one:
        with contextlib.suppress(ConnectionError):
            one.sendall(head)
        assert b"200" not in said(one)
        assert answered(port)


def test_what_follows_a_head_is_not_counted_as_one() -> None:
    async def read(receive: Callable[..., object]) -> None:
        while (await receive()).get("more_body"):  # type: ignore[misc]
            pass

    with serving(Room(head=100), read) as (port, _), connect(port) as one:
        for _ in range(2):
            one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000)
            assert b"200 OK" in whole(one)


def test_where_all_are_being_worked_for_a_newcomer_is_told_to_come_again() -> None:
    hold = threading.Event()

    begun: list[None] = []

    async def wait(receive: object) -> None:
        begun.append(None)
        await asyncio.to_thread(hold.wait, 10)

    with serving(Room(most=2), wait) as (port, _):
        busy = [connect(port), connect(port)]
        for one in busy:
            one.sendall(HELLO)
        until(lambda: len(begun) == 2)
        with connect(port) as late:
            assert said(late).startswith(b"HTTP/1.1 503")
        hold.set()
        for one in busy:
            assert b"200 OK" in whole(one)
            one.close()


def test_a_server_that_stumbles_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PAUSES", (0.01,))
    with serving(Room()) as (port, made):
        assert answered(port)
        before = made._now
        assert before
        before._door.admit = None  # type: ignore[method-assign, assignment] -- any bug of ours
        before.servers[0]._task.get_loop().call_soon_threadsafe(before.servers[0]._task.cancel)  # type: ignore[attr-defined]
        before.should_exit = True
        until(lambda: made._now is not before and made.started)
        assert answered(port)


def test_where_the_system_has_no_room_it_is_waited_and_not_spun(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[float] = []

    def full(*_: object) -> object:
        tries.append(time.monotonic())
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(connections, "PAUSE", 0.2)
    with serving(Room()) as (port, made):
        loop = made._now.servers[0]._task.get_loop()  # type: ignore[union-attr, attr-defined]
        taken = loop.sock_accept
        with caplog.at_level(logging.WARNING):
            loop.sock_accept = full
            waiting = [connect(port) for _ in range(20)]
            until(lambda: len(tries) >= 2)
            loop.sock_accept = taken
            assert answered(port)
        assert tries[1] - tries[0] >= 0.2
        assert len(caplog.records) <= 5
        for one in waiting:
            one.close()


def test_open_files_are_left_to_the_rest_of_the_program() -> None:
    assert affordable(2000, 65_536) == 2000
    assert affordable(2000, 1024) == 768
    assert affordable(2000, 256) == 128
    assert affordable(2000, 1) == 1


def test_an_ipv6_customer_is_one_address() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:2") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("192.0.2.1") != neighbourhood("192.0.2.2")
    assert neighbourhood("unknown") == "unknown"


@pytest.mark.parametrize("files", ["256"])
def test_more_idle_connections_than_open_files_and_the_program_answers(office: Office, files: str) -> None:
    """Half-open connections by the hundred, no login, few open files."""
    script = office.folder / "few"
    script.write_text(f'#!/bin/sh\nulimit -n {files}\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    office("init", "局", "周敏")
    with running(office, "run", python=str(script), HEADER_SECONDS="300") as program:
        idle = [socket.create_connection(("127.0.0.1", program.port), timeout=60) for _ in range(400)]
        for one in idle[::2]:
            with contextlib.suppress(ConnectionError):
                one.sendall(b"POST /chat/say HTTP/1.1\r\nHo")
        assert program.get("/healthz").status == 200
        assert program.get("/").status == 200
        assert program.process.poll() is None
        assert len(program.output) < 2000
        for one in idle:
            one.close()
        assert Path(f"/proc/{program.process.pid}").exists()
        program.stop()
        assert program.process.returncode == 0


def test_a_person_sends_one_file_at_a_time_and_few_do_at_once() -> None:
    turnstile = Turnstile(2)
    with turnstile.through("a"):
        with pytest.raises(Fault, match="one_at_a_time"), turnstile.through("a"):
            pass
        with turnstile.through("b"), pytest.raises(Fault, match="busy"), turnstile.through("c"):
            pass
    with turnstile.through("a"):
        pass
