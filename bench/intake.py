"""Taps a second, end to end, beside the usual bots, all against one local Bot API server in one run.

python -m bench.intake                     # --people 3000 --wave 10000 --aiogram PYTHON, one that has aiogram installed
python -m bench.intake --ours PYTHON       # one that has requirements.txt only, as a user has: tests need 10 MB more
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from shutil import which
from statistics import mean

from bench.telegram import SECOND, answered, memory, office, paced, peer, program
from tests.fakes.telegram import BotApi, Person

MEASURES = ("ptb", "ptb-pickle")  # what the targets are about
OTHERS = ("ptb-256", "ptb-aiohttp", "ptb-aiohttp-256")
RATE, PACED = 200, 10  # taps a second, and for how many seconds


def echo(kind: str, count: int, python: str = sys.executable) -> float:
    """Return how many updates a second a peer answers, from its first answer on."""
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


def _burst(api: BotApi, people: Sequence[Person]) -> float:
    began = time.monotonic()
    queries = api.call(lambda: [person.tap("零报告") for person in people])
    api.until(lambda: all(q.answer for q in queries), 600)
    told = len(people) / (time.monotonic() - began)
    api.until(lambda: all(any("回执" in m.text for m in p.seen) for p in reversed(people)), 600)
    shown = len(people) / (time.monotonic() - began)
    print(f"zeroreport: {told:.0f} taps/s answered, {shown:.0f} taps/s with the receipt shown", flush=True)
    return shown


def _paced(api: BotApi, people: Sequence[Person]) -> None:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--wave", type=int, default=10_000, help=f"people asked twice, the second time at {SECOND}")
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=3, help="ours and the two it is measured by, one after the other")
    parser.add_argument("--aiogram", default=sys.executable)
    parser.add_argument("--ours", default=sys.executable)
    asked = parser.parse_args()
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
    for kind in OTHERS:
        print(f"{kind}: {echo(kind, asked.updates):.0f} updates/s", flush=True)
    asking = [asked.aiogram, "-c", "import aiogram"]
    if not which(asked.aiogram) or subprocess.run(asking, capture_output=True, check=False).returncode:
        print("aiogram: skipped, it is not installed; give a Python that has it with --aiogram")
    else:
        print(f"aiogram: {echo('aiogram', asked.updates, asked.aiogram):.0f} updates/s")


if __name__ == "__main__":
    main()
