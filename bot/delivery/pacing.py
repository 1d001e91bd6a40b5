"""Decide when what may go: the platform's limits and the two lanes, on a clock that only runs forward. No input, no
output (docs/decisions/0085-pacing.md)."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import Profile, Recipient
from models.messaging.cards import Lane
from models.messaging.contents import Content
from models.messaging.groups import TOPIC

SLACK = 0.018  # of the limit over all chats stays unused, because a network's jitter bunches messages
EVEN = 0.9  # of the even interval between messages is kept: the rest makes up for delays
MUCH = 1.5  # times its usual duration, after which a call counts as late
LATE = 0.1  # seconds of lateness that are made up for at once
HORIZON = 0.5  # seconds for which messages are claimed ahead
A_FIFTH = 4  # replies before one waiting bulk message
UNLIMITED = 50  # calls claimed ahead where the platform has no limit


@dataclass(frozen=True)
class Job:
    """A claimed card, read out of its session. `content` None deletes the message."""

    card: int
    claim: datetime  # when it was claimed, which identifies the claim
    kind: str
    lane: Lane
    tries: int
    wanted: int | None
    content: Content | None
    address: int
    group: bool
    recipient: Recipient
    cost: int = 1  # messages that the platform counts: a card may stand in several

    @property
    def place(self) -> str:
        """Return the chat as the platform counts it: all topics of a group are one."""
        return self.recipient.chat.partition(TOPIC)[0] if self.group else self.recipient.chat


@dataclass(eq=False)
class Call:
    """A call, from its beginning to its end, and the messages in it."""

    began: float
    cost: int = 1
    ended: float | None = None


class RateWindow:
    """Allows at most `rate` a second as the platform counts, evenly spread, and makes up for what a busy machine sends
    late. A call that takes much longer than usual arrives later, so it counts from that much later."""

    def __init__(self, rate: float) -> None:
        self._count = max(1, math.floor(rate))
        self._seconds = self._count / rate * (1 + SLACK)
        self._step = EVEN * self._seconds / self._count
        self._even = -math.inf
        self._usual = 0.0
        self._flights: list[Call] = []
        self._load = 0  # messages in these calls, perhaps with some that no longer count

    def next(self, now: float, cost: int = 1) -> float:
        """Return the instant from which `cost` more may go, as far as is known now."""
        cost = min(cost, self._count)
        over = self._load + cost - self._count
        if over > 0:  # only then, because there may be a thousand
            self._flights = [f for f in self._flights if self._counts_from(f, now) > now - self._seconds]
            self._load = sum(f.cost for f in self._flights)
            over = self._load + cost - self._count
        if over <= 0:
            return self._even
        counted = sorted(at for f in self._flights for at in [self._counts_from(f, now)] * f.cost)
        return max(self._even, counted[over - 1] + self._seconds)

    def _counts_from(self, flight: Call, now: float) -> float:
        ended = now if flight.ended is None else flight.ended
        return ended - self._usual if ended - flight.began > MUCH * self._usual else flight.began

    def begin(self, now: float, cost: int = 1) -> Call:
        flight = Call(now, min(cost, self._count))
        self._flights.append(flight)
        self._load += flight.cost
        self._even = max(self._even, now - LATE) + self._step * cost
        return flight

    def end(self, flight: Call, now: float) -> None:
        flight.ended = now
        took = (now - flight.began) / flight.cost
        self._usual = self._usual * (1.01 if took > self._usual else 0.99) or took  # follows the median


class SendQueue:
    """The claimed cards of one channel. A call counts with its cost over all chats and in each of its chats; a chat's
    limits run from a call's end, so that no jitter can break them. One call is under way for each chat."""

    def __init__(self, profile: Profile) -> None:
        limits = profile.limits
        self._size, self._concurrency = profile.batch_size, profile.concurrency
        self._all = RateWindow(limits.per_second) if limits.per_second else None
        self._chat_gap = 1 / limits.per_chat_second if limits.per_chat_second else 0.0
        self._group_most = limits.per_group_minute
        ahead = max(2, math.ceil(limits.per_second * HORIZON)) if limits.per_second else 0
        self._window = self._size * (ahead or (UNLIMITED if self._size == 1 else self._concurrency))
        self._lanes: dict[Lane, list[Job]] = {lane: [] for lane in Lane}
        self._ready: dict[str, float] = {}  # chat → when it may get another message
        self._busy: set[str] = set()  # chats of the calls under way
        self._groups: dict[str, deque[float]] = {}  # chat → when its messages of the last minute were sent
        self._known: dict[str, set[int]] = {}  # chat → the addresses in it that got messages lately
        self._closed_until = -math.inf
        self._calls = 0
        self._flights: dict[int, Call] = {}
        self._streak = 0
        self.hungry = False  # whether the last call took the last of its lane

    def room(self, lane: Lane, now: float) -> int:
        """Return how many more to claim."""
        return 0 if now < self._closed_until else self._window - len(self._lanes[lane])

    def resting(self, now: float) -> list[int]:
        """Return the addresses whose chats rest for longer than cards are claimed ahead."""
        free = {place: self._free(place, 1) for place in self._known}
        self._known = {place: them for place, them in self._known.items() if free[place] > now}
        self._ready = {place: at for place, at in self._ready.items() if at > now}
        return [address for place, them in self._known.items() if free[place] > now + HORIZON for address in them]

    def add(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._lanes[job.lane].append(job)

    def empty(self) -> list[Job]:
        """Take out everything that was not sent yet."""
        left = [job for queue in self._lanes.values() for job in queue]
        self._lanes = {lane: [] for lane in Lane}
        return left

    @property
    def waiting(self) -> bool:
        return any(self._lanes.values())

    def take(self, now: float) -> list[Job]:
        """Return the next call: messages with the same content, or one; empty if none may go now. It is under way from
        now on."""
        chosen, others = self._choice(now)
        if self._calls >= self._concurrency or chosen is None or now < self._opens(now, chosen.cost):
            return []
        self._streak = self._streak + 1 if chosen.lane is Lane.REPLY and others else 0
        batch = self._batch(chosen, now)
        taken = {id(job) for job in batch}
        self._lanes = {one: [job for job in queue if id(job) not in taken] for one, queue in self._lanes.items()}
        self._busy.update(job.place for job in batch)
        self._calls += 1
        self.hungry = not self._lanes[chosen.lane]
        if self._all:
            self._flights[id(batch)] = self._all.begin(now, chosen.cost)
        return batch

    def _choice(self, now: float) -> tuple[Job | None, bool]:
        """Return the next job that its chat allows, and whether bulk messages wait too. A costly job is waited for,
        because cheap ones that come later would otherwise overtake it for ever."""
        first = {lane: job for lane in Lane if (job := self._first(lane, now))}
        reply, bulk = first.get(Lane.REPLY), first.get(Lane.BULK)
        owed = bulk is not None and self._streak >= A_FIFTH
        return (bulk if reply is None or owed else reply), bulk is not None

    def done(self, batch: Iterable[Job], now: float) -> None:
        """Note that a call, as `take` gave it, came back."""
        self._calls -= 1
        if self._all:
            self._all.end(self._flights.pop(id(batch)), now)
        for job in batch:
            self._busy.discard(job.place)
            self._note(job, now)
            self.rest(job, now + self._chat_gap * job.cost)

    def _note(self, job: Job, now: float) -> None:
        if job.group and self._group_most:
            most = max(1, math.floor(self._group_most))
            self._groups.setdefault(job.place, deque(maxlen=most)).extend([now] * job.cost)

    def _free(self, place: str, cost: int) -> float:
        """Return when that many messages may go there."""
        if place in self._busy:
            return math.inf
        at, sent = self._ready.get(place, -math.inf), self._groups.get(place)
        if not sent or not self._group_most or sent.maxlen is None:
            return at
        over = len(sent) + min(cost, sent.maxlen) - sent.maxlen
        return max(at, sent[over - 1] + 60 * sent.maxlen / self._group_most) if over > 0 else at

    def rest(self, job: Job, until: float) -> None:
        """Send nothing to this job's chat until then."""
        self._ready[job.place] = max(until, self._ready.get(job.place, until))
        self._known.setdefault(job.place, set()).add(job.address)

    def close(self, until: float) -> None:
        """Send nothing to anybody until then."""
        self._closed_until = max(until, self._closed_until)

    def next(self, now: float) -> float:
        """Return the instant at which `take` is worth a try if nothing else happens before; infinite if
        there is none."""
        if self._calls >= self._concurrency or not self.waiting:
            return math.inf
        chosen, _ = self._choice(now)
        if chosen:
            return self._opens(now, chosen.cost)
        free = min(self._free(job.place, job.cost) for queue in self._lanes.values() for job in queue)
        return max(free, self._opens(now, 1))

    def _opens(self, now: float, cost: int) -> float:
        return max(self._closed_until, self._all.next(now, cost) if self._all else -math.inf)

    def _first(self, lane: Lane, now: float) -> Job | None:
        return next((job for job in self._lanes[lane] if self._free(job.place, job.cost) <= now), None)

    def _batch(self, first: Job, now: float) -> list[Job]:
        """Return the first job with all others of the same content that may go now; deletions go one by one."""
        if self._size == 1 or first.content is None:
            return [first]
        same = [
            job for queue in self._lanes.values() for job in queue if job.wanted == first.wanted and job is not first
        ]
        ready = {job.place: job for job in same if self._free(job.place, job.cost) <= now and job.place != first.place}
        return [first, *list(ready.values())[: self._size - 1]]
