"""Cards as messages of Telegram's: what stands where, how long texts are cut, and how many calls it takes."""

import html
import re
from itertools import product
from typing import Any

import pytest

from bot.channels.base import Recipient, SendError
from bot.channels.telegram.sending import Out, cost
from bot.channels.telegram.text import length, split
from handlers.core.rendering import Button, Content
from tests.bot.channels.telegram.showing import OK, PICTURE, TABLE, X, refused, show, using
from tests.fakes.telegram import BotApi, Group, Person
from tests.fakes.telegram.text import plain, units


def test_a_card_is_sent_edited_and_taken_away(api: BotApi, li: Person) -> None:
    number = show(api, Content("<b>您好</b> &lt;3", ((OK,),)))
    assert [(m.text, list(m.buttons)) for m in li.seen] == [("您好 <3", [OK.label])]
    assert show(api, Content("回执 <code>A1</code>"), number) == number
    assert [(m.text, m.buttons, m.edits) for m in li.seen] == [("回执 A1", {}, 1)]
    assert show(api, Content("回执 <code>A1</code>"), number) == number  # not modified is no error
    using(api, lambda out: out.take_away(Recipient("42", "42", number)))
    assert li.seen == []


def test_what_is_too_old_to_be_deleted_loses_its_buttons(api: BotApi, li: Person) -> None:
    number = show(api, Content("提醒", ((OK,),)))
    api.call(lambda: setattr(li.chat.messages[int(number or 0)], "old", True))
    using(api, lambda out: out.take_away(Recipient("42", "42", number)))
    assert [(m.text, m.buttons) for m in li.seen] == [("提醒", {})]


def test_a_picture_and_a_document_carry_their_caption_and_travel_once(api: BotApi, li: Person) -> None:
    async def both(out: Out) -> None:
        for file in (PICTURE, TABLE, PICTURE):
            await out.show(Content("<b>汇总</b>", ((OK,),), file), Recipient("42", "42"))

    using(api, both)
    assert [(m.kind, m.text, m.name, len(m.buttons)) for m in li.seen] == [
        ("photo", "汇总", "卡片.png", 1), ("document", "汇总", "名单.xlsx", 1), ("photo", "汇总", "", 1),
    ]  # fmt: skip
    assert li.seen[0].file == li.seen[2].file


def test_a_pictures_caption_is_edited_where_it_stands(api: BotApi, li: Person) -> None:
    number = show(api, Content("旧", file=PICTURE))
    assert show(api, Content("新", ((OK,),), PICTURE), number) == number
    assert [(m.kind, m.text, len(m.buttons)) for m in li.seen] == [("photo", "新", 1)]


def test_words_too_long_for_a_caption_follow_the_file(api: BotApi, li: Person) -> None:
    number = show(api, Content("字" * 1025, ((OK,),), TABLE))
    assert [(m.kind, len(m.text), len(m.buttons)) for m in li.seen] == [("document", 0, 0), ("text", 1025, 1)]
    show(api, Content("短", file=TABLE), number)
    assert [(m.kind, m.text) for m in li.seen] == [("document", "短")]


def long(lines: int) -> Content:
    return Content("<b>" + "\n".join(f"{n} <i>张&lt;{n}&gt;</i> 未报" for n in range(lines)) + "</b>", ((OK,),))


def test_a_long_text_is_cut_at_line_ends_and_the_buttons_stand_under_the_last_part(api: BotApi, li: Person) -> None:
    number = show(api, long(900))
    assert number
    seen = li.seen
    assert ",".join(str(m.id) for m in seen) == number
    assert [bool(m.buttons) for m in seen] == [False] * (len(seen) - 1) + [True]
    assert "\n".join(m.text for m in seen) == plain(long(900).text, "HTML")
    assert api.refused == []


def test_a_long_text_that_shrinks_or_grows_leaves_nothing_behind(api: BotApi, li: Person) -> None:
    number = show(api, long(900))
    number = show(api, long(10), number)
    assert [str(m.id) for m in li.seen] == [number]
    number = show(api, long(900), number)
    assert ",".join(str(m.id) for m in li.seen) == number
    using(api, lambda out: out.take_away(Recipient("42", "42", number)))
    assert li.seen == []


def test_a_long_text_that_fails_half_way_is_taken_back(api: BotApi, li: Person) -> None:
    async def half(out: Out) -> None:
        send, sent = out._bot.call, 0

        async def second(*given: Any, **named: Any) -> Any:
            nonlocal sent
            sent += 1
            if sent == 2:
                named["text"] = "<b>"
            return await send(*given, **named)

        out._bot._unfreeze()
        out._bot.call = second  # type: ignore[method-assign]
        with pytest.raises(SendError, match="parse"):
            await out.show(long(900), Recipient("42", "42"))

    using(api, half)
    assert li.seen == []


@pytest.mark.parametrize("text", ["<b>" + "x" * 9000 + "</b>", "😀" * 4000, "&amp;" * 5000, long(2000).text])
def test_every_part_is_within_the_limit_and_whole(text: str) -> None:
    parts = split(text)
    shown = [plain(part, "HTML") for part in parts]
    assert all(0 < units(part) <= 4096 for part in shown)
    assert re.sub(r"\s", "", "".join(shown)) == re.sub(r"\s", "", plain(text, "HTML"))
    assert [length(part) for part in parts] == [units(part) for part in shown]


def test_a_topic_is_written_into(api: BotApi, li: Person) -> None:
    group = Group(api, -1001234567890, "区局")
    api.call(lambda: (setattr(group.chat, "refusal", ""), group.chat.topics.add(45)))
    show(api, Content("汇总"), chat="-1001234567890/45")
    assert [m.topic for m in group.seen] == [45]
    assert refused(api, chat="-1001234567890/46").permanent


LONG = "\n".join(["a line of some length"] * 300)
OLD, TWO, FOUR, FILED = Content("old"), Content(LONG), Content(LONG * 2), Content(LONG, file=TABLE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *product((None, OLD, TWO), (X, TWO, FOUR)),
        *product((None, Content("old", file=TABLE)), (Content("x", file=TABLE), FILED)),
        *product((OLD, TWO, FILED), (None,)),
    ],
)
def test_a_card_costs_as_many_calls_as_it_takes(
    api: BotApi, li: Person, before: Content | None, after: Content | None
) -> None:
    message = show(api, before) if before else None
    api.call(api.calls.clear)
    if after:
        show(api, after, message)
    else:
        using(api, lambda out: out.take_away(Recipient("42", "42", message)))
    assert cost(after, message) == len(api.call(lambda: list(api.calls)))


def test_whatever_is_written_arrives_as_it_was_written(api: BotApi, li: Person) -> None:
    odd = "a+b & c=d; 100 % 'x' \"y\" /?#[]@!$,:~ 汉字 ✅ é\n第二行"
    show(api, Content(html.escape(odd, quote=False), ((Button(odd[:20], "report.zero.1+1&2=%;"),),)))
    (message,) = li.seen
    assert message.text == odd
    assert message.buttons == {odd[:20]: "report.zero.1+1&2=%;"}
