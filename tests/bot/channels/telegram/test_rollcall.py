"""A roll call on the real platforms: 58 people, the last two names within a minute; and while Telegram is down."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from models.core.database import Database
from models.messaging import enrolment
from models.organisation.people import find_person
from tests.fakes import wecom as wecomapi
from tests.fakes.telegram import BotApi, Person
from tests.fakes.wecom import Member, WeComServer
from tests.support.program import until
from tests.support.telegrams import Town

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MANY = 58
SAFE, ASKED = "平安", "您是否平安？"


def staff(count: int) -> str:
    """Return a roster: 陈局, who leads all, and so many in four stations, each with a phone number."""
    lines = [f"2{n:03},员工{n},区局/{n % 4 + 1}站,,1380000{n:04}" for n in range(1, count + 1)]
    return "\n".join(["staff_no,name,unit,role,phone", "1001,陈局,区局,lead,13900001001", *lines])


def bureau(database: Database, api: BotApi, count: int) -> tuple[Town, Person, list[Person]]:
    town = Town.on(database, api)
    town.organisation(staff(count), enrolled="", groups=False)
    (chief,) = town.people("陈局")
    return town, chief, town.people(" ".join(f"员工{n}" for n in range(1, count + 1)))


def calls(town: Town, chief: Person) -> None:
    chief.say("/rollcall 区局")
    town.shows(chief, "是否平安")
    town.answered(chief, "立即点名")
    town.tick()


def listed(town: Town, chief: Person, words: str) -> str:
    """Wait until the list says this; return it."""
    return str(town.shows(chief, words).text)


def test_the_last_two_of_58_are_named_with_their_numbers_within_a_minute(database: Database, api: BotApi) -> None:
    town, chief, people = bureau(database, api, MANY)
    with town.running():
        town.at("9:05")
        calls(town, chief)
        begun = town.clock.now()
        api.until(lambda: all(any(ASKED in m.text for m in it.seen) for it in people))
        queries = [it.tap(SAFE) for it in people[:-2]]
        api.until(lambda: all(it.answer for it in queries))
        said = listed(town, chief, "56/58已答")
        assert town.clock.now() - begun < timedelta(minutes=1)
        assert said.endswith("尚未回答，请电话联系：\n员工57，2站，138 0000 0057\n员工58，3站，138 0000 0058")
        for it in people[-2:]:
            town.answered(it, SAFE)
        assert "全体均已回答" in listed(town, chief, "58/58已答")
    assert [len(it.seen) for it in people] == [1] * MANY
    assert len(chief.seen) == 2  # the confirmation, and one list that changed in place
    assert not api.refused, api.refused


@pytest.fixture
def wecom() -> Iterator[WeComServer]:
    with wecomapi.wecom() as made:
        yield made


@contextmanager
def ill(api: BotApi) -> Iterator[None]:
    """Let Telegram answer every call with 502."""
    api.fail("", times=10**9, code=502, description="Bad Gateway")
    yield
    api.call(api.faults.clear)


def also_on_wecom(town: Town, server: WeComServer, number: str) -> Member:
    """Give somebody WeCom as well; Telegram was used last."""
    server.join(number)
    with town.database.writing() as session:
        who = find_person(session, number)
        enrolment.enrol(session, who, "wecom", number, number, town.clock.now() - timedelta(days=1))
    return Member(server, number)


@pytest.mark.parametrize("how", ["no network", "502"])
def test_while_telegram_is_down_others_chats_are_asked_then_the_list_has_the_numbers_and_nobody_is_asked_twice(
    database: Database, api: BotApi, wecom: WeComServer, how: str
) -> None:
    town, _, people = bureau(database, api, 3)
    town.also = {name.lower(): value for name, value in wecomapi.settings(wecom).items()}
    one, boss = also_on_wecom(town, wecom, "2001"), also_on_wecom(town, wecom, "1001")
    with town.running() as program:
        wecom.callback = f"http://127.0.0.1:{program.port}/wecom/callback"
        town.at("9:05")
        boss.say("/rollcall 区局")
        until(lambda: boss.card("立即点名"))
        with api.cut() if how == "no network" else ill(api):
            boss.tap("立即点名")
            until(lambda: "正在发送" in boss.last.text)
            town.tick()
            assert not one.chat
            town.until(town.clock.at + timedelta(minutes=1))
            until(lambda: one.chat and ASKED in one.last.text)
            said = until(lambda: boss.last.text if "未送达" in boss.last.text else "")
            assert "员工2，3站，138 0000 0002 · 消息未送达\n员工3，4站，138 0000 0003 · 消息未送达" in said
            assert one.tap(SAFE).status == 200
            until(lambda: "1/3已答" in boss.last.text)
        town.until(town.clock.at + timedelta(minutes=20))
        for it in people[1:]:
            town.shows(it, ASKED)
        town.answered(people[1], SAFE)
        until(lambda: "2/3已答" in boss.last.text)
        town.until(town.clock.at + timedelta(minutes=3))  # the list's next look
        until(lambda: "未送达" not in boss.last.text)
        assert "员工3，4站，138 0000 0003" in boss.last.text
        until(lambda: [sum(ASKED in m.text for m in it.seen) for it in people] == [0, 0, 1])
    assert [len(it.seen) for it in people] == [1, 1, 1]
    assert sum(ASKED in it.text or SAFE in it.text for it in one.chat) == 1
