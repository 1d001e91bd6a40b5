"""Groups, robots and chats of WeCom are bound to units and unbound."""

import re

import pytest
from sqlmodel import col, select

from models.core.audit import AuditEntry
from models.messaging import enrolment
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from tests.handlers.messaging.happenings import GROUP, added, address_of
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


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
    added(world, "李梅")
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
    assert address_of(world, "group 一站").unit_id, "the channel's own group stays"
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
    assert f"区局/{name}使用企业微信的不足两人" in world.says("周敏", f"/bind 区局/{name} chat")


def test_the_browsers_own_group_needs_no_binding(world: World) -> None:
    world.says("周敏", "/bind 区局/二站", chat="group 一站")
    assert "本群就是区局/一站的" in world.last("周敏").text
    assert world.chat("group 一站") == []
