"""kill -9 of the real program, again and again, while a notice goes to 10,000 people: is anybody forgotten, does
anybody get it twice but those to whom it was on its way, and is a receipt lost that somebody was told of?

python -m bench.killed_notice            # --people 10000 --kills 8
"""

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, func, select

from bench.telegram import DAY, office, program
from models.core.database import Database
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.slots import Subject
from models.organisation.units import unit_at
from models.rounds import rounds
from models.rounds.audience import Audience
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion
from tests.fakes.telegram import BotApi, Person
from tests.fakes.telegram.state import Query
from tests.support.program import Office, until
from tests.support.world import ZONE

WORDS = "明天上午停水"
LABEL = "已阅"
TAPS = 1000  # at the end, when all is sent; those before are in the middle of it


def at(wall: str) -> datetime:
    return datetime.combine(DAY, datetime.strptime(wall, "%H:%M").time(), ZONE)  # noqa: DTZ007


@dataclass
class Killed:
    """What came of it, by Telegram's numbers of chats. `kills` says at each kill how many rows, messages made, noted as
    sent and arrived there were."""

    people: set[int]
    kills: list[dict[str, int]] = field(default_factory=list)
    maybe: set[int] = field(default_factory=set)  # to whom it was on its way at a kill
    got: Counter[int] = field(default_factory=Counter)
    tapped: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)  # that their receipt is taken
    read: set[int] = field(default_factory=set)  # by the database
    lost: set[int] = field(default_factory=set)  # told, and not in the database after the kill
    sound: str = ""
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        """Return all that must not be."""
        twice = {chat for chat, times in self.got.items() if times > 1}
        found = {
            "forgotten": self.people - self.got.keys(), "strangers": self.got.keys() - self.people,
            "twice without need": twice - self.maybe, "receipts lost": self.lost | (self.told - self.read),
            "receipts missing": self.tapped - self.read,
        }  # fmt: skip
        return [f"{len(whom)} {what}: {sorted(whom)[:5]}" for what, whom in found.items() if whom]


def send(database: Database, people: list[Person]) -> None:
    """Let the first of them send a notice to everybody else, who are to say that they have read it."""
    with database.writing() as session:
        top, by = unit_at(session, "区局"), people[0].id - 10_000
        made = Round(
            kind=RoundKind.NOTICE, unit_id=top.id, by=by, made_at=at("09:04"),
            audience=Audience((top.id,), but=by).stored(), asks=Asks.RECEIPT, timezone="Asia/Shanghai",
        )  # fmt: skip
        said = RoundVersion(round_id=0, number=1, words=WORDS, due_at=at("18:00"), by=by, at=at("09:04"))
        rounds.begin(session, made, said, at("09:04"))


@dataclass
class Wave:
    """A notice under way: the platform, the organisation, its readers, and what they tapped."""

    api: BotApi
    desk: Office
    database: Database
    readers: list[Person]
    queries: dict[int, Query] = field(default_factory=dict)

    def many(self, what: str) -> int:
        """Return how many rows, messages made, noted as sent or arrived there are."""
        if what == "arrived":
            return self.api.call(lambda: sum(method == "sendMessage" for _, method, _ in self.api.calls))
        made = select(func.count()).where(Card.subject == Subject.ROUND)
        noted = made.where(col(Card.message).is_not(None))
        asked = {"rows": select(func.count()).select_from(Reply), "made": made, "noted": noted}[what]
        with self.database.reading() as session:
            return session.exec(asked).one()

    def stands(self) -> dict[str, int]:
        """Return how far it is."""
        return {what: self.many(what) for what in ("rows", "made", "noted", "arrived")}

    def finish(self, count: int) -> None:
        """Let all be sent, and many more say that they have read it; give up where nothing more happens."""
        _grown(lambda: self.many("noted"), count)
        self.tap(TAPS)
        _grown(lambda: len(self.read()), len(self.queries))

    def under_way(self) -> set[int]:
        """Return the chats whose message may have left and is not noted."""
        with self.database.reading() as session:
            claimed = select(Address.chat).join(Card, col(Card.address_id) == col(Address.id))
            return {int(chat) for chat in session.exec(claimed.where(col(Card.claimed_at).is_not(None))).all()}

    def tap(self, most: int) -> None:
        """Let the next of those who have it say that they have read it."""
        there = (it for it in self.readers if it.id not in self.queries and _button(it))
        self.queries.update({it.id: it.tap(LABEL) for it in itertools.islice(there, most)})

    def told(self) -> set[int]:
        """Return who was told that the receipt is taken."""
        return self.api.call(lambda: {chat for chat, it in self.queries.items() if LABEL in (it.answer or "")})

    def read(self) -> set[int]:
        """Return whose receipt is on record."""
        with self.database.reading() as session:
            return {10_000 + who for who in session.exec(select(Reply.person_id).where(Reply.number == 1)).all()}

    def got(self) -> Counter[int]:
        """Count the notice's messages, by chat."""
        seen = ((it.id, sum(WORDS in message.text for message in it.seen)) for it in self.readers)
        return Counter({chat: times for chat, times in seen if times})


def _button(person: Person) -> bool:
    return any(LABEL in words for message in person.seen for words in message.buttons)


def _grown(question: Callable[[], int], whole: int) -> None:
    """Wait until it is so many, as long as it becomes more."""
    there = 0
    while there < whole:
        there = until(lambda: now if (now := question()) > there else 0, 120, 0.1)  # noqa: B023


def points(people: int, kills: int) -> list[tuple[str, int]]:
    """Return when to kill it: while it stores who is asked, perhaps while it makes messages, and while it sends."""
    first = [("rows", 1), ("made", 1)][: max(1, kills - 2)]
    sending = kills - len(first)
    return first + [("noted", people * n // (sending + 1)) for n in range(1, sending + 1)]


def play(count: int, kills: int, per_second: int = 300, python: str | None = sys.executable) -> Killed:
    """Send it to that many people, so many a second; kill the program so many times, let it finish, and let many
    say that they have read it, some of them meanwhile."""
    clocks, began = (f"09:{5 + n:02}" for n in range(55)), time.monotonic()
    with BotApi() as api, office(api, count + 1, asked=False) as (desk, database, people):
        send(database, people)
        wave = Wave(api, desk, database, people[1:])
        came = Killed({it.id for it in wave.readers})
        for point in points(count, kills):
            with program(desk, api, next(clocks), per_second=per_second, python=python) as running:
                wave.tap(min(TAPS // 10, count // 20))
                until(lambda: wave.many(point[0]) >= point[1], 300, 0.005)  # noqa: B023
                running.kill()
            came.kills.append(wave.stands())
            came.maybe |= wave.under_way()
            came.lost |= wave.told() - wave.read()
        with program(desk, api, next(clocks), per_second=per_second, python=python):
            wave.finish(count)
        came.got, came.told, came.read = wave.got(), wave.told(), wave.read()
        came.tapped = {*wave.queries}
        came.sound = desk("verify").stdout.strip()
    came.seconds = time.monotonic() - began
    return came


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=8)
    asked = parser.parse_args()
    came = play(asked.people, asked.kills)
    for n, it in enumerate(came.kills, 1):
        print(f"kill {n}: {it['rows']} rows, {it['made']} messages made, {it['arrived']} arrived, {it['noted']} noted")
    twice = sum(times > 1 for times in came.got.values())
    print(f"{len(came.got)} of {asked.people} got it, {twice} twice, {len(came.maybe)} were on their way at a kill")
    print(
        f"{len(came.tapped)} tapped, {len(came.told)} told that it is taken, {len(came.read)} on record; {came.sound}"
    )
    print(f"{came.seconds:.0f} s;", *(came.faults or ["nobody forgotten, nobody twice without need, no receipt lost"]))


if __name__ == "__main__":
    main()
