"""A survey's page in Chromium: filled in on a phone, in the dark, in both languages, and side by side with the chat."""

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from models.organisation.people import find_person
from models.rounds.replies import Reply
from tests.bot.web.dashboard.conftest import open_board
from tests.handlers.rounds.test_survey import send
from tests.support.browsers import Find, OpenPage
from tests.support.serving import Served
from tests.support.world import World

PHONE = {"width": 360, "height": 740}
KEPT = "已保存，可随时在聊天中继续填写。"


@pytest.fixture(scope="module")
def asked(here: tuple[World, Served]) -> tuple[World, Served]:
    """Return the dashboard of a morning on which everybody is asked about their stock."""
    send(here[0], "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    return here


def answering(page: Page, asked: tuple[World, Served], account: str, said: str = "中文") -> Page:
    """Open the survey's page, signed in from the chat page."""
    world, served = asked
    world.says(account, f"/language {said}")
    board = open_board(page, served, account)
    board.goto(f"http://127.0.0.1:{served.port}/dashboard/answer?survey=1")
    return board


def given(asked: tuple[World, Served], account: str) -> dict[str, object]:
    with asked[0].database.reading() as session:
        person = find_person(session, account)
        assert person is not None
        return session.exec(select(Reply).where(Reply.person_id == person.id)).one().answers or {}


@pytest.mark.parametrize(("said", "mode"), [("中文", "light"), ("English", "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    asked: tuple[World, Served], open_page: OpenPage, found: Find, said: str, mode: str
) -> None:
    page = answering(open_page(color_scheme=mode, viewport=PHONE), asked, "1008", said)
    assert page.locator("html").get_attribute("lang") == ("zh-CN" if said == "中文" else "en")
    page.get_by_label("断货" if said == "中文" else "Sold out").check()
    expect(page.get_by_text("紧缺的品类" if said == "中文" else "What is running out")).to_be_visible()
    page.locator("[value=submit]").click()
    expect(page.locator(".summary")).to_be_visible()
    for width in (320, 360, 1180):
        page.set_viewport_size({"width": width, "height": 800})
        assert found(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_answer_is_kept_as_one_goes_opens_more_questions_and_is_submitted_to_its_receipt(
    asked: tuple[World, Served], open_page: OpenPage
) -> None:
    page = answering(open_page(viewport=PHONE), asked, "1005")
    expect(page.get_by_text("紧缺的品类")).to_be_hidden()
    page.get_by_label("断货").check()
    expect(page.locator("#state")).to_have_text("根据您的填写，下方新增了题目。")
    page.get_by_label("紧缺的品类").fill("口罩")
    page.get_by_label("现有库存").fill("400")
    page.get_by_label("现有库存").blur()
    expect(page.get_by_text("天数应在 0 到 365 之间。")).to_be_visible()
    page.get_by_label("合适").check()
    expect(page.get_by_text("紧缺的品类")).to_be_hidden()
    page.get_by_label("现有库存").fill("4")
    expect(page.get_by_text("天数应在 0 到 365 之间。")).to_be_hidden()
    expect(page.locator("#state")).to_have_text(KEPT)
    page.reload()
    expect(page.get_by_label("现有库存")).to_have_value("4")
    page.get_by_label("够用", exact=True).check()
    page.locator("[value=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("答案已提交")
    assert given(asked, "1005") == {"days": 4, "level": "right", "masks": "enough"}
    page.get_by_role("link", name="修改答案").click()
    page.get_by_label("现有库存").fill("5")
    page.locator("[value=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("答案已提交")
    assert given(asked, "1005")["days"] == 5


def test_what_is_typed_offline_is_kept_once_there_is_a_connection_and_the_chat_goes_on_from_there(
    asked: tuple[World, Served], open_page: OpenPage
) -> None:
    world, _ = asked
    page = answering(open_page(viewport=PHONE), asked, "1004")
    page.context.set_offline(True)
    page.get_by_label("现有库存").fill("6")
    page.get_by_label("现有库存").blur()
    expect(page.locator("#state")).to_contain_text("未保存")
    page.context.set_offline(False)
    expect(page.locator("#state")).to_have_text(KEPT)
    world.taps("1004", "作答")
    assert any("库存水平" in bubble.text for bubble in world.chat("1004")), "the chat asks for what is next"


def test_without_scripts_a_survey_is_filled_in_to_its_receipt(asked: tuple[World, Served], open_page: OpenPage) -> None:
    signed_in = answering(open_page(), asked, "1006", "English")
    page = open_page(java_script_enabled=False)
    page.context.add_cookies(signed_in.context.cookies())
    page.goto(signed_in.url)
    page.get_by_label("For how many days").fill("2")
    page.get_by_label("Low").check()
    page.get_by_label("Enough", exact=True).check()
    page.locator("[value=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()  # two more questions have come
    page.get_by_label("What is running out").fill("Soap")
    page.get_by_label("When do you need").fill("2026-11-30")
    page.locator("[value=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("Your answers are in.")
    assert given(asked, "1006")["missing"] == "Soap"


def test_the_chat_page_opens_the_form_of_a_survey_at_once(asked: tuple[World, Served], open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE)
    page.goto(f"http://127.0.0.1:{asked[1].port}/#1003")
    expect(page.locator("#to-board button")).to_be_visible()
    with page.context.expect_page() as came:  # as its button does
        page.evaluate("""async () => {
            const { bubble } = await import("/static/bubble.js");
            const keys = [[{ label: "page", data: "dashboard.answer.1" }]];
            const message = { id: 1, chat: "1003", author: null, at: new Date().toISOString(), buttons: keys };
            const shown = bubble(message);
            document.body.append(shown);
            shown.querySelector(".key").click();
        }""")
    expect(came.value.locator("#fill")).to_be_visible()
    assert came.value.url.endswith("/dashboard/answer?survey=1")
