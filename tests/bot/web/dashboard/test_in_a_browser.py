"""The dashboard in Chromium: seen, read aloud, by keyboard, and live."""

import pytest
from playwright.sync_api import Page, expect

from tests.bot.web.dashboard.conftest import open_board
from tests.support.browsers import Find, OpenPage
from tests.support.serving import Served
from tests.support.world import World

WIDTHS = (360, 800, 1180)
# what the page does every 15 seconds
ASK_NOW = """() => {
  const live = document.querySelector("#live");
  htmx.ajax("GET", live.getAttribute("hx-get"), {target: live, swap: "outerMorph"});
}"""


@pytest.fixture(scope="module")
def bureau(here: tuple[World, Served]) -> tuple[World, Served]:
    """Return the dashboard after the close of a day with a zero report and an incident."""
    world, _ = here
    world.taps("李梅", "零报告")
    world.says("张伟", "突发 仓库起火")
    world.taps("张伟", "立即上报")
    world.at("10:06")
    return here


@pytest.mark.parametrize(("language", "mode"), [("zh_CN", "light"), ("en", "dark")])
def test_axe_finds_nothing_for_a_director_a_lead_and_a_member(
    bureau: tuple[World, Served], open_page: OpenPage, found: Find, language: str, mode: str
) -> None:
    world, served = bureau
    for account in ("1001", "1003", "1005"):
        world.says(account, f"/language {'中文' if language == 'zh_CN' else 'English'}")
        page = open_board(open_page(color_scheme=mode), served, account)
        assert page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh_CN" else "en")
        _fits(page, found)
        if account != "1005":
            page.goto(f"http://127.0.0.1:{served.port}/dashboard/range")
            _fits(page, found)


def _fits(page: Page, found: Find) -> None:
    """Check that axe finds nothing wrong with the page, and that nothing is wider than the screen."""
    for width in (320, *WIDTHS):
        page.set_viewport_size({"width": width, "height": 800})
        assert found(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_lead_urges_by_keyboard_and_hears_what_happened(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    world.says("1007", "/language 中文")
    page = open_board(open_page(), served, "1007")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    button = page.get_by_role("button", name="催办：钱丽")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("已提醒1人。")
    expect(button).to_be_focused()
    assert page.url.endswith("/dashboard/")


def test_the_page_follows_what_happens_and_keeps_the_focus(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    context = open_page()
    page = open_board(context, served, "1007")
    expect(page.locator("dd.big")).to_have_text("0/2")
    page.locator("footer a").first.focus()
    world.says("钱丽", "零报告")
    page.evaluate(ASK_NOW)
    expect(page.locator("dd.big")).to_have_text("1/2")
    expect(page.locator("footer a").first).to_be_focused()


def test_a_page_whose_session_ended_says_so_by_itself(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    page = open_board(open_page(locale="zh-CN"), served, "1007")
    world.says("赵强", "看板 退出")
    page.evaluate(ASK_NOW)
    expect(page.locator(".panel")).to_contain_text("您未登录或登录已失效")


def test_without_scripts_every_button_still_works(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    world.says("1003", "/language 中文")
    first = open_board(open_page(), served, "1003")
    page = open_page(java_script_enabled=False)
    page.context.add_cookies(first.context.cookies())
    page.goto(first.url)
    page.get_by_role("button", name="全部催办").click()
    expect(page.get_by_role("status")).to_contain_text("已提醒")


def test_a_lead_walks_by_keyboard_to_a_button_through_its_answer_and_back(
    bureau: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = bureau
    world.says("1003", "/language 中文")
    page = open_board(open_page(viewport={"width": 360, "height": 640}), served, "1003")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the navigation
    expect(page.locator("#live")).to_be_focused()
    button = page.get_by_role("button", name="代报：Ann Lee")
    for _ in range(40):
        if button.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("Ann Lee")
    expect(answer).to_be_focused()
    expect(answer).to_be_in_viewport(ratio=0.9)  # the button is far down the page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#words")).to_be_focused()  # the reason is asked for
    page.keyboard.type("电话报平安")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("电话报平安")
    page.keyboard.press("Escape")
    expect(answer).to_have_text("")
    expect(button).to_be_focused()
    expect(button).to_be_in_viewport()


def test_an_answer_can_be_put_away_with_and_without_scripts(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    world.says("1003", "/language 中文")
    page = open_board(open_page(), served, "1003")
    page.get_by_role("button", name="准假：Ann Lee").click()
    page.get_by_role("link", name="关闭").click()
    expect(page.locator("#answer")).to_have_text("")
    expect(page.get_by_role("button", name="准假：Ann Lee")).to_be_focused()
    plain = open_page(java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    plain.goto(page.url)
    plain.get_by_role("button", name="准假：Ann Lee").click()
    plain.get_by_role("link", name="关闭").click()
    expect(plain.locator("#answer")).to_have_text("")


def test_nothing_moves_for_those_who_asked_for_less_motion(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    _, served = bureau
    page = open_board(open_page(reduced_motion="reduce"), served, "1001")
    moving = """() => [...document.querySelectorAll("*")].map(it => getComputedStyle(it)).filter(it =>
        parseFloat(it.transitionDuration) > 0.01 || parseFloat(it.animationDuration) > 0.01).length"""
    assert page.evaluate(moving) == 0


def test_the_bars_keep_their_colours_where_the_reader_forces_colours_and_on_paper(
    bureau: tuple[World, Served], open_page: OpenPage
) -> None:
    _, served = bureau
    page = open_board(open_page(forced_colors="active"), served, "1001")
    fill = """kind => getComputedStyle(document.querySelector(`.bar ${kind}`)).fill"""
    zero, silent = page.evaluate(fill, ".zero"), page.evaluate(fill, ".silent")
    assert zero != silent
    assert page.evaluate("getComputedStyle(document.querySelector('.bar .zero')).forcedColorAdjust") == "none"
    page.emulate_media(media="print", forced_colors="none")
    expect(page.get_by_role("button").first).to_be_hidden()
    expect(page.locator("#task")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.bar .zero')).printColorAdjust") == "exact"


@pytest.mark.parametrize(("language", "mode"), [("zh_CN", "light"), ("en", "dark")])
def test_axe_finds_nothing_on_a_units_month_a_persons_month_and_a_report(
    bureau: tuple[World, Served], open_page: OpenPage, found: Find, language: str, mode: str
) -> None:
    world, served = bureau
    report = world.report("李梅")
    world.says("1003", f"/language {'中文' if language == 'zh_CN' else 'English'}")
    page = open_board(open_page(color_scheme=mode), served, "1003")
    for path in ("unit", "unit?month=2026-10", f"person?id={report.person_id}", "person", f"report?id={report.id}"):
        page.goto(f"http://127.0.0.1:{served.port}/dashboard/{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert found(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


def test_a_lead_goes_by_keyboard_from_a_unit_through_a_person_to_their_report(
    bureau: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = bureau
    world.says("1003", "/language 中文")
    page = open_board(open_page(), served, "1003")
    for name, title in (("本月", "一站"), ("李梅", "李梅"), ("11月23日", "每日健康")):
        page.get_by_role("link", name=name, exact=True).first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".revision")).to_contain_text("本人及同住家人无发热、无接触史。")
    page.go_back()
    page.go_back()
    page.get_by_role("group", name="一站 · 2026年11月").focus()
    expect(page.get_by_role("group", name="一站 · 2026年11月")).to_be_focused()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_axe_finds_nothing_on_the_pages_of_records(
    bureau: tuple[World, Served], open_page: OpenPage, found: Find, language: str
) -> None:
    world, served = bureau
    world.says("周敏", f"/language {'中文' if language == 'zh_CN' else 'English'}")
    world.says("周敏", "/people move 1006 区局/二站 今天")
    page = open_board(open_page(color_scheme="light" if language == "en" else "dark"), served, world.number("周敏"))
    for name in ("audit", "seals?seal=1", "system"):
        page.goto(f"http://127.0.0.1:{served.port}/dashboard/{name}")
        for width in (360, 1180):
            page.set_viewport_size({"width": width, "height": 800})
            assert found(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
