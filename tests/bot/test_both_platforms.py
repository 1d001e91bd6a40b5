"""One day of the real program on WeCom and on Telegram at once: one roster, one set of figures, two groups."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import wecomapi
from tests.bot.program import Office, running, until
from tests.bot.test_run import clock, settle
from tests.botapi import TOKEN, BotApi, Group, Person
from tests.wecomapi import Member, WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ROBOT = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
HOOK = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT}"
ON_WECOM = ("1001", "1003", "1004", "1007")
ON_TELEGRAM = {"1002": "周敏", "1005": "李梅", "1006": "Ann Lee", "1008": "钱丽"}


@dataclass
class Day:
    """Everybody's phone on the two platforms, and the two groups of the bureau."""

    api: BotApi
    server: WeComServer
    members: dict[str, Member]
    people: dict[str, Person]
    group: Group

    def robot(self, words: str) -> str | None:
        """The newest post of the group robot that says so."""
        return next((s.text for s in reversed(self.server.groups[ROBOT]) if words in s.text), None)

    def telegram(self, words: str) -> str | None:
        return next((m.text for m in reversed(self.group.seen) if words in m.text), None)

    def in_both(self, words: str, seconds: float = 60) -> tuple[str, str]:
        return until(lambda: self.robot(words), seconds), until(lambda: self.telegram(words), seconds)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


@pytest.fixture
def day() -> Iterator[Day]:
    with BotApi() as api, wecomapi.wecom() as server:
        people = {no: Person(api, 30_000 + int(no), name) for no, name in ON_TELEGRAM.items()}
        group = Group(api, -1001112223334, "区局群")
        yield Day(api, server, {no: Member(server, no) for no in (*ON_WECOM, "1005")}, people, group)


def test_a_day_on_both_platforms_has_the_same_figures_in_both_groups(office: Office, day: Day) -> None:
    settle(office, due="08:05", opens="07:30", remind="07:55", summary="08:07", lock="08:25")
    told = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": day.api.url} | wecomapi.settings(day.server)
    with running(office, "run", *clock("07:05", 60), **told) as program:
        day.server.callback = f"http://127.0.0.1:{program.port}/wecom/callback"
        _enrol(office, day, told)
        _bind(day)
        _answer(day)
        _move_to_wecom(day)
        _assert_reminded_once(day)
        _compare(*day.in_both("已报7", 90))
        locked = day.in_both("漏报1", 90)
        _compare(*locked)
        program.stop()
        assert "Traceback" not in program.output
        assert ROBOT not in program.output
    assert "7 revisions" in office("verify").stdout


def _enrol(office: Office, day: Day, told: dict[str, str]) -> None:
    """On WeCom one opens the app and is known; on Telegram one opens the link."""
    for member in day.members.values():
        day.server.join(member.account)
    stranger = Member(day.server, "nobody")
    day.server.join("nobody")
    for member in (*(day.members[no] for no in ON_WECOM), stranger, stranger):
        assert member.event("enter_agent").status == 200
    day.members["1005"].event("subscribe")  # has both
    for no, person in day.people.items():
        link = next(w for w in office("invite", no, **told).stdout.split() if "t.me" in w)
        person.start(link.partition("start=")[2])
    for person in day.people.values():
        day.api.until(lambda p=person: p.seen, 40)
    until(lambda: all(member.chat for member in day.members.values()), 40)
    assert len(stranger.chat) == 1  # one polite line, however often


def _bind(day: Day) -> None:
    """The admin ties the group's robot to the bureau in private, and the Telegram group in the group itself."""
    admin = day.people["1002"]
    admin.add_bot(day.group)
    admin.say("/bind 区局", to=day.group)
    admin.say(f"/bind 区局 {HOOK}")
    day.api.until(lambda: day.group.seen, 40)
    until(lambda: day.server.groups[ROBOT], 40)
    assert not any(ROBOT in m.text for m in admin.seen)


def _asked(day: Day) -> dict[str, Member | Person]:
    return {no: day.members[no] for no in ON_WECOM} | day.people


def _answer(day: Day) -> None:
    """All are asked once, on one platform; all but one answer, one of them with something to tell."""
    for no in ON_WECOM:
        until(lambda m=day.members[no]: m.card("零报告"), 60)
    telegram = {no: person for no, person in day.people.items() if no not in ("1005", "1008")}
    day.api.until(lambda: all(map(_zero, day.people.values())), 60)
    assert day.members["1005"].card("零报告") is None  # the other chat was used last
    for no in ON_WECOM[:3]:
        assert day.members[no].tap("零报告").status == 200
    for no in ON_WECOM[:3]:
        until(lambda m=day.members[no]: "回执" in m.last.text, 30)
    queries = [person.tap(_zero(person) or "") for person in telegram.values()]
    day.api.until(lambda: all(re.search("已收到|Received", q.answer or "") for q in queries), 30)
    day.members["1007"].say("零报告")
    until(lambda: "回执" in day.members["1007"].last.text, 30)


def _zero(person: Person) -> str | None:
    """What stands on the zero button of the prompt."""
    return next((words for m in person.seen for words, data in m.buttons.items() if data.startswith("z.")), None)


def _move_to_wecom(day: Day) -> None:
    """Who blocks the bot is asked in the other chat, and gets the receipt there."""
    li, phone = day.people["1005"], day.members["1005"]
    before = len(li.seen)
    li.block()
    card = until(lambda: phone.card("零报告"), 30)
    assert phone.tap("零报告", card).status == 200
    until(lambda: "回执" in phone.last.text, 30)
    assert len(li.seen) == before


def _assert_reminded_once(day: Day) -> None:
    """The one who is silent is reminded, and nobody else."""
    silent = day.people["1008"]
    day.api.until(lambda: any("还有" in m.text for m in silent.seen), 90)
    for no, phone in _asked(day).items():
        if no not in ("1005", "1008"):
            shown = phone.chat if isinstance(phone, Member) else phone.seen
            assert sum(bool(re.search("回执|receipt", it.text)) for it in shown) == 1, no


def _compare(robot: str, telegram: str) -> None:
    assert _figures(robot) == _figures(telegram)
    assert "应报8" in robot


def _figures(text: str) -> list[str]:
    """Every figure in a post, in order, without markup."""
    return re.findall(r"\d+(?:\.\d+)?%?", re.sub(r"<[^>]+>", "", text))
