"""A form's page in Chromium: filled in on a phone, by keyboard, in the dark, in both languages, and side by side with
the chat."""

import struct
import zlib
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.bot.web.dashboard.conftest import open_board
from tests.support.browsers import Find, OpenPage
from tests.support.form_pages import Device
from tests.support.serving import Served
from tests.support.world import World

PHONE = {"width": 360, "height": 740}
ROUND = """code: round
title: {zh: 巡查, en: Round}
about: persons
statement: {zh: 无异常。, en: All is well.}
questions:
  - {name: seen, type: select_multiple, label: {zh: 发现了什么, en: What did you see},
     hint: {zh: 可多选, en: Choose all},
     choices: [{name: leak, label: {zh: 漏水, en: Leak}}, {name: smoke, label: {zh: 冒烟, en: Smoke}}]}
  - {name: told, type: note, label: {zh: 请附照片。, en: Please add a photo.}}
  - {name: photo, type: image, label: {zh: 照片, en: Photo}, required: true, relevant: "'leak' in seen"}
  - {name: where, type: geopoint, label: {zh: 地点, en: Where}}
  - {name: since, type: date, label: {zh: 何日起, en: Since}, default: today, past: true}
  - {name: at, type: time, label: {zh: 时刻, en: At what time}}
  - {name: people, type: integer, label: {zh: 人数, en: People}, constraint: people >= 1,
     constraint_message: {zh: 至少1人。, en: At least one.}}
  - {name: remark, type: text, label: {zh: 备注, en: Remark}}
"""


def png(side: int = 8) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\x20\x80\x60" * side) * side)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def assigned(here: tuple[World, Served]) -> tuple[World, Served]:
    here[0].assign(ROUND)
    return here


@pytest.fixture
def rounds(assigned: tuple[World, Served]) -> tuple[World, Served]:
    """Give each test a day of its own, on which nobody has filled in anything."""
    world, _ = assigned
    world.at("08:00", world.clock.now().date() + timedelta(days=1))
    return assigned


def photo(name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": png()}


def language(world: World, account: str, said: str) -> None:
    world.says(account, f"/language {said}")


def fill_in(page: Page, served: Served, account: str, world: World, name: str, code: str = "round") -> Page:
    """Open the form of somebody's own report, signed in from the chat page."""
    board = open_board(page, served, account)
    report = world.report(name, code, world.clock.now().date())
    board.goto(f"http://127.0.0.1:{served.port}/dashboard/fill?report={report.id}")
    return board


@pytest.mark.parametrize(("said", "mode"), [("中文", "light"), ("English", "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    rounds: tuple[World, Served], open_page: OpenPage, found: Find, said: str, mode: str
) -> None:
    world, served = rounds
    language(world, "1008", said)
    page = fill_in(open_page(color_scheme=mode, viewport=PHONE), served, "1008", world, "钱丽")
    assert page.locator("html").get_attribute("lang") == ("zh-CN" if said == "中文" else "en")
    page.get_by_label("漏水" if said == "中文" else "Leak").check()
    page.get_by_label("人数" if said == "中文" else "People").fill("0")
    page.locator("[value=submit]").click()
    expect(page.locator(".summary")).to_be_visible()
    for width in (320, 360, 1180):
        page.set_viewport_size({"width": width, "height": 800})
        assert found(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.eval_on_selector_all(
        "main button:not(.unseen), main .choices label, main textarea, main input:not([type=hidden], .choices *)",
        "all => all.filter(it => it.offsetParent && it.getBoundingClientRect().height < 44).map(it => it.outerHTML)",
    )
    assert small == []


def test_an_answer_is_kept_as_one_goes_and_the_chat_shows_it(rounds: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = rounds
    language(world, "1005", "中文")
    page = fill_in(open_page(viewport=PHONE), served, "1005", world, "李梅")
    expect(page.get_by_text("照片", exact=True)).to_be_hidden()
    page.get_by_label("漏水").check()
    expect(page.locator("#state")).to_have_text("根据您的填写，下方新增了题目。")
    expect(page.get_by_text("照片", exact=True)).to_be_visible()
    page.get_by_label("人数").fill("0")
    page.get_by_label("人数").blur()
    expect(page.get_by_text("至少1人。")).to_be_visible()
    expect(page.get_by_label("人数")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("人数").fill("3")  # and typing pauses
    expect(page.get_by_text("至少1人。")).to_be_hidden()
    expect(page.locator("#state")).to_have_text("已保存，可随时在聊天中继续填写。")
    page.reload()
    expect(page.get_by_label("漏水")).to_be_checked()
    expect(page.get_by_label("人数")).to_have_value("3")
    world.deliver()
    assert "照片" in world.last("李梅").text  # the chat asks for what is next


def test_a_photo_has_a_preview_goes_with_the_report_and_the_receipt_is_shown(
    rounds: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = rounds
    language(world, "1004", "English")
    page = fill_in(open_page(viewport=PHONE), served, "1004", world, "张伟")
    page.get_by_label("Leak").check()
    page.locator("input[name='file.photo']").set_input_files(photo("leak.png"))
    expect(page.get_by_role("link", name="leak.png")).to_be_visible()
    shown = page.get_by_role("img", name="leak.png")
    expect(shown).to_be_visible()
    page.reload()
    expect(shown).to_be_visible()  # it was kept in this tab
    page.locator("input[name='file.']").set_input_files([
        {"name": "one.txt", "mimeType": "text/plain", "buffer": b"1"},
        {"name": "two.txt", "mimeType": "text/plain", "buffer": b"2"},
    ])  # fmt: skip
    expect(page.get_by_role("link", name="two.txt")).to_be_visible()
    page.get_by_role("button", name="Remove: one.txt").click()
    expect(page.get_by_role("link", name="one.txt")).to_be_hidden()
    page.locator("[value=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("Received")
    world.deliver()
    revision = world.revisions("张伟", "round", world.clock.now().date())[-1]
    assert (revision.answers or {})["photo"]["name"] == "leak.png"
    assert [it["name"] for it in revision.attachments or []] == ["two.txt"]
    assert any("leak.png" in it.text for it in world.chat("张伟"))


def test_what_is_being_typed_is_kept_when_the_phone_turns_to_another_app_and_the_chats_answers_are_there_on_return(
    rounds: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = rounds
    language(world, "1006", "中文")
    page = fill_in(open_page(viewport=PHONE), served, "1006", world, "Ann Lee")
    turn = """hidden => { Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange")); }"""
    page.evaluate("setTimeout = () => 1")  # no pause in typing ends
    page.get_by_label("备注").press_sequentially("门口积水")
    page.evaluate(turn, True)
    expect(page.locator("#state")).to_have_text("已保存，可随时在聊天中继续填写。")
    device = Device(world, "Ann Lee", world.report("Ann Lee", "round", world.clock.now().date()).id)
    assert device.held["remark"] == ["门口积水"]
    device.leave(people="5")
    page.get_by_label("备注").press_sequentially("，已处理")
    page.evaluate(turn, False)
    expect(page.get_by_label("人数")).to_have_value("5")
    page.get_by_label("备注").blur()
    expect(page.locator("#state")).to_have_text("已保存，可随时在聊天中继续填写。")
    assert "门口积水，已处理" in Device(world, "Ann Lee", device.report).held["remark"]


def test_the_place_is_asked_of_the_device_only_when_it_is_tapped(
    rounds: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = rounds
    language(world, "1003", "中文")
    first = open_page(geolocation={"latitude": 31.2304, "longitude": 121.4737}, permissions=["geolocation"])
    page = fill_in(first, served, "1003", world, "王建国")
    expect(page.get_by_label("地点")).to_have_value("")
    page.get_by_role("button", name="使用当前位置").click()
    expect(page.get_by_label("地点")).to_have_value("31.230400 121.473700 0 0")
    expect(page.locator("#state")).to_have_text("已保存，可随时在聊天中继续填写。")
    page.reload()
    expect(page.get_by_label("地点")).to_have_value("31.2304, 121.4737")


def test_two_pages_of_one_person_and_the_chat_go_together(rounds: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = rounds
    language(world, "1007", "中文")
    context = open_page(viewport=PHONE)
    first = fill_in(context, served, "1007", world, "赵强")
    second = first.context.new_page()
    second.goto(first.url)
    first.get_by_label("备注").fill("水管破裂")
    first.get_by_label("备注").blur()
    expect(first.locator("#state")).to_have_text("已保存，可随时在聊天中继续填写。")
    second.get_by_label("人数").fill("2")
    second.get_by_label("人数").blur()
    expect(second.get_by_label("备注")).to_have_value("水管破裂")
    expect(second.get_by_text("该项已在别处修改")).to_be_visible()
    second.locator("[value=submit]").click()
    expect(second.get_by_role("status")).to_contain_text("已收到")
    answers = world.revisions("赵强", "round", world.clock.now().date())[-1].answers or {}
    assert (answers["remark"], answers["people"]) == ("水管破裂", 2)


def test_without_scripts_the_form_is_filled_in_to_its_receipt(
    rounds: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = rounds
    language(world, "1006", "English")
    first = fill_in(open_page(), served, "1006", world, "Ann Lee")
    page = open_page(java_script_enabled=False, viewport=PHONE)
    page.context.add_cookies(first.context.cookies())
    page.goto(first.url)
    page.get_by_label("Leak").check()
    page.get_by_label("People").fill("none")
    page.locator("[value=submit]").click()
    expect(page.locator(".summary")).to_contain_text("People")
    expect(page.get_by_label("People")).to_have_value("none")
    page.get_by_label("People").fill("4")
    page.locator("input[name='file.photo']").set_input_files(photo("a.png"))
    page.locator("[value=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("Received")


def test_by_keyboard_from_field_to_field_and_to_the_first_mistake(
    rounds: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = rounds
    language(world, "1001", "中文")
    page = fill_in(open_page(), served, "1001", world, "陈局")
    page.keyboard.press("Tab")
    expect(page.get_by_label("漏水")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("照片", exact=True)).to_be_visible()
    page.get_by_label("人数").focus()
    page.keyboard.type("0")
    page.keyboard.press("Enter")  # keeps, and files nothing
    expect(page.get_by_text("至少1人。")).to_be_visible()
    page.locator("[value=submit]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("input[name='file.photo']")).to_be_focused()  # the first that is wrong
    assert "还" in (page.locator("#q2-wrong").text_content() or "") or page.locator("#q2-wrong").is_visible()


def test_what_is_typed_offline_is_sent_once_there_is_a_connection(
    rounds: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = rounds
    language(world, "1002", "中文")
    page = fill_in(open_page(), served, "1002", world, "周敏")
    page.context.set_offline(True)
    page.get_by_label("备注").fill("断网时填写")
    page.get_by_label("备注").blur()
    expect(page.locator("#state")).to_contain_text("未保存")
    page.context.set_offline(False)
    expect(page.locator("#state")).to_have_text("已保存，可随时在聊天中继续填写。")
    page.reload()
    expect(page.get_by_label("备注")).to_have_value("断网时填写")


def test_each_mistake_leaves_the_list_when_it_is_mended(rounds: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = rounds
    language(world, "1003", "中文")
    page = fill_in(open_page(viewport=PHONE), served, "1003", world, "王建国")
    page.get_by_label("漏水").check()
    page.get_by_label("人数").fill("0")
    page.locator("[value=submit]").click()
    wrong = page.locator(".summary li")
    expect(wrong).to_have_count(2)
    page.get_by_label("人数").fill("1")
    page.get_by_label("人数").blur()
    expect(wrong).to_have_count(1)
    expect(page.locator("#q2-wrong")).to_be_visible()  # the photo is still asked for
    page.get_by_label("漏水").uncheck()
    expect(page.locator(".summary")).to_have_count(0)


def test_what_is_filled_in_before_the_script_comes_is_kept(rounds: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = rounds
    language(world, "1007", "中文")
    page = fill_in(open_page(viewport=PHONE), served, "1007", world, "赵强")
    late: list[Route] = []
    page.route("**/static/fill.js", lambda route: late.append(route))  # noqa: PLW0108
    page.reload(wait_until="commit")
    page.get_by_label("备注").fill("脚本未到时填写")
    while not late:
        page.wait_for_timeout(20)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        late[0].continue_()
    page.unroute_all()
    page.reload()
    expect(page.get_by_label("备注")).to_have_value("脚本未到时填写")


def test_signed_out_meanwhile_the_page_says_so_and_keeps_what_is_typed(
    rounds: tuple[World, Served], open_page: OpenPage
) -> None:
    world, served = rounds
    language(world, "1007", "中文")
    page = fill_in(open_page(viewport=PHONE), served, "1007", world, "赵强")
    world.says("赵强", "看板 退出")
    page.get_by_label("备注").fill("尚未保存的内容")
    page.get_by_label("备注").blur()
    expect(page.locator("#state")).to_contain_text("未登录")
    expect(page.get_by_label("备注")).to_have_value("尚未保存的内容")


def test_what_was_begun_on_the_page_can_be_discarded_there(rounds: tuple[World, Served], open_page: OpenPage) -> None:
    world, served = rounds
    language(world, "1008", "中文")
    world.says("钱丽", "取消")
    page = fill_in(open_page(viewport=PHONE), served, "1008", world, "钱丽")
    if page.get_by_role("button", name="放弃填写").is_visible():  # from another test
        page.get_by_role("button", name="放弃填写").click()
        page.get_by_role("link", name="填写表单").click()
    expect(page.get_by_role("button", name="放弃填写")).to_be_hidden()
    page.get_by_label("备注").fill("不报了")
    page.get_by_label("备注").blur()
    page.get_by_role("button", name="放弃填写").click()
    expect(page.get_by_role("status")).to_have_text("已取消，没有报送任何内容。")
    page.get_by_role("link", name="填写表单").click()
    expect(page.get_by_label("备注")).to_have_value("")
