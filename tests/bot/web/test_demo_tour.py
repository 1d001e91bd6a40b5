"""The demo's page leads a newcomer through the day; its clock and its language are switched in the bar. One demo for
all: each test goes on from the morning the one before has left."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.browsers import OpenPage
from tests.support.demo_page import DESK, PHONE, Watched, demo, names, switch, watched
from tests.support.program import Program

NEXT_MARKED = """([tapped, at]) => {
  const failed = document.querySelector(".toast.bad");
  if (failed) return failed.textContent;
  const marked = document.querySelector("#bubbles .key.marked");
  return document.querySelector("#tour-at").textContent !== at || Boolean(marked && marked !== tapped);
}"""
MEMBER, LEAD, DIRECTOR, ADMIN, GROUP = "曹颖", "马超", "陈国栋", "周敏", "二站"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with demo(tmp_path_factory.mktemp("demo"), language="zh_CN.UTF-8") as started:
        yield started


def test_the_clock_is_driven_from_the_bar_and_colleagues_answer_by_themselves(
    program: Program, open_page: OpenPage
) -> None:
    seen = watched(open_page(viewport=DESK, locale="en-US"), program)
    bar = seen.page.locator(".stage")
    bar.locator("[data-speed='600']").click()
    expect(bar.locator("[data-speed='600']")).to_have_attribute("aria-pressed", "true")
    filed = seen.page.locator(".row-text", has_text="Zero report received")
    expect(filed.nth(6)).to_be_attached()  # and nobody touched anything
    bar.locator("#clock-toggle").click()
    expect(bar.locator("[data-speed='600']")).to_have_attribute("aria-pressed", "false")
    at = bar.locator("#clock-time").inner_text()
    seen.page.wait_for_timeout(300)
    assert bar.locator("#clock-time").inner_text() == at
    assert seen.errors == []


def test_each_card_to_begin_with_has_something_to_show(program: Program, open_page: OpenPage) -> None:
    for size, place in ((DESK, "#starts"), (PHONE, "#starts-list")):
        seen = watched(open_page(viewport=size, locale="en-US"), program)
        cards = seen.page.locator(f"{place} a")
        expect(cards.first).to_be_visible()
        for address in [card.get_attribute("href") for card in cards.all()]:
            seen.page.goto(f"http://127.0.0.1:{program.port}/{address}")
            expect(seen.page.locator("#bubbles .bubble").first).to_be_visible()


def test_each_language_is_whole_and_the_page_says_which_messages_are_older(
    program: Program, open_page: OpenPage
) -> None:
    seen = watched(open_page(viewport=DESK, locale="en-US"), program)
    seen.open(names("en")["1102"])
    seen.page.locator("#text").fill("/help")
    seen.page.locator("#text").press("Enter")
    expect(seen.last("/status").last).to_contain_text("today")
    switch(seen, "zh_CN")
    expect(seen.page.locator("#bubbles .switched")).to_have_text("以上消息写于切换语言之前。")
    expect(seen.page.locator("#talk-name")).to_have_text(names("zh_CN")["1102"])
    seen.page.locator("#text").fill("/help")
    seen.page.locator("#text").press("Enter")
    expect(seen.last("/status").last).to_contain_text("我的")
    expect(seen.page.locator("#bubbles .switched ~ .bubble")).to_have_count(2)
    assert seen.errors == []


def test_the_tour_leads_from_a_tap_to_the_evidence_and_is_found_again(program: Program, open_page: OpenPage) -> None:
    seen = watched(open_page(viewport=PHONE, locale="zh-CN"), program)
    seen.locale = "zh_CN"
    _follow(seen, "1/8", MEMBER)
    _tap_marked(seen)
    seen.page.reload()
    _follow(seen, "2/8", None)
    _follow(seen, "3/8", LEAD)
    _tap_marked(seen)
    _follow(seen, "4/8", LEAD)
    while seen.page.locator("#tour-at").inner_text() == "4/8":
        _tap_marked(seen)
    _follow(seen, "5/8", DIRECTOR)
    _tap_marked(seen)
    at = seen.page.locator("#tour-at")
    expect(at).to_have_text("6/8")
    seen.page.locator("#tour-leave").click()
    expect(seen.page.locator("#tour")).to_be_hidden()
    seen.page.reload()
    seen.page.locator("#tour-chip").click()
    while at.inner_text() == "6/8":
        _tap_marked(seen)
    expect(seen.last("（1001）")).to_be_visible()  # whose words, in which form, sealed when
    _follow(seen, "7/8", GROUP)
    expect(at).to_have_text("8/8")  # it was looked at
    more = seen.page.locator("#tour-more button")
    expect(more).to_have_text(["发一份通知", "发一份问卷", "点一次名", "向市局上报"])
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    more.nth(1).click()
    expect(seen.page.locator("#talk-name")).to_have_text(ADMIN)
    _send_a_survey(seen)
    seen.page.locator("#tour-skip").click()
    expect(seen.page.locator("#tour")).to_be_hidden()
    assert seen.errors == []


def _send_a_survey(seen: Watched) -> None:
    """Send a survey to a station, and let its people answer it by themselves."""
    for label in ("库存情况问卷", GROUP, "全体人员", "实名"):
        seen.press(label)
    seen.page.locator("#text").fill("今天 23:00")
    seen.page.locator("#text").press("Enter")
    seen.press("发送")
    seen.page.locator("[data-speed='600']").click()
    expect(seen.page.locator(".row-text", has_text="您已于").nth(2)).to_be_attached()
    seen.page.locator("#clock-toggle").click()


def _follow(seen: Watched, at: str, name: str | None) -> None:
    """Do what the stop's button says; be then in this chat."""
    page = seen.page
    expect(page.locator("#tour-at")).to_have_text(at)
    page.wait_for_timeout(100)
    button = page.locator("#tour-do")
    if name is None or button.is_visible():
        button.click()
        expect(button).not_to_have_attribute("aria-busy", "true", timeout=120_000)
    if name:
        expect(page.locator("#talk-name")).to_have_text(name)
        expect(page.locator("#bubbles")).not_to_have_attribute("aria-busy", "true")


def _tap_marked(seen: Watched) -> None:
    """Tap the button that the page points at, and wait until it is answered and the next is marked."""
    marked = seen.page.locator("#bubbles .key.marked")
    expect(marked).to_have_count(1)
    tapped, at = marked.element_handle(), seen.page.locator("#tour-at").inner_text()
    marked.click()
    assert seen.page.wait_for_function(NEXT_MARKED, arg=[tapped, at]).json_value() is True
