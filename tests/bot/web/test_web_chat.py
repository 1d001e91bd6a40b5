"""The browser chat of the demo: everybody's chats, taps, files, news, and the clock driven from the page."""

import socket
import time

import pytest

from bot.channels.base import Recipient
from handlers.core.incoming import Answer
from handlers.core.rendering import Content
from models.core.database import Database
from tests.support.serving import NOW, Served, populate, serving

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_the_demo_lists_everybody_and_all_groups(demo: Served) -> None:
    demo.run(demo.chat.send(Content("<b>【每日】</b>a &lt; b"), [Recipient("p2", "p2")], NOW))
    state = demo.get("/chat/state").json
    people, groups = state["chats"][:3], state["chats"][3:]
    assert [(c["name"], c["kind"]) for c in people] == [(name, "person") for name in ("王建国", "李梅", "赵磊")]
    assert [(c["name"], c["kind"]) for c in groups] == [(name, "group") for name in ("局", "一站", "二站")]
    wang, li, _ = people
    assert (wang["role"], wang["unit"], wang["last"]) == ("lead", "一站", None)
    assert (li["last"]["text"], len(li["last"]["recent"])) == ("【每日】a < b", 1)
    assert (state["mode"], state["clock"]["next"]["label"]["en"]) == ("demo", "Reminder")


def test_a_tap_is_answered_with_its_toast(demo: Served) -> None:
    demo.desk.reply = Answer("已记录", alert=True)
    reply = demo.post("/chat/tap", {"account": "p1", "chat": "p1", "message": 5, "data": "zero:1"})
    assert reply.json == {"toast": "已记录", "alert": True}
    assert (demo.desk.taken[0].message, demo.desk.taken[0].data) == ("5", "zero:1")


def test_nobody_acts_in_a_chat_they_do_not_belong_to(demo: Served) -> None:
    for account, chat in (("p1", "p2"), ("p1", "g3"), ("g1", "g1"), ("nobody", "p1"), ("p1", "")):
        assert demo.post("/chat/say", {"account": account, "chat": chat, "text": "a"}).status == 404
    assert demo.post("/chat/say", {"account": "p1", "chat": "g1", "text": "/team"}).status == 200


def test_the_clock_is_driven_from_the_page(demo: Served) -> None:
    for body in ({"action": "speed", "speed": 600}, {"action": "play"}, {"action": "next"}, {"action": "pause"}):
        assert demo.post("/clock", body).status == 200
    assert demo.post("/clock", {"action": "speed", "speed": 7}).status == 400
    assert demo.get("/clock").json["paused"]
    assert demo.clock is not None
    assert demo.clock.asked == [600, None, "next", "pause"]


def test_news_comes_at_once_and_a_page_of_another_run_starts_anew(demo: Served) -> None:
    state = demo.get("/chat/state").json
    demo.run(demo.chat.send(Content("neu"), [Recipient("p2", "p2")], NOW))
    told = demo.get(f"/chat/events?since={state['since']}&epoch={state['epoch']}").json
    assert [(m["chat"], m["text"], m["author"]) for m in told["messages"]] == [("p2", "neu", None)]
    assert told["since"] == state["since"] + 1
    assert demo.get("/chat/events?since=0&epoch=other").json == {"reset": True}
    assert demo.get("/chat/events?since=x").status == 400


def test_a_held_poll_does_not_hold_up_the_end(database: Database) -> None:
    populate(database)
    with serving(database) as served:
        state = served.get("/chat/state").json
        raw = socket.create_connection(("127.0.0.1", served.port))
        question = f"GET /chat/events?since={state['since']}&epoch={state['epoch']} HTTP/1.1\r\n"
        raw.sendall(f"{question}Host: 127.0.0.1:{served.port}\r\n\r\n".encode())
        time.sleep(0.3)
        began = time.monotonic()
    assert time.monotonic() - began < 15  # for 20 a poll is held
    raw.close()


def test_a_file_is_served_to_those_who_see_it_and_never_as_a_page(demo: Served) -> None:
    sent = demo.post("/chat/file?account=p1&chat=p1&name=%E2%80%AE..%2Fa.html", b"<script>", Content_Type="text/html")
    file = sent.json["message"]["file"]
    assert file["name"] == "a.html"
    got = demo.get(file["url"])
    assert (got.body, got.headers["content-type"]) == (b"<script>", "application/octet-stream")
    assert got.headers["content-disposition"] == "attachment"
    assert demo.get(f"/chat/file/{'0' * 64}/a").status == 404


def test_health_is_what_the_program_says(database: Database) -> None:
    with serving(database, problems=lambda: ["disk"]) as served:
        assert served.get("/healthz").status == 503
        assert served.get("/healthz").body == b"not well: disk"
