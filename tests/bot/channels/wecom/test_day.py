"""One day on two platforms at once: half the people on WeCom, half in the browser, one set of figures."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot.web.entry import account_of
from models.core.database import connect
from models.messaging import enrolment
from models.messaging.addresses import Address
from models.organisation.people import Kind, Person
from models.organisation.units import unit_at
from tests.fakes import wecom
from tests.fakes.wecom import Member, Shown, WeComServer
from tests.support.program import Office, Phone, running, until
from tests.support.tomorrow import clock, settle
from tests.support.world import ZONE

ON_WECOM = ("1001", "1003", "1004", "1007")
ROBOT = "0f1e2d3c-robot-of-the-bureau"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


@pytest.fixture
def server() -> Iterator[WeComServer]:
    with wecom.wecom() as made:
        yield made


def enrol(office: Office, server: WeComServer) -> tuple[dict[str, Member], dict[str, Phone]]:
    """Enrol everybody on one of the two, and bind the bureau's group on WeCom beside its group in the browser."""
    members, phones, now = {}, {}, datetime.now(ZONE)
    database = connect(office.url)
    with database.writing() as session:
        for person in session.exec(select(Person).where(Person.kind == Kind.STAFF)).all():
            if person.staff_no in ON_WECOM:
                account = f"user{person.staff_no}"
                enrolment.enrol(session, person, "wecom", account, account, now)
                members[person.staff_no] = Member(server, account)
                server.join(account)
            else:
                account = account_of(f"token-of-{person.staff_no}")
                enrolment.enrol(session, person, "web", account, account, now)
                phones[person.staff_no] = Phone(0, f"zeroreport=token-of-{person.staff_no}")
        chat = f"robot:{ROBOT}"
        bureau = unit_at(session, "区局")
        session.add(Address(channel="wecom", account=chat, chat=chat, unit_id=bureau.id, since=now, used_at=now))
    database.close()
    return members, phones


def test_a_day_on_wecom_and_in_the_browser_has_the_same_figures_in_both_groups(
    office: Office, server: WeComServer
) -> None:
    settle(office, due="10:00", opens="07:30", lock="12:00")
    members, phones = enrol(office, server)
    with running(office, "run", *clock("07:29", 120), **wecom.settings(server)) as program:
        server.callback = f"http://127.0.0.1:{program.port}/wecom/callback"
        prompts = {no: until(lambda m=member: m.card("零报告")) for no, member in members.items()}
        assert server.count("message/send") == 1  # one call asks them all
        assert "请于10:00前报送" in prompts["1004"].text
        for phone in phones.values():
            phone.port = program.port
        _browser(phones)
        _wecom(members, prompts)
        post = until(lambda: _post(server, "全部报齐"))
        browser = phones["1002"]
        shown = until(lambda: _said(browser, "全部报齐"))
        assert _figures(post.text) == _figures(shown)
        assert "有情况1" in post.text
        assert [b["name"] for b in server.menu] == ["今日填报", "我的今天", "更多"]
        program.stop()
        assert "Traceback" not in program.output
    assert "8 revisions" in office("verify").stdout


def _browser(phones: dict[str, Phone]) -> None:
    for phone in phones.values():
        me = phone.state()["me"]
        assert phone.tap(me, until(lambda p=phone, m=me: p.button(m, "report.zero"))).status == 200


def _wecom(members: dict[str, Member], prompts: dict[str, Shown]) -> None:
    """Three say that all is well, by card, by a word and by a number; one has something to tell."""
    assert members["1001"].tap("零报告").status == 200
    members["1003"].say("零报告")
    card = prompts["1007"]
    members["1007"].event("click", "no-cards")
    until(lambda: "1 ✅ 零报告" in members["1007"].last.text)
    members["1007"].say("1")
    for no in ("1001", "1003", "1007"):
        until(lambda m=members[no]: "回执" in m.last.text and m.last)
    assert (members["1001"].last.msgid, members["1001"].last.changed) == (prompts["1001"].msgid, 1)  # the card itself
    assert card.labels
    _fill_in(members["1004"])


SAID = (
    ("报告对象", "本人"), ("体温", 38.2), ("症状", "咳嗽"), ("已填：咳嗽", "选好了"),
    ("确诊", "没有"), ("哪天", "昨天"), ("其他情况", "跳过"), ("没有", "提交"),
)  # fmt: skip


def _fill_in(ill: Member) -> None:
    """Answer question after question, by a tap or a number or in words, until the card has become the receipt."""
    ill.tap("有情况")
    for question, answer in SAID:
        until(lambda q=question: q in ill.last.text and ill.last.labels)
        if isinstance(answer, float) or not any(answer in label for label in ill.last.labels):
            ill.say(str(answer))
        else:
            ill.tap(answer, ill.last)
    until(lambda: "回执" in ill.last.text)


def _post(server: WeComServer, words: str) -> Shown | None:
    return next((s for s in reversed(server.groups[ROBOT]) if words in s.text), None)


def _said(phone: Phone, words: str) -> str | None:
    found = [m["text"] for m in phone.messages(phone.chat("区局")) if words in m["text"]]
    return found[-1] if found else None


def _figures(text: str) -> list[str]:
    """Return every figure in a post, in order, without markup."""
    return re.findall(r"\d+(?:\.\d+)?%?", re.sub(r"<[^>]+>", "", text.split("封存", maxsplit=1)[0]))
