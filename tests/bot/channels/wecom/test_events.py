"""What WeCom tells, read as what somebody did."""

from typing import Any

import pytest

from bot.channels.base import SendError
from bot.channels.wecom import events
from handlers.core.incoming import Event, Location
from tests.bot.channels.wecom.side import Desk, Side, listening
from tests.fakes.wecom import WeComServer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SAID: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "text": ({"MsgType": "text", "Content": " 零报告"}, {"text": " 零报告"}),
    "link": ({"MsgType": "link", "Title": "通知", "Url": "https://x.cn"}, {"text": "通知\nhttps://x.cn"}),
    "location": (
        {"MsgType": "location", "Location_X": "51.5", "Location_Y": "-0.12"},
        {"location": Location(51.5, -0.12)},
    ),
    "opened": ({"MsgType": "event", "Event": "enter_agent"}, {"event": Event.BACK}),
    "joined": ({"MsgType": "event", "Event": "subscribe"}, {"event": Event.JOINED}),
    "left": ({"MsgType": "event", "Event": "unsubscribe"}, {"event": Event.BLOCKED}),
    "menu": ({"MsgType": "event", "Event": "click", "EventKey": "我的"}, {"text": "我的"}),
    "no cards": ({"MsgType": "event", "Event": "click", "EventKey": "no-cards"}, {"text": "/start"}),
    "tap": (
        {
            "MsgType": "event", "Event": "template_card_event", "EventKey": "report.zero.1", "TaskId": "t_0",
            "ResponseCode": "c",
        },
        {"data": "report.zero.1", "message": "t_0"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_wecom_tells_is_what_somebody_did(database_kind: str, name: str) -> None:
    told, wanted = SAID[name]
    found = events.incoming({"FromUserName": "zhang", "CreateTime": "1750000000", "MsgId": "9", **told}, "app")
    assert found
    assert {key: getattr(found, key) for key in wanted} == wanted
    assert (found.channel, found.account, found.chat, found.private) == ("wecom", "zhang", "zhang", True)
    assert found.vouched == "zhang"


@pytest.mark.parametrize("kind", ["image", "voice", "video"])
def test_a_picture_a_voice_or_a_video_is_fetched_from_where_it_lies(side: Side, server: WeComServer, kind: str) -> None:
    server.media["m1"] = ("", "application/octet-stream", b"bytes")
    told = {"FromUserName": "zhang", "MsgType": kind, "MediaId": "m1", "MsgId": "9"}
    found = events.incoming(told, "app")
    assert found
    assert found.remote
    remote = found.remote
    assert side.run(lambda: side.channel.fetch(remote)) == b"bytes"
    del server.media["m1"]
    with pytest.raises(SendError) as gone:
        side.run(lambda: side.channel.fetch(remote))
    assert gone.value.permanent


def test_an_event_that_concerns_nobody_is_acknowledged_and_ignored(side: Side, server: WeComServer) -> None:
    told: list[dict[str, str]] = [{}, {"MsgType": "file"}, {"MsgType": "event", "Event": "LOCATION"}]
    with listening(side):
        assert [server.tell("zhang", **it).status for it in told] == [200] * 3
    desk = Desk()
    side.work_off(desk)
    assert desk.taken == []


def test_a_place_is_told_as_it_is_on_the_earth_and_not_on_chinas_maps(database_kind: str) -> None:
    told = {"MsgType": "location", "Location_X": "39.908823", "Location_Y": "116.397470", "MsgId": "1"}
    found = events.incoming({"FromUserName": "zhang", **told}, "app")
    assert found
    assert found.location
    assert abs(found.location.latitude - 39.907421) < 0.00005  # the gate of heavenly peace, 5 m either way
    assert abs(found.location.longitude - 116.391228) < 0.00005
