"""The Mini App's page in Chromium: by itself it opens the dashboard at once; in Telegram Web's frame, in a tab."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from sqlmodel import select

from bot.channels.telegram import mini_app
from models.core.database import Database
from models.messaging import enrolment
from models.organisation.people import Person as Somebody
from tests.bot.web.dashboard.conftest import Board, opened
from tests.fakes.telegram import TOKEN, BotApi, Person

pytestmark = pytest.mark.sqlite


@pytest.fixture
def board(database: Database) -> Iterator[Board]:
    with opened(database, {"telegram": mini_app.door(TOKEN)}) as made:
        yield made


@pytest.fixture
def lead(board: Board) -> Iterator[Person]:
    with BotApi() as api:
        with board.world.database.writing() as session:
            found = session.exec(select(Somebody).where(Somebody.name == "王建国")).one()
            enrolment.enrol(session, found, "telegram", "41", "41", board.world.clock.now())
        yield Person(api, 41, "王建国")


def address(board: Board, lead: Person) -> str:
    return f"http://127.0.0.1:{board.served.port}/dashboard/telegram#tgWebAppData={quote(lead.signed())}&tgWebAppVersion=8.0"


def test_the_app_shows_the_dashboard_without_a_tap_and_keeps_no_proof_in_its_address(
    board: Board, lead: Person, page: Page
) -> None:
    page.goto(address(board, lead))
    expect(page.locator("header.top .me")).to_have_text("王建国")
    page.go_back()
    assert "tgWebAppData" not in page.url


def framed(page: Page, by: str, address: str) -> FrameLocator:
    """Show our page in a frame of this one, as if both were on the web."""
    around = f'<iframe width="400" height="600" src="{address}"></iframe>'
    page.route(f"{by}/**", lambda route: route.fulfill(body=around, content_type="text/html"))
    page.context.grant_permissions(["local-network-access"])
    page.goto(f"{by}/k/")
    return page.frame_locator("iframe")


def test_in_the_frame_of_telegram_web_a_tap_opens_a_tab(board: Board, lead: Person, page: Page) -> None:
    button = framed(page, mini_app.WEB, address(board, lead)).get_by_role("button")
    expect(button).to_be_visible()
    with page.context.expect_page() as tab:
        button.click()
    expect(tab.value.locator("header.top .me")).to_have_text("王建国")


def test_no_other_page_may_frame_it(board: Board, lead: Person, page: Page) -> None:
    with page.expect_console_message(lambda it: "frame-ancestors" in it.text):
        frame = framed(page, "https://evil.example", address(board, lead))
    expect(frame.get_by_role("button")).to_have_count(0)
