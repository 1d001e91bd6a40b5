"""The page behind a survey's link in Chromium: on a small phone, in both languages, light and dark, with and without
scripts."""

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.desk import Desk
from bot.web.links import Links
from models.core.database import connect
from tests.handlers.rounds import test_outside as shops
from tests.handlers.rounds.test_outside import ask_shops, hand_out
from tests.handlers.rounds.test_survey import send
from tests.support.browsers import Find, OpenPage
from tests.support.serving import Served, serving
from tests.support.world import World

PHONE = {"width": 360, "height": 740}
Street = tuple[Served, dict[str, str], str]


@pytest.fixture(scope="module")
def street(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Serve a survey's personal links, by number, and its open one."""
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("street") / "street.db"))
    database = connect(f"sqlite:///{file}")
    world = World(database)
    shops.begin(world)
    ask_shops(world)
    made = hand_out(world)
    send(world, "周敏", "区局", "公开链接，每台设备一次", "实名", "11月24日 18:00")
    opened = shops.LINK.findall("".join(b.text for b in world.chat("周敏")))[-1]
    with ThreadPoolExecutor(1) as worker:
        route = Links(Desk(database, world.defaults, world.clock, worker), database, world.clock.now).route()
        with serving(database, outside=[route]) as served:
            yield served, made, opened
    database.close()


def address(served: Served, token: str) -> str:
    return f"http://127.0.0.1:{served.port}/s/{token}"


@pytest.mark.parametrize(("language", "mode", "shop"), [("zh-CN", "light", "S01"), ("en-GB", "dark", "S02")])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    street: Street, open_page: OpenPage, found: Find, language: str, mode: str, shop: str
) -> None:
    served, made, _ = street
    chinese = language == "zh-CN"
    page = open_page(locale=language, color_scheme=mode, viewport=PHONE)
    weight: list[int] = []
    page.on("response", lambda answer: weight.append(len(answer.body())))
    page.goto(address(served, made[shop]))
    page.wait_for_load_state("networkidle")
    assert sum(weight) < 60_000
    assert found(page) == []
    page.locator("button[value=submit]").click()
    expect(page.locator(".summary")).to_be_visible()
    assert found(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("textbox").first.fill("4")
    page.get_by_label("偏少" if chinese else "Low").check()
    expect(page.locator('[data-q="missing"]')).to_be_visible()
    page.get_by_label("合适" if chinese else "About right").check()
    expect(page.locator('[data-q="missing"]')).to_be_hidden()
    page.get_by_label("够用", exact=True).check() if chinese else page.get_by_label("Enough", exact=True).check()
    expect(page.locator("#state")).to_have_text(re.compile("已保存" if chinese else "Kept"))
    page.locator("button[value=submit]").click()
    expect(page.locator("main")).to_contain_text("答案已提交" if chinese else "Your answers are in")
    assert found(page) == []
    page.get_by_role("link", name="English" if chinese else "中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "en" if chinese else "zh-CN")
    page.locator("a.primary").click()
    expect(page.get_by_role("textbox").first).to_have_value("4")


def test_without_scripts_an_open_link_takes_an_answer_of_the_phone_once(street: Street, open_page: OpenPage) -> None:
    served, _, token = street
    page = open_page(locale="en-GB", java_script_enabled=False, viewport=PHONE)
    page.goto(address(served, token))
    page.get_by_role("textbox").first.fill("4")
    page.get_by_label("Low").check()
    page.get_by_label("Enough", exact=True).check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("[role=alert]")).to_contain_text("Not sent yet")
    page.get_by_label("What is running out").fill("rice")
    page.locator("input[type=date]").fill("2026-12-01")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("main")).to_contain_text("Your answers are in")
    page.goto(address(served, token))
    expect(page.locator("main")).to_contain_text("One answer is taken from each device")


def test_a_link_that_leads_nowhere_says_so_accessibly(street: Street, open_page: OpenPage, found: Find) -> None:
    page = open_page(locale="en-GB", viewport=PHONE)
    page.goto(address(street[0], "nothing"))
    expect(page.locator("[role=alert]")).to_contain_text("doesn’t work")
    assert found(page) == []
