"""What a real channel brings: files that lie elsewhere, accounts that are vouched for, edited answers, menus, links."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from handlers.core.incoming import Event, Remote
from models.changes import roster_import
from models.conversations import answered_messages
from models.core.database import Database
from models.files import downloads
from models.files.blobs import Blob
from models.files.downloads import RemoteFile
from models.messaging import addresses, cards, command_menus, contents, delivery_queue, enrolment, enrolment_links
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.command_menus import Menu
from models.messaging.slots import Slot, Subject
from models.organisation import people
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
LINK = "https://t.me/zero_bot?start={code}"


# vouched


def _opens(world: World, account: str, text: str = "你好", channel: str = "wecom") -> list[str]:
    """Somebody whom the platform vouches for writes; what they are then told."""
    made = world.incoming("stranger", text=text)
    world.hand_in(replace(made, channel=channel, account=account, chat=account, private=True, vouched=account))
    return _wanted(world, account, channel)


def _wanted(world: World, chat: str, *channels: str) -> list[str]:
    """What a chat is told, on the channels where nobody delivers in these tests."""
    with world.database.reading() as session:
        query = (
            select(contents.StoredContent)
            .join(cards.Card, col(cards.Card.wanted_id) == col(contents.StoredContent.id))
            .join(Address)
            .where(Address.chat == chat, col(Address.channel).in_(channels))
        )
        found = session.exec(query.order_by(col(cards.Card.id))).all()
    return [w.content.text for w in found]


def test_a_vouched_account_is_enrolled_by_its_staff_number_and_asked_at_once(world: World) -> None:
    welcome, prompt = _opens(world, "1005")
    assert "李梅" in welcome and "您的回答只有负责人和管理员看得到" in welcome
    assert "请于10:00前报送" in prompt
    assert len(_opens(world, "1005", "帮助")) == 3, "the second time they are known"


def test_who_opens_the_app_is_enrolled_before_they_say_anything(world: World) -> None:
    for account in ("1005", "nobody"):
        made = replace(world.incoming(account, event=Event.BACK), channel="wecom", vouched=account)
        for n in range(2):
            world.hand_in(replace(made, update=f"{account} {n}"))
    assert "李梅" in _wanted(world, "1005", "wecom")[0]
    assert len(_wanted(world, "1005", "wecom")) == 2, "who only comes back is told nothing"
    assert len(_wanted(world, "nobody", "wecom")) == 1


def test_the_rosters_account_goes_before_the_staff_number_in_any_case(world: World) -> None:
    roster = "工号,姓名,单位,企业微信账号\n1008,钱丽,区局/二站,LiMei\n1005,李梅,区局/一站,qian\n"
    with world.database.writing() as session:
        roster_import.take(session, roster_import.read(roster.encode()))
    assert "钱丽" in _opens(world, "limei")[0]
    assert "名册里还没有您" in _opens(world, "1005")[0], "the roster says that 1005 is called otherwise there"


def test_whom_nobody_knows_who_left_and_wards_get_the_polite_line_once_an_hour(world: World) -> None:
    with world.database.writing() as session:
        person = people.find_person(session, "李梅")
        person.left_on = world.clock.now().date()
        session.add(person)
    for account in ("nobody", "1005", "2001"):
        for _ in range(2):
            told = _opens(world, account)
        assert [t for t in told if "名册里还没有您" in t] == told
        assert len(told) == 1, account


def test_a_stranger_is_told_once_an_hour_on_each_channel(world: World) -> None:
    for channel in ("web", "telegram"):
        for _ in range(2):
            world.hand_in(replace(world.incoming("stranger", text="你好"), channel=channel))
    assert len(_wanted(world, "stranger", "web", "telegram")) == 2


def test_five_wrong_codes_lock_an_account_of_one_channel_for_an_hour(world: World) -> None:
    def tries(channel: str, code: str) -> str:
        world.hand_in(replace(world.incoming("stranger", text=f"/start {code}"), channel=channel))
        return _wanted(world, "stranger", channel)[-1]

    with world.database.writing() as session:
        code = enrolment.invite(session, people.find_person(session, "李梅"), world.clock.now())
    for n in range(5):
        tries("telegram", f"WRONG{n}")
    assert tries("telegram", code) == tries("telegram", "WRONG"), "locked, whatever the code"
    with world.database.reading() as session:
        assert addresses.who(session, "telegram", "stranger") is None
    assert "李梅" in "".join(_after(world, "web", code))


def _after(world: World, channel: str, code: str) -> list[str]:
    world.hand_in(replace(world.incoming("stranger", text=f"/start {code}"), channel=channel))
    return _wanted(world, "stranger", channel)


# remote files


def _rows(world: World) -> list[RemoteFile]:
    with world.database.reading() as session:
        return list(session.exec(select(RemoteFile)).all())


def test_a_file_that_lies_elsewhere_is_noted_with_its_message(world: World) -> None:
    remote = Remote("ref", "名册.csv", "text/csv", 100)
    world.hand_in(world.incoming("周敏", remote=remote, text="caption", update="77"))
    world.hand_in(world.incoming("周敏", remote=remote, text="caption", update="77"))
    (row,) = _rows(world)
    assert (row.reference, row.name, row.text, row.account, row.update) == ("ref", "名册.csv", "caption", "1002", "77")
    assert "ref" not in repr(row)


def test_files_of_strangers_in_groups_and_too_large_ones_are_not_fetched(world: World) -> None:
    world.hand_in(world.incoming("stranger", remote=Remote("a", "a.csv", "text/csv")))
    world.hand_in(world.incoming("周敏", remote=Remote("a", "a.csv", "text/csv"), chat="group 一站"))
    world.hand_in(world.incoming("周敏", remote=Remote("a", "大.zip", "application/zip", downloads.LARGEST + 1)))
    assert not _rows(world)
    assert "“大.zip”超过10 MB" in world.last("周敏").text


# edits


def _edits(world: World, who: str, message: str, text: str) -> None:
    world.hand_in(world.incoming(who, text=text, message=message, edited=True))


@pytest.fixture
def filling(world: World) -> World:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5", message="m1")
    return world


def test_an_edited_message_replaces_the_answer_it_gave(filling: World) -> None:
    _edits(filling, "李梅", "m1", "38.2")
    assert "接触史" in filling.last("李梅").text, "the form stays where it was"
    filling.taps("李梅", "无")
    filling.taps("李梅", "跳过")
    assert "38.2" in filling.last("李梅").text
    _edits(filling, "李梅", "m1", "36.9")
    assert "36.9" in filling.last("李梅").text
    filling.taps("李梅", "提交")
    assert filling.revisions("李梅")[-1].answers == {"temperature": 36.9, "contact": "no"}


def test_an_edit_that_is_wrong_says_so_and_keeps_the_answer(filling: World) -> None:
    _edits(filling, "李梅", "m1", "三十七")
    assert "“三十七”我没看懂" in filling.last("李梅").text
    assert "36.5" in filling.last("李梅").text
    _edits(filling, "李梅", "m1", "37")
    assert "接触史" in filling.last("李梅").text


def test_a_wrong_answer_can_be_put_right_by_editing_it(world: World) -> None:
    world.taps("李梅", "有情况")
    assert "我没看懂" in world.says("李梅", "三十七", message="m1")
    _edits(world, "李梅", "m1", "37")
    assert "接触史" in world.last("李梅").text


def test_an_edit_after_filing_names_the_button_that_changes_the_report(filling: World) -> None:
    filling.taps("李梅", "无")
    filling.taps("李梅", "跳过")
    filling.taps("李梅", "提交")
    before = filling.records()
    _edits(filling, "李梅", "m1", "40")
    assert filling.records() == before
    assert "要改请点下面的“修改”" in filling.chat("李梅")[-2].text
    assert "✏️ 修改" in filling.last("李梅").labels


def test_any_other_edit_is_ignored_in_silence(filling: World) -> None:
    before, phone = filling.records(), [b.text for b in filling.chat("李梅")]
    _edits(filling, "李梅", "m0", "零报告")
    _edits(filling, "王建国", "m1", "38")
    filling.hand_in(filling.incoming("李梅", text="38", message="m1", edited=True, chat="group 一站"))
    assert (filling.records(), [b.text for b in filling.chat("李梅")]) == (before, phone)


def test_what_was_said_is_forgotten_after_days(filling: World) -> None:
    filling.clock.at += answered_messages.KEPT * 2
    filling.desk.transact(answered_messages.forget)
    with filling.database.reading() as session:
        assert not session.exec(select(answered_messages.AnsweredMessage)).all()


# menus


def _stale(world: World) -> dict[str, tuple[str, str]]:
    with world.database.reading() as session:
        return {a.chat: (role, locale) for a, role, locale in command_menus.stale(session, "web", 100)}


def _nightly(world: World) -> None:
    day = world.clock.now().date()
    world.desk.transact(lambda session, now: command_menus.refresh(session, "zh_CN", day))


def test_only_chats_with_another_menu_than_everybodys_are_told_to_the_channel(world: World) -> None:
    _nightly(world)
    assert _stale(world) == {
        "1001": ("lead", "zh_CN"), "1002": ("admin", "zh_CN"), "1003": ("lead", "zh_CN"), "1006": ("member", "en"),
        "1007": ("lead", "zh_CN"),
    }  # fmt: skip
    with world.database.writing() as session:
        for address, role, locale in command_menus.stale(session, "web", 2):
            command_menus.shown(session, address.id, role, locale)
    assert set(_stale(world)) == {"1003", "1006", "1007"}


def _show_all(world: World) -> None:
    _nightly(world)
    with world.database.writing() as session:
        for address, role, locale in command_menus.stale(session, "web", 100):
            command_menus.shown(session, address.id, role, locale)


def test_a_new_role_a_lost_one_a_deputy_and_a_language_change_the_menu(world: World) -> None:
    _show_all(world)
    world.says("周敏", "/people role 1005 lead 今天")
    world.taps("周敏", "确认")
    world.says("周敏", "/people role 1007 member 今天")
    world.taps("周敏", "确认")
    assert _stale(world) == {"1005": ("lead", "zh_CN"), "1007": ("member", "zh_CN")}
    world.says("钱丽", "/language en")
    assert _stale(world)["1008"] == ("member", "en")
    world.says("王建国", "/deputy 1004 11-23 11-24")
    assert _stale(world)["1004"] == ("lead", "zh_CN")
    world.clock.at += timedelta(days=3)
    _nightly(world)
    with world.database.reading() as session:
        held = session.exec(select(Menu).join(Address).where(Address.chat == "1004")).one()
        assert held.role == "member"


def test_an_old_account_and_one_out_of_reach_have_no_leads_menu(world: World) -> None:
    _show_all(world)
    with world.database.writing() as session:
        lead = people.find_person(session, "王建国")
        enrolment.enrol(session, lead, "web", "new", "new", world.clock.now())
        zhao = session.exec(select(Address).where(Address.chat == "1007")).one()
        zhao.reach = "unreachable"
        session.add(zhao)
    world.hand_in(replace(world.incoming("王建国", text="/start"), account="new", chat="new"))
    assert _stale(world) == {"1003": ("member", "zh_CN"), "new": ("lead", "zh_CN")}


# links


@pytest.fixture
def linked(database: Database) -> World:
    made = World(database)
    with database.writing() as session:
        enrolment_links.put(session, "telegram", LINK)
    made.organisation(enrolled="1002 1003")
    return made


def _data(world: World, who: str) -> tuple[str, bytes]:
    file = world.last(who).content.file
    assert file
    with world.database.reading() as session:
        return file.mime, session.get_one(Blob, file.digest).data


def test_one_persons_code_comes_with_its_link_and_a_picture(linked: World) -> None:
    linked.says("王建国", "/invite 李梅")
    text = linked.chat("王建国")[-2].text
    code = linked.chat("王建国")[-2].content.text.split("<code>")[1].split("<")[0]
    assert f"https://t.me/zero_bot?start={code}" in text
    assert "有效" in text
    mime, data = _data(linked, "王建国")
    assert mime == "image/png"
    assert data.startswith(b"\x89PNG")


def test_several_peoples_codes_come_with_a_sheet_to_print(linked: World) -> None:
    with linked.database.writing() as session:
        people.find_person(session, "李梅").name = "<b>李梅"
    linked.says("王建国", "/invite 1005 1006")
    mime, data = _data(linked, "王建国")
    page = data.decode()
    assert mime == "text/html"
    assert page.count("<svg") == 2
    assert page.count("https://t.me/zero_bot?start=") == 2
    assert "&lt;b&gt;李梅" in page and "<b>李梅" not in page


def test_without_a_link_there_is_the_code_alone(world: World) -> None:
    world.says("王建国", "/invite 李梅")
    assert world.last("王建国").content.file is None
    assert "http" not in world.last("王建国").text


# undelivered


def test_what_was_not_delivered_is_told_by_channel_and_reason_and_not_for_ever(world: World) -> None:
    world.set_defaults(undelivered_after=30)
    with world.database.writing() as session:
        now = world.clock.now()
        lost = session.exec(select(Address).where(Address.chat == "1005")).one()
        other = Address(channel="telegram", account="9", chat="9", since=now, used_at=now, person_id=lost.person_id)
        session.add(other)
        session.flush()
        for n in range(2):
            made = cards.want(session, Slot.of(Subject.REPLY, other, n), Kind.NOTICE, contents.Content(f"{n}"), now)
            delivery_queue.set_aside(session, made, "403 blocked")
        cards.want(session, Slot.of(Subject.REPLY, other, 3), Kind.NOTICE, contents.Content("3"), now)
    assert "消息全部送达" in world.says("周敏", "/system")
    world.at("8:30")
    said_ = world.says("周敏", "/system")
    assert "2 × Telegram：403 blocked" in said_ and "1 × Telegram：" in said_
    world.at("20:01")
    assert "未送达：2（Telegram，403 blocked）" in next(b.text for b in world.chat("周敏")[::-1] if "未送达" in b.text)
    world.at("20:01", world.clock.now().date() + timedelta(days=1))
    assert "403" not in world.says("周敏", "/system"), "what was given up was told once"
