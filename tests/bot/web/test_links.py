"""The page behind a survey's link, attacked and used over a real socket by people without an account."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.desk import Desk
from bot.web.links import Links
from models.core.database import Database
from models.files import blobs
from models.rounds.ballots import Box
from models.rounds.links import mark_of
from models.rounds.open_answers import OpenAnswer
from models.rounds.replies import Reply as Row
from tests.handlers.rounds import test_outside as shops
from tests.handlers.rounds.test_outside import LINK, ask_shops, hand_out
from tests.handlers.rounds.test_survey import send
from tests.support.form_pages import MULTIPART, body_of, changed, fields_of
from tests.support.serving import Reply, Served, serving
from tests.support.world import World

HOST = "reports.example"
GIVEN = {"days": "3", "level": "right", "masks": "enough"}
pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=shops.begin)]


@dataclass
class Phone:
    """A phone somewhere, with its own cookies."""

    served: Served
    cookies: dict[str, str] = field(default_factory=dict)

    def look(self, token: str, query: str = "", **headers: str) -> Reply:
        return self._kept(self.served.get(f"/s/{token}{query}", **(self._headers() | headers)))

    def send(self, token: str, fields: Sequence[tuple[str, str]], **headers: str) -> Reply:
        about = {"Content_Type": MULTIPART, "Origin": f"https://{HOST}"}
        return self._kept(self.served.post(f"/s/{token}", body_of(fields), **(self._headers() | about | headers)))

    def answer(self, token: str, **values: str) -> Reply:
        page = self.look(token)
        return self.send(token, changed(fields_of(page.body.decode()), **(GIVEN | values)))

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": HOST, "Accept_Language": "zh", "Accept": "text/html", "Cookie": cookies}

    def _kept(self, answer: Reply) -> Reply:
        for name, value in re.findall(r"^(__Host-[\w]+)=([^;]*)", answer.headers.get("set-cookie", ""), re.MULTILINE):
            self.cookies[name] = value
        return answer


@dataclass
class Street:
    """The organisation, and its survey served to the street."""

    world: World
    served: Served
    made: Links

    def phone(self) -> Phone:
        return Phone(self.served)

    def answers(self) -> list[dict[str, object]]:
        with self.world.database.reading() as session:
            held = session.exec(select(Row).where(Row.number > 0)).all()
            return [dict(it.answers or {}) for it in held]

    def opened(self) -> list[dict[str, object]]:
        with self.world.database.reading() as session:
            return [dict(it.answers) for it in session.exec(select(OpenAnswer)).all()]

    def counted(self, how: str) -> int:
        """Return how many answers came by open links."""
        if how == "实名":
            return len(self.opened())
        with self.world.database.reading() as session:
            return len(session.exec(select(Box)).all())

    def open_link(self, label: str = "公开链接，每台设备一次", how: str = "实名") -> str:
        send(self.world, "周敏", "区局", label, how, "11月24日 18:00")
        return LINK.findall("".join(b.text for b in self.world.chat("周敏")))[-1]


@pytest.fixture
def street(world: World, database: Database) -> Iterator[Street]:
    world.set_defaults(public_url=f"https://{HOST}", survey_key="a key that is not in the database")
    with ThreadPoolExecutor(1) as worker:
        desk = Desk(database, world.defaults, world.clock, worker)
        made = Links(desk, database, world.clock.now, f"https://{HOST}")
        with serving(database, outside=[made.route()]) as served:
            yield Street(world, served, made)


def words(answer: Reply) -> str:
    return re.sub(r"<[^>]+>", " ", answer.body.decode())


def test_a_shop_answers_without_an_account_and_changes_it(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S02"], street.phone()
    page = phone.look(token)
    assert page.status == 200
    assert "红星便利店" in words(page) and "区局" in words(page) and "周敏" in words(page)
    assert len(page.body) < 30_000
    assert "set-cookie" not in page.headers, "a personal link needs no cookie"
    done = phone.answer(token)
    assert (done.status, done.headers["location"].partition("?")[0]) == (303, f"/s/{token}")
    assert "答案已提交" in words(phone.look(token))
    page = phone.look(token, "?change=1")
    assert 'value="3"' in page.body.decode()
    assert phone.send(token, changed(fields_of(page.body.decode()), days="7")).status == 303
    assert street.answers() == [{"days": 7, "level": "right", "masks": "enough"}]


def test_what_is_wrong_is_said_in_words_and_nothing_is_lost(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    answer = phone.answer(token, days="viele", level="")
    assert answer.status == 200
    assert "尚未提交" in words(answer)
    assert 'value="viele"' in answer.body.decode()
    assert street.answers() == []
    again = phone.send(token, changed(fields_of(answer.body.decode()), **GIVEN))
    assert again.status == 303
    assert len(street.answers()) == 1


def test_what_is_half_filled_in_stays_with_the_link_and_not_with_the_device(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    page = phone.look(token)
    phone.send(token, changed(fields_of(page.body.decode()), "save", days="12"))
    assert 'value="12"' in street.phone().look(token).body.decode()
    page = phone.look(token)
    phone.send(token, changed(fields_of(page.body.decode()), "drop"))
    assert 'value="12"' not in phone.look(token).body.decode()


def test_who_stopped_in_the_middle_of_a_change_is_told_that_the_answers_given_count(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    assert "此前提交的答案" not in words(phone.look(token))
    phone.answer(token)
    page = phone.look(token, "?change=1")
    phone.send(token, changed(fields_of(page.body.decode()), "save", days="7"))
    later = words(phone.look(token))
    assert "此前提交的答案仍然有效" in later and "提交" in later
    assert [it["days"] for it in street.answers()] == [3]


def test_a_page_is_in_the_browsers_language_and_can_be_switched(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    english = phone.look(token, Accept_Language="en-GB")
    assert '<html lang="en">' in english.body.decode() and "Submit" in words(english)
    assert "提交" in words(phone.look(token, "?lang=zh_CN", Accept_Language="en-GB"))
    assert "?lang=en" in phone.look(token).body.decode()


@pytest.mark.parametrize("token", ["x", "A" * 24, "..%2f..%2fdashboard", "%00", "é", "'%20or%201=1--", "a" * 3000])
def test_a_guessed_link_opens_nothing(street: Street, token: str) -> None:
    ask_shops(street.world)
    hand_out(street.world)
    phone = street.phone()
    answer = phone.look(token.encode().decode("latin-1") if token.isascii() else "%C3%A9")
    assert answer.status in (400, 404)
    assert phone.send("A" * 24, [("do", "submit"), ("q.days", "3")]).status == 404
    assert street.answers() == []


def test_guessing_is_slowed_down(street: Street) -> None:
    ask_shops(street.world)
    phone = street.phone()
    answers = [phone.look(f"guess{n}").status for n in range(40)]
    assert 429 in answers and answers[0] == 404


def test_a_link_after_the_end_of_a_withdrawn_survey_and_of_somebody_retired(street: Street) -> None:
    ask_shops(street.world, due="18:00")
    made, phone = hand_out(street.world), street.phone()
    phone.answer(made["S01"])
    street.world.says("周敏", "/people leave S02")
    street.world.taps("周敏", "今天")
    assert phone.look(made["S02"]).status == 404
    page = phone.look(made["S03"])
    street.world.at("18:05")
    assert "已结束" in words(phone.look(made["S03"]))
    late = phone.send(made["S03"], changed(fields_of(page.body.decode()), **GIVEN))
    assert "已结束" in words(late)
    assert "答案已提交" in words(phone.look(made["S01"])), "whoever answered still sees that"
    assert len(street.answers()) == 1


@pytest.mark.parametrize(
    "how",
    [
        {"Content_Type": "application/json"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "multipart/form-data"},
        {"Content_Type": "text/plain; boundary=zz"},
        {"Content_Type": ""},
    ],
)
def test_a_body_of_another_type_is_refused_in_words(street: Street, how: dict[str, str]) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    answer = phone.send(token, [("do", "submit"), ("q.days", "3")], **how)
    assert answer.status == 400
    assert street.answers() == []


def test_a_huge_body_is_refused_and_so_is_one_from_another_page(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    assert phone.send(token, [("do", "submit"), ("q.remark", "x" * 300_000)]).status == 413
    fields = changed(fields_of(phone.look(token).body.decode()), **GIVEN)
    assert phone.send(token, fields, Origin="https://evil.example").status == 403
    assert phone.send(token, fields, Origin="").status == 403
    assert street.answers() == []


def test_thousands_of_fields_and_unknown_questions_change_nothing(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    fields = [("do", "submit"), *((f"q.x{n}", "1") for n in range(3000))]
    assert phone.send(token, fields).status == 200
    forged = changed(fields_of(phone.look(token).body.decode()), days="3", level="nothing like it", masks="enough")
    assert "尚未提交" in words(phone.send(token, forged))
    assert street.answers() == []


def test_html_in_an_answer_is_words_everywhere(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    evil = "=1+1<script>alert(1)</script>"
    more = phone.answer(token, level="low")
    assert "尚未提交" in words(more)
    fields = changed(fields_of(more.body.decode()), missing=evil, next="2026-12-01")
    assert phone.send(token, fields).status == 303
    assert "<script>alert" not in phone.look(token, "?change=1").body.decode()
    street.world.says("周敏", "/survey 1")
    assert "<script>" not in street.world.last("周敏").content.text
    street.world.taps("周敏", "Excel", street.world.last("周敏"))
    file = street.world.last("周敏").content.file
    assert file is not None
    with street.world.database.reading() as session:
        book = load_workbook(BytesIO(blobs.find(session, file.digest) or b""))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if evil in str(cell.value)] == ["s"]


def test_an_open_link_takes_one_answer_of_each_phone_and_none_without_cookies(street: Street) -> None:
    token = street.open_link()
    one, two = street.phone(), street.phone()
    assert one.answer(token).status == 303
    assert set(one.cookies) == {"__Host-zeroreport_device", "__Host-zeroreport_answered"}
    assert "已提交" in words(one.look(token))
    page = street.phone()
    forged = fields_of(page.look(token).body.decode())
    assert one.send(token, changed(forged, **GIVEN)).status == 403, "a form that was shown to another phone"
    page.cookies = {}
    assert page.send(token, changed(forged, **GIVEN)).status == 403
    assert two.answer(token, days="4").status == 303
    assert sorted(str(it["days"]) for it in street.opened()) == ["3", "4"]


@pytest.mark.parametrize("how", ["实名", "匿名"])
def test_a_second_tab_of_an_open_link_hears_that_the_first_counts_and_keeps_what_was_typed(
    street: Street, how: str
) -> None:
    token, phone = street.open_link(how=how), street.phone()
    first, second = phone.look(token), phone.look(token)
    sent = changed(fields_of(first.body.decode()), **GIVEN)
    assert phone.send(token, sent).status == 303
    late = phone.send(token, changed(fields_of(second.body.decode()), **{**GIVEN, "days": "9"}))
    assert late.status == 200
    assert "以此前提交的为准" in words(late)
    assert 'value="9"' in late.body.decode()
    assert phone.send(token, sent).status == 303, "the same page, sent twice, is in"
    assert phone.send(token, changed(sent, days="8")).status == 200, "the same page, filled in anew, is not"
    assert street.counted(how) == 1


def test_what_the_program_remembers_of_an_anonymous_sending_tells_no_answer(street: Street) -> None:
    token, phone = street.open_link(how="匿名"), street.phone()
    sent = changed(fields_of(phone.look(token).body.decode()), **GIVEN)
    assert phone.send(token, sent).status == 303
    (known,) = street.made._sent.values()
    nonce = dict(sent)["nonce"]
    assert nonce and nonce not in str(street.made._sent), "without the page’s own words its digest cannot be guessed"
    assert known != phone.cookies["__Host-zeroreport_device"]


def test_of_a_sending_that_is_forgotten_it_says_that_answers_were_taken_before(street: Street) -> None:
    token, phone = street.open_link(how="匿名"), street.phone()
    sent = changed(fields_of(phone.look(token).body.decode()), **GIVEN)
    assert phone.send(token, sent).status == 303
    street.made._sent.clear()
    assert "以此前提交的为准" in words(phone.send(token, sent))
    assert street.counted("匿名") == 1


def test_a_page_of_an_open_link_sent_twice_counts_once(street: Street) -> None:
    token, phone = street.open_link("公开链接，次数不限"), street.phone()
    fields = changed(fields_of(phone.look(token).body.decode()), **GIVEN)
    assert [phone.send(token, fields).status for _ in range(3)] == [303, 303, 303]
    assert len(street.opened()) == 1
    assert phone.answer(token).status == 303
    assert len(street.opened()) == 2, "another page is another answer"
    assert "再填一份" in words(phone.look(token, "?done=1"))


def test_answers_by_an_open_link_are_limited_for_each_address(street: Street) -> None:
    token = street.open_link("公开链接，次数不限")
    statuses = [street.phone().answer(token).status for _ in range(40)]
    assert 429 in statuses
    assert len(street.opened()) == statuses.count(303) < 40


def test_who_submits_when_too_much_comes_from_their_address_keeps_what_they_typed(street: Street) -> None:
    token = street.open_link("公开链接，次数不限")
    late = next(it for it in (street.phone().answer(token, days="41") for _ in range(40)) if it.status == 429)
    assert "短时间内提交过多" in words(late)
    fields = dict(fields_of(late.body.decode()))
    assert {name: fields[f"q.{name}"] for name in GIVEN} == GIVEN | {"days": "41"}


def test_an_anonymous_open_link_leaves_nothing_that_says_which_phone_it_was(street: Street) -> None:
    token, phone = street.open_link(how="匿名"), street.phone()
    page = phone.look(token)
    fields = changed(fields_of(page.body.decode()), **GIVEN)
    assert phone.send(token, fields).status == 303
    device = phone.cookies["__Host-zeroreport_device"]
    assert phone.send(token, fields).status == 303
    phone.cookies.pop("__Host-zeroreport_answered")
    assert phone.send(token, fields).status == 303, "the program remembers for a while, outside the database"
    assert street.opened() == []
    with street.world.database.reading() as session:
        raw = session.connection().connection.cursor().execute("select count(*) from box").fetchone()
        assert raw == (1,)
        dump = "\n".join(session.connection().connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert device not in dump
    assert mark_of(1, device) not in dump


def test_no_session_of_the_dashboard_or_the_chat_is_read_or_given(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    phone.cookies = {"__Host-zeroreport_dashboard": "forged", "zeroreport": "forged"}
    assert phone.answer(token).status == 303
    assert set(phone.cookies) == {"__Host-zeroreport_dashboard", "zeroreport"}
    headers = phone.look(token).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "same-origin"
    assert "noindex" in headers["x-robots-tag"]
    assert replace(phone).look(token).status == 200
