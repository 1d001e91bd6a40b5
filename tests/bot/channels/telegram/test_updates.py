"""What Telegram tells, read: one update in, one Incoming out, or nothing where it is nobody's business."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram.updates import UNREAD, Reader
from handlers.core.incoming import Event, Incoming, Location, Remote

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
READER = Reader("123", "Zero_bot")
LI = {"id": 42, "is_bot": False, "first_name": "李", "last_name": "梅"}
PRIVATE = {"id": 42, "type": "private", "first_name": "李"}
GROUP = {"id": -1001, "type": "supergroup", "title": "一站"}
BOT = {"id": 123, "is_bot": True, "first_name": "零报告", "username": "zero_bot"}


def read(kind: str, chat: dict[str, Any], **what: Any) -> Incoming | None:
    told = {"message_id": 7, "date": 1790000000, "chat": chat, "from": LI} | what
    return READER.read({"update_id": 9, kind: told}, NOW)


def said(text: str, chat: dict[str, Any] = PRIVATE, **more: Any) -> str | None:
    incoming = read("message", chat, text=text, **more)
    return incoming.text if incoming else None


def test_words_in_private_come_with_who_where_and_when() -> None:
    incoming = read("message", PRIVATE, text="正常\x00")
    at = datetime.fromtimestamp(1790000000, UTC)
    assert incoming == Incoming(
        "telegram", "123", "9", "42", "42", True, at, text="正常", message="7", name="李 梅"
    )  # fmt: skip


PLAIN = {
    "words": {"text": " 正常\x00 "},
    "a command for us": {"text": "/team@Zero_BOT 一站"},
    "a command for another": {"text": "/team@other_bot"},
    "nothing": {"text": ""},
    "a link behind words": {"text": "x", "entities": [{"type": "text_link", "offset": 0, "length": 1, "url": "http://x/"}]},
    "an answer": {"text": "x", "reply_to_message": {"message_id": 1, "date": 1, "chat": PRIVATE, "text": "y"}},
    "a bot's": {"text": "x", "from": BOT},
    "one name": {"text": "x", "from": {"id": 7, "is_bot": False, "first_name": "梅", "language_code": "zh"}},
    "forwarded": {"text": "x", "forward_origin": {"type": "hidden_user", "sender_user_name": "y", "date": 1}},
}  # fmt: skip


@pytest.mark.parametrize("what", PLAIN.values(), ids=PLAIN)
def test_words_that_are_read_quickly_are_read_as_the_library_reads_them(
    what: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr("bot.channels.telegram.updates.Update", None)
        quickly = read("message", PRIVATE, **what)
    monkeypatch.setattr("bot.channels.telegram.updates._is_plain", lambda _: False)
    assert quickly == read("message", PRIVATE, **what)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("/team", "/team"),
        ("/team@zero_BOT 一站", "/team 一站"),
        ("/team@other_bot", None),
        ("大家早上好", None),
        ("see /team", None),
    ],
)
def test_in_groups_only_commands_for_us_are_heard(text: str, heard: str | None) -> None:
    assert said(text, GROUP) == heard


def test_a_command_that_names_another_bot_is_left_to_it_in_private_too() -> None:
    assert said("/start@other_bot") is None
    assert said("/start@zero_bot ABC") == "/start ABC"


def test_a_topic_is_part_of_the_chats_id_in_words_and_in_taps() -> None:
    topic = {"message_thread_id": 45, "is_topic_message": True}
    spoken = read("message", GROUP, text="/team", **topic)
    message = {"message_id": 8, "date": 1, "chat": GROUP, **topic}
    query = {"id": "1", "from": LI, "chat_instance": "x", "data": "report.zero.1", "message": message}
    tapped = READER.read({"update_id": 10, "callback_query": query}, NOW)
    assert spoken
    assert tapped
    assert spoken.chat == tapped.chat == "-1001/45"
    assert (tapped.data, tapped.message, tapped.private, tapped.title) == ("report.zero.1", "8", False, "一站")


def test_a_tap_on_a_message_that_telegram_forgot_still_counts() -> None:
    query = {"id": "1", "from": LI, "chat_instance": "x", "data": "report.zero.1"}
    gone = {"message": {"message_id": 8, "date": 0, "chat": PRIVATE}}
    tapped = READER.read({"update_id": 10, "callback_query": query | gone}, NOW)
    assert tapped
    assert (tapped.data, tapped.message, tapped.chat, tapped.at) == ("report.zero.1", "8", "42", NOW)


SIZES = [{"file_id": f"p{n}", "file_unique_id": f"u{n}", "width": n, "height": n, "file_size": n} for n in (90, 900)]
FILE = {"file_id": "F", "file_unique_id": "u", "file_size": 5}


@pytest.mark.parametrize(
    ("what", "remote"),
    [
        ({"photo": SIZES}, Remote("p900", "photo-u900.jpg", "image/jpeg", 900)),
        (
            {"document": FILE | {"file_name": "../花名册.xlsx", "mime_type": "text/csv"}},
            Remote("F", "花名册.xlsx", "text/csv", 5),
        ),
        ({"voice": FILE | {"duration": 1}}, Remote("F", "file-u.ogg", "audio/ogg", 5)),
        ({"audio": FILE | {"duration": 1, "file_name": "a.mp3"}}, Remote("F", "a.mp3", "audio/mpeg", 5)),
        ({"video": FILE | {"duration": 1, "width": 1, "height": 1}}, Remote("F", "file-u.mp4", "video/mp4", 5)),
    ],
)
def test_files_come_by_reference_with_their_caption(what: dict[str, Any], remote: Remote) -> None:
    incoming = read("message", PRIVATE, caption="请看", **what)
    assert incoming
    assert (incoming.remote, incoming.text) == (remote, "请看")
    assert read("message", GROUP, **what) is None


def test_a_place_is_a_location_and_a_moving_one_is_taken_once() -> None:
    place = {"latitude": 30.5, "longitude": 114.3, "horizontal_accuracy": 12.0, "live_period": 60}
    incoming = read("message", PRIVATE, location=place)
    assert incoming
    assert incoming.location == Location(30.5, 114.3, 12.0)
    assert read("edited_message", PRIVATE, location=place, edit_date=1790000001) is None


def test_a_contact_is_its_number_a_sticker_its_emoji_and_a_poll_gets_help() -> None:
    contact = read("message", PRIVATE, contact={"phone_number": "+8613900000000", "first_name": "张"})
    sticker = FILE | {"width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular"}
    smile = read("message", PRIVATE, sticker=sticker | {"emoji": "👍"})
    dice = read("message", PRIVATE, dice={"value": 3, "emoji": "🎲"})
    assert [i.text if i else None for i in (contact, smile, dice)] == ["+8613900000000", "👍", UNREAD]


def test_a_corrected_message_says_which_one_it_replaces() -> None:
    incoming = read("edited_message", PRIVATE, text="37.2", edit_date=1790000060)
    assert incoming
    assert (incoming.edited, incoming.message, incoming.text) == (True, "7", "37.2")
    assert read("edited_message", GROUP, text="/team", edit_date=1790000060) is None


def moved(chat: dict[str, Any], before: str, after: str) -> Incoming | None:
    until = {"until_date": 0}
    told = {
        "chat": chat, "from": LI, "date": 1790000000,
        "old_chat_member": {"user": BOT, "status": before} | (until if before == "kicked" else {}),
        "new_chat_member": {"user": BOT, "status": after} | (until if after == "kicked" else {}),
    }  # fmt: skip
    return READER.read({"update_id": 9, "my_chat_member": told}, NOW)


@pytest.mark.parametrize(
    ("chat", "before", "after", "event"),
    [
        (PRIVATE, "member", "kicked", Event.BLOCKED),
        (PRIVATE, "kicked", "member", Event.BACK),
        (GROUP, "left", "member", Event.ADDED),
        (GROUP, "member", "left", Event.REMOVED),
        (GROUP, "member", "kicked", Event.REMOVED),
    ],
)
def test_coming_and_going_are_events(chat: dict[str, Any], before: str, after: str, event: Event) -> None:
    incoming = moved(chat, before, after)
    assert incoming
    assert (incoming.event, incoming.account, incoming.chat) == (event, "42", str(chat["id"]))
    assert incoming.title == chat.get("title")


def test_a_group_that_became_a_supergroup_says_where_it_went() -> None:
    incoming = read("message", {"id": -5, "type": "group", "title": "一站"}, migrate_to_chat_id=-1005)
    assert incoming
    assert (incoming.event, incoming.chat, incoming.moved_to) == (Event.MIGRATED, "-5", "-1005")
    assert read("message", GROUP, migrate_from_chat_id=-5) is None


@pytest.mark.parametrize(
    "what",
    [
        {"new_chat_members": [LI]},
        {"pinned_message": {"message_id": 1, "date": 1, "chat": PRIVATE}},
        {"group_chat_created": True},
        {"text": "x", "from": BOT},
    ],
)
def test_service_messages_and_other_bots_are_nobodys_business(what: dict[str, Any]) -> None:
    assert read("message", PRIVATE, **what) is None


CODE = "AB23CD45"
HIDDEN = {"type": "text_link", "offset": 0, "length": 4, "url": f"https://t.me/zero_bot?start={CODE}"}
PHOTO = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
CHANNEL = {"id": -1002, "type": "channel", "title": "公告"}


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("message", {"text": f"/start {CODE}"}),
        ("message", {"text": f"/start@other_bot {CODE}"}),
        ("message", {"text": f"开通码 {CODE.lower()}"}),
        ("message", {"caption": f"扫码或输入 {CODE}", "photo": [PHOTO]}),
        ("message", {"text": "点这里", "entities": [HIDDEN]}),
        ("message", {"text": CODE, "message_thread_id": 45, "is_topic_message": True}),
        ("message", {"text": CODE, "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}),
        ("edited_message", {"text": CODE, "edit_date": 1790000001}),
        ("channel_post", {"text": CODE, "chat": CHANNEL, "from": None}),
        ("edited_channel_post", {"text": CODE, "chat": CHANNEL, "from": None, "edit_date": 1790000001}),
    ],
)  # fmt: skip
def test_a_code_that_others_read_is_heard_in_whatever_it_stands(kind: str, what: dict[str, Any]) -> None:
    incoming = read(kind, what.get("chat", GROUP), **{k: v for k, v in what.items() if k != "chat"})
    assert incoming is not None and not incoming.private
    assert CODE in (incoming.text or "").upper()
    assert incoming.remote is None
    if "other_bot" in what.get("text", ""):
        assert not (incoming.text or "").startswith("/"), "that another bot was meant makes it no command of ours"


@pytest.mark.parametrize("text", ["STANDARD", "22334455", "2026-11-23", "大家早上好"])
def test_words_and_numbers_in_a_group_are_no_codes(text: str) -> None:
    assert said(text, GROUP) is None


ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


@pytest.mark.parametrize(("who", "sender"), [(ANONYMOUS, GROUP), (CHANNEL_BOT, CHANNEL), (TELEGRAM, CHANNEL)])
def test_a_command_in_the_name_of_a_group_or_a_channel_is_heard_as_nobodys(who: Any, sender: Any) -> None:
    incoming = read("message", GROUP, text="/bind@zero_bot 一站", **{"from": who, "sender_chat": sender})
    assert incoming and incoming.anonymous
    assert (incoming.account, incoming.chat, incoming.text) == (str(sender["id"]), "-1001", "/bind 一站")
    assert read("message", GROUP, text="大家好", **{"from": who, "sender_chat": sender}) is None
    assert read("message", GROUP, text="/bind@other_bot", **{"from": who, "sender_chat": sender}) is None


def test_codes_shown_anonymously_count_for_each_group_apart() -> None:
    told = read("message", GROUP, text=CODE, **{"from": ANONYMOUS, "sender_chat": GROUP})
    assert told and told.account == "-1001"
