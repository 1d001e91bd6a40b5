"""A member's tap while the program is besieged, beside the same taps in peace: 3,000 strangers write, 1,150 idle
connections lie open, and hostile workbooks are read, all at once, against the real program.

python -m bench.siege                      # --strangers 100 --connections 200 --taps 100 for a quick look
"""

import argparse
import contextlib
import io
import itertools
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from openpyxl import Workbook
from sqlmodel import select

from bench.telegram import memory, office, paced, program
from bench.waiting import Ran, Watched, p99
from models.core.database import Database
from models.organisation.people import Membership, Role
from models.organisation.people import Person as Somebody
from tests.fakes.telegram import BotApi, Person
from tests.support.program import Program
from tests.support.sockets import hung_up

RATE = 20  # taps a second
EVERY, SLICES = 30.0, 60  # seconds in which every stranger writes once, and in how many parts
STATIONS = 20  # in each somebody never taps: what is done when a unit is complete would meet the later taps only
WORDS = ("hello", "/start WRONG123", "/people", "你好", "/start")


def workbook(sheets: int, rows: int) -> bytes:
    """Return a workbook of many sheets, each with a formula, so that each was read twice: it once blocked the desk for
    72 s."""
    book = Workbook(write_only=True)
    for number in range(sheets):
        page = book.create_sheet(f"s{number}")
        for row in range(rows):
            page.append([f"{number}-{row}", "=1+1", *("x" * 8)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass
class Siege:
    """The attackers, each in a thread of its own, until the siege is over."""

    api: BotApi
    port: int
    strangers: list[Person]
    admin: Person
    connections: int
    book: bytes
    over: threading.Event = field(default_factory=threading.Event)
    said: int = 0
    opened: int = 0
    healthy: list[float] = field(default_factory=list)

    @contextmanager
    def laid(self) -> Iterator["Siege"]:
        threads = [threading.Thread(target=it) for it in (self._write, self._connect, self._look, self._send)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def _write(self) -> None:
        """Let all strangers write, every thirty seconds, with other words each time."""
        for turn in itertools.count():
            these, words = self.strangers[turn % SLICES :: SLICES], WORDS[turn // SLICES % len(WORDS)]
            self.api.call(lambda these=these, words=words: [person.say(words) for person in these])  # type: ignore[misc]
            self.said += len(these)
            if self.over.wait(EVERY / SLICES):
                return

    def _connect(self) -> None:
        """Hold as many half-open connections as there may be; open new ones for those that are closed."""
        held: list[socket.socket] = []
        while not self.over.wait(1 if len(held) >= self.connections else 0.05):
            for one in filter(hung_up, held):
                one.close()
            held = [one for one in held if one.fileno() >= 0]
            for _ in range(min(200, self.connections - len(held))):
                with contextlib.suppress(OSError):
                    one = socket.create_connection(("127.0.0.1", self.port), timeout=5)
                    one.sendall(b"POST /chat/say HTTP/1.1\r\nHo")
                    held.append(one)
                    self.opened += 1
        for one in held:
            one.close()

    def _look(self) -> None:
        while not self.over.wait(1):
            began = time.monotonic()
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10).read()
            self.healthy.append(time.monotonic() - began)

    def _send(self) -> None:
        while not self.over.is_set():
            self.admin.upload(self.book, "花名册.xlsx")
            self.over.wait(20)

    @property
    def told(self) -> list[str]:
        """Return what the admin was told of the workbooks."""
        return [m.text for m in self.admin.seen if any(it in m.text for it in ("花名册", "缺少列"))]


def tapped(api: Watched, people: Sequence[Person], process: int, what: str) -> float:
    """Tap at a fixed rate; print how long it took from tap to answer, and where; return the p99 in ms."""
    before = Ran.of(process)
    queries = paced(api, people, RATE)
    took = sorted(q.answered_at - q.at for q in queries)
    half, longest = took[len(took) // 2] * 1000, took[-1] * 1000
    print(f"{what}: median {half:.0f} ms, p99 {p99(took):.0f} ms, longest {longest:.0f} ms, {len(took)} taps")
    print(f"  {api.told_of(queries)}")
    print(f"  {Ran.of(process).since(before, len(took))}", flush=True)
    return p99(took)


def burst(api: BotApi, strangers: Sequence[Person], member: Person) -> float:
    """Let all strangers write at one instant and a member after them; return the seconds until the member is
    answered."""

    def all_at_once() -> int:
        for person in strangers:
            person.say("hello")
        member.say("/status")
        return len(member.chat.messages)

    began, before = time.monotonic(), api.call(all_at_once)
    api.until(lambda: len(member.chat.messages) > before, 300)
    return time.monotonic() - began


def crown(database: Database, number: int) -> None:
    """Make the person of this account admin of the station they are in."""
    with database.writing() as session:
        person = session.exec(select(Somebody).where(Somebody.id == number - 10_000)).one()
        for membership in session.exec(select(Membership).where(Membership.person_id == person.id)):
            membership.role = Role.ADMIN
            session.add(membership)


@dataclass(frozen=True)
class Outcome:
    """p99 in peace and besieged (ms), how much besieged, how many strangers were answered, what the admin was told of
    the workbooks, and all that the program logged."""

    peace: float
    besieged: float
    said: int
    opened: int
    answered: int
    told: list[str]
    logged: str


def besiege(strangers: int, connections: int, taps: int, *, sheets: int, rows: int) -> Outcome:
    """Besiege the program. Raise if a tap is not answered, or the program ends."""
    with Watched() as api, office(api, 2 * taps + 1 + STATIONS) as (desk, database, people):
        crown(database, people[0].id)
        crowd = [Person(api, 10_000_000 + n, f"stranger {n}") for n in range(strangers)]
        with program(desk, api, "07:29:50", per_second=30) as running:
            api.until(lambda: all(any(m.buttons for m in p.seen) for p in people), 600)
            process = running.process.pid
            peace = tapped(api, people[1 : taps + 1], process, "in peace")
            took = burst(api, crowd, people[0])
            print(f"/status behind a burst of {len(crowd)} strangers: answered after {took:.1f} s", flush=True)
            book = workbook(sheets, rows)
            siege = Siege(api, running.port, crowd, people[0], connections, book)
            began, used = time.monotonic(), running.processor
            with siege.laid():
                api.until(lambda: siege.opened >= connections and siege.said > 0, 60)
                war = tapped(api, people[taps + 1 : 2 * taps + 1], process, "besieged")
                share = (running.processor - used) / (time.monotonic() - began)
                print(f"the program itself used {share:.0%} of a processor meanwhile", flush=True)
                api.until(lambda: bool(siege.told), 120)
            answered = api.call(lambda: sum(any(m.by is None for m in p.chat.messages.values()) for p in crowd))
            made = Outcome(peace, war, siege.said, siege.opened, answered, siege.told, running.output)
            _sum_up(running, siege, made)
            assert running.process.poll() is None, "it ended"
            return made


def _sum_up(running: Program, siege: Siege, it: Outcome) -> None:
    print(f"{it.said} messages of {len(siege.strangers)} strangers, of whom {it.answered} were answered")
    print(f"{it.opened} connections opened, /healthz within {max(siege.healthy, default=0) * 1000:.0f} ms")
    print(f"workbooks of {len(siege.book) / 1024:.0f} KB; the last words about one: {it.told[-1]!r}")
    print(f"{len(it.logged)} characters logged, memory {memory(running.process.pid):.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strangers", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=1150)
    parser.add_argument("--taps", type=int, default=600)
    asked = parser.parse_args()
    it = besiege(asked.strangers, asked.connections, asked.taps, sheets=49, rows=2000)
    print(f"p99 besieged {it.besieged:.0f} ms (target < 1,000), {it.besieged / it.peace:.1f} times that in peace")


if __name__ == "__main__":
    main()
