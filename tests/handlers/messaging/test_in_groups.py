"""What is typed, tapped and sent in groups: nothing that is anybody's own is ever said there."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from handlers.core.incoming import Event, Location
from handlers.core.router import Command
from handlers.registry import ROUTES
from models.core.audit import AuditEntry
from models.core.errors import Refusal
from models.messaging import addresses, cards, enrolment, groups
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.contents import Content
from models.messaging.enrolment import Invite
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from tests.support.admins import invite
from tests.support.world import ROSTER, World

GROUP = "group 一站"
MEMBER, LEAD, SUB_ADMIN, ADMIN, STRANGER = "李梅", "王建国", "冯静", "周敏", "stranger"
EVERYBODY = (STRANGER, MEMBER, LEAD, SUB_ADMIN, ADMIN)


def begin(world: World) -> None:
    world.organisation(ROSTER + "1012,冯静,区局/一站,admin,,,\n")
    world.assign()
    world.at("7:30")


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def _homes(world: World) -> set[tuple[str, str, int | None]]:
    """Return which chats are whose."""
    with world.database.reading() as session:
        return {(a.account, a.chat, a.person_id) for a in session.exec(select(Address)).all() if a.person_id}


ANSWERED = "已私信回复。"


def _said(world: World, chat: str = GROUP) -> list[str]:
    return [b.text for b in world.phones.get(chat, [])]


def _names(world: World) -> set[str]:
    with world.database.reading() as session:
        return {w for p in session.exec(select(Person)).all() for w in (p.name, p.staff_no)}


WRITTEN = (
    "/start {}",
    "/start@zero_bot {}",
    "{}",
    "开通码是 {}。",
    "https://t.me/zero_bot?start={}",
    "／开始 {}",
    "({})",
)


@pytest.mark.parametrize("words", WRITTEN)
def test_a_code_in_a_group_enrols_nobody_and_ends_and_both_are_told_in_private(world: World, words: str) -> None:
    before, code = _homes(world), invite(world, "张伟")
    world.hand_in(world.incoming(MEMBER, text=words.format(code.lower()), chat=GROUP, title="一站群"))
    assert _homes(world) == before, "no chat became another's"
    assert _said(world) == ["刚才发到群里的开通码已作废：开通码只能在与我的单独聊天中发送。请向负责人索取新的开通码。"]
    for who in ("张伟", MEMBER, ADMIN, SUB_ADMIN):
        assert "开通码被发到了群里，已作废" in world.last(who).text.replace("的开通码", "开通码"), who
    assert "钱丽" not in "".join(_said(world))
    world.says("phone-new", f"/start {code}")
    assert _homes(world) == before, "the code is spent"
    with world.database.reading() as session:
        assert session.exec(select(AuditEntry.about).where(AuditEntry.what == "code shown")).all() == ["1004"]


@pytest.mark.parametrize("who", EVERYBODY)
def test_whoever_shows_a_code_in_whatever_form_of_message_ends_it(world: World, who: str) -> None:
    before = _homes(world)
    for what in ({"edited": True, "message": "7"}, {"file": "caption"}, {"chat": f"{GROUP}/7"}, {"chat": "-100"}):
        code = invite(world, "张伟")
        if "file" in what:
            world.sends(who, "slip.jpg", caption=f"扫码 {code}", chat=GROUP)
        else:
            world.hand_in(world.incoming(who, **{"text": f"给张伟 {code}", "chat": GROUP} | what))
        with world.database.reading() as session:
            assert all(i.used_at for i in session.exec(select(Invite)).all()), what
        assert code not in "".join(_said(world))
    assert _homes(world) == before


def test_words_and_numbers_in_a_group_are_no_codes_and_no_news(world: World) -> None:
    before = world.records()
    for words in ("STANDARD", "22334455", "AB23CD45", "大家好", "GREATEST 23456789"):
        world.hand_in(world.incoming(MEMBER, text=words, chat=GROUP))
    assert (_said(world), world.records()) == ([], before)


def test_start_in_a_group_moves_nobodys_chat(world: World) -> None:
    """The finding: what came after it stood in the group."""
    before = _homes(world)
    for who in EVERYBODY:
        for words in ("/start", "/start WRONGONE", "/start 1", f"/start {'A2' * 4}"):
            world.hand_in(world.incoming(who, text=words, chat=GROUP))
    assert _homes(world) == before
    world.says(LEAD, "/team", chat=GROUP)
    world.says(LEAD, "/invite 李梅", chat=GROUP)
    assert "李梅" in "".join(b.text for b in world.chat(LEAD)[-3:])
    assert all("单独聊天" in text or text == ANSWERED for text in _said(world))


@pytest.mark.parametrize("command", ROUTES.commands, ids=lambda c: c.name)
def test_every_command_of_everybody_in_a_group_is_answered_in_private(world: World, command: Command) -> None:
    for who in EVERYBODY:
        for words in (f"/{command.name}", f"/{command.word} 李梅", f"/{command.name}@zero_bot 1005"):
            world.hand_in(world.incoming(who, text=words, chat=GROUP))
    said = "".join(_said(world))
    assert not [name for name in _names(world) if name in said], said
    assert len(_said(world)) <= 2, "a stranger's commands get one line an hour, those that were answered another"


def test_every_button_tapped_by_everybody_in_a_group_says_nothing_there(world: World) -> None:
    world.says(MEMBER, "/leave 12-01 12-02 手术")
    for action in ROUTES.buttons:  # those of one button in one transaction: they are thousands
        values = ("1", "1.1", "1.1.1", "1.1.1.1", "5", "5.1")
        taps = [
            world.incoming(who, data=f"{action}.{it}", chat=GROUP, message="1") for who in EVERYBODY for it in values
        ]
        world.desk.transact(lambda session, now, taps=taps: [world.desk.handle(session, now, it) for it in taps])  # type: ignore[misc]
        world.deliver()
    assert not [text for text in _said(world) if any(name in text for name in _names(world))]


def test_files_places_and_events_in_a_group_say_nothing_there_and_change_nobody(world: World) -> None:
    before = _homes(world)
    for who in EVERYBODY:
        world.sends(who, "roster.csv", "text/csv", "名单", b"staff_no,name,unit\n1,a,b\n", chat=GROUP)
        world.hand_in(world.incoming(who, location=Location(31.2, 121.4), chat=GROUP))
        for event in Event:
            told = world.incoming(who, event=event, chat="-200", title="群", moved_to="-201", vouched=world.number(who))
            world.hand_in(told)
    assert (_said(world), _homes(world)) == ([], before)
    with world.database.reading() as session:
        assert addresses.reachable(session, people.find_person(session, MEMBER)), "a group's event ends no private chat"


def test_who_has_no_private_chat_gets_one_line_in_the_group_each_hour(world: World) -> None:
    for words in ("/team", "/status", "/help"):
        world.hand_in(world.incoming(STRANGER, text=words, chat=GROUP))
    assert len(_said(world)) == 1 and "单独聊天" in _said(world)[0]
    world.hand_in(world.incoming(MEMBER, event=Event.BLOCKED))
    world.clock.at = world.local("9:05")
    world.hand_in(world.incoming(MEMBER, text="/status", chat=GROUP))
    assert len(_said(world)) == 2


def test_a_person_is_enrolled_in_no_chat_but_their_own(world: World) -> None:
    with world.database.writing() as session:
        person, now = people.find_person(session, MEMBER), world.clock.now()
        for account, chat in (("1005", GROUP), ("1005", "-100"), ("100", "1005"), (GROUP, GROUP)):
            with pytest.raises(Refusal) as refused, session.begin_nested():
                enrolment.enrol(session, person, "web", account, chat, now)
            assert refused.value.key == "addresses.group"
        enrolment.enrol(session, person, "telegram", "77", "77/3", now)  # a topic of the private chat


@pytest.mark.parametrize("change", [{"chat": "-100"}, {"unit_id": 1}, {"title": "群"}, {"account": "-100"}])
def test_the_database_takes_no_group_for_a_persons_chat(world: World, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), world.database.writing() as session:
        address = session.exec(select(Address).where(Address.chat == "1005")).one()
        for name, value in change.items():
            setattr(address, name, value)
        session.add(address)


def test_a_group_that_moves_takes_no_persons_chat_along(world: World) -> None:
    world.says(STRANGER, "你好")
    before = _homes(world)
    with world.database.writing() as session:
        for chat in ("1005", STRANGER):
            groups.move(session, "web", chat, "-300")
    assert _homes(world) == before
    with world.database.reading() as session:
        assert not session.exec(select(Address).where(col(Address.chat).startswith("-300"))).all()


def test_what_is_somebodys_own_is_wanted_at_no_group_and_a_groups_at_no_person(world: World) -> None:
    with world.database.writing() as session:
        group = session.exec(select(Address).where(Address.chat == GROUP)).one()
        own = session.exec(select(Address).where(Address.chat == "1005")).one()
        for kind in Kind:
            with pytest.raises(ValueError, match="not for the chat"):
                at = own if kind in cards.IN_GROUPS else group
                cards.want(session, Slot.of(Subject.REPLY, at, kind), kind, Content("x"), world.clock.now())


def test_a_private_chat_that_is_told_as_a_group_is_none(world: World) -> None:
    """Whatever a channel says of a chat, enrolling looks at the chat itself."""
    before = _homes(world)
    forged = replace(world.incoming("phone-x", text=f"/start {invite(world, '张伟')}"), chat="-100", private=True)
    world.hand_in(forged)
    assert _homes(world) == before


def test_the_desks_door_lets_a_strangers_code_in_a_group_in_to_be_ended(world: World) -> None:
    """Among what strangers send in groups, which is left out before anything is handled."""
    code = invite(world, "张伟")
    batch = [world.incoming(f"x{n}", text="早上好", chat=GROUP) for n in range(5)]
    asyncio.run(world.desk.take([*batch, world.incoming(STRANGER, text=f"码是 {code}", chat=GROUP)]))
    world.deliver()
    assert ["已作废" in text for text in _said(world)] == [True]
    asyncio.run(world.desk.take([world.incoming(STRANGER, text="/team", chat=GROUP)]))
    world.deliver()
    assert "单独聊天" in _said(world)[-1]


ANONYMOUS = "以群组或频道的名义发言，看不出是谁。请在您的管理员权限中关闭“保持匿名”，再发一次。"


def _anonymous(world: World, text: str, chat: str = GROUP) -> None:
    incoming = world.incoming("nobody", text=text, chat=chat, title="一站群", anonymous=True)
    world.hand_in(replace(incoming, account=chat))


@pytest.mark.parametrize("chat", [GROUP, "a group nobody spoke of"])
def test_an_anonymous_admins_command_gets_one_line_an_hour_and_changes_nothing(world: World, chat: str) -> None:
    for text in ("/bind 区局/一站", "/bind", "/汇总", "/zero"):
        _anonymous(world, text, chat)
    assert [b.text for b in world.phones[chat]] == [ANONYMOUS]
    _anonymous(world, "/nothing_of_ours", chat)
    with world.database.reading() as session:
        assert not [g for g in groups.bindable(session, None) if g.chat == chat], "anybody may open groups"
    world.at("9:00")
    _anonymous(world, "/bind 区局/一站", chat)
    assert [b.text for b in world.phones[chat] if b.text == ANONYMOUS] == [ANONYMOUS] * 2


def test_who_is_no_longer_anonymous_binds_the_group(world: World) -> None:
    _anonymous(world, "/bind 区局/一站", "new group")
    world.says(ADMIN, "/bind 区局/一站", chat="new group", title="一站群")
    assert world.last("new group").text == "本群从现在起接收区局/一站的汇总。"
