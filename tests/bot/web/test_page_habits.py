"""What people expect of a chat: taps on words, search, order, drafts, tabs in step, a line when the network is gone."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlmodel import Session, select

from bot.channels.base import Recipient
from bot.web.entry import account_of
from handlers.core.rendering import Button, Content
from models.messaging.addresses import Address
from tests.support.browsers import OpenPage
from tests.support.page import SUMMARY, page_of, tell
from tests.support.serving import NOW, Served


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("page") / "page.db"))
    with page_of(file) as made:
        tell(made, "p2", SUMMARY)
        yield made


def _at(page: Page, served: Served, chat: str = "") -> None:
    page.goto(f"http://127.0.0.1:{served.port}/#{chat}")
    expect(page.locator("#rows a.row").first).to_be_visible()


def test_a_command_in_a_message_is_sent_by_a_tap_and_a_longer_one_is_put_into_the_line(
    served: Served, open_page: OpenPage
) -> None:
    page = open_page()
    _at(page, served, "p2")
    tapped = page.locator("#bubbles .tappable")
    expect(tapped).to_have_count(4)  # what is no command of ours stays text
    with page.expect_response("**/chat/say"):
        tapped.filter(has_text="/team").click()
    assert served.desk.taken[-1].text == "/team"
    tapped.filter(has_text="/people add 9").click()
    expect(page.locator("#text")).to_have_value("/people add 9")


def test_a_code_and_an_address_are_copied_by_a_tap(served: Served, open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    _at(page, served, "p2")
    for words in ("一站：应报58人", "https://example.org/a"):
        page.locator("#bubbles .tappable", has_text=words).click()
        expect(page.locator(".toast").last).to_contain_text(words)
        assert page.evaluate("navigator.clipboard.readText()") == words


def test_a_card_that_changes_under_the_finger_takes_the_tap_all_the_same(served: Served, open_page: OpenPage) -> None:
    card = Content("改前", ((Button("核对", "signoff.sign.1.1.1"),),))
    message = tell(served, "p2", card)
    page = open_page()
    _at(page, served, "p2")
    page.locator("#bubbles .key:visible", has_text="核对").last.hover()
    page.mouse.down()
    served.run(served.chat.send(replace(card, text="改后"), [Recipient("p2", "p2", message)], NOW))
    expect(page.locator("a.row[href='#p2']")).to_contain_text("改后")  # so the page knows
    with page.expect_response("**/chat/tap"):
        page.mouse.up()
    expect(page.locator("#bubbles", has_text="改后")).to_be_visible()


def test_news_under_the_finger_leave_a_proposed_chat_to_be_opened(served: Served, open_page: OpenPage) -> None:
    tell(served, "p2", Content("早"))
    page = open_page()
    _at(page, served)
    card = page.locator("#starts a:visible").first
    card.hover()
    page.mouse.down()
    tell(served, "p3", Content("新消息"))
    expect(page.locator("a.row[href='#p3']")).to_contain_text("新消息")  # so the page knows
    page.mouse.up()
    expect(page.locator("#bubbles .bubble").first).to_be_visible()


def test_what_a_form_leads_to_is_the_main_button(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    _at(page, served, "p2")
    expect(page.locator("#bubbles .key.main")).to_have_text(["提交"])


@pytest.mark.parametrize("typed", ["李梅", "limei", "lm", "1002"])
def test_people_are_found_by_name_pinyin_and_number(served: Served, open_page: OpenPage, typed: str) -> None:
    page = open_page()
    _at(page, served)
    page.locator("#search").fill(typed)
    expect(page.locator("section[data-kind=person] a.row:visible .row-name")).to_have_text(["李梅"])


def test_messages_are_found_and_opened_where_they_stand(served: Served, open_page: OpenPage) -> None:
    first = tell(served, "p1", Content("消防演习在<b>东</b>门"))
    for number in range(110):
        tell(served, "p1", Content(f"第{number}条"))
    page = open_page()
    _at(page, served)
    page.locator("#search").fill("演习在东")
    expect(page.locator("#found-rows .row-text")).to_contain_text(["消防演习在东门"])
    page.locator("#found-rows a").click()
    expect(page.locator(f"#bubbles [data-id='{first}']")).to_be_in_viewport()
    page.locator("#scroll").evaluate("node => { node.scrollTop = node.scrollHeight; }")
    expect(page.locator(f"#bubbles [data-id='{first}']")).not_to_be_in_viewport()
    page.locator("#found-rows a").click()
    expect(page.locator(f"#bubbles [data-id='{first}']")).to_be_in_viewport()  # the same hit opens again
    page.locator("#search").fill("<b>")
    expect(page.locator("#found")).to_be_hidden()  # nobody searches in the markup


def test_what_was_found_goes_as_soon_as_other_words_are_typed(served: Served, open_page: OpenPage) -> None:
    tell(served, "p1", Content("停电通知"))
    page = open_page()
    _at(page, served)
    page.locator("#search").fill("停电")
    expect(page.locator("#found-rows .row-text")).to_contain_text(["停电通知"])
    page.route("**/chat/search*", lambda route: None)  # the server doesn't answer
    page.locator("#search").fill("停电演练")
    expect(page.locator("#found")).to_be_hidden()


def test_nobody_finds_messages_of_other_chats(served: Served) -> None:
    assert served.get("/chat/search?q=%25").json["messages"] == []
    assert served.get("/chat/search?q=").status == 400


def test_the_newest_chat_is_on_top(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    _at(page, served)
    names = page.locator("section[data-kind=person] .row-name")
    for hour, (chat, name) in enumerate((("p3", "赵磊"), ("p2", "李梅")), 1):
        tell(served, chat, Content("新"), NOW + timedelta(hours=hour))
        expect(names.first).to_have_text(name)


def test_what_was_typed_is_there_after_a_reload(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    _at(page, served, "p2")
    page.locator("#text").fill("明天")
    page.reload()
    expect(page.locator("#text")).to_have_value("明天")


def test_what_could_not_be_sent_is_there_again_in_its_chat(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    _at(page, served, "p2")
    page.route("**/chat/say", lambda route: (page.wait_for_timeout(300), route.abort()))
    page.locator("#text").fill("一")
    page.locator("#text").press("Enter")
    page.locator("#text").fill("二")  # typed while the first is on its way
    expect(page.locator("#text")).to_have_value("一\n二")
    page.locator("#text").press("Enter")
    page.locator("a.row[href='#p3']").click()
    expect(page.locator(".toast").first).to_be_visible()
    page.locator("a.row[href='#p2']").click()
    expect(page.locator("#text")).to_have_value("一\n二")


def test_the_commands_button_leaves_what_was_typed(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    _at(page, served, "p2")
    page.locator("#text").fill("明天 看病")
    page.locator("#slash").click()
    expect(page.locator("#text")).to_have_value("明天 看病")
    page.locator("#commands [data-name='/leave']").click()
    expect(page.locator("#text")).to_have_value("/leave 明天 看病")
    page.locator("#text").fill("／le")
    expect(page.locator("#commands [data-name='/leave']")).to_be_visible()


def test_a_chat_that_is_tapped_while_the_first_one_loads_is_opened(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/chat/messages?chat=p2", lambda route: held.append(route))  # noqa: PLW0108
    _at(page, served, "p2")
    page.locator("a.row[href='#p3']").click()
    expect(page.locator("#talk-name")).to_have_text(page.locator("a.row[href='#p3'] .row-name").inner_text())
    held[0].continue_()


def test_what_is_read_in_one_tab_is_read_in_the_other(served: Served, open_page: OpenPage) -> None:
    first = open_page()
    _at(first, served, "p2")
    second = first.context.new_page()
    _at(second, served, "p2")
    tell(served, "p3", Content("新"))
    badge = first.locator("a.row[href='#p3'] .badge")
    expect(badge).to_be_visible()
    second.bring_to_front()
    second.locator("a.row[href='#p3']").click()
    expect(badge).to_be_hidden()


def test_what_another_tab_has_just_read_is_not_forgotten(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    _at(page, served, "p2")
    tell(served, "p2", Content("甲"))
    seen = "() => JSON.parse(localStorage.getItem(Object.keys(localStorage).find(key => key.startsWith('seen '))))"
    before = page.wait_for_function(
        f"() => Object.keys(localStorage).some(key => key.startsWith('seen ')) && ({seen})().p2"
    )
    page.evaluate(
        """(seen) => localStorage.setItem(Object.keys(localStorage).find(key => key.startsWith("seen ")),
        JSON.stringify({...seen, p3: 1e9}))""",  # as another tab writes it, before this one has heard of it
        page.evaluate(seen),
    )
    tell(served, "p2", Content("乙"))
    page.wait_for_function(f"(before) => ({seen})().p2 > before", arg=before.json_value())
    assert page.evaluate(seen)["p3"] == 1e9


def test_a_lost_network_is_told_at_once(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    _at(page, served, "p2")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible(timeout=5000)  # no question has to fail first
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_a_toast_covers_no_button_and_stays_in_its_chat(served: Served, open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-write"])
    _at(page, served, "p2")
    page.locator("#bubbles .tappable", has_text="example").click()
    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    box, line, last = toast.bounding_box(), page.locator(".line").bounding_box(), page.locator("#scroll").bounding_box()
    assert box and line and last
    assert last["y"] + last["height"] <= box["y"] + 1
    assert box["y"] + box["height"] <= line["y"]
    page.locator("a.row[href='#p3']").click()
    expect(toast).to_have_count(0)


def test_the_page_can_be_installed_and_speaks_english_in_a_latin_font(served: Served, open_page: OpenPage) -> None:
    page = open_page(locale="en-GB")
    _at(page, served)
    manifest = served.get("/manifest.webmanifest", Accept_Language="en").json
    assert (manifest["name"], manifest["display"], manifest["start_url"]) == ("Zero Report", "standalone", "/")
    assert all(served.get(it["src"]).status == 200 for it in manifest["icons"])
    fonts = page.evaluate("getComputedStyle(document.body).fontFamily")
    assert fonts.index("Arial") < fonts.index("PingFang")


def test_on_a_phone_ones_own_chat_is_open_at_once_under_the_programs_name(
    sqlite_template: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    with page_of(Path(shutil.copy(sqlite_template, tmp_path / "run.db")), demo=False) as run:
        page = open_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
        page.context.add_cookies([{"name": "zeroreport", "value": "me", "url": f"http://127.0.0.1:{run.port}/"}])
        run.run(run.chat._write(_remember))
        page.goto(f"http://127.0.0.1:{run.port}/")
        expect(page.locator("#talk-name")).to_have_text("零报告")
        expect(page.locator("#talk-role")).to_contain_text("李梅")
        page.locator("a.back").click()
        expect(page.locator("section[data-kind=person] .row-name")).to_have_text(["零报告"])


BARE = """
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
    window.Notification = class { static permission = "granted"; static requestPermission = async () => "granted";
      constructor() { throw new TypeError("Illegal constructor"); } };
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
"""


def test_a_browser_without_storage_or_notifications_has_the_page_all_the_same(
    sqlite_template: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    with page_of(Path(shutil.copy(sqlite_template, tmp_path / "run.db")), demo=False) as run:
        page = open_page(locale="zh-CN")
        page.context.add_cookies([{"name": "zeroreport", "value": "me", "url": f"http://127.0.0.1:{run.port}/"}])
        run.run(run.chat._write(_remember))
        page.add_init_script(BARE)
        page.goto(f"http://127.0.0.1:{run.port}/#{account_of('me')}")
        page.locator("#bell").click()
        expect(page.locator("#bell")).to_have_attribute("aria-pressed", "true")
        tell(run, account_of("me"), Content("新消息"))
        expect(page.locator("#bubbles .bubble", has_text="新消息")).to_be_visible()
        expect(page.locator("#bell")).to_have_attribute("aria-pressed", "false")


def _remember(session: Session) -> None:
    """Let Li Mei be the person of the browser with the cookie `me`."""
    address = session.exec(select(Address).where(Address.chat == "p2")).one()
    address.account = address.chat = account_of("me")
    session.add(address)
