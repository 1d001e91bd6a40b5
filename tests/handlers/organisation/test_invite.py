"""Codes with which people come in."""

import pytest

from models.core.database import Database
from models.messaging import enrolment_links
from tests.support.world import ROSTER, World


def test_leads_invite_their_own_people(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER.replace("1004,张伟,区局/防疫专班,,,,\n", ""), enrolled="1002 1003 1007")
    world.assign()
    said = world.says("王建国", "/invite 1005")
    assert "1005 李梅" in said
    code = said.rstrip().rpartition(" ")[2]
    world.says("1005", f"/start {code}")
    assert "李梅" in world.chat("李梅")[0].text
    assert "不在您负责的单位里" in world.says("王建国", "/invite 1008")
    assert "没有自己的会话" in world.says("王建国", "/invite 2001")
    assert "未开通的人：" in world.says("王建国", "邀请")
    assert "区局/一站 2" in world.last("王建国").text
    world.taps("王建国", "一站 2")
    assert "给未开通的2人发邀请码" in world.last("王建国").text
    world.taps("王建国", "确认")
    assert "1004 张伟" in world.chat("王建国")[-2].text
    assert "可打印" in world.last("王建国").text
    assert "1006 Ann Lee" in world.chat("王建国")[-2].text
    assert "邀请码" not in world.says("李梅", "/invite 1004")


@pytest.mark.sqlite
def test_the_number_on_a_button_is_the_number_of_codes(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1002")
    world.says("周敏", "/invite")
    assert "区局 7" in world.last("周敏").labels
    world.taps("周敏", "区局 7")
    assert "7人" in world.last("周敏").text


@pytest.mark.sqlite
def test_whom_to_invite_is_asked_for(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1002")
    world.says("周敏", "/invite")
    world.taps("周敏", "按姓名")
    assert "1005 李梅" in world.says("周敏", "李梅")


@pytest.mark.sqlite
def test_an_invitation_says_what_and_where(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1002")
    said = world.says("周敏", "/invite 1005")
    assert "区局每日报告：每天一问" in said
    assert "程序连上机器人后" in said
    with database.writing() as session:
        enrolment_links.put(session, "web", "http://127.0.0.1:8086/")
    said = world.says("周敏", "/invite 1005")
    assert "http://127.0.0.1:8086/" in said
    assert "只能在运行本程序的电脑上打开" in said
    with database.writing() as session:
        enrolment_links.put(session, "telegram", "https://t.me/bot?start={code}")
    world.says("周敏", "/invite 1005")
    assert "https://t.me/bot?start=" in world.chat("周敏")[-2].text
    assert "127.0.0.1" not in world.chat("周敏")[-2].text
