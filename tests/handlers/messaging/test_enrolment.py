"""First contact, a new phone, strangers, and what a person may set for themselves."""

from datetime import UTC, date, timedelta

import pytest
from sqlmodel import select

from models.core.audit import AuditEntry
from models.core.errors import Refusal
from models.messaging import addresses
from models.messaging.addresses import Address
from models.messaging.enrolment import Invite
from models.organisation import people
from tests.support.admins import invite
from tests.support.world import World


def begin(world: World) -> None:
    world.organisation(enrolled="1001 1003")
    world.assign()
    world.at("7:30")


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def _phone(world: World, phone: str) -> list[str]:
    return [b.text for b in world.phones.get(phone, [])]


def test_a_code_opens_the_chat_with_the_privacy_notice_and_todays_question(world: World) -> None:
    code = invite(world, "张伟")
    world.says("phone-a", f"/start {code.lower()}")
    welcome, question, wards = world.phones["phone-a"]
    assert "张伟" in welcome.text and "区局/一站" in welcome.text
    assert "刘大爷、孙阿姨" in welcome.text
    assert "您的回答和电话仅负责人和管理员可见，群内只显示数字。" in welcome.text
    assert "请于10:00前报送" in question.text
    assert wards.kind == "wards"
    assert "已收到" in (world.forges("phone-a", question.content.buttons[0][0].data) or "")
    assert world.report("张伟").state == "zero"


def test_past_midnight_the_welcome_knows_who_is_there_today_by_the_house_and_not_by_utc(world: World) -> None:
    with world.database.writing() as session:
        people.find_person(session, "2001").left_on = date(2026, 11, 24)
    world.says("phone-a", f"/start {invite(world, '张伟')}")
    assert "刘大爷、孙阿姨" in world.phones["phone-a"][0].text
    world.at("0:30", date(2026, 11, 24))
    world.clock.at = world.clock.at.astimezone(UTC)  # as the program's own clock tells it
    world.says("phone-b", f"/start {invite(world, '张伟')}")
    assert "孙阿姨" in world.phones["phone-b"][0].text
    assert "刘大爷" not in world.phones["phone-b"][0].text


def test_a_code_works_once(world: World) -> None:
    code = invite(world, "张伟")
    world.says("phone-a", f"/start {code}")
    world.says("phone-b", f"/start {code}")
    assert "请向负责人索取新的开通码" in _phone(world, "phone-b")[-1]
    with world.database.reading() as session:
        found = addresses.who(session, "web", "phone-b")
        assert found is None
        assert session.exec(select(Invite)).one().used_at


def test_a_newer_code_ends_the_older_and_none_lasts_for_ever(world: World) -> None:
    old, new = invite(world, "张伟"), invite(world, "张伟")
    world.says("phone-a", f"/start {old}")
    assert "phone-a" not in _enrolled(world)
    world.clock.at += timedelta(days=15)
    world.says("phone-a", f"/start {new}")
    assert "phone-a" not in _enrolled(world)


def _enrolled(world: World) -> set[str]:
    with world.database.reading() as session:
        return {
            a.account for a in session.exec(select(Address).where(Address.reach == "reachable")).all() if a.person_id
        }


def test_five_wrong_codes_lock_the_account_for_an_hour(world: World) -> None:
    code = invite(world, "张伟")
    for _ in range(5):
        world.says("phone-x", "/start WRONGONE")
        assert "已使用或已过期" in _phone(world, "phone-x")[-1]
    world.says("phone-x", f"/start {code}")
    assert "一小时" in _phone(world, "phone-x")[-1]
    assert "phone-x" not in _enrolled(world)
    # it is the account that waits, not the person
    world.says("phone-y", f"/start {code}")
    assert "phone-y" in _enrolled(world)
    world.clock.at += timedelta(minutes=61)
    world.says("phone-x", f"/start {invite(world, '李梅')}")
    assert "phone-x" in _enrolled(world)


def test_a_stranger_is_told_once_an_hour_how_to_take_part(world: World) -> None:
    for words in ("你好", "零报告", "/team", "有人吗"):
        world.says("stranger", words)
    world.forges("stranger", "report.zero.1")
    assert len(_phone(world, "stranger")) == 1
    assert "开通码" in _phone(world, "stranger")[0]
    world.clock.at += timedelta(minutes=61)
    world.says("stranger", "你好")
    assert len(_phone(world, "stranger")) == 2


def test_a_strangers_words_in_a_group_are_nobodys_business_and_their_commands_get_one_line(world: World) -> None:
    world.hand_in(world.incoming("stranger", text="早上好", chat="group 一站"))
    assert world.chat("group 一站") == []
    world.hand_in(world.incoming("stranger", text="/team", chat="group 一站"))
    world.hand_in(world.incoming("stranger", text="/start CODE", chat="group 一站"))
    assert "stranger" not in world.phones
    assert [b.text for b in world.chat("group 一站")] == [
        "请在与我的单独聊天中查看：打开聊天并点“开始”。尚未开通的，请向负责人索取开通码。"
    ]


def test_a_second_phone_retires_the_first_and_tells_both_and_the_lead(world: World) -> None:
    world.says("phone-a", f"/start {invite(world, '张伟')}")
    world.says("phone-b", f"/start {invite(world, '张伟')}")
    assert "已换用新账号，本账号停用" in _phone(world, "phone-a")[-1]
    assert "张伟换了新账号" in world.last("王建国").text
    assert "张伟" in _phone(world, "phone-b")[0]
    assert _enrolled(world) == {"1001", "1003", "phone-b"}
    before = world.records()
    world.says("phone-a", "零报告")
    assert world.records() == before
    world.says("phone-b", "零报告")
    assert world.report("张伟").state == "zero"
    with world.database.reading() as session:
        assert [c.about for c in session.exec(select(AuditEntry).where(AuditEntry.what == "enrol")).all()] == [
            "1004",
            "1004",
        ]


def test_the_same_phone_again_is_no_new_phone(world: World) -> None:
    world.says("phone-a", f"/start {invite(world, '张伟')}")
    told = len(world.chat("王建国"))
    world.says("phone-a", f"/start {invite(world, '张伟')}")
    assert len(world.chat("王建国")) == told
    assert "phone-a" in _enrolled(world)


def test_a_phone_handed_on_speaks_for_its_new_owner_only(world: World) -> None:
    world.says("phone-a", f"/start {invite(world, '张伟')}")
    world.says("phone-a", f"/start {invite(world, '李梅')}")
    world.says("phone-a", "零报告")
    assert world.report("李梅").state == "zero"
    assert world.report("张伟").state == "due"


def test_a_ward_cannot_be_invited(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        invite(world, "刘大爷")
    assert refused.value.key == "addresses.ward_invited"


def test_who_left_cannot_be_invited(world: World) -> None:
    with world.database.writing() as session:
        person = people.find_person(session, "李梅")
        person.left_on = world.clock.now().date()
        session.add(person)
    with pytest.raises(Refusal) as refused:
        invite(world, "李梅")
    assert refused.value.key == "addresses.left"


def test_somebody_who_starts_again_is_shown_todays_question(world: World) -> None:
    world.says("王建国", "/start")
    assert "王建国，您好" in world.chat("王建国")[-2].text
    assert "请于10:00前报送" in world.last("王建国").text
    assert len([b for b in world.chat("王建国") if b.kind == "ask"]) == 1


def test_language_by_word_by_button_and_an_unknown_one(world: World) -> None:
    world.says("王建国", "语言")
    assert world.taps("王建国", "English") == "Language set to English."
    assert world.last("王建国").text.startswith("[Daily health]"), "what is still owed is asked for anew"
    assert "Sorry, I didn’t get" in world.says("王建国", "hum")
    world.says("王建国", "/language 中文")
    assert any(b.text == "语言已设为中文。" for b in world.chat("王建国"))
    assert world.last("王建国").text.startswith("【每日健康】")
    assert "暂不支持“法语”" in world.says("王建国", "/language 法语")


def test_status_shows_the_day_and_what_is_open_below(world: World) -> None:
    world.says("王建国", "我的")
    assert "未报，10:00截止" in world.chat("王建国")[-2].text
    assert world.last("王建国").labels[0] == "✅ 零报告·无情况"
    world.taps("王建国", "零报告", world.last("王建国"))
    receipt = world.report("王建国").receipt
    assert f"07:30零报告，回执{receipt}" in world.says("王建国", "我的")


def test_help_shows_only_what_the_role_can_do(world: World) -> None:
    lead = world.says("王建国", "帮助")
    world.says("phone-a", f"/start {invite(world, '李梅')}")
    world.says("phone-a", "帮助")
    member = _phone(world, "phone-a")[-1]
    for command in ("/zero", "/report", "/status", "/language", "/help"):
        assert command in lead and command in member, command
    for command in ("/team", "/urge", "/signoff", "/summary", "/export"):
        assert command in lead and command not in member, command
    assert "/people" not in lead
