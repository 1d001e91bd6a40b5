"""The outbox, whatever comes and however long the platform takes: no limit broken, nobody starved."""

import math
from bisect import bisect_right
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Limits, Profile, Recipient
from bot.delivery.pacing import Job, SendQueue
from models.messaging.cards import Kind, Lane
from models.messaging.contents import Content

WHEN = datetime(2026, 11, 23, tzinfo=UTC)
ARRIVALS = st.lists(
    st.tuples(st.sampled_from(Lane), st.floats(0, 3), st.floats(0, 0.3)), min_size=1, max_size=120
)  # lane, when it came, how long the call takes
COSTS = st.integers(1, 5)  # how different the costs of cards are


def job(
    number: int, lane: Lane, address: int | None = None, *, group: bool = False, text: str = "", chat: str = "",
    cost: int = 1,
) -> Job:  # fmt: skip
    where = number if address is None else address
    content, recipient = Content(text or str(number)), Recipient("a", chat or str(where))
    return Job(number, WHEN, Kind.ASK, lane, 1, hash(content.text), content, where, group, recipient, cost)


def outbox(
    per_second: float | None = 30.0, chat: float | None = None, group: float | None = None, **more: int
) -> SendQueue:
    return SendQueue(Profile("fake", "bot", limits=Limits(per_second, chat, group), **more))  # type: ignore[arg-type]


def empty_it(box: SendQueue, arrivals: list[tuple[float, Job, float]]) -> list[tuple[float, float, list[Job]]]:
    """Play until everything is sent; return when each call began, when it came back, and what it was."""
    coming, under_way, calls, now = sorted(arrivals, key=lambda a: a[0]), [], [], 0.0
    takes = {j.card: took for _, j, took in arrivals}
    while coming or under_way or box.waiting:
        while coming and coming[0][0] <= now:
            box.add([coming.pop(0)[1]])
        for call in [c for c in under_way if c[1] <= now]:
            under_way.remove(call)
            box.done(call[2], now)
        while batch := box.take(now):
            call = (now, now + max(takes[j.card] for j in batch), batch)
            under_way.append(call)
            calls.append(call)
        ahead = [c[1] for c in under_way] + [a[0] for a in coming[:1]] + [box.next(now)]
        later = min(ahead)
        assert later < math.inf or not (coming or under_way or box.waiting), "something waits and would never go"
        now = max(now, later)
    return calls


def most_within(instants: list[float], window: float) -> int:
    """Return the most of these that lie within any window of that many seconds."""
    ordered = sorted(instants)
    return max((bisect_right(ordered, at + window - 1e-9) - n for n, at in enumerate(ordered)), default=0)


@settings(max_examples=60)
@given(ARRIVALS, st.sampled_from([1.0, 7.0, 30.0, 0.5]), COSTS)
def test_no_second_ever_holds_more_than_the_platform_bears(
    arrivals: list[tuple[Lane, float, float]], rate: float, costs: int
) -> None:
    box, most = outbox(rate, concurrency=8), max(1, int(rate))
    sent = [(at, job(n, lane, cost=min(1 + n % costs, most)), took) for n, (lane, at, took) in enumerate(arrivals)]
    calls = empty_it(box, sent)
    assert sum(len(batch) for _, _, batch in calls) == len(arrivals)
    assert most_within(messages(calls), max(1.0, 1 / rate)) <= most


def messages(calls: list[tuple[float, float, list[Job]]]) -> list[float]:
    """Return when each message went: a call has as many as it costs."""
    return [began for began, _, batch in calls for _ in range(batch[0].cost)]


@settings(max_examples=60)
@given(ARRIVALS, st.integers(1, 4), st.booleans())
def test_a_chat_never_gets_more_than_it_bears_and_one_message_at_a_time(
    arrivals: list[tuple[Lane, float, float]], chats: int, group: bool
) -> None:
    box = outbox(None, 1.0, 20.0, concurrency=8)
    sent = [(at, job(n, lane, n % chats, group=group), took) for n, (lane, at, took) in enumerate(arrivals)]
    calls = []
    for at, it, took in sent:  # the next of an address is claimed when the one before is noted
        calls += empty_it(box, [(max([at, *(c[1] for c in calls)]), it, took)])
    for address in range(chats):
        mine = sorted((began, ended) for began, ended, batch in calls if batch[0].address == address)
        assert all(after >= ended + 1 for (_, ended), (after, _) in pairwise(mine))
        if group and mine:
            assert most_within([began for began, _ in mine], 60) <= 20


@settings(max_examples=40)
@given(st.integers(20, 120), st.integers(20, 120))
def test_replies_overtake_bulk_and_bulk_keeps_a_fifth(replies: int, bulk: int) -> None:
    box = outbox(30.0, concurrency=8)
    waiting = [(0.0, job(n, Lane.BULK), 0.05) for n in range(bulk)]
    waiting += [(0.0, job(1000 + n, Lane.REPLY), 0.05) for n in range(replies)]
    lanes = [batch[0].lane for _, _, batch in empty_it(box, waiting)]
    both = lanes[: min(len(lanes) - lanes[::-1].index(lane) for lane in Lane)]  # while both waited
    for at in range(0, len(both) - 5, 5):
        assert both[at : at + 5].count(Lane.BULK) == 1
    assert lanes[0] is Lane.REPLY


def test_what_arrives_late_makes_no_second_too_full() -> None:
    arrivals = [(0.0, job(n, Lane.BULK), 0.8 if 60 <= n < 70 else 0.03) for n in range(150)]
    calls = empty_it(outbox(30.0, concurrency=64), arrivals)
    assert most_within([ended - 0.015 for _, ended, _ in calls], 1) <= 30  # it arrives shortly before it comes back


def test_nearly_all_of_the_limit_is_used_though_every_call_takes_its_time() -> None:
    calls = empty_it(outbox(30.0, concurrency=32), [(0.0, job(n, Lane.BULK), 0.2 + n % 7 * 0.005) for n in range(900)])
    assert calls[-1][0] <= 900 / 30 / 0.98


def test_what_says_the_same_goes_in_one_call_and_only_to_chats_that_may_get_it() -> None:
    box = outbox(None, 1.0, batch_size=1000)
    box.add([job(n, Lane.BULK, text="same") for n in range(5)] + [job(9, Lane.BULK, text="other")])
    box.rest(job(3, Lane.BULK), 10.0)
    assert [j.address for j in box.take(0.0)] == [0, 1, 2, 4]
    box.done([], 0.0)
    assert [j.address for j in box.take(0.0)] == [9]
    box.done([], 0.0)
    assert box.take(0.0) == []
    assert box.next(0.0) == 10.0
    assert [j.address for j in box.take(10.0)] == [3]


def test_a_closed_platform_gets_nothing_and_nothing_is_claimed_for_it() -> None:
    box = outbox()
    box.add([job(1, Lane.REPLY)])
    box.close(7.5)
    assert (box.take(7.4), box.room(Lane.BULK, 7.4), box.next(7.4)) == ([], 0, 7.5)
    assert [j.card for j in box.take(7.5)] == [1]


@settings(max_examples=40)
@given(ARRIVALS, st.integers(1, 3), COSTS)
def test_all_topics_of_a_group_share_what_the_group_bears(
    arrivals: list[tuple[Lane, float, float]], groups: int, costs: int
) -> None:
    """All wait at once, as where many topics have something to say: each topic is an address, each group a chat."""
    sent = [
        (at, job(n, lane, group=True, chat=f"{-100 - n % groups}/{n}", cost=1 + n % costs), took)
        for n, (lane, at, took) in enumerate(arrivals)
    ]
    calls = empty_it(outbox(30.0, 1.0, 20.0, concurrency=8), sent)
    assert sum(len(batch) for _, _, batch in calls) == len(arrivals)
    for group in range(groups):
        mine = [call for call in calls if call[2][0].place == str(-100 - group)]
        assert all(after >= ended + before[0].cost for (_, ended, before), (after, _, _) in pairwise(mine))
        assert most_within(messages(mine), 60) <= 20


def test_while_a_group_rests_all_its_topics_that_are_known_are_left_unclaimed() -> None:
    box = outbox(None, 1.0, 20.0, concurrency=8)
    topics = [job(n, Lane.BULK, group=True, chat=f"-100/{n}", cost=10) for n in (1, 2, 3)]
    box.add(topics)
    for at in (0.0, 10.0):
        box.done(box.take(at), at)
    assert box.next(20.0) == 60.0  # a third of ten messages: when the first ten are a minute old
    assert box.resting(20.1) == [1, 2]
    assert [j.address for j in box.take(60.0)] == [3]


def test_people_are_not_taken_for_topics_of_each_other() -> None:
    box = outbox(None, 1.0, concurrency=8)
    box.add([job(n, Lane.BULK, chat=f"a/{n}") for n in (1, 2)])
    assert box.take(0.0)
    assert box.take(0.0)


def test_a_card_in_many_messages_is_waited_for_and_not_overtaken_for_ever() -> None:
    waiting = [(n / 40, job(n, Lane.REPLY), 0.01) for n in range(200)]
    calls = empty_it(outbox(30.0, concurrency=8), [*waiting, (0.5, job(900, Lane.BULK, cost=30), 0.5)])
    big = next(began for began, _, batch in calls if batch[0].card == 900)
    assert big < 3
    assert most_within(messages(calls), 1.0) <= 30
