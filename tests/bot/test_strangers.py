"""Who is not enrolled: one polite line an hour, a budget for all of them, and members never wait for them."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest
from sqlmodel import col, func, select

from bot import desk, strangers
from bot.desk import Desk
from bot.strangers import Strangers, code_of
from handlers.core.context import Context
from handlers.core.incoming import Event, Incoming, Location, Remote
from handlers.core.turn import File
from models.core.database import Database
from models.core.updates import ProcessedUpdate
from models.messaging import addresses
from models.messaging.addresses import Address
from models.messaging.cards import Card
from tests.support.admins import invite
from tests.support.world import World

UPDATES = count(1)


def begin(world: World) -> None:
    world.organisation(enrolled="1001 1002 1003 1004 1005 1007 1008")  # 1006 is not yet


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def said(account: str, text: str | None = "hello", channel: str = "web", **what: object) -> Incoming:
    at = World.__dataclass_fields__["clock"].default_factory().at  # type: ignore[misc]
    made = Incoming(channel, channel, f"s{next(UPDATES)}", account, account, True, at, text=text)
    return replace(made, **what)  # type: ignore[arg-type]


class House:
    """A desk with a thread of its own, and a clock for the budgets."""

    def __init__(self, world: World, a_minute: int = 30) -> None:
        self.now = 0.0
        self.strangers = Strangers(a_minute, lambda: self.now)
        self.world = world

    def take(self, *batch: Incoming) -> None:
        async def go() -> None:
            with ThreadPoolExecutor(1) as worker:
                desk = Desk(self.world.database, self.world.defaults, self.world.clock, worker)
                desk._strangers = self.strangers
                await desk.take(batch)

        asyncio.run(go())

    def cards(self, account: str | None = None) -> int:
        with self.world.database.reading() as session:
            asked = select(func.count()).select_from(Card).join(Address)
            return session.exec(asked.where(Address.account == account) if account else asked).one()

    def rows(self) -> int:
        with self.world.database.reading() as session:
            return sum(
                session.exec(select(func.count()).select_from(t)).one() for t in (Card, Address, ProcessedUpdate)
            )


@pytest.fixture
def house(world: World) -> House:
    return House(world)


def test_three_thousand_strangers_leave_as_many_rows_as_their_budget_bears(house: House) -> None:
    before = house.rows()
    house.take(*(said(f"x{n}") for n in range(3000)))
    assert house.cards() <= 5
    assert house.rows() - before <= 3 * 5
    house.now += 60
    house.take(*(said(f"y{n}") for n in range(3000)))
    assert house.cards() <= 10


def test_a_member_is_answered_before_the_strangers_who_came_along_are_handled(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LONGEST", 0)  # one of them in each transaction
    told: list[str] = []

    async def go() -> None:
        with ThreadPoolExecutor(1) as worker:
            made = Desk(house.world.database, house.world.defaults, house.world.clock, worker)
            await made.take(
                [*(said(f"x{n}") for n in range(3)), said("1005", "/status")],
                lambda it, _: told.append(it.account),
            )

    asyncio.run(go())
    assert told == ["1005", "x0", "x1", "x2"]
    with house.world.database.reading() as session:
        asked = select(Address.account).join(Card, col(Card.address_id) == col(Address.id)).order_by(col(Card.id))
        assert session.exec(asked).first() == "1005", "before any stranger has a line"


def test_a_member_among_strangers_is_answered_first(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    really = Desk._handle_run

    def watched(self: Desk, context: Context, run: list[Incoming]) -> object:
        order.extend(it.account for it in run)
        return really(self, context, run)

    monkeypatch.setattr(Desk, "_handle_run", watched)
    house.take(*(said(f"x{n}") for n in range(100)), said("1005", "/status"), said("1004", "/status"))
    assert order[:2] == ["1005", "1004"]
    assert house.cards("1005") == house.cards("1004") == 1


@pytest.mark.parametrize(
    "what",
    [
        {"text": "/start x"}, {"text": "/start"}, {"text": "你好"}, {"text": "…"},
        {"text": None, "data": "report.zero.1"},
        {"text": None, "file": File("0" * 64, "a.xlsx", "x/y", 3)}, {"text": None, "remote": Remote("r", "a", "x/y")},
        {"text": None, "location": Location(1, 2)}, {"text": "again", "edited": True, "message": "1"},
        {"text": "/people find 李梅"}, {"text": "/start@bot abc def"}, {"text": None, "event": Event.BACK},
        {"text": None, "event": Event.ADDED, "private": False, "chat": "-1"},
        {"text": "hello", "private": False, "chat": "-1"},
    ],
)  # fmt: skip
def test_whatever_a_stranger_does_two_hundred_times_is_answered_a_few(house: House, what: dict[str, object]) -> None:
    """H11: `/start x` went round the one line an hour."""
    house.now += 1000
    for _ in range(200):
        house.now += 10  # half an hour in all: the budget of all together is not what stops it
        house.take(said("x", **what))  # type: ignore[arg-type]
    assert house.cards("x") <= 1 + strangers.CODES_AN_HOUR


def test_a_newcomer_with_a_good_code_gets_in_beside_three_thousand_who_have_none(house: House, world: World) -> None:
    code = invite(world, "1006")
    house.take(*(said(f"x{n}", "/start WRONG123") for n in range(3000)), said("new", f"/start {code}"))
    with world.database.reading() as session:
        found = addresses.who(session, "web", "new")
    assert found
    assert found[0].staff_no == "1006"


def test_a_code_is_not_guessed_on_and_on_by_one_account(house: House, world: World) -> None:
    code = invite(world, "1006")
    house.take(*(said("x", f"/start WRONG{n:03}") for n in range(20)), said("x", f"/start {code}"))
    with world.database.reading() as session:
        assert addresses.who(session, "web", "x") is None


def test_all_together_look_up_so_many_codes_a_second_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "models.messaging.strangers.good_codes", lambda session, codes, now: asked.append(len(codes)) or set()
    )
    house.take(*(said(f"x{n}", f"/start W{n:07}") for n in range(6000)))
    assert sum(asked) == strangers.CODES_AT_ONCE


def test_a_colleague_for_whom_the_platform_vouches_comes_in_at_once(house: House, world: World) -> None:
    flood = (said(f"x{n}", channel="wecom", vouched=f"x{n}") for n in range(500))
    house.take(*flood, said("1006", channel="wecom", vouched="1006"))
    with world.database.reading() as session:
        assert addresses.who(session, "wecom", "1006")
        assert not addresses.who(session, "wecom", "x1")


def test_a_known_group_loses_the_bot_whoever_put_it_out(house: House, world: World) -> None:
    with world.database.writing() as session:
        now = world.clock.now()
        session.add(Address(channel="web", account="-7", chat="-7", title="群", since=now, used_at=now))
    house.take(said("x", None, event=Event.REMOVED, private=False, chat="-7"))
    with world.database.reading() as session:
        assert session.exec(select(Address.reach).where(Address.chat == "-7")).one() == "unreachable"


def test_what_was_left_out_is_counted_in_the_log_once_a_minute(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            house.take(*(said(f"x{n}") for n in range(100)))
        house.now += 61
        house.take(said("z"))
    told = [r.getMessage() for r in caplog.records if "not enrolled" in r.getMessage()]
    assert told == ["995 messages from people who are not enrolled were left unanswered"]


def test_a_member_costs_no_question_the_second_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("models.messaging.strangers.enrolled", lambda *a: asked.append(a) or {"1005"})
    house.take(said("1005", "/status"))
    first = len(asked)
    house.take(said("1005", "/status"), said("1005", "/status"))
    assert first > 0
    assert len(asked) == first


def test_strangers_who_are_remembered_are_few(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "ACCOUNTS", 100)
    house.take(*(said(f"x{n}") for n in range(500)))
    assert len(house.strangers._accounts) == 100


def test_codes_are_found_where_they_are_presented(database: Database) -> None:
    told = {"/start ABC": "ABC", "/start@bot ABC x": "ABC", "/开始 ABC": "ABC", "／start ABC": "ABC", "/start": None}
    told |= {"start ABC": None, "hello": None, "/started ABC": None}
    assert {text: code_of(said("x", text)) for text in told} == told
