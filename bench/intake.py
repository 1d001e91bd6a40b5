"""Taps a second, end to end, beside the usual bots, all against one local Bot API server in one run.

python -m bench.intake                     # --people 3000 --wave 10000 --aiogram PYTHON, one that has aiogram installed
python -m bench.intake --ours PYTHON       # one that has requirements.txt only, as a user has: tests need 10 MB more
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from shutil import which
from statistics import mean
from threading import Event, Thread

from sqlmodel import col, func, select

from bench.open_pages import SECONDS, Browsers, Heard
from bench.telegram import DAY, SECOND, answered, memory, office, paced, peer, program
from models.core.database import Database
from models.messaging import dashboard_keys as keys
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person, Role
from tests.fakes.telegram import BotApi
from tests.fakes.telegram import Person as Phone
from tests.support.world import ZONE

MEASURES = ("ptb", "ptb-pickle")  # what the targets are about
OTHERS = ("ptb-256", "ptb-aiohttp", "ptb-aiohttp-256")
RATE, PACED = 200, 10  # taps a second, and for how many seconds


def echo(kind: str, count: int, python: str = sys.executable) -> float:
    """Return how many updates a second a peer answers, from its first answer on."""
    with BotApi() as api:
        people = [Phone(api, 20_000 + n, f"p{n}") for n in range(count)]
        with peer(kind, api, python):
            api.until(lambda: api.bot.polls, 60)
            people[0].say("正常")
            api.until(lambda: answered(people[:1]), 60)
            return _rate(api, people[1:])


def _rate(api: BotApi, people: list[Phone]) -> float:
    def all_at_once() -> None:
        for person in people:
            person.say("正常")

    began = time.monotonic()
    api.call(all_at_once)
    api.until(lambda: all(person.chat.messages and answered([person]) for person in reversed(people)), 900)
    return len(people) / (time.monotonic() - began)


def ours(count: int, python: str) -> float:
    """Return how many taps a second are answered and their receipts shown."""
    with BotApi() as api, office(api, count + RATE * PACED) as (desk, _, people):
        began = time.monotonic()
        with program(desk, api, "07:29:50", python=python) as running:
            people[0].say("/help")
            api.until(lambda: answered(people[:1]), 60)
            print(f"first update answered {time.monotonic() - began:.1f} s after the start of the program")
            api.until(lambda: all(any(m.buttons for m in p.seen) for p in people), 600)
            time.sleep(3)
            _paced(api, people[count:])
            time.sleep(3)
            rate = _burst(api, people[:count])
            print(f"memory {memory(running.process.pid):.0f} MB with {len(people)} people", flush=True)
            return rate


def _burst(api: BotApi, people: Sequence[Phone]) -> float:
    began = time.monotonic()
    queries = api.call(lambda: [person.tap("零报告") for person in people])
    api.until(lambda: all(q.answer for q in queries), 600)
    told = len(people) / (time.monotonic() - began)
    api.until(lambda: all(any("回执" in m.text for m in p.seen) for p in reversed(people)), 600)
    shown = len(people) / (time.monotonic() - began)
    print(f"zeroreport: {told:.0f} taps/s answered, {shown:.0f} taps/s with the receipt shown", flush=True)
    return shown


def _paced(api: BotApi, people: Sequence[Phone]) -> None:
    """Measure from tap to answer, at a fixed rate."""
    took = sorted(q.answered_at - q.at for q in paced(api, people, RATE))
    half, most = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
    print(f"at {RATE} taps/s: median {half:.0f} ms, p99 {most:.0f} ms, longest {took[-1] * 1000:.0f} ms", flush=True)


def beside_a_wave(count: int, python: str) -> None:
    """Measure the same while as many people are asked something else, at Telegram's 30 a second."""
    with BotApi() as api, office(api, count, second=True) as (desk, _, people):
        with program(desk, api, "06:59:50", 10, python=python):
            api.until(lambda: all(any(m.buttons for m in p.seen) for p in people), 600)
        with program(desk, api, "07:09:50", per_second=30, python=python) as running:
            api.until(lambda: any(len(p.seen) > 1 for p in people), 600)
            _paced(api, people[-RATE * PACED :])
            left = api.call(lambda: sum(len(p.seen) < 2 for p in people))
            told = f"that was beside a wave of {count} prompts at 30 a second, of which {left} had not left by then"
            print(f"{told}; memory {memory(running.process.pid):.0f} MB", flush=True)
        print(desk("verify").stdout.strip())


def beside_pages(count: int, python: str) -> None:
    """Measure the same while the leads of the stations keep pages of the dashboard open, which ask what is new."""
    with BotApi() as api, office(api, count) as (desk, database, people):
        tokens = _signed_in(database)
        with program(desk, api, "07:29:50", python=python) as running:
            api.until(lambda: all(any(m.buttons for m in p.seen) for p in people), 600)
            browsers, opened, heard = Browsers(running.port, tokens, lambda: running.processor), Event(), list[Heard]()
            asking = Thread(target=lambda: heard.append(asyncio.run(browsers.keep_open(3 * SECONDS, opened.set))))
            asking.start()
            assert opened.wait(600)
            _paced(api, people[-RATE * PACED :])
            asking.join()
            took = f"{heard[0].pages} pages made anew, {heard[0].same} answers that nothing is new"
            print(f"that was beside {len(tokens)} open pages: {took}, the latest {heard[0].latest * 1000:.0f} ms late")


def _signed_in(database: Database) -> list[str]:
    """Make one person of each station its lead, with ten browsers; return their sessions."""
    at = datetime.combine(DAY, datetime.min.time(), ZONE).replace(hour=7).astimezone(UTC)
    with database.writing() as session:
        first = session.exec(select(func.min(Membership.id)).group_by(col(Membership.unit_id))).all()
        held = session.exec(select(Membership).where(col(Membership.id).in_(first))).all()
        tokens = []
        for it in held:
            it.role = Role.LEAD
            session.add(it)
            lead = session.get_one(Person, it.person_id)
            address = session.exec(select(Address).where(Address.person_id == lead.id)).one()
            tokens += [keys.issue(session, keys.Kind.SESSION, address, lead, at) for _ in range(10)]
        return tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--wave", type=int, default=10_000, help=f"people asked twice, the second time at {SECOND}")
    parser.add_argument("--only-pages", action="store_true", help="measure taps beside open pages and nothing else")
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=3, help="ours and the two it is measured by, one after the other")
    parser.add_argument("--aiogram", default=sys.executable)
    parser.add_argument("--ours", default=sys.executable)
    asked = parser.parse_args()
    if asked.only_pages:
        beside_pages(RATE * PACED, asked.ours)
        return
    rates, found = [], {kind: list[float]() for kind in MEASURES}
    for _ in range(asked.turns):  # in turns, because a machine's own speed may change from minute to minute
        rates.append(ours(asked.people, asked.ours))
        for kind in MEASURES:
            found[kind].append(echo(kind, asked.updates))
    rate = mean(rates)
    for kind in MEASURES:
        each = ", ".join(f"{one:.0f}" for one in found[kind])
        print(f"{kind}: {each} updates/s, zeroreport is {rate / mean(found[kind]):.2f} of it", flush=True)
    if asked.wave:
        beside_a_wave(asked.wave, asked.ours)
    beside_pages(RATE * PACED, asked.ours)
    for kind in OTHERS:
        print(f"{kind}: {echo(kind, asked.updates):.0f} updates/s", flush=True)
    asking = [asked.aiogram, "-c", "import aiogram"]
    if not which(asked.aiogram) or subprocess.run(asking, capture_output=True, check=False).returncode:
        print("aiogram: skipped, it is not installed; give a Python that has it with --aiogram")
    else:
        print(f"aiogram: {echo('aiogram', asked.updates, asked.aiogram):.0f} updates/s")


if __name__ == "__main__":
    main()
