"""The page for those who do not see it or use no pointer: axe finds nothing, and the keyboard's focus stays."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.channels.base import Recipient
from tests.support.browsers import Find, OpenPage
from tests.support.page import SUMMARY, page_of, tell
from tests.support.program import ROOT
from tests.support.serving import Served

WIDTHS = (390, 800, 1280)


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("page") / "page.db"))
    with page_of(file) as made:
        tell(made, "p2", SUMMARY)
        yield made


@pytest.mark.parametrize(("language", "mode"), [("zh-CN", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing_in_either_language_or_light_at_three_widths(
    served: Served, open_page: OpenPage, found: Find, language: str, mode: str
) -> None:
    page = open_page(locale=language, color_scheme=mode)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        if width == min(WIDTHS):  # a wider page shows the list beside the chat
            page.goto(f"http://127.0.0.1:{served.port}/")
            expect(page.locator("#rows a.row").first).to_be_visible()
            assert found(page) == []
        page.goto(f"http://127.0.0.1:{served.port}/#p2")
        expect(page.locator("#bubbles .key").first).to_be_visible()
        page.locator("#slash").click()
        expect(page.locator("#commands")).to_be_visible()
        assert found(page) == []
        page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_axe_finds_nothing_on_the_door_and_where_there_is_no_page(
    sqlite_template: Path, tmp_path: Path, open_page: OpenPage, found: Find
) -> None:
    with page_of(Path(shutil.copy(sqlite_template, tmp_path / "run.db")), demo=False) as served:
        page = open_page(locale="en-GB")
        for path in ("", "nowhere"):
            page.goto(f"http://127.0.0.1:{served.port}/{path}")
            assert found(page) == []
        expect(page.locator("h1")).to_have_text("There is no such page.")
        page.locator("a.primary").click()
        expect(page.locator("#code")).to_be_visible()


def test_the_focus_stays_where_a_button_was_pressed(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    message = tell(served, "p3", SUMMARY)
    page.goto(f"http://127.0.0.1:{served.port}/#p3")
    key = page.locator("#bubbles .key").first
    expect(key).to_be_visible()
    key.focus()
    with page.expect_response("**/chat/tap"):
        page.keyboard.press("Enter")
    expect(key).to_be_focused()
    served.run(served.chat.delete(Recipient("p3", "p3", message), served.chat.clock()))
    expect(page.locator("#text")).to_be_focused()


def test_the_list_of_commands_is_driven_from_the_line_and_stays_open(served: Served, open_page: OpenPage) -> None:
    page = open_page(locale="en-GB")
    page.goto(f"http://127.0.0.1:{served.port}/#p1")
    text = page.locator("#text")
    text.focus()
    page.locator("#slash").click()
    page.wait_for_timeout(250)  # it used to close a moment later
    expect(page.locator("#commands")).to_be_visible()
    expect(text).to_be_focused()
    text.press("ArrowDown")
    chosen = page.locator("#commands [aria-selected=true]")
    assert text.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    expect(page.locator("#commands .command-word")).to_have_count(0)  # no Chinese words in an English list
    text.press("Enter")
    expect(text).to_have_value(f"{chosen.get_attribute('data-name') or '/report'} ")


def test_a_command_typed_whole_by_its_chinese_word_is_sent_by_enter(served: Served, open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    page.goto(f"http://127.0.0.1:{served.port}/#p1")
    page.locator("#text").click()
    page.keyboard.type("/帮助")
    expect(page.locator("#commands")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#bubbles .mine").last).to_contain_text("/帮助")


def test_the_keyboard_skips_to_the_conversation(served: Served, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"http://127.0.0.1:{served.port}/#p2")
    expect(page.locator("#bubbles .bubble")).to_have_count(1)
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()


def test_the_dark_changes_colours_and_nothing_else_so_that_each_language_is_looked_at_in_one_light() -> None:
    dark, found = "@media (prefers-color-scheme: dark) {", set()
    for sheet in sorted((ROOT / "bot" / "web" / "static").glob("*.css")):
        first, *rest = sheet.read_text("utf-8").split(dark)
        assert "prefers-color-scheme" not in first + "".join(rest), sheet
        for part in rest:
            within = part[: re.search(r"\}\s*\}", part).end()]  # type: ignore[union-attr]
            assert "lang" not in within, sheet
            found |= {it for body in re.findall(r"\{([^{}]+)\}", within) for it in re.findall(r"([\w-]+)\s*:", body)}
    assert {it for it in found if not it.startswith("--")} <= {"background", "color"}
    pages = [
        *(ROOT / "bot" / "web" / "static").glob("*.js"),
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "templates").rglob("*.j2"),
    ]
    assert [it.name for it in pages if "prefers-color-scheme" in it.read_text("utf-8")] == []
