"""What open pages may cost: each is made anew the less often, the more are open, and none waits longer than others."""

import heapq

from bot.web.dashboard.renewals import OLDEST, SHARE, Renewals
from handlers.dashboard.pages import EVERY


class Second:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def _morning(pages: int, cost: float, seconds: int) -> tuple[Renewals, list[int], float]:
    """Let so many pages ask, something being new each time; return how often each was made anew after the first
    minutes, and the share of a core that took."""
    clock = Second()
    renewals = Renewals(clock)
    renewals.noted("page", cost)
    made, every, times = [int(clock.at)] * pages, [EVERY] * pages, [0] * pages
    asks = sorted((clock.at + EVERY * n / pages, n) for n in range(pages))
    begun = clock.at + 1200
    end = begun + seconds
    while asks[0][0] < end:
        clock.at, page = heapq.heappop(asks)
        renewals.asked(every[page])
        if renewals.due(made[page]):
            renewals.began()
            made[page], every[page] = renewals.second, renewals.every
            times[page] += clock.at >= begun
        heapq.heappush(asks, (clock.at + every[page], page))
    return renewals, times, sum(times) * cost / seconds


def test_a_few_pages_are_made_anew_whenever_they_ask() -> None:
    renewals, times, _ = _morning(5, 0.05, 600)
    assert set(times) == {600 // EVERY}
    assert (renewals.wait, renewals.every) == (0, EVERY)


def test_many_pages_together_take_their_share_and_no_more_and_none_is_forgotten() -> None:
    renewals, times, share = _morning(200, 0.04, 7200)
    assert 0.7 * SHARE < share <= 1.02 * SHARE
    assert max(times) - min(times) <= 2
    assert renewals.every > EVERY, "who waits anyway asks less often"


def test_pages_that_were_opened_at_once_are_made_anew_one_after_the_other() -> None:
    clock, cost = Second(), 0.04
    renewals = Renewals(clock)
    renewals.noted("page", cost)
    for _ in range(200):
        renewals.asked(EVERY)
    made = [int(clock.at)] * 200
    rounds = []
    for _ in range(40):
        anew = 0
        for page in range(200):
            clock.at += EVERY / 200
            renewals.asked(EVERY)
            if renewals.due(made[page]):
                renewals.began()
                made[page], anew = renewals.second, anew + 1
        rounds.append(anew * cost / EVERY)
    assert max(rounds) <= 2.1 * SHARE
    assert sum(rounds[20:]) / 20 > 0.7 * SHARE


def test_no_page_waits_for_ever() -> None:
    _, times, _ = _morning(1000, 1.0, 4 * int(OLDEST))
    assert min(times) >= 3


def test_a_page_of_before_the_machine_started_is_made_anew() -> None:
    renewals, _, _ = _morning(200, 0.07, 60)
    assert renewals.due(renewals.second + 500)
    assert not renewals.due(renewals.second)


def test_pages_that_are_all_opened_at_once_are_not_all_made_anew_when_they_first_ask() -> None:
    clock = Second()
    renewals = Renewals(clock)
    renewals.noted("page", 0.04)
    for _ in range(200):
        clock.at += 0.05
        renewals.asked(EVERY)
    assert renewals.wait > 2 * EVERY
    assert not renewals.due(int(clock.at) - EVERY)
