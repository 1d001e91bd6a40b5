"""Taps a second, end to end, beside the usual bots, all against one local Bot API server in one run.

python -m bench.intake                     # --people 2000 --aiogram PYTHON, one that has aiogram installed
"""

import argparse
import subprocess
import sys
import time

from bench.telegram import answered, memory, office, peer, program
from tests.botapi import BotApi, Person

PEERS = ("ptb", "ptb-256", "ptb-aiohttp", "ptb-aiohttp-256", "ptb-pickle")
RATE = 200


def echo(kind: str, count: int, python: str = sys.executable) -> float:
    """Updates a second that a peer answers, from its first answer on."""
    with BotApi() as api:
        people = [Person(api, 20_000 + n, f"p{n}") for n in range(count)]
        with peer(kind, api, python):
            api.until(lambda: api.bot.polls, 60)
            people[0].say("正常")
            api.until(lambda: answered(people[:1]), 60)
            return _rate(api, people[1:])


def _rate(api: BotApi, people: list[Person]) -> float:
    def all_at_once() -> None:
        for person in people:
            person.say("正常")

    began = time.monotonic()
    api.call(all_at_once)
    api.until(lambda: all(person.chat.messages and answered([person]) for person in reversed(people)), 600)
    return len(people) / (time.monotonic() - began)


def ours(count: int) -> None:
    with BotApi() as api, office(api, count) as (desk, _, people):
        began = time.monotonic()
        with program(desk, api, "07:29:50", 10) as running:
            people[0].say("/help")
            api.until(lambda: answered(people[:1]), 60)
            print(f"first update answered {time.monotonic() - began:.1f} s after the start of the program")
            api.until(lambda: all(any(m.buttons for m in p.seen) for p in people), 600)
            half = len(people) // 2
            _burst(api, people[:half])
            _paced(api, people[half:])
            print(f"memory {memory(running.process.pid):.0f} MB with {count} people")


def _burst(api: BotApi, people: list[Person]) -> None:
    began = time.monotonic()
    queries = api.call(lambda: [person.tap("零报告") for person in people])
    api.until(lambda: all(q.answer for q in queries), 600)
    told = len(people) / (time.monotonic() - began)
    api.until(lambda: all(any("回执" in m.text for m in p.seen) for p in reversed(people)), 600)
    shown = len(people) / (time.monotonic() - began)
    print(f"zeroreport: {told:.0f} taps/s answered, {shown:.0f} taps/s with the receipt shown", flush=True)


def _paced(api: BotApi, people: list[Person]) -> None:
    """So many a second: how long from tap to answer."""
    queries = []
    for person in people:
        queries.append(person.tap("零报告"))
        time.sleep(1 / RATE)
    api.until(lambda: all(q.answer for q in queries), 600)
    took = sorted(q.answered_at - q.at for q in queries)
    half, most = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
    print(f"at {RATE} taps/s: median {half:.0f} ms, p99 {most:.0f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--aiogram", default=sys.executable)
    asked = parser.parse_args()
    ours(asked.people)
    for kind in PEERS:
        print(f"{kind}: {echo(kind, asked.updates):.0f} updates/s", flush=True)
    has = subprocess.run([asked.aiogram, "-c", "import aiogram"], capture_output=True, check=False)
    if has.returncode:
        print("aiogram: skipped, it is not installed; give a Python that has it with --aiogram")
    else:
        print(f"aiogram: {echo('aiogram', asked.updates, asked.aiogram):.0f} updates/s")


if __name__ == "__main__":
    main()
