"""Give people who are not enrolled a lane and a budget of their own, each and all together: members never wait for them
(docs/decisions/0142-strangers.md)."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from handlers.core.incoming import Event, Incoming
from models.messaging import strangers
from models.messaging.enrolment import codes_in

log = logging.getLogger("zeroreport")
HOUR, MINUTE = 3600.0, 60.0
CODES_AN_HOUR = 6  # of one account: the fifth wrong one locks it, and the sixth is told so
CODES_A_SECOND, CODES_AT_ONCE = 20.0, 5000.0  # looked up at once, of all accounts together
EVENTS_AN_HOUR = 20  # of one account, in groups
MEMBERS = 20_000  # accounts that are known to be enrolled without asking
ACCOUNTS = 20_000  # strangers who are remembered for an hour


class Bucket:
    """A token bucket: `rate` a second, and as many at once as it holds."""

    def __init__(self, rate: float, holds: float, now: float) -> None:
        self._rate, self._holds, self._left, self._at = rate, holds, holds, now

    def take(self, now: float) -> bool:
        self._left = min(self._holds, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass
class _Account:
    """The acts of one stranger within the hour that began at `since`."""

    since: float
    lines: int = 0
    codes: int = 0
    events: int = 0


class Strangers:
    """Sorts what waits for the desk. Everything that a stranger does counts: words, files, stickers, taps, corrections,
    events."""

    def __init__(self, a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, now = clock, clock()
        self._lines, self._wrong, self._events = (Bucket(a_minute / 60, max(5.0, a_minute / 6), now) for _ in range(3))
        self._codes = Bucket(CODES_A_SECOND, CODES_AT_ONCE, now)
        self._members: set[int] = set()  # hashes: they are many
        self._accounts: dict[int, _Account] = {}
        self._admitted: set[int] = set()  # admitted and not handled yet
        self._left_out, self._told = 0, now
        self._guesses, self._guessers = 0, set[int]()  # wrong codes left out, and who sent some lately

    def sort(self, session: Session, now: datetime, waiting: Sequence[Incoming]) -> tuple[list[int], list[int]]:
        """Return the places of those to be handled, in order, and of those left out. First members, then strangers who
        were admitted and wait since, then those who are within their budget."""
        unknown = [it for it in waiting if _whose(it) not in self._members and _name(it) not in self._admitted]
        found = self._look(session, now, unknown) if unknown else _Found()
        members, admitted, others, out = [], [], [], []
        for place, it in enumerate(waiting):
            if _whose(it) in self._members:
                members.append(place)
            elif _name(it) in self._admitted:
                admitted.append(place)
            elif found.ours(it):
                members.append(place)
            elif self._merits(it):
                others.append(place)
            else:
                out.append(place)
        order = [*members, *admitted, *others]
        self._admitted = {_name(it) for it in map(waiting.__getitem__, order) if _whose(it) not in self._members}
        self._count(len(out))
        return order, out

    def _look(self, session: Session, now: datetime, unknown: Sequence[Incoming]) -> "_Found":
        """Look up all of them with one query each for accounts and codes, and remember who is enrolled."""
        found = _Found()
        if len(self._members) > MEMBERS:
            self._members.clear()
        for channel in {it.channel for it in unknown}:
            there = [it for it in unknown if it.channel == channel]
            known = strangers.enrolled(session, channel, {it.account for it in there})
            self._members.update(hash((channel, account)) for account in known)
            others = [it for it in there if it.account not in known]
            found.vouched |= strangers.colleagues(session, {it.vouched for it in others if it.vouched})
        codes = {code for it in unknown if _whose(it) not in self._members for code in self._tried(it)}
        found.codes = strangers.good_codes(session, codes, now)
        return found

    def _tried(self, incoming: Incoming) -> list[str]:
        """Return the codes to be looked up at once, because whoever has a right one waits for nobody, and one that is
        shown in a group ends, whoever shows it."""
        codes = codes_of(incoming)
        if not codes:
            return []
        account = self._account(incoming)
        account.codes += 1
        return codes if account.codes <= CODES_AN_HOUR and self._codes.take(self._clock()) else []

    def _merits(self, incoming: Incoming) -> bool:
        """Say whether a stranger's Incoming is handled at all: a wrong code a few times an hour, anything else once. In
        a group only commands are, which get the group one line, and what happens to the group itself."""
        account, now = self._account(incoming), self._clock()
        if code_of(incoming):
            if account.codes <= CODES_AN_HOUR and self._wrong.take(now):
                return True
            self._guesses += 1
            self._guessers.add(_whose(incoming))
            return False
        if incoming.event in (Event.REMOVED, Event.MIGRATED):  # may be of a bound group, whoever did it
            account.events += 1
            return account.events <= EVENTS_AN_HOUR and self._events.take(now)
        if not incoming.private and (incoming.event is not None or not (incoming.text or "").startswith("/")):
            return False  # which would have no effect
        if incoming.event is not None and not (incoming.event is Event.BACK and incoming.vouched):
            return False  # a colleague's JOINED is handled as a member's
        if account.lines or not self._lines.take(now):
            return False
        account.lines += 1
        return True

    def guesses(self) -> tuple[int, int]:
        """Return how many wrong codes were left out since the last call, and how many accounts sent those lately."""
        found = self._guesses, len(self._guessers)
        self._guesses = 0
        if len(self._guessers) > ACCOUNTS:
            self._guessers.clear()
        return found

    def _account(self, incoming: Incoming) -> _Account:
        now, whose = self._clock(), _whose(incoming)
        account = self._accounts.get(whose)
        if account is None or now - account.since >= HOUR:
            if len(self._accounts) >= ACCOUNTS:
                del self._accounts[next(iter(self._accounts))]
            account = self._accounts[whose] = _Account(now)
        return account

    def _count(self, out: int) -> None:
        self._left_out += out
        now = self._clock()
        if self._left_out and now - self._told >= MINUTE:
            log.warning("%s messages from people who are not enrolled were left unanswered", self._left_out)
            self._left_out, self._told = 0, now


class _Found:
    """What is known of senders who are not enrolled: colleagues who need no code, and right codes."""

    def __init__(self) -> None:
        self.vouched: set[str] = set()
        self.codes: set[str] = set()

    def ours(self, incoming: Incoming) -> bool:
        """Say whether an Incoming is no member's and still handled with the members'."""
        return incoming.vouched in self.vouched or not self.codes.isdisjoint(codes_of(incoming))


def codes_of(incoming: Incoming) -> list[str]:
    """Return the codes that somebody presents or, in a group, shows."""
    if not incoming.private:
        return codes_in(incoming.text or "")
    code = code_of(incoming)
    return [code] if code else []


def code_of(incoming: Incoming) -> str | None:
    """Return the code that somebody presents, if any."""
    return strangers.code_in(incoming.text) if incoming.text else None


def _whose(incoming: Incoming) -> int:
    return hash((incoming.channel, incoming.account))


def _name(incoming: Incoming) -> int:
    return hash((incoming.channel, incoming.bot, incoming.update))
