"""The menu over every page of the dashboard in Chromium: without scripts, by keyboard, on a phone, on paper."""

import pytest
from playwright.sync_api import Page, expect

from tests.bot.web.dashboard.conftest import open_board
from tests.support.browsers import Find, OpenPage
from tests.support.serving import Served
from tests.support.world import World

Bureau = tuple[World, Served]


def _open(open_page: OpenPage, bureau: Bureau, account: str, **settings: object) -> Page:
    """Return a page of the dashboard where no script runs, read by this account."""
    first = open_board(open_page(), bureau[1], account)
    page = open_page(java_script_enabled=False, **settings)
    page.context.add_cookies(first.context.cookies())
    page.goto(first.url)
    return page


def test_the_menu_opens_by_keyboard_without_scripts_leads_on_and_closes_with_escape(
    here: Bureau, open_page: OpenPage
) -> None:
    here[0].says("1002", "/language English")
    page = _open(open_page, here, "1002")
    opener, menu = page.get_by_role("button", name="Menu"), page.locator("#menu")
    expect(menu).to_be_hidden()
    opener.focus()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # to the first of its pages
    expect(menu.get_by_role("link").first).to_be_focused()
    menu.get_by_role("list", name="Administration").get_by_role("link", name="System").click()
    expect(page).to_have_url(f"http://127.0.0.1:{here[1].port}/dashboard/system")
    page.get_by_role("button", name="Menu").click()
    expect(page.locator('#menu [aria-current="page"]')).to_have_text("System")


@pytest.mark.parametrize("language", ["中文", "English"])
def test_the_head_is_one_line_on_a_phone_and_the_menu_has_everything(
    here: Bureau, open_page: OpenPage, found: Find, language: str
) -> None:
    here[0].says("1002", f"/language {language}")
    page = open_board(open_page(viewport={"width": 320, "height": 640}), here[1], "1002")
    page.get_by_role("button", name="菜单" if language == "中文" else "Menu").click()
    for width in (320, 360, 800, 1180):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.locator("header.top").bounding_box()["height"] == 56  # type: ignore[index]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.locator("#menu")).to_be_visible()
        assert found(page) == []
    assert page.evaluate("[...document.querySelectorAll('#menu a')].every(it => it.offsetHeight >= 44)")
    expect(page.get_by_role("button", name="退出登录" if language == "中文" else "Sign out")).to_have_count(1)
    page.set_viewport_size({"width": 360, "height": 640})
    page.locator("#menu .leave button").click()
    expect(page.locator("header.top")).to_have_count(0)


def test_the_menu_is_seen_in_forced_colours_and_not_on_paper(here: Bureau, open_page: OpenPage) -> None:
    page = open_board(open_page(forced_colors="active"), here[1], "1002")
    page.goto(f"{page.url.rstrip('/')}/audit")
    opener = page.locator("button.within")
    assert opener.evaluate("it => getComputedStyle(it).borderBottomWidth") == "3px"
    opener.click()
    expect(page.locator("#menu")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("#menu")).to_be_hidden()
    expect(opener).to_be_hidden()
