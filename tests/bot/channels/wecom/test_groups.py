"""Groups on WeCom: a robot with its limits, and the chat that the app opens itself."""

import pytest

from bot.channels.base import Recipient, SendError, Sent, undrawn
from handlers.core.rendering import Content, Picture
from models.files import blobs
from models.messaging.addresses import Address
from models.organisation.people import Membership, Role
from models.organisation.units import Unit
from tests.bot.channels.wecom.side import NOW, Side, enrolled, error
from tests.fakes.wecom import WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_a_group_robot_says_it_in_markdown_with_pictures_and_files(side: Side, server: WeComServer) -> None:
    with side.database.writing() as session:
        picture = blobs.keep(session, "图.png", "image/png", b"\x89PNG")
        sheet = blobs.keep(session, "明细.csv", "text/csv", b"a,b")
    post = Content("<b>【一站】</b>应报14 &lt;@all&gt;，<a href='https://x.cn/'>明细</a>", file=picture)
    group = Recipient("robot:key", "robot:key")
    assert side.send(post, group)[0].error is None
    side.send(Content("表", file=sheet), group)
    shown = server.groups["key"]
    assert shown[0].text == "**【一站】**应报14 ‹@all>，[明细](https://x.cn/)"
    assert [(s.kind, s.media) for s in shown[1:]] == [("image", b"\x89PNG"), ("markdown", None), ("file", b"a,b")]


@pytest.mark.parametrize("group", ["robot:key", "appchat:zr1"])
def test_a_picture_is_posted_below_its_words(side: Side, server: WeComServer, group: str) -> None:
    """A picture has no caption on WeCom; the words, which say the same, are there first."""
    server.appchats["zr1"] = ["li", "zhang"]
    side.channel._groups._draw = drawn
    post = Content("<b>53/58</b>", picture=Picture("summary", "zh_CN", "{}", "汇总图"))
    assert side.send(post, Recipient(group, group))[0].error is None
    shown = server.groups[group.partition(":")[2]]
    assert [(s.kind, s.text, s.media) for s in shown[:1]] == [("markdown", "**53/58**", None)]
    assert [(s.kind, s.media) for s in shown[1:]] == [("image", b"\x89PNG")]


async def drawn(picture: Picture) -> bytes:
    return b"\x89PNG"


def test_a_picture_that_is_refused_or_not_drawn_loses_no_words(side: Side, server: WeComServer) -> None:
    async def huge(picture: Picture) -> bytes:
        raise SendError("WeCom did not answer", uncertain=True)

    post = Content("53/58", picture=Picture("summary", "zh_CN", "{}", "汇总图"))
    for draw in (undrawn, huge):
        side.channel._groups._draw = draw
        assert side.send(post, Recipient("robot:key", "robot:key"))[0].error is None
    assert [s.kind for s in server.groups["key"]] == ["markdown", "markdown"]


def test_a_robot_says_twenty_things_a_minute_and_a_wrong_key_is_given_up(side: Side, server: WeComServer) -> None:
    group = Recipient("robot:key", "robot:key")

    async def often() -> list[Sent]:
        return [(await side.channel.send(Content(f"第{n}条"), [group], NOW))[0] for n in range(21)]

    sent = side.run(often)
    assert [it.error is None for it in sent] == [True] * 20 + [False]
    assert error(sent[20]).retry_after
    assert len(server.groups["key"]) == 20
    assert error(side.send(Content("x"), Recipient("robot:wrong", "robot:wrong"))[0]).permanent


def test_what_stands_in_a_group_can_be_neither_changed_nor_taken_away(side: Side) -> None:
    group = Recipient("robot:key", "robot:key")
    sent = side.send(Content("应报14"), group)[0]
    assert error(side.send(Content("应报15"), Recipient("robot:key", "robot:key", sent.message))[0]).lost
    with pytest.raises(SendError, match="recalled"):
        side.delete("robot:key", sent)


def test_the_app_opens_a_units_chat_itself_when_it_has_something_to_say(side: Side, server: WeComServer) -> None:
    with side.database.writing() as session:
        unit = Unit(name="一站", path="一站")
        session.add(unit)
        session.flush()
        chat = Address(channel="wecom", account="appchat:zr1", chat="appchat:zr1", since=NOW, used_at=NOW)
        chat.unit_id = unit.id
        session.add(chat)
        for account in ("zhang", "li"):
            person = enrolled(session, account)
            session.add(Membership(person_id=person.id, unit_id=unit.id, role=Role.MEMBER, home=True))
    group = Recipient("appchat:zr1", "appchat:zr1")
    assert side.send(Content("应报<b>2</b>"), group)[0].error is None
    assert side.send(Content("应报<b>2</b>，已报2"), group)[0].error is None
    assert server.appchats == {"zr1": ["li", "zhang"]}
    assert [s.text for s in server.groups["zr1"]] == ["应报**2**", "应报**2**，已报2"]
