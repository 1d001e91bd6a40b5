"""Pictures on Telegram: sent with their words, replaced in place, and never a reason to lose the words."""

import pytest

from bot.channels.base import Recipient
from bot.channels.telegram.sending import Out, cost
from bot.channels.telegram.text import captioned, length
from handlers.core.rendering import Content, Picture
from tests.bot.channels.telegram.showing import OK, lacking, show, using
from tests.fakes.telegram import BotApi, Group, Person

FIRST, SECOND = Picture("summary", "en", "1", "a"), Picture("summary", "en", "2", "b")
LONG = "\n".join(f"<b>第{n:03}行</b>：" + "字" * 40 for n in range(60))


def test_a_picture_has_its_words_as_caption_and_is_replaced_in_place(api: BotApi, li: Person) -> None:
    number = show(api, Content("<b>53/58</b>", ((OK,),), picture=FIRST))
    assert [(m.kind, m.text, m.name, len(m.buttons)) for m in li.seen] == [("photo", "53/58", "summary.png", 1)]
    before = li.seen[0].file
    assert show(api, Content("56/58", picture=SECOND), number) == number
    assert [(m.kind, m.text, m.edits, len(m.buttons)) for m in li.seen] == [("photo", "56/58", 1, 0)]
    assert li.seen[0].file != before
    assert show(api, Content("56/58", picture=SECOND), number) == number


def test_the_same_picture_travels_and_is_drawn_once(api: BotApi, li: Person) -> None:
    drawn: list[Picture] = []

    async def draw(picture: Picture) -> bytes:
        drawn.append(picture)
        return b"png"

    async def twice(out: Out) -> None:
        for _ in range(2):
            await out.show(Content("x", picture=FIRST), Recipient("42", "42"))

    using(api, twice, draw)
    assert len(drawn) == 1
    assert li.seen[0].file == li.seen[1].file


def test_words_longer_than_a_caption_go_on_below_it_and_are_edited_there(api: BotApi, li: Person) -> None:
    number = show(api, Content(LONG, ((OK,),), picture=FIRST))
    first, second = li.seen
    assert (first.kind, second.kind, len(first.buttons), len(second.buttons)) == ("photo", "text", 0, 1)
    assert len(first.text) <= 1024
    assert (first.text + "\n" + second.text).count("行") == 60
    assert show(api, Content(LONG.replace("第000行", "首行"), ((OK,),), picture=SECOND), number) == number
    assert li.seen[0].text.startswith("首行")
    assert len(li.seen) == 2
    show(api, Content("短", picture=SECOND), number)
    assert [(m.kind, m.text) for m in li.seen] == [("photo", "短")]


def test_a_caption_is_the_first_part_and_loses_no_line() -> None:
    parts = captioned(LONG * 4)
    assert length(parts[0]) <= 1024
    assert all(length(part) <= 4096 for part in parts[1:])
    assert len(parts) == 4
    assert "\n".join(parts).count("行") == 240
    assert captioned("短") == ["短"]


@pytest.mark.parametrize(
    "why",
    ["not enough rights to send photos to the chat", "CHAT_SEND_PHOTOS_FORBIDDEN", "IMAGE_PROCESS_FAILED"],
)
def test_where_pictures_are_not_taken_the_words_go_alone(api: BotApi, li: Person, why: str) -> None:
    api.fail("sendPhoto", code=400, description=f"Bad Request: {why}")
    number = show(api, Content("53/58", picture=FIRST))
    assert [(m.kind, m.text) for m in li.seen] == [("text", "53/58")]
    assert show(api, Content("56/58", picture=SECOND), number) == number  # the group takes pictures again
    assert [(m.kind, m.text) for m in li.seen] == [("photo", "56/58")]


def test_a_server_without_pictures_gets_words(api: BotApi, li: Person) -> None:
    with lacking(api, "sendPhoto", "editMessageMedia"):
        number = show(api, Content("53/58", picture=FIRST))
        assert show(api, Content("56/58", picture=SECOND), number) == number
    assert [(m.kind, m.text) for m in li.seen] == [("text", "56/58")]


def test_what_cannot_be_drawn_is_said(api: BotApi, li: Person) -> None:
    async def draw(picture: Picture) -> None:
        return None

    async def send(out: Out) -> None:
        await out.show(Content("53/58", picture=FIRST), Recipient("42", "42"))

    using(api, send, draw)
    assert [(m.kind, m.text) for m in li.seen] == [("text", "53/58")]


def test_a_picture_goes_into_a_groups_topic(api: BotApi) -> None:
    group = Group(api, -1001112223334, "局群")
    api.call(lambda: (setattr(group.chat, "refusal", ""), group.chat.topics.add(7)))
    show(api, Content("x", picture=FIRST), chat=f"{group.id}/7")
    assert [(m.kind, m.topic) for m in group.chat.messages.values()] == [("photo", 7)]


@pytest.mark.parametrize(
    ("standing", "text", "calls"),
    [(None, "x", 1), ("5", "x", 1), ("5,6", "x", 2), (None, LONG, 2), ("5,6", LONG, 2), ("5", LONG, 3)],
)
def test_a_picture_costs_as_many_calls_as_it_takes(standing: str | None, text: str, calls: int) -> None:
    assert cost(Content(text, picture=FIRST), standing) == calls
