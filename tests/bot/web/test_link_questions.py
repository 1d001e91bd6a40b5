"""Questions of people outside, asked and read on the page behind their link over a real socket (docs/rules.md 32.9)."""

import re

import pytest
from sqlmodel import select

from models.alerts.tellings import Telling
from models.questions.questions import Question
from tests.bot.web.test_links import Phone, Street, street, words
from tests.handlers.rounds import test_outside as shops
from tests.handlers.rounds.test_outside import ask_shops, hand_out
from tests.support.serving import Reply

__all__ = ["street"]
pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=shops.begin)]


def ask(phone: Phone, token: str, typed: str, about: int = 0, **headers: str) -> Reply:
    return phone.send(token, [("words", typed), ("about", str(about)), ("do", "ask")], **headers)


def number(page: Reply) -> int:
    """Return the id of the newest question on a page."""
    return int(re.findall(r'name="about" value="([1-9]\d*)"', page.body.decode())[0])


def told(street: Street) -> int:
    with street.world.database.reading() as session:
        return len(session.exec(select(Telling)).all())


def card(street: Street, who: str = "王建国") -> str:
    street.world.deliver()
    return street.world.last(who).text


def answer(street: Street, typed: str) -> None:
    street.world.taps("王建国", "答复", street.world.last("王建国"))
    street.world.says("王建国", typed)


def test_a_shop_asks_its_lead_reads_the_answer_behind_the_same_link_and_asks_further(street: Street) -> None:
    ask_shops(street.world)
    made, phone = hand_out(street.world), street.phone()
    done = ask(phone, made["S01"], "口罩在<b>哪里</b>领？")
    assert (done.status, done.headers["location"].partition("?")[0]) == (303, f"/s/{made['S01']}")
    shown = card(street)
    assert "口罩在" in shown and "外部对象" in shown and "139" in shown
    assert "尚未答复" in words(phone.look(made["S01"]))
    answer(street, "明天到<i>站里</i>领。")
    page = phone.look(made["S01"])
    assert "王建国" in words(page) and "尚未答复" not in words(page)
    assert "&lt;b&gt;哪里" in page.body.decode() and "&lt;i&gt;站里" in page.body.decode()
    assert "<b>哪里" not in page.body.decode() and "<i>站里" not in page.body.decode()
    assert ask(phone, made["S01"], "几点？", number(page)).status == 303
    assert "几点？" in card(street)
    assert "尚未答复" in words(phone.look(made["S01"])), "asking further makes it wait again"
    with street.world.database.reading() as session:
        assert len(session.exec(select(Question)).all()) == 1


def test_what_was_asked_by_a_link_is_nobody_elses(street: Street) -> None:
    ask_shops(street.world)
    made, phone = hand_out(street.world), street.phone()
    ask(phone, made["S01"], "口罩在哪里领？")
    held = number(phone.look(made["S01"]))
    other = hand_out(street.world)["S01"]
    for token in (made["S02"], other):
        assert "口罩在" not in phone.look(token).body.decode()
        assert ask(phone, token, "我也问", held).status == 404
    opened = street.open_link()
    assert 'id="ask"' not in phone.look(opened).body.decode()
    assert ask(phone, opened, "我是谁？").status == 404, "nobody is known behind an open link"
    assert ask(phone, made["S01"], "从别处来", Origin="https://evil.example").status == 403
    assert told(street) == 1


def test_a_question_that_cannot_be_sent_says_why_and_stays_in_its_field(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    long = ask(phone, token, "长" * 1500)
    assert long.status == 200 and "1000" in words(long).replace(",", "")
    assert "长" * 1500 in long.body.decode()
    assert "</textarea><script>" not in ask(phone, token, "</textarea><script>" * 60).body.decode()
    assert ask(phone, token, "  ").status == 200
    assert told(street) == 0
    assert [ask(phone, token, "同一句话").status for _ in range(3)] == [303] * 3
    assert told(street) == 1, "the same words sent again are one question"
    statuses = [ask(phone, token, f"问题{n}").status for n in range(6)]
    assert statuses == [*[303] * 5, 200], "six messages an hour by one link"
    late = ask(phone, token, "补充", number(phone.look(token)))
    assert "一小时内" in words(late) and told(street) == 6
    street.world.at("9:05")
    assert ask(phone, token, "问题7").status == 303


def test_after_the_end_nothing_is_asked_but_what_was_asked_is_still_answered(street: Street) -> None:
    ask_shops(street.world, due="18:00")
    made, phone = hand_out(street.world), street.phone()
    ask(phone, made["S01"], "口罩在哪里领？")
    street.world.deliver()
    question = number(phone.look(made["S01"]))
    street.world.at("18:05")
    page = phone.look(made["S01"])
    assert "不再受理新的提问" in words(page) and "<textarea" not in page.body.decode()
    assert 'id="ask"' not in phone.look(made["S02"]).body.decode(), "nothing was asked there"
    assert "已结束" in words(ask(phone, made["S01"], "再问一句", question))
    assert "已结束" in words(ask(phone, made["S02"], "再问一句"))
    assert told(street) == 1
    bubble = next(it for it in reversed(street.world.chat("王建国")) if "口罩在" in it.text)
    street.world.taps("王建国", "答复", bubble)
    street.world.says("王建国", "明天到站里领。")
    assert "明天到站里领" in words(phone.look(made["S01"]))


def test_who_answers_is_told_when_the_link_was_ended(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    ask(phone, token, "口罩在哪里领？")
    street.world.says("周敏", "/people leave S01")
    street.world.taps("周敏", "今天")
    assert phone.look(token).status == 404
    assert ask(phone, token, "还有吗？").status == 404
    street.world.deliver()
    bubble = next(it for it in reversed(street.world.chat("王建国")) if "口罩在" in it.text)
    street.world.taps("王建国", "答复", bubble)
    street.world.says("王建国", "明天到站里领。")
    assert "请电话告知" in street.world.last("王建国").text


def test_published_answers_are_found_on_the_page(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    ask(phone, token, "口罩在哪里领？")
    street.world.deliver()
    answer(street, "明天到站里领。")
    street.world.taps("王建国", "发布到答疑")
    street.world.taps("王建国", "📢 发布")
    other = hand_out(street.world)["S02"]
    assert "明天到站里领" not in words(phone.look(other))
    assert "明天到站里领" in words(phone.look(other, "?faq=%E5%8F%A3%E7%BD%A9"))
    nothing = phone.look(other, "?faq=%22%3E%3Cscript%3Ealert(1)").body.decode()
    assert "<script>alert" not in nothing and "未找到" in nothing
