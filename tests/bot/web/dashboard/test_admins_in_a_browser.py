"""The admins' pages in Chromium: seen, read aloud, by keyboard, and with a file from a folder."""

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from models.messaging.enrolment_links import put
from models.organisation.people import Person
from tests.bot.web.dashboard.conftest import open_board
from tests.support.browsers import Find, OpenPage
from tests.support.serving import Served
from tests.support.world import World

WIDTHS = (360, 800, 1180)
PAGES = ("people", "people?q=zw", "people?person=4", "people?q=nobody", "tasks", "task?id=1", "form?code=health",
         "form?code=market")  # fmt: skip


@pytest.fixture(scope="module")
def bureau(here: tuple[World, Served]) -> tuple[World, Served]:
    """Return the dashboard of a program whose Telegram bot people can be invited to."""
    world, _ = here
    with world.database.writing() as session:
        put(session, "telegram", "https://t.me/reports_bot?start={code}")
    return here


def _open(page: Page, served: Served, path: str) -> Page:
    """Go to a page of the dashboard as the admin."""
    shown = open_board(page, served, "1002")
    shown.goto(f"http://127.0.0.1:{served.port}/dashboard/{path}")
    return shown


@pytest.mark.parametrize(("language", "mode"), [("zh_CN", "light"), ("en", "dark")])
def test_axe_finds_nothing_on_the_admins_pages(
    bureau: tuple[World, Served], open_page: OpenPage, found: Find, language: str, mode: str
) -> None:
    world, served = bureau
    world.says("1002", f"/language {'中文' if language == 'zh_CN' else 'English'}")
    page = _open(open_page(color_scheme=mode), served, "people")
    for path in PAGES:
        page.goto(f"http://127.0.0.1:{served.port}/dashboard/{path}")
        assert page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh_CN" else "en")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        assert found(page) == [], path


LINES = """cell => {
  const text = document.createRange();
  text.selectNodeContents(cell);
  return new Set([...text.getClientRects()].map(line => Math.round(line.bottom))).size;
}"""
OUTSIDE = """() => {
  const end = it => it.getBoundingClientRect().right;
  const fields = [...document.querySelectorAll('.filter input, .filter select')];
  return fields.filter(it => end(it) > end(it.closest('form')) + 1).map(it => it.id);
}"""


@pytest.mark.parametrize("language", ["中文", "English"])
def test_on_a_phone_a_tasks_times_stay_on_one_line_and_the_audits_dates_inside_their_card(
    bureau: tuple[World, Served], open_page: OpenPage, language: str
) -> None:
    world, served = bureau
    world.says("1002", f"/language {language}")
    page = _open(open_page(viewport={"width": 360, "height": 740}), served, "tasks")
    page.set_viewport_size({"width": 360, "height": 740})
    for cell in page.locator(".plans tbody td").all():
        assert cell.evaluate(LINES) == 1, cell.inner_text()
    page.goto(f"http://127.0.0.1:{served.port}/dashboard/people")
    assert page.locator("h1").evaluate(LINES) == 1
    page.goto(f"http://127.0.0.1:{served.port}/dashboard/audit")
    expect(page.locator("#from")).to_be_visible()
    assert page.evaluate(OUTSIDE) == []


def test_somebody_is_added_by_keyboard_alone(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    world.says("1002", "/language 中文")
    page = _open(open_page(), served, "people")
    page.locator("#new-number").focus()
    page.keyboard.type("1031")
    page.keyboard.press("Tab")
    page.keyboard.type("Wu\u202eFang")
    page.keyboard.press("Tab")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("#new")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_contain_text("（1031）加入区局/一站")
    for _ in range(20):
        if page.evaluate("document.activeElement.textContent").startswith("⚡"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".persons")).to_contain_text("1031")
    with world.database.reading() as session:
        assert session.exec(select(Person.name).where(Person.staff_no == "1031")).one() == "WuFang"


def test_a_roster_is_imported_and_undone_by_hand(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    world.says("1002", "/language 中文")
    page = _open(open_page(), served, "people")
    page.locator("#roster").set_input_files(
        {"name": "花名册.csv", "mimeType": "text/csv", "buffer": "工号,姓名,单位\n1050,欧阳倩,区局/二站\n".encode()}
    )
    page.locator("#roster-send").click()
    expect(page.locator(".told")).to_contain_text("欧阳倩")
    page.get_by_role("button", name="导入").first.click()
    expect(page.locator(".persons")).to_contain_text("欧阳倩")
    page.get_by_role("button", name="撤销导入：花名册.csv").click()
    page.locator(".told").locator("button[value^='confirm.yes']").click()
    expect(page.locator(".persons")).not_to_contain_text("欧阳倩")


def test_what_is_typed_stays_when_the_page_follows_what_happens(
    bureau: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = bureau
    world.says("1002", "/language 中文")
    page = _open(open_page(), served, "people")
    page.locator("#new-name").fill("吴芳")
    page.locator("#q").focus()
    world.says("1004", "零报告")
    page.evaluate("""() => {
      const live = document.querySelector("#live");
      htmx.ajax("GET", live.getAttribute("hx-get"), {target: live, swap: "outerMorph"});
    }""")
    page.wait_for_timeout(300)
    expect(page.locator("#new-name")).to_have_value("吴芳")


def test_the_prompt_and_the_questions_are_tried_on_the_page(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    world.says("1002", "/language 中文")
    page = _open(open_page(), served, "form?code=health")
    page.get_by_role("button", name="在此试填").click()
    page.locator(".told").get_by_role("button", name="有情况").click()
    expect(page.locator(".told").get_by_role("button", name="返回")).to_be_visible()  # the question, not the prompt
    expect(page.locator(".told")).to_contain_text("体温")
    page.locator("#words").fill("36.5")
    page.locator("#words").press("Enter")
    expect(page.locator(".told", has_text="接触史")).to_be_visible()
