"""The page *Exports* and the page of a link in Chromium: followed while a file is written, stopped, and downloaded."""

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from handlers.exports import export_job, long_files
from models.messaging import enrolment_links
from tests.bot.web.dashboard.conftest import open_board
from tests.support.browsers import Find, OpenPage
from tests.support.serving import Served
from tests.support.world import World

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def bureau(here: tuple[World, Served]) -> tuple[World, Served]:
    """Return the dashboard of a morning, whose links lead to this machine's page."""
    world, served = here
    world.taps("李梅", "零报告")
    with world.database.writing() as session:
        enrolment_links.put(session, "web", f"http://127.0.0.1:{served.port}/")
    return here


@pytest.fixture(autouse=True)
def long(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every file be a long one."""
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    yield


def errands(world: World) -> None:
    """Write the files somebody waits for, beside Playwright's event loop."""
    with ThreadPoolExecutor(1) as worker:
        worker.submit(world.does_errands).result()


def exports(open_page: OpenPage, served: Served, account: str = "1003", **options: object) -> Page:
    page = open_board(open_page(**{"viewport": PHONE} | options), served, account)
    page.goto(f"http://127.0.0.1:{served.port}/dashboard/exports")
    return page


def kept(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have a file kept for a link; return the link."""
    monkeypatch.setattr(long_files, "MOST_BYTES", 100)
    world.says("王建国", "/export 11-23 health")
    errands(world)
    return re.findall(r"http://127\S+/dashboard/export/\S+", world.last("王建国").text)[0]


@pytest.mark.parametrize(("said", "mode"), [("中文", "light"), ("English", "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    bureau: tuple[World, Served],
    open_page: OpenPage,
    found: Find,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    mode: str,
) -> None:
    world, served = bureau
    world.says("王建国", f"/language {said}")
    other = open_page(color_scheme=mode, viewport=PHONE)
    other.goto(kept(world, monkeypatch))
    page = exports(open_page, served, color_scheme=mode)
    page.locator("#export").click()
    expect(page.locator("section[aria-labelledby=files] li")).not_to_have_count(0)
    for each in (page, other):
        for width in (320, 360, 1180):
            each.set_viewport_size({"width": width, "height": 800})
            assert found(each) == []
            assert each.evaluate("document.documentElement.scrollWidth <= innerWidth")
    errands(world)


def test_a_long_file_is_asked_for_followed_and_downloaded_on_a_phone(
    bureau: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = bureau
    world.says("王建国", "/language 中文")
    page = exports(open_page, served)
    page.get_by_label("格式").select_option("csv")
    page.locator("#export").click()
    line = page.locator("section[aria-labelledby=files] li").first
    expect(line).to_contain_text("报告明细 一站")
    expect(line.get_by_role("button", name="取消")).to_be_visible()
    errands(world)
    link = line.get_by_role("link", name="下载")
    expect(link).to_be_visible()  # the open page found out by itself
    with page.expect_download() as got:
        link.click()
    assert re.fullmatch(r"报告明细 一站 [\d-]+\.csv", got.value.suggested_filename)
    assert Path(got.value.path()).read_text("utf-8-sig").startswith("日期,任务,单位,")


def test_a_long_file_is_stopped_on_the_page(bureau: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = bureau
    world.says("王建国", "/language English")
    page = exports(open_page, served)
    page.locator("#export").click()
    line = page.locator("section[aria-labelledby=files] li").first
    line.get_by_role("button", name="Cancel").click()
    expect(page.locator("section[aria-labelledby=files] li").first).to_contain_text("cancelled")
    errands(world)
    expect(page.locator("section[aria-labelledby=files] li").first).to_contain_text("cancelled")


def test_a_link_says_what_it_is_downloads_as_often_as_it_is_needed_and_says_when_it_is_over(
    bureau: tuple[World, Served], open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = bureau
    world.says("王建国", "/language 中文")
    link, page = kept(world, monkeypatch), open_page(viewport=PHONE, locale="zh-CN")  # nobody is signed in here
    page.goto(link)
    expect(page.get_by_role("heading")).to_contain_text("每日健康 一站")
    expect(page.get_by_text("仅供王建国本人下载")).to_be_visible()
    for _ in range(2):
        with page.expect_download() as got:
            page.get_by_role("button", name="下载").click()
        assert load_workbook(io.BytesIO(got.value.path().read_bytes())).sheetnames == ["文件说明", "每日健康"]
    world.clock.at += timedelta(hours=24, minutes=1)
    page.get_by_role("button", name="下载").click()
    expect(page.get_by_text("链接已失效：文件只保留24小时")).to_be_visible()
