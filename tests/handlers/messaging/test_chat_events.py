"""What happens to chats: blocked and back, two addresses, groups that come, move and go."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlmodel import col, select

from handlers.core.incoming import Event, Incoming
from handlers.messaging import reachability
from models.core.audit import AuditEntry
from models.messaging import enrolment, groups
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.organisation import people, units
from models.organisation.people import Person
from models.organisation.units import Unit
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
GROUP = "-100"
WELCOME = "存什么、谁能看"


def _happens(world: World, event: Event, who: str, **what: object) -> None:
    world.hand_in(world.incoming(who, event=event, **what))


def _lose(world: World, chat: str) -> None:
    """Delivery finds that this chat takes nothing any more."""
    with world.database.writing() as session:
        address = session.exec(select(Address).where(Address.chat == chat)).one()
        reachability.lost(world.desk.context(session, world.clock.now()), address)
    world.deliver()


@contextmanager
def _undelivered(world: World) -> Iterator[None]:
    """What is wanted in here has not been sent yet."""
    deliver, world.deliver = world.deliver, lambda: None  # type: ignore[method-assign]
    yield
    world.deliver = deliver  # type: ignore[method-assign]


def _second(world: World, who: str, chat: str) -> None:
    """Another address of the same person on another channel, which the town delivers to as well."""
    with world.database.writing() as session:
        person = people.find_person(session, who)
        now = world.clock.now()
        session.add(Address(channel="web", account=chat, chat=chat, person_id=person.id, since=now, used_at=now))


def _address(world: World, chat: str) -> Address:
    with world.database.reading() as session:
        return session.exec(select(Address).where(Address.chat == chat)).one()


def test_who_blocks_the_bot_is_unreachable_at_once_and_is_reminded_no_more(world: World) -> None:
    _happens(world, Event.BLOCKED, "李梅")
    before = len(world.phones["1005"])
    world.at("9:35")
    assert len(world.phones["1005"]) == before
    assert "联系不上1：李梅" in world.says("王建国", "进度")


def test_who_lets_the_bot_in_again_is_shown_what_is_still_due(world: World) -> None:
    _happens(world, Event.BLOCKED, "李梅")
    _happens(world, Event.BACK, "李梅")
    assert "请于10:00前报送" in world.last("李梅").text
    shown = len(world.chat("李梅"))
    _happens(world, Event.BACK, "李梅")
    assert len(world.chat("李梅")) == shown, "who was never lost is told nothing"
    world.taps("李梅", "零报告")
    _happens(world, Event.BLOCKED, "李梅")
    _happens(world, Event.BACK, "李梅")
    assert "已收到零报告" in world.last("李梅").text


def test_start_without_a_code_heals_a_lost_chat_and_asks_again(world: World) -> None:
    _lose(world, "1005")
    world.says("李梅", "/start")
    assert _address(world, "1005").reach == "reachable"
    assert "请于10:00前报送" in world.last("李梅").text


def test_an_alert_that_did_not_arrive_is_shown_when_the_chat_is_back(world: World) -> None:
    world.says("李梅", "/incident 仓库起火")
    with _undelivered(world):
        world.taps("李梅", "立即上报")
    _lose(world, "1003")
    assert not any("仓库起火" in b.text for b in world.chat("王建国"))
    world.says("王建国", "/start")
    assert any("仓库起火" in b.text for b in world.chat("王建国"))


def test_a_person_with_two_addresses_is_asked_where_they_were_last(world: World) -> None:
    _second(world, "李梅", "li-2")
    world.hand_in(replace(world.incoming("李梅", text="帮助"), account="li-2", chat="li-2"))
    world.at("9:02")
    assert "还差您一份" in world.phones["li-2"][-1].text
    assert not any("还差您一份" in b.text for b in world.chat("李梅"))


def test_a_receipt_reaches_the_address_that_was_used_and_the_other_prompt_is_no_longer_open(world: World) -> None:
    _second(world, "李梅", "li-2")
    world.hand_in(replace(world.incoming("李梅", text="零报告"), account="li-2", chat="li-2"))
    assert "已收到零报告" in world.phones["li-2"][-1].text
    assert "已收到零报告" in world.last("李梅").text
    assert len(world.chat("李梅")) == 1, "an edit, which rings nobody"


def _from(world: World, chat: str, label: str) -> Incoming:
    """Their person taps this button, on the newest message in this chat that has it."""
    bubble = next(b for b in reversed(world.phones[chat]) if any(label in shown for shown in b.labels))
    button = next(b for row in bubble.content.buttons for b in row if label in b.label)
    made = world.incoming("王建国", data=button.data, message=bubble.id)
    return replace(made, account=chat, chat=chat, private=True)


@pytest.mark.parametrize("end", ["approved", "withdrawn"])
def test_a_leave_request_that_was_handed_over_to_the_other_chat_is_one_message_to_its_end(
    world: World, end: str
) -> None:
    _second(world, "王建国", "wang-2")
    world.says("王建国", "帮助")
    with _undelivered(world):
        world.says("李梅", "/leave 3d 就医")
    _lose(world, "1003")
    request = world.phones["wang-2"][-1]
    assert request.labels == ["✅ 同意", "❌ 不同意"]
    if end == "approved":
        world.hand_in(_from(world, "wang-2", "同意"))
    else:
        world.taps("李梅", "撤回")
    about = [b for b in world.phones["wang-2"] if "李梅" in b.text and "请假" in b.text]
    assert about == [request], "no second message"
    assert not {"✅ 同意", "❌ 不同意"} & set(request.labels), "nothing is left to decide"


def test_an_incident_that_is_being_told_goes_on_in_the_other_chat(world: World) -> None:
    _second(world, "王建国", "wang-2")
    world.says("王建国", "帮助")
    with _undelivered(world):
        world.says("王建国", "/incident 仓库起火")
    _lose(world, "1003")
    world.hand_in(_from(world, "wang-2", "立即上报"))
    assert not any("立即上报" in label for b in world.phones["wang-2"] if not b.gone for label in b.labels)


def test_what_is_due_goes_to_the_other_address_when_one_is_lost(world: World) -> None:
    _second(world, "李梅", "li-2")
    world.hand_in(replace(world.incoming("李梅", text="帮助"), account="1005", chat="1005"))
    _lose(world, "1005")
    assert "请于10:00前报送" in world.phones["li-2"][-1].text
    assert "联系不上" not in world.says("王建国", "进度")
    _lose(world, "li-2")
    assert "联系不上1：李梅" in world.says("王建国", "进度")


def test_an_undelivered_alert_goes_to_the_other_address_and_can_be_taken_there(world: World) -> None:
    _second(world, "王建国", "wang-2")
    world.hand_in(world.incoming("王建国", text="帮助"))
    world.says("李梅", "/incident 仓库起火")
    with _undelivered(world):
        world.taps("李梅", "立即上报")
    _lose(world, "1003")
    alert = world.phones["wang-2"][-1]
    assert "仓库起火" in alert.text
    assert not any("仓库起火" in b.text for b in world.chat("王建国"))
    take = next(b for row in alert.content.buttons for b in row)
    world.hand_in(replace(world.incoming("王建国", data=take.data, message=alert.id), account="wang-2", chat="wang-2"))
    assert "王建国" in world.phones["wang-2"][-1].text


def test_events_of_strangers_change_nothing_and_say_nothing(world: World) -> None:
    before = world.records()
    for event in Event:
        _happens(world, event, "stranger", title="老群", moved_to="-200")
        _happens(world, event, "stranger", chat=GROUP, title="老群", moved_to="-200")
    assert world.records() == before
    assert "stranger" not in world.phones and GROUP not in world.phones
    assert not _groups(world)


def test_a_retired_account_that_blocks_the_bot_stays_retired(world: World) -> None:
    with world.database.writing() as session:
        enrolment.enrol(session, people.find_person(session, "李梅"), "web", "new", "new", world.clock.now())
    _lose(world, "1005")
    assert _address(world, "1005").reach == "retired"


def _groups(world: World) -> list[Address]:
    with world.database.reading() as session:
        return groups.bindable(session, None)


def _added(world: World, who: str, chat: str = GROUP, title: str = "一站工作群") -> None:
    _happens(world, Event.ADDED, who, chat=chat, title=title)


def test_an_admin_who_adds_the_bot_is_asked_for_the_unit_in_private(world: World) -> None:
    _added(world, "周敏")
    assert "一站工作群" in world.last("周敏").text
    assert GROUP not in world.phones, "nothing is said in the group"
    world.taps("周敏", "区局/一站")
    assert world.last(GROUP).text == "本群从现在起接收区局/一站的汇总。"
    assert "/bind 区局/一站 off" in world.last("周敏").text
    world.at("10:10")
    assert world.last(GROUP).text.startswith("【一站")
    assert world.chat("group 一站")[-1].text == world.last(GROUP).text, "a unit may own several groups"


def test_a_member_who_adds_the_bot_makes_the_group_known_and_hears_nothing(world: World) -> None:
    before = len(world.chat("李梅"))
    _added(world, "李梅")
    assert len(world.chat("李梅")) == before
    assert [g.title for g in _groups(world)] == ["一站工作群"]


def test_a_group_that_puts_the_bot_out_stays_bound_and_the_admins_hear_once(world: World) -> None:
    _added(world, "周敏")
    world.taps("周敏", "区局/一站")
    for _ in range(2):
        _happens(world, Event.REMOVED, "somebody", chat=GROUP)
    told = [b.text for b in world.chat("周敏") if "没有收下一条消息" in b.text]
    assert len(told) == 1
    assert "区局/一站" in told[0]
    assert "机器人不在群里" in told[0]


@pytest.mark.parametrize("who", ["周敏", "somebody"])
def test_a_group_that_lets_the_bot_in_again_gets_what_it_missed_whoever_did_so(world: World, who: str) -> None:
    _added(world, "周敏")
    world.taps("周敏", "区局/一站")
    world.says("周敏", "/bind 区局/二站", chat=f"{GROUP}/7")
    _happens(world, Event.REMOVED, "somebody", chat=GROUP)
    asked = len(world.chat("周敏"))
    _happens(world, Event.ADDED, who, chat=GROUP, title="一站工作群")
    assert len(world.chat("周敏")) == asked, "nobody is asked again to which unit it belongs"
    assert _address(world, GROUP).trouble is None
    world.at("10:10")
    assert world.last(GROUP).text.startswith("【一站")
    assert world.last(f"{GROUP}/7").text.startswith("【二站")


def test_a_group_that_takes_no_messages_is_told_to_the_admins_once(world: World) -> None:
    _lose(world, "group 一站")
    _lose(world, "group 一站")
    assert len([b for b in world.chat("周敏") if "没有收下一条消息" in b.text]) == 1


def test_a_group_that_moves_keeps_its_unit_with_all_its_topics(world: World) -> None:
    _added(world, "周敏")
    world.says("周敏", "/bind 区局/一站", chat=GROUP)
    world.says("周敏", "/bind 区局/二站", chat=f"{GROUP}/7")
    for _ in range(2):
        _happens(world, Event.MIGRATED, "somebody", chat=GROUP, moved_to="-200")
    with world.database.reading() as session:
        found = {
            a.chat: session.get_one(units.Unit, a.unit_id).path for a in groups.with_topics(session, "web", "-200")
        }
        assert found == {"-200": "区局/一站", "-200/7": "区局/二站"}
        assert not groups.with_topics(session, "web", GROUP)
    world.at("10:10")
    assert world.last("-200").text.startswith("【一站")
    assert world.last("-200/7").text.startswith("【二站")


def test_a_group_heard_of_under_its_new_id_first_takes_over_the_binding_and_what_waits(world: World) -> None:
    _added(world, "周敏")
    with _undelivered(world):
        world.says("周敏", "/bind 区局/一站", chat=GROUP)
    with world.database.writing() as session:
        groups.meet(session, "web", "-200", None, world.clock.now())
        groups.move(session, "web", GROUP, "-200")
    world.deliver()
    assert "本群从现在起" in world.last("-200").text
    assert GROUP not in world.phones


def test_bind_in_a_group_binds_it_and_answers_in_private(world: World) -> None:
    world.says("周敏", "/bind 区局/一站", chat=GROUP, title="老群")
    assert [b.text for b in world.chat(GROUP)] == ["本群从现在起接收区局/一站的汇总。"]
    assert "老群" in world.last("周敏").text
    with world.database.reading() as session:
        change = session.exec(select(AuditEntry).where(AuditEntry.what == "bind")).one()
    assert (change.by, change.about, (change.detail or {})["group"]) == ("1002", "区局/一站", "老群")


def test_a_group_of_another_unit_is_asked_about_first(world: World) -> None:
    world.says("周敏", "/bind 区局/一站", chat=GROUP)
    world.says("周敏", "/bind 区局/二站", chat=GROUP)
    assert "已绑定区局/一站" in world.last("周敏").text
    world.taps("周敏", "确认")
    assert "区局/二站" in world.last(GROUP).text
    assert "在群里发送：/bind 区局/一站" in world.last("周敏").text


def test_bare_bind_shows_what_is_bound_and_what_can_be(world: World) -> None:
    _added(world, "李梅")
    said = world.says("周敏", "/bind")
    assert "区局/一站：网页聊天" in said
    world.taps("周敏", "一站工作群")
    world.taps("周敏", "区局/防疫专班")
    assert "区局/防疫专班" in world.last(GROUP).text
    assert "✅ 网页聊天“一站工作群”" in world.says("周敏", "/bind 区局/防疫专班")


def test_groups_are_unbound_one_by_one_or_all_after_a_question(world: World) -> None:
    for n in (1, 2, 3):
        world.says("周敏", "/bind 区局/一站", chat=f"-{n}", title=f"群{n}")
    world.says("周敏", "/bind 区局/一站 off")
    assert "不再接收" not in world.last("-1").text
    world.taps("周敏", "群2")
    assert world.last("-2").text == "本群不再接收区局/一站的汇总。"
    world.taps("周敏", "全部解绑")
    assert world.last("-1").text == world.last("-3").text == "本群不再接收区局/一站的汇总。"
    assert "没有绑定任何群" in world.says("周敏", "/bind 区局/一站 off")
    assert _address(world, "group 一站").unit_id, "the channel's own group stays"
    with world.database.reading() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.what == "unbind")).all()) == 3


KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
HOOK = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


def test_a_robots_webhook_is_bound_and_its_key_shown_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    said = world.says("周敏", f"/bind 区局/一站 {HOOK}")
    assert "…5aaa" in said and "请删掉那条消息" in said
    world.says("周敏", "/bind 区局/一站")
    world.says("周敏", "留痕")
    with world.database.reading() as session:
        address = session.exec(select(Address).where(Address.channel == "wecom")).one()
        card = session.exec(select(Card).where(Card.address_id == address.id)).one()
        changes = session.exec(select(AuditEntry)).all()
        assert (address.chat, address.account, card.pending) == (f"robot:{KEY}", f"robot:{KEY}", True)
    assert not any(KEY in b.text for b in world.chat("周敏"))
    assert KEY not in repr(address) + repr([c.model_dump() for c in changes]) + caplog.text


@pytest.mark.parametrize(
    "url",
    ["http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + KEY, "https://example.org/send?key=" + KEY,
     "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a",
     "https://[/cgi-bin/webhook/send?key=" + KEY],
)  # fmt: skip
def test_another_address_than_a_robots_is_refused_and_not_repeated(world: World, url: str) -> None:
    said = world.says("周敏", f"/bind 区局/一站 {url}")
    assert "不是企业微信群机器人的地址" in said and KEY not in said
    with world.database.reading() as session:
        assert not session.exec(select(Address).where(Address.channel == "wecom")).all()


def test_a_wecom_chat_is_opened_for_a_units_people_once_two_of_them_use_wecom(world: World) -> None:
    assert "不足两人" in world.says("周敏", "/bind 区局/一站 建群")
    with world.database.writing() as session:
        for name in ("李梅", "张伟"):
            person = session.exec(select(Person).where(Person.name == name)).one()
            enrolment.enrol(session, person, "wecom", name, name, world.clock.now())
    assert "“一站”" in world.says("周敏", "/bind 区局/一站 建群")
    world.says("周敏", "/bind 区局/一站 off")
    world.taps("周敏", "确认")
    world.says("周敏", "/bind 区局/一站 chat")
    with world.database.reading() as session:
        chat = session.exec(select(Address).where(Address.channel == "wecom", col(Address.title).is_not(None))).one()
    assert re.fullmatch(r"appchat:zr\d+x[0-9a-f]{12}", chat.chat)
    assert chat.unit_id is not None


def test_a_units_name_may_have_many_words(world: World) -> None:
    name = "Yunxi River Tracing task force of the East bank"
    with world.database.writing() as session:
        session.add(Unit(parent_id=units.unit_at(session, "区局").id, name=name, path=f"区局/{name}"))
    assert f"区局/{name}用企业微信的还不足两人" in world.says("周敏", f"/bind 区局/{name} chat")


def test_the_browsers_own_group_needs_no_binding(world: World) -> None:
    world.says("周敏", "/bind 区局/二站", chat="group 一站")
    assert "本来就是区局/一站的" in world.last("周敏").text
    assert world.chat("group 一站") == []


def _comes(world: World, event: Event | None, who: str = "1005", **what: object) -> None:
    incoming = world.incoming(who, event=event, vouched=who, **what)
    world.hand_in(replace(incoming, account=f"w{who}", chat=f"w{who}", private=True))


def test_whom_the_app_reaches_without_having_asked_hears_nothing_until_the_next_wave(world: World) -> None:
    _comes(world, Event.JOINED)
    assert "w1005" not in world.phones, "thousands may join in the same moment"
    assert _address(world, "w1005").person_id and _address(world, "w1005").unopened
    world.at("9:00")
    assert [b.kind for b in world.phones["w1005"]] == ["reminder"]
    _comes(world, Event.BACK)
    assert any(WELCOME in b.text for b in world.phones["w1005"])
    told = len(world.phones["w1005"])
    _comes(world, Event.BACK)
    assert len(world.phones["w1005"]) == told, "one is welcomed once"


def test_who_first_writes_and_was_never_welcomed_is_welcomed_first(world: World) -> None:
    _comes(world, Event.JOINED)
    _comes(world, None, text="帮助")
    _comes(world, None, text="帮助")
    assert sum(WELCOME in b.text for b in world.phones["w1005"]) == 1


def test_a_zero_as_the_first_thing_somebody_does_is_filed_below_the_welcome(world: World) -> None:
    _comes(world, Event.JOINED)
    world.at("9:00")
    _comes(world, None, data=world.button("w1005", "零报告")[0].data, message=world.last("w1005").id)
    assert world.report("李梅").state == "zero"
    assert sum(WELCOME in b.text for b in world.phones["w1005"]) == 1
