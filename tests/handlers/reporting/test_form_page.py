"""A form on a page and in the chat is one form: changing sides, two devices, and what happens meanwhile."""

import itertools
import random
from datetime import timedelta

import pytest

from models.core.database import Database
from models.core.errors import Refusal
from tests.support.filling import fill_health
from tests.support.form_pages import Device, report_of
from tests.support.world import DELIVERY, TUESDAY, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

ANSWERS = {"temperature": "37.6", "contact": "yes", "place": "市场", "remark": "已就医"}
SAID = {"temperature": "37.6", "contact": "有", "place": "市场", "remark": "已就医"}
FILED = {"temperature": 37.6, "contact": "yes", "place": "市场", "remark": "已就医"}
PHOTOS = """code: rounds
title: {zh: 巡查, en: Round}
about: persons
statement: {zh: 无异常。, en: All is well.}
questions:
  - {name: seen, type: select_multiple, label: {zh: 发现, en: Seen},
     choices: [{name: a, label: {zh: 漏水}}, {name: b, label: {zh: 冒烟}}]}
  - {name: photo, type: image, label: {zh: 照片, en: Photo}, required: true, relevant: "'a' in seen"}
  - {name: cause, type: text, label: {zh: 原因, en: Cause}, relevant: "'b' in seen"}
  - {name: where, type: geopoint, label: {zh: 地点, en: Where}}
  - {name: since, type: date, label: {zh: 何日起, en: Since}, default: today, past: true}
  - {name: at, type: time, label: {zh: 时刻, en: At}}
  - {name: people, type: integer, label: {zh: 人数, en: People}, constraint: people >= 1}
"""


def open_page(world: World, who: str = "李梅", about: str = "") -> Device:
    return Device(world, who, report_of(world, about or who))


def answers(world: World, who: str = "李梅", code: str = "health") -> dict[str, object]:
    return world.revisions(who, code)[-1].answers or {}


@pytest.mark.parametrize("sides", list(itertools.product("页聊", repeat=4)), ids="".join)
def test_sides_are_changed_at_each_question_and_the_report_is_one(world: World, sides: tuple[str, ...]) -> None:
    world.taps("李梅", "有情况")
    device = open_page(world)
    for side, (name, entered) in zip(sides, ANSWERS.items(), strict=True):
        if side == "页":
            device.open()
            device.leave(**{name: entered})
            assert device.wrong == {}
        elif name == "contact":
            world.taps("李梅", SAID[name])
        else:
            world.says("李梅", SAID[name])
    assert "请核对" in world.last("李梅").text
    if sides[0] == "页":
        assert "已收到" in (world.taps("李梅", "提交") or "")
    else:
        device.open()
        assert "已收到" in (device.press("submit") or "")
    assert answers(world) == FILED
    assert device.open().receipt is not None
    assert "回执" in world.last("李梅").text
    assert len(world.revisions("李梅")) == 1


def test_the_page_shows_only_what_applies_and_the_chat_where_the_form_stands(world: World) -> None:
    device = open_page(world)
    assert device.asks == ["temperature", "contact", "remark"]
    prompt = world.last("李梅")
    device.leave(temperature="36.5")
    assert world.last("李梅").id == prompt.id  # the prompt became the form; nothing rang
    assert "2/3" in world.last("李梅").text and "接触史" in world.last("李梅").text
    device.leave(contact="yes")
    assert device.asks == ["temperature", "contact", "place", "remark"]
    assert "地点" in world.last("李梅").text
    device.leave(contact="no")
    assert device.asks == ["temperature", "contact", "remark"]


def test_words_typed_in_the_chat_go_on_where_the_page_stopped(world: World) -> None:
    world.taps("李梅", "有情况")
    world.taps("李梅", "返回")  # out of the form; its draft rests
    open_page(world).leave(temperature="36.5")
    world.taps("李梅", "无")
    world.says("李梅", "头疼")
    assert "备注：头疼" in world.last("李梅").text


def test_the_prompt_becomes_the_receipt_and_the_page_shows_the_same(world: World) -> None:
    device, prompt = open_page(world), world.last("李梅")
    device.leave(temperature="36.5", contact="no")
    assert "已收到" in (device.press("submit") or "")
    assert world.last("李梅").id == prompt.id
    receipt = device.open().receipt
    assert receipt is not None and receipt.text == world.last("李梅").content.text


def test_what_is_wrong_is_said_at_the_question_in_the_chats_words_and_nothing_is_lost(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5", contact="no")
    device.leave(temperature="365")
    assert device.wrong == {"temperature": "体温应在34到43之间。"}
    assert device.held["temperature"] == ["365"]  # what was typed stays in its field
    assert "尚未提交" in (device.press("submit") or "")
    assert world.revisions("李梅") == []
    device.leave(temperature="很热")
    assert "很热" in device.wrong["temperature"]
    device.leave(temperature="36.6")
    assert "已收到" in (device.press("submit") or "")
    assert answers(world) == {"temperature": 36.6, "contact": "no"}


def test_required_questions_are_asked_for_at_the_end_and_an_empty_form_is_not_filed(world: World) -> None:
    device = open_page(world)
    device.leave(remark="头疼")
    assert device.wrong == {}
    assert device.press("submit") == "尚未提交，请核对下方标出的各项。"
    assert set(device.wrong) == {"temperature", "contact"}
    device.leave(temperature="36.5")
    assert device.wrong == {}  # only submitting asks for what is still empty
    assert world.revisions("李梅") == []


def test_questions_that_an_answer_opens_are_looked_at_before_anything_is_filed(rounds: World) -> None:
    device = open_page(rounds)
    device.enter(seen=["b"])
    assert "新增了题目" in (device.press("submit") or "")
    assert "cause" in device.asks
    assert rounds.revisions("李梅", "rounds") == []
    assert "已收到" in (device.press("submit") or "")


def test_two_devices_the_last_answer_to_each_question_counts(world: World) -> None:
    phone, desk = open_page(world), open_page(world)
    phone.leave(temperature="36.5")
    desk.leave(contact="no")  # still shows no temperature, and does not take it away
    assert desk.open().draft is not None
    assert desk.held["temperature"] == ["36.5"] and desk.held["contact"] == ["no"]
    desk.leave(temperature="37.1")
    phone.leave(temperature="37.2")
    assert open_page(world).held["temperature"] == ["37.2"]


def test_a_page_never_files_what_it_does_not_show(world: World) -> None:
    phone, desk = open_page(world), open_page(world)
    desk.leave(temperature="36.5", contact="no")
    phone.open()
    desk.leave(temperature="38.5")
    said = phone.press("submit") or ""
    assert "已在别处修改" in said and "体温" in said
    assert world.revisions("李梅") == []
    assert phone.held["temperature"] == ["38.5"]  # it shows the newer answer now
    assert "已收到" in (phone.press("submit") or "")
    assert answers(world)["temperature"] == 38.5


@pytest.mark.parametrize("seed", range(12))
def test_whatever_two_devices_and_the_chat_do_what_is_filed_is_what_its_page_showed(world: World, seed: int) -> None:
    chance, filed = random.Random(seed), 0
    devices = [open_page(world), open_page(world)]
    values = {
        "temperature": ["36.5", "37.4", "99", ""],
        "contact": ["yes", "no"],
        "place": ["市场", ""],
        "remark": ["头疼", ""],
    }
    for _ in range(40):
        device = chance.choice(devices)
        match chance.choice(["open", "enter", "enter", "leave", "leave", "chat", "submit"]):
            case "open":
                device.open(change=True)
            case "chat" if "有情况" in "".join(world.last("李梅").labels):
                world.taps("李梅", "有情况")
            case "chat" if any("返回" in label for label in world.last("李梅").labels):
                world.says("李梅", chance.choice(["36.9", "有", "无", "车站"]))
            case "submit":
                held = {name: "".join(device.held[name]) for name in device.asks}
                asked = {**held, "place": held.get("place", "") if held["contact"] == "yes" else ""}
                shown = {name: value for name, value in asked.items() if value}  # of what the answers leave to ask
                if "已收到" in (device.press("submit") or ""):
                    filed += 1
                    assert {n: str(v) for n, v in answers(world).items()} == shown
                    device.open(change=True)
            case action:
                name = chance.choice(device.asks)
                device.enter(**{name: chance.choice(values[name])})
                if action == "leave":
                    device.press("save")
    assert filed or not world.revisions("李梅")


def test_a_report_filed_in_the_chat_meanwhile_is_said_and_not_replaced_unseen(world: World) -> None:
    device = open_page(world)
    device.enter(temperature="36.5", contact="no")
    fill_health(world, "李梅", "38.2")
    said = device.press("submit") or ""
    assert "在别处报送" in said
    assert answers(world)["temperature"] == 38.2
    assert device.held["temperature"] == ["36.5"]  # the page's answers are kept as a change
    assert "已收到" in (device.press("submit") or "")
    assert answers(world)["temperature"] == 36.5
    assert len(world.revisions("李梅")) == 2


def test_pressing_submit_twice_files_once(world: World) -> None:
    device, again = open_page(world), open_page(world)
    for it in (device, again):
        it.enter(temperature="36.5", contact="no")
    assert "已收到" in (device.press("submit") or "")
    again.press("submit")
    assert len(world.revisions("李梅")) == 1
    assert again.page.draft is None


def test_a_filed_report_is_corrected_on_the_page(world: World) -> None:
    fill_health(world, "李梅", "36.5")
    device = open_page(world)
    assert device.page.receipt is not None and device.page.changeable
    device.open(change=True)
    assert device.held["temperature"] == ["36.5"]
    device.leave(temperature="37.9")
    assert answers(world)["temperature"] == 36.5  # it stands until the change is submitted
    assert "已收到" in (device.press("submit") or "")
    assert answers(world)["temperature"] == 37.9
    assert world.revisions("李梅")[-1].number == 2


def test_cancelling_on_the_page_drops_the_draft_and_shows_the_prompt_again(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5")
    assert device.press("drop") == "已取消，没有报送任何内容。"
    assert "零报告" in "".join(world.last("李梅").labels)
    assert open_page(world).held["temperature"] == []


def test_after_the_lock_the_page_says_so_and_shows_what_was_entered(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5")
    device.enter(contact="no", remark="头疼", temperature="38,x")
    world.until(world.local("23:59") + timedelta(minutes=2))
    assert "锁定" in (device.press("submit") or "")
    assert "锁定" in device.page.stopped
    assert device.page.kept == [("体温", "38,x"), ("接触史", "无"), ("备注", "头疼")]
    assert "锁定" in device.open().stopped
    assert device.page.kept == [("体温", "36.5")]  # what had been saved
    assert world.revisions("李梅") == []


def test_after_the_close_it_is_filed_as_late(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5", contact="no")
    world.at("10:05")
    assert "迟报" in (device.press("submit") or "")


def test_whoever_is_excused_meanwhile_may_report_all_the_same(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5", contact="no")
    world.says("王建国", "准假 1005 1d 就医")
    assert world.report("李梅").excused
    assert "已收到" in (device.press("submit") or "")


def test_a_wards_and_a_units_report_have_their_page(world: World) -> None:
    device = open_page(world, "张伟", "刘大爷")
    device.leave(temperature="38.4", contact="no")
    assert "已收到" in (device.press("submit") or "")
    world.assign(DELIVERY, unit="区局/二站")
    world.at("08:00", TUESDAY)
    unit = open_page(world, "赵强", "二站")
    unit.leave(ordered="12", delivered="11")
    assert "已收到" in (unit.press("submit") or "")


def test_whoever_is_moved_meanwhile_still_reports_where_they_were_asked(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5")
    world.says("周敏", "/people move 1005 区局/二站 今天")
    world.taps("周敏", "确认")
    device.enter(contact="no")
    assert "已收到" in (device.press("submit") or "")
    assert "区局/二站" in world.says("周敏", "/people 1005")
    assert world.figures("区局/一站").received == 1


def test_a_task_that_ended_takes_the_running_day_and_no_other(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5", contact="no")
    world.says("周敏", "/assign end health 今天")
    world.taps("周敏", "确认")
    assert "已收到" in (device.press("submit") or "")


def test_after_a_reopening_the_page_takes_the_report_again(world: World) -> None:
    device = open_page(world)
    device.leave(temperature="36.5", contact="no")
    world.at("08:00", TUESDAY)
    assert "锁定" in device.open().stopped
    world.says("周敏", "/reopen 1005 11-23 手机坏了")
    world.taps("周敏", "确认")
    device.open()
    assert device.page.stopped == "" and device.held["temperature"] == ["36.5"]
    assert "已收到" in (device.press("submit") or "")


@pytest.mark.parametrize("who", ["王建国", "周敏", "钱丽", "张伟"])
def test_anothers_report_is_said_not_to_be_there(world: World, who: str) -> None:
    open_page(world).leave(temperature="36.5")
    with pytest.raises(Refusal, match=r"dashboard\.no_report"):
        Device(world, who, report_of(world, "李梅"))
    with pytest.raises(Refusal, match=r"dashboard\.no_report"):
        Device(world, who, 999_999)


def test_a_lead_who_files_for_somebody_goes_on_on_the_page(world: World) -> None:
    world.says("王建国", "代报 李梅 有情况 电话告知")
    device = open_page(world, "王建国", "李梅")
    device.leave(temperature="38.1", contact="no")
    assert "已收到" in (device.press("submit") or "")
    assert world.revisions("李梅")[-1].reason == "电话告知"
    assert device.open().receipt is not None
    assert "王建国" in world.last("李梅").text


def test_an_incident_that_is_being_told_keeps_the_next_words(world: World) -> None:
    world.says("李梅", "突发")
    open_page(world).leave(temperature="36.5")
    assert "仓库起火" in world.says("李梅", "仓库起火")


@pytest.fixture
def rounds(database: Database) -> World:
    made = World(database)
    made.organisation()
    made.assign(PHOTOS)
    made.at("08:00")
    return made


def test_photos_files_places_and_proposals(rounds: World) -> None:
    device = open_page(rounds)
    assert device.held["since"] == ["2026-11-23"]  # the form's proposal stands in its field
    device.leave(seen=["a", "b"], where="31.2304, 121.4737", at="07:30", people="3")
    assert device.wrong == {}
    assert "photo" in device.asks
    assert "尚未提交" in (device.press("submit") or "")
    device.send("漏水.jpg", "photo")
    assert "照片" in (device.send("声音.ogg", "photo", "audio/ogg") or "")  # refused, in the chat's words
    device.send("记录.pdf", "", "application/pdf", b"pdf")
    assert "已收到" in (device.press("submit") or "")
    found = answers(rounds, code="rounds")
    assert found["seen"] == ["a", "b"] and found["where"] == "31.2304 121.4737 0 0" and found["at"] == "07:30"
    assert found["people"] == 3 and found["since"] == "2026-11-23"
    assert found["photo"]["name"] == "漏水.jpg"  # type: ignore[index]
    assert [it["name"] for it in rounds.revisions("李梅", "rounds")[-1].attachments or []] == ["记录.pdf"]


def test_a_photo_is_taken_away_on_the_page_or_in_the_chat(rounds: World) -> None:
    device = open_page(rounds)
    device.leave(seen=["a"])
    device.send("a.jpg", "photo")
    device.press("remove", "photo")
    assert "照片" in rounds.last("李梅").text
    rounds.sends("李梅", "b.jpg")  # the chat asks for it again, and takes it
    device.open()
    assert [it.file["name"] for it in device.page.asks if it.file] == ["b.jpg"]
    device.send("more.jpg", "", data=b"2")
    device.press("drop_file", device.page.files[0]["digest"])
    assert device.page.files == []


def test_a_photo_sent_in_the_chat_meanwhile_is_looked_at_before_the_page_files(rounds: World) -> None:
    device = open_page(rounds)
    device.leave(people="2")
    device.open()
    other = open_page(rounds)
    other.send("x.jpg", "", data=b"3")
    assert "文件已在别处修改" in (device.press("submit") or "")
    assert "已收到" in (device.press("submit") or "")
    assert len(rounds.revisions("李梅", "rounds")[-1].attachments or []) == 1
