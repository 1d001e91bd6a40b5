"""When what may go: the platform's limits and the two lanes, on a clock that only runs forward. No input, no output."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import Profile, Recipient
from models.cards import Content, Lane

SLACK = 0.018  # of the limit over all chats stays unused: a network's jitter pushes messages together
EVEN = 0.9  # of their even distance is kept between messages: the rest makes up for what was late
MUCH = 1.5  # times its usual duration, from which on a call counts as late
LATE = 0.1  # seconds of lateness that are made up for at once
HORIZON = 0.5  # seconds for which messages are claimed ahead
A_FIFTH = 4  # replies that may go before one bulk message that waits
UNLIMITED = 50  # calls' worth claimed ahead where the platform has no limit


@dataclass(frozen=True)
class Job:
    """A claimed card, read out of its session. `content` None takes the message away."""

    card: int
    claim: datetime  # when it was claimed: this tells the claim from every other of the card
    kind: str
    lane: Lane
    tries: int
    wanted: int | None
    content: Content | None
    address: int
    group: bool
    recipient: Recipient


@dataclass(eq=False)
class Flight:
    """A call, from when it began to when it came back."""

    began: float
    ended: float | None = None


class Window:
    """At most `rate` a second as the platform counts, spread over it; what a busy machine sends late is made up for.
    A call that takes much longer than usual arrives later, so it counts from so much later on."""

    def __init__(self, rate: float) -> None:
        self._count = max(1, math.floor(rate))
        self._seconds = self._count / rate * (1 + SLACK)
        self._step = EVEN * self._seconds / self._count
        self._even = -math.inf
        self._usual = 0.0
        self._flights: list[Flight] = []

    def next(self, now: float) -> float:
        """The instant from which one more may go, as far as is known by now."""
        if len(self._flights) >= self._count:  # not each time: there may be a thousand
            self._flights = [f for f in self._flights if self._counts_from(f, now) > now - self._seconds]
        if len(self._flights) < self._count:
            return self._even
        counted = sorted(self._counts_from(f, now) for f in self._flights)
        return max(self._even, counted[-self._count] + self._seconds)

    def _counts_from(self, flight: Flight, now: float) -> float:
        ended = now if flight.ended is None else flight.ended
        return ended - self._usual if ended - flight.began > MUCH * self._usual else flight.began

    def begin(self, now: float) -> Flight:
        flight = Flight(now)
        self._flights.append(flight)
        self._even = max(self._even, now - LATE) + self._step
        return flight

    def end(self, flight: Flight, now: float) -> None:
        flight.ended = now
        took = now - flight.began
        self._usual = self._usual * (1.01 if took > self._usual else 0.99) or took  # follows the median


class Outbox:
    """What is claimed for one channel. A call counts as one message over all chats, as one in each of its chats; the
    chats' limits run from a call's end, so that no jitter can break them. One message is under way per address."""

    def __init__(self, profile: Profile) -> None:
        limits = profile.limits
        self._size, self._concurrency = profile.batch_size, profile.concurrency
        self._all = Window(limits.per_second) if limits.per_second else None
        self._chat_gap = 1 / limits.per_chat_second if limits.per_chat_second else 0.0
        self._group_most = limits.per_group_minute
        ahead = max(2, math.ceil(limits.per_second * HORIZON)) if limits.per_second else 0
        self._window = self._size * (ahead or (UNLIMITED if self._size == 1 else self._concurrency))
        self._lanes: dict[Lane, list[Job]] = {lane: [] for lane in Lane}
        self._ready: dict[int, float] = {}  # address → when it may be written to again
        self._groups: dict[int, deque[float]] = {}
        self._closed_until = -math.inf
        self._calls = 0
        self._flights: dict[int, Flight] = {}
        self._streak = 0
        self.hungry = False  # whether the last call took the last of its lane

    def room(self, lane: Lane, now: float) -> int:
        """How many more are to be claimed."""
        return 0 if now < self._closed_until else self._window - len(self._lanes[lane])

    def resting(self, now: float) -> list[int]:
        """The addresses that cannot be written to for longer than is claimed ahead."""
        self._ready = {address: at for address, at in self._ready.items() if at > now}
        return [address for address, at in self._ready.items() if at > now + HORIZON]

    def add(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._lanes[job.lane].append(job)

    def empty(self) -> list[Job]:
        """Takes out all that was not sent yet."""
        left = [job for queue in self._lanes.values() for job in queue]
        self._lanes = {lane: [] for lane in Lane}
        return left

    @property
    def waiting(self) -> bool:
        return any(self._lanes.values())

    def take(self, now: float) -> list[Job]:
        """The next call: messages with the same content, or one; empty if none may go now. It is under way from now."""
        if self._calls >= self._concurrency or now < self._opens(now):
            return []
        first = {lane: job for lane in Lane if (job := self._first(lane, now))}
        if not first:
            return []
        lane = Lane.BULK if Lane.REPLY not in first or self._owed(first) else Lane.REPLY
        self._streak = self._streak + 1 if lane is Lane.REPLY and Lane.BULK in first else 0
        batch = self._batch(first[lane], now)
        taken = {id(job) for job in batch}
        self._lanes = {one: [job for job in queue if id(job) not in taken] for one, queue in self._lanes.items()}
        self._calls += 1
        self.hungry = not self._lanes[lane]
        if self._all:
            self._flights[id(batch)] = self._all.begin(now)
        return batch

    def _owed(self, first: dict[Lane, Job]) -> bool:
        return Lane.BULK in first and self._streak >= A_FIFTH

    def done(self, batch: Iterable[Job], now: float) -> None:
        """A call came back: what `take` gave."""
        self._calls -= 1
        if self._all:
            self._all.end(self._flights.pop(id(batch)), now)
        for job in batch:
            self.rest(job.address, self._free_again(job, now))

    def _free_again(self, job: Job, now: float) -> float:
        if not job.group or not self._group_most:
            return now + self._chat_gap
        sent = self._groups.setdefault(job.address, deque(maxlen=max(1, math.floor(self._group_most))))
        sent.append(now)
        full = len(sent) == sent.maxlen
        return max(now + self._chat_gap, sent[0] + 60 * len(sent) / self._group_most if full else now)

    def rest(self, address: int, until: float) -> None:
        """This address is left in peace until then."""
        self._ready[address] = max(until, self._ready.get(address, until))

    def close(self, until: float) -> None:
        """Everybody is left in peace until then."""
        self._closed_until = max(until, self._closed_until)

    def next(self, now: float) -> float:
        """The instant at which `take` is worth a try if nothing else happens before; infinite if none is."""
        if self._calls >= self._concurrency or not self.waiting:
            return math.inf
        ready = min(self._ready.get(job.address, -math.inf) for queue in self._lanes.values() for job in queue)
        return max(ready, self._opens(now))

    def _opens(self, now: float) -> float:
        return max(self._closed_until, self._all.next(now) if self._all else -math.inf)

    def _first(self, lane: Lane, now: float) -> Job | None:
        return next((job for job in self._lanes[lane] if self._ready.get(job.address, now) <= now), None)

    def _batch(self, first: Job, now: float) -> list[Job]:
        """What says the same and may go now goes along; taking messages away is done one by one."""
        if self._size == 1 or first.content is None:
            return [first]
        same = [
            job for queue in self._lanes.values() for job in queue if job.wanted == first.wanted and job is not first
        ]
        ready = [job for job in same if self._ready.get(job.address, now) <= now]
        return [first, *ready[: self._size - 1]]
