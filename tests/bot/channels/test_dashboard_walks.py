"""From the group's picture to the reminder: a lead opens the dashboard on a phone, sees who is missing and urges them,
on a Telegram and a WeCom of our own, with the whole program between."""

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from sqlmodel import select

from bot.app import App
from bot.settings import Settings
from models.core.database import Database
from models.messaging import enrolment
from models.messaging.addresses import Address
from models.organisation.people import Person as Somebody
from models.organisation.units import unit_at
from tests.fakes import wecom as wecomapi
from tests.fakes.telegram import BotApi
from tests.fakes.wecom import Member, WeComServer
from tests.support.form_pages import MULTIPART, body_of, changed, fields_of
from tests.support.program import until
from tests.support.serving import Reply
from tests.support.telegrams import Running, Town

pytestmark = pytest.mark.sqlite
HOST = "reports.example.org"
PUBLIC = f"https://{HOST}"
ROBOT = "0f1e2d3c-robot-of-the-station"


@dataclass
class Browser:
    """A phone's browser: it keeps cookies and follows where it is sent; our public address is this port."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def open(self, address: str) -> "Browser":
        return self._follow(self._ask("GET", address))

    def press(self, label: str) -> "Browser":
        """Press the first button that is called so, for the eye or for the ear."""
        forms = re.findall(r'<form[^>]*?action="([^"]+)"[^>]*>(.*?)</form>', self.page, re.S)
        action, inside = next((to, within) for to, within in forms if label in within)
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inside))
        button = next(it for it in re.findall(r"<button[^>]*>.*?</button>", inside, re.S) if label in it)
        fields |= dict(re.findall(r'name="([^"]+)" value="([^"]+)"', button.partition(">")[0]))
        return self.send(action, fields)

    def send(self, action: str, fields: dict[str, str]) -> "Browser":
        return self._follow(self._ask("POST", PUBLIC + action, urlencode(fields)))

    def fill(self, do: str = "submit", **values: str) -> "Browser":
        """Enter into the fields of a form's page and press its button."""
        body = body_of(changed(fields_of(self.page), do, **values))
        return self._follow(self._ask("POST", f"{PUBLIC}/dashboard/fill", body, MULTIPART))

    def _follow(self, answer: Reply) -> "Browser":
        while answer.status in (302, 303):
            answer = self._ask("GET", answer.headers["location"])
        self.page = answer.body.decode()
        assert answer.status == 200, self.page
        return self

    def _ask(
        self, method: str, address: str, body: str | bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
    ) -> Reply:  # fmt: skip
        to = urlsplit(address)
        if to.netloc not in (HOST, ""):  # the platform's own page
            found = httpx.get(address, cookies={"me": self.cookies.get("me", "")})
            return Reply(found.status_code, dict(found.headers), found.content)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if name != "me")
        sent = {"Host": HOST, "Accept": "text/html", "Accept-Language": "zh", "Cookie": kept}
        own = {"Origin": PUBLIC, "Content-Type": kind} if body is not None else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            path = f"{to.path}?{to.query}" if to.query else to.path
            connection.request(method, path, body, sent | own)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, given = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = given
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


class OnTelegram(Town):
    """A town whose program has an address from outside."""

    def settings(self, port: int = 0) -> Settings:
        return super().settings(port).model_copy(update={"public_url": PUBLIC})


class OnWeCom(Town):
    """A town on WeCom instead."""

    server: WeComServer

    def settings(self, port: int = 0) -> Settings:
        given: dict[str, Any] = {name.lower(): value for name, value in wecomapi.settings(self.server).items()}
        return Settings(_env_file=None, public_url=PUBLIC, **given)  # type: ignore[call-arg]

    @contextmanager
    def running(self) -> Iterator[Running]:
        self.program = Running(self.app()).start()
        self.server.callback = f"http://127.0.0.1:{self.program.port}/wecom/callback"
        try:
            yield self.program
        finally:
            self.program.stop()
            self.program = None

    def member(self, name: str) -> Member:
        """Return an enrolled person's phone."""
        with self.database.writing() as session:
            who = session.exec(select(Somebody).where(Somebody.name == name)).one()
            account = f"user{who.staff_no}"
            enrolment.enrol(session, who, "wecom", account, account, self.clock.now())
        self.server.join(account)
        return Member(self.server, account)

    def robot(self, unit: str) -> None:
        with self.database.writing() as session:
            now, chat, owner = self.clock.now(), f"robot:{ROBOT}", unit_at(session, unit).id
            session.add(Address(channel="wecom", account=chat, chat=chat, unit_id=owner, since=now, used_at=now))


def begun(town: Town) -> None:
    town.set_defaults(public_url=PUBLIC)
    town.organisation(enrolled="", groups=False)


def test_without_an_https_address_no_platform_opens_the_dashboard_by_itself(database: Database) -> None:
    with BotApi() as api, wecomapi.wecom() as server:
        local = Town.on(database, api)
        local.mode = "webhook"  # for which PUBLIC_URL is this machine's
        given = {name.lower(): value for name, value in wecomapi.settings(server).items()}
        for settings in (local.settings(80), Settings(_env_file=None, **given)):  # type: ignore[call-arg, arg-type]
            app = App(database, local.defaults, local.clock, settings=settings)
            assert [it.door for it in app.installed] == [None]
            assert app.desk.defaults.doors == {}
            app.worker.shutdown()


def test_on_telegram_from_the_picture_to_the_reminder(database: Database) -> None:
    with BotApi() as api:
        town = OnTelegram.on(database, api)
        begun(town)
        wang, li = town.people("王建国 李梅")
        group = town.group("区局/一站", -1001112223334)
        town.assign()
        with town.running() as program:
            town.at("10:05")
            town.shows(group, "0/6")
            assert [m.kind for m in group.chat.messages.values() if m.by is None] == ["photo"]
            wang.say("看板")
            said = town.shows(wang, "如用其他浏览器")
            browser = Browser(program.port).open(re.findall(rf"{PUBLIC}/dashboard/in/\S+", said.text)[0])
            assert "该链接供王建国本人使用" in browser.page
            browser.press("打开我的看板")
            assert "李梅" in browser.page
            browser.press("催办：李梅")
            assert "已提醒1人" in browser.page
            assert town.shows(li, "王建国提醒您报送")
            address, data = wang.opens("打开我的看板")
            app = Browser(program.port).open(address)
            app.send("/dashboard/telegram", {"data": data})
            assert "李梅" in app.page
        assert not [it for it in api.refused if it[0] == "sendMessage"]


def test_on_wecom_from_the_picture_to_the_reminder(database: Database) -> None:
    with wecomapi.wecom() as server:
        town = OnWeCom(database)
        town.server = server
        begun(town)
        wang, li = town.member("王建国"), town.member("李梅")
        town.robot("区局/一站")
        town.assign()
        with town.running() as program:
            town.at("10:05")
            until(lambda: [it.kind for it in server.groups[ROBOT]] == ["markdown", "image"])
            assert "0/6" in server.groups[ROBOT][0].text
            wang.say("看板")
            said = until(lambda: wang.chat and "如用其他浏览器" in wang.last.text and wang.last)
            browser = Browser(program.port, {"me": wang.account})
            browser.open(re.findall(rf"{PUBLIC}/dashboard/wecom\b", said.text)[0])
            assert "李梅" in browser.page
            browser.press("催办：李梅")
            assert "已提醒1人" in browser.page
            until(lambda: any("王建国提醒您报送" in it.text for it in li.chat))
            until(lambda: server.menu)
            opens = [it for button in server.menu for it in button.get("sub_button", []) if it["type"] == "view"]
            assert [it["url"] for it in opens] == [f"{PUBLIC}/dashboard/wecom"]


def test_on_telegram_a_form_begins_in_the_chat_and_ends_on_the_page(database: Database) -> None:
    with BotApi() as api:
        town = OnTelegram.on(database, api)
        begun(town)
        (li,) = town.people("李梅")
        town.assign()
        with town.running() as program:
            town.at("08:00")
            town.shows(li, "每日健康")
            li.tap("有情况")
            town.shows(li, "体温")
            li.say("37.6")
            town.shows(li, "接触史")
            li.say("有")
            town.shows(li, "地点")
            address, data = li.opens("在网页填写")
            page = Browser(program.port).open(address)
            assert "打开表单" in page.page
            report = dict(re.findall(r'name="(report)" value="([0-9]+)"', page.page))
            page.send("/dashboard/telegram", {"data": data} | report)
            assert 'value="37.6"' in page.page
            page.fill(place="市场")
            assert "已收到" in page.page
            assert "回执" in town.shows(li, "已收到").text
        assert town.revisions("李梅")[-1].answers == {"temperature": 37.6, "contact": "yes", "place": "市场"}
        assert not [it for it in api.refused if it[0] == "sendMessage"]


def test_on_wecom_a_form_begins_in_the_chat_and_ends_on_the_page(database: Database) -> None:
    with wecomapi.wecom() as server:
        town = OnWeCom(database)
        town.server = server
        begun(town)
        li = town.member("李梅")
        town.assign()
        with town.running() as program:
            town.at("08:00")
            until(lambda: li.card("有情况"))
            li.tap("有情况")
            until(lambda: li.card("在网页填写"))
            li.tap("在网页填写")
            said = until(lambda: next((it for it in li.chat if "/dashboard/wecom?report=" in it.text), None))
            browser = Browser(program.port, {"me": li.account})
            browser.open(re.findall(rf"{PUBLIC}/dashboard/wecom\?report=[0-9]+", said.text)[0])
            browser.fill(temperature="36.5", contact="no")
            assert "已收到" in browser.page
        assert town.revisions("李梅")[-1].answers == {"temperature": 36.5, "contact": "no"}
