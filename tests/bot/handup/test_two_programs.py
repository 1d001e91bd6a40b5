"""Two real programs hand up over HTTP: answers are lost, one is killed between sending and noting the receipt."""

import http.client
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlmodel import select

from models.core.database import connect
from models.handup.messages import read
from models.handup.requests import PartnerRequest
from tests.support.handing_up import CITY, Pair, rows
from tests.support.program import Office, running, until
from tests.support.world import HEALTH, ZONE, TestClock, World

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


@dataclass
class Wire:
    """What stands between two programs: passes requests on, and can lose the answers or hold them back."""

    target: int = 0
    lose: int = 0
    hold: bool = False
    held: threading.Event = field(default_factory=threading.Event)
    seen: list[bytes] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __post_init__(self) -> None:
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                wire.passes(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def passes(self, request: BaseHTTPRequestHandler) -> None:
        data = request.rfile.read(int(request.headers["Content-Length"]))
        self.seen.append(data)
        with closing(http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)) as there:
            there.request("POST", request.path, data, {"Content-Type": "application/json"})
            answer = there.getresponse()
            status, body = answer.status, answer.read()
        self.answers.append((status, body))
        if self.hold:
            self.held.set()
            return
        if self.lose:
            self.lose -= 1
            return
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def post(self, data: bytes) -> tuple[int, bytes]:
        """Send something to the superior, as anybody on the network can."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)) as there:
            there.request("POST", "/handup", data)
            answer = there.getresponse()
            return answer.status, answer.read()


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def pair(database_url: str, sqlite_template: Path, tmp_path: Path, wire: Wire) -> Iterator[Pair]:
    file = tmp_path / "city.db"
    shutil.copy(sqlite_template, file)
    worlds = [World(connect(it), clock=TestClock(NINE)) for it in (f"sqlite:///{file}", database_url)]
    above, below = worlds
    above.set_defaults(public_url=wire.address)
    above.organisation(CITY)
    below.organisation()
    below.assign(HEALTH)
    below.tick()
    yield Pair(above, below)
    for world in worlds:
        world.database.close()


def office(world: World, folder: Path) -> Office:
    folder.mkdir(exist_ok=True)
    return Office(folder, world.database.write.url.render_as_string(hide_password=False))


def clock(minute: int) -> str:
    return f"2026-11-23T09:{minute:02}:00×1"


def state(pair: Pair) -> str:
    return pair.sent[-1].state


def test_a_day_arrives_once_whatever_is_lost_and_whoever_is_killed(pair: Pair, wire: Wire, tmp_path: Path) -> None:
    code = next(it for it in pair.above.says("于敏", "上报 邀请").splitlines() if it.startswith("http://"))
    pair.below.says("周敏", f"上报 接入 {code}")
    pair.below.taps("周敏", "对接")
    above, below = office(pair.above, tmp_path / "above"), office(pair.below, tmp_path / "below")
    with running(above, "run", "--clock", clock(0)) as superior:
        wire.target = superior.port
        with running(below, "run", "--clock", clock(0)):
            until(lambda: state(pair) == "received")
        assert pair.partner(pair.above).state == "asked"
        pair.above.forges("于敏", f"partner.confirm.{pair.partner(pair.above).id}")
        pair.below.clock.at = NINE.replace(minute=1)
        pair.hand_up()

        wire.hold = True
        with running(below, "run", "--clock", clock(1)) as subordinate:
            assert wire.held.wait(60)
            subordinate.kill()
        assert (state(pair), len(pair.taken)) == ("waiting", 1)

        wire.hold, wire.lose = False, 1
        with running(below, "run", "--clock", clock(2)):
            until(lambda: state(pair) == "received")
        assert len(pair.taken) == 1
        assert len(wire.seen) == 4

        recorded = wire.seen[-1]
        forged = recorded.replace(b'\\"received\\":', b'\\"received\\":1')
        assert forged != recorded
        assert wire.post(forged) == wire.post(b"{}") == (404, b'{"refused":"unknown"}')
        assert wire.post(b"x" * 200_000)[0] in (404, 413)
        status, again = wire.post(recorded)
        answer = read(again)
        assert status == 200
        assert answer
        assert answer.message.body["taken_at"] == pair.taken[0].receipt["taken_at"]
        assert len(pair.taken) == 1


def test_a_request_and_its_decision_cross_between_two_programs_that_lose_answers(
    pair: Pair, wire: Wire, tmp_path: Path
) -> None:
    code = next(it for it in pair.above.says("于敏", "上报 邀请").splitlines() if it.startswith("http://"))
    pair.below.says("周敏", f"上报 接入 {code}")
    pair.below.taps("周敏", "对接")
    pair.carry()
    pair.above.taps("于敏", "确认")
    above, below = office(pair.above, tmp_path / "above"), office(pair.below, tmp_path / "below")
    pair.below.says("陈局", "请示 拟开放东门")
    pair.below.taps("陈局", "发送请示")
    with running(above, "run", "--clock", clock(0)) as superior:
        wire.target, wire.lose = superior.port, 1
        with running(below, "run", "--clock", clock(1)):
            until(lambda: state(pair) == "received")
        (asked,) = rows(pair.above, lambda: select(PartnerRequest))
        pair.above.forges("市长", f"uprequest.decide.{asked.id}.approved.0")
        pair.above.taps("市长", "发送批复")
        wire.lose = 1
        with running(below, "run", "--clock", clock(5)):
            until(lambda: wire.lose == 0)
        with running(below, "run", "--clock", clock(9)):
            until(lambda: len(pair.sent) == 3 and state(pair) == "received")
        (ours,) = rows(pair.below, lambda: select(PartnerRequest))
        (theirs,) = rows(pair.above, lambda: select(PartnerRequest))
        assert (ours.decision, theirs.decision) == ("approved", "approved")
        assert theirs.seen_at
