"""Measure WeCom's callbacks, commit included, against a peer that only decrypts and answers: `python -m
bench.wecom`."""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from zoneinfo import ZoneInfo

import uvicorn
from sqlmodel import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.wecom import protocol
from bot.settings import Settings
from models.changes import roster_import
from models.channels.wecom import WecomInbox
from models.core.database import Database, connect
from models.core.schema import migrate
from models.cycle import assignment_changes
from models.cycle.periods import Period
from models.forms import versions
from models.messaging import enrolment
from models.organisation.people import Kind, Person
from models.organisation.units import unit_at
from models.reporting.reports import Report, State
from models.time.times import Times
from tests.fakes import wecom as wecomapi
from tests.support.world import HEALTH

ROOT = Path(__file__).parents[1]
TOMORROW = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=1)
CONNECTIONS = 200
OURS = {name.upper() for name in Settings.model_fields}


class Everybody(set[str]):
    """A company in which whoever is named is a member."""

    def __contains__(self, _: object) -> bool:
        return True


def serve(what: str) -> None:
    """Run WeCom's server, or the peer, in this process."""
    if what == "peer":
        keys = protocol.make_keys(wecomapi.TOKEN, wecomapi.AES_KEY, wecomapi.CORP)

        async def callback(request: Request) -> Response:
            q = request.query_params
            protocol.open_envelope(keys, q["msg_signature"], q["timestamp"], q["nonce"], await request.body())
            return PlainTextResponse("")

        routes = [Route("/wecom/callback", callback, methods=["POST"])]
    else:
        server = wecomapi.WeComServer()
        server.members = Everybody()

        async def counted(request: Request) -> Response:
            return JSONResponse(Counter(path for path, _ in server.calls))

        routes = [Route("/counted", counted), *server.routes()]
    running = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="critical", lifespan="off"))

    async def main() -> None:
        serving = asyncio.create_task(running.serve())
        while not running.started:
            await asyncio.sleep(0.01)
        print(f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/", flush=True)
        await serving

    asyncio.run(main())


@contextmanager
def process(*command: str, **environment: str) -> Iterator[str]:
    """Run a program that prints its address, until the end of the block."""
    kept = {k: v for k, v in os.environ.items() if k not in OURS}
    started = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=kept | {"LANG": "C"} | environment,
    )  # fmt: skip
    assert started.stdout
    try:
        for line in started.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0]
                return
        raise SystemExit("the program did not start")
    finally:
        started.kill()
        started.wait()


def town(url: str, people: int) -> None:
    """Make an organisation, all on WeCom, that is asked tomorrow."""
    database = connect(url)
    migrate(database)
    now = datetime.now(UTC)
    lines = [f"{n:05},员工{n},区局/{n % 40}站" for n in range(people)]
    with database.writing() as session:
        roster_import.take(session, roster_import.read("\n".join(["staff_no,name,unit", *lines]).encode()))
        for person in session.exec(select(Person).where(Person.kind == Kind.STAFF)).all():
            enrolment.enrol(session, person, "wecom", f"u{person.staff_no}", f"u{person.staff_no}", now)
        version, _ = versions.store(session, HEALTH, now)
        assignment_changes.assign(
            session, version, unit_at(session, "区局"), now, calendar=f"once:{TOMORROW}", times=Times.make(),
            timezone="Asia/Shanghai", name_silent=False,
        )  # fmt: skip
    database.close()


def taps(count: int, people: int, period: int, name: str) -> list[tuple[str, bytes]]:
    """Return callbacks, sealed: somebody taps the zero of this period."""
    made = []
    for n in range(count):
        fields = {
            "ToUserName": wecomapi.CORP, "FromUserName": f"u{n % people:05}", "CreateTime": "1750000000",
            "MsgType": "event", "Event": "template_card_event", "EventKey": f"report.zero.{period}",
            "TaskId": f"{name}{n}_0", "ResponseCode": f"{name}{n}", "AgentID": wecomapi.AGENT,
        }  # fmt: skip
        xml = "".join(f"<{k}>{v}</{k}>" for k, v in fields.items())
        made.append(wecomapi.sealed(f"<xml>{xml}</xml>"))
    return made


async def fire(url: str, calls: list[tuple[str, bytes]], rate: float | None) -> list[float]:
    """Post all of them, `rate` a second or as fast as the connections allow; return milliseconds from when each was
    due."""
    host, port = url.removeprefix("http://").split(":")
    took: list[float] = []
    waiting = iter(enumerate(calls))
    began = time.perf_counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for n, (query, body) in waiting:
            due = began + n / rate if rate else time.perf_counter()
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            head = (
                f"POST /wecom/callback?{query} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            took.append((time.perf_counter() - due) * 1000)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return took


def told(name: str, took: list[float], seconds: float) -> float:
    rate = len(took) / seconds
    p99 = quantiles(took, n=100)[98]
    print(f"| {name} | {rate:,.0f} | {median(took):.1f} | {p99:.1f} | {max(took):.0f} |", flush=True)
    return rate


def measure(name: str, url: str, calls: list[tuple[str, bytes]], rate: float | None = None) -> float:
    began = time.perf_counter()
    took = asyncio.run(fire(url, calls, rate))
    return told(name, took, time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--storm", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=20, help="of 200 callbacks a second")
    parser.add_argument("--serve", choices=["wecom", "peer"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.serve)
    with tempfile.TemporaryDirectory() as folder, process("bench.wecom", "--serve", "wecom") as wecom:
        url = f"sqlite:///{folder}/zeroreport.db"
        town(url, given.people)
        access = {"WECOM_CORP_ID": wecomapi.CORP, "WECOM_AGENT_ID": wecomapi.AGENT, "WECOM_SECRET": wecomapi.SECRET,
                  "WECOM_CALLBACK_TOKEN": wecomapi.TOKEN, "WECOM_AES_KEY": wecomapi.AES_KEY}  # fmt: skip
        clock = f"{TOMORROW}T07:29:50×10"
        database = connect(url)
        with process("bot", "run", "--clock", clock, DATABASE_URL=url, PORT="0", WECOM_API_URL=wecom, **access) as ours:
            period = _prompted(wecom, given.people, database)
            print("| | callbacks/s | median ms | p99 ms | longest ms |\n|---|---|---|---|---|")
            measure("200 a second", ours, taps(200 * given.seconds, given.people, period, "s"), 200)
            mine = measure("storm", ours, taps(given.storm, given.people, period, "t"))
            began = time.perf_counter()
            while _waiting(database):
                time.sleep(0.2)
            print(f"\nall handled {time.perf_counter() - began:.1f} s after the storm; filed: {_filed(database)}")
        database.close()
        with process("bench.wecom", "--serve", "peer") as bare:
            peers = measure("peer: decrypts and answers", bare, taps(given.storm, given.people, period, "p"))
    print(f"\nratio to the peer: {mine / peers:.2f}")


def _prompted(wecom: str, people: int, database: Database) -> int:
    """Wait until everybody has their question; return the period."""
    before = -1
    while True:
        with urllib.request.urlopen(f"{wecom}/counted") as answer:
            calls = json.load(answer).get("message/send", 0)
        if calls and calls == before:
            break
        before = calls
        time.sleep(3)
    with database.reading() as session:
        period = session.exec(select(Period)).one()
    print(f"{people:,} prompts in {calls} calls of message/send\n")
    return int(period.id)


def _waiting(database: Database) -> int:
    with database.reading() as session:
        return int(session.exec(select(func.count()).select_from(WecomInbox)).one())


def _filed(database: Database) -> int:
    with database.reading() as session:
        return int(session.exec(select(func.count()).select_from(Report).where(Report.state == State.ZERO)).one())


if __name__ == "__main__":
    main()
