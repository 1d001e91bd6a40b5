"""The door: which hosts, origins, bodies and people get in, and that a refusal is a sentence."""

import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import Recipient
from bot.channels.webchat.channel import FILE_LIMIT
from bot.web import entry
from handlers.core.incoming import Answer, Incoming
from handlers.core.rendering import Content
from models.changes import credentials
from models.core.database import Database
from models.messaging import enrolment
from models.messaging.addresses import Address
from models.messaging.enrolment import Invite, invite
from models.organisation.people import Person
from models.organisation.units import Unit
from tests.support.serving import NOW, Served, populate, serving

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def demo(database: Database) -> Iterator[Served]:
    populate(database)
    with serving(database) as served:
        yield served


@pytest.fixture
def run(database: Database) -> Iterator[Served]:
    """Serve the real program's page, with a desk that enrols as /start does."""
    populate(database)
    with serving(database, demo=False) as served:

        async def start(incoming: Incoming) -> None:
            code = (incoming.text or "").removeprefix("/start ")
            found = await served.chat._write(lambda session: credentials.redeem(session, code, NOW.date(), NOW))
            here = Recipient(incoming.account, incoming.chat)
            if found is None:
                await served.chat.send(Content("<b>开通码</b>不对"), [here], NOW)
            else:
                known = found.person
                await served.chat._write(lambda s: enrolment.enrol(s, known, "web", here.account, here.chat, NOW))

        served.desk.act = start
        yield served


def code_for(database: Database, name: str) -> str:
    with database.writing() as session:
        return invite(session, session.exec(select(Person).where(Person.name == name)).one(), NOW)


def enter(served: Served, code: str, cookie: str = "") -> Any:
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return served.post("/enter", f"code={code}".encode(), **headers)


def cookie_of(reply: Any) -> str:
    return str(reply.headers["set-cookie"]).split(";")[0]


# hosts, origins, sizes


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "{port}"]
)
def test_another_host_is_refused_in_a_sentence(demo: Served, host: str) -> None:
    for path in ("/", "/chat/state", "/static/chat.js", "/healthz"):
        reply = demo.get(path, Host=host.format(port=demo.port))
        assert reply.status == 403
        assert b"only on this computer" in reply.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_this_computers_names_are_let_in(demo: Served, host: str) -> None:
    assert demo.get("/healthz", Host=f"{host}:{demo.port}").body == b"ok"


SAID = {"account": "p1", "chat": "p1", "text": "hello"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"},
        {"Origin": "http://localhost:1"},
    ],
)
def test_what_another_page_sends_does_nothing(demo: Served, headers: dict[str, str]) -> None:
    for path in ("/chat/say", "/chat/tap", "/chat/file?account=p1&chat=p1&name=a", "/language", "/clock"):
        reply = demo.post(path, SAID, **headers)
        assert (reply.status, "another page" in reply.json["error"]) == (403, True)
    assert demo.desk.taken == []


def test_a_form_of_our_own_page_is_let_in_though_it_hides_its_origin(demo: Served) -> None:
    assert demo.post("/chat/say", SAID, Origin="null", Sec_Fetch_Site="same-origin").status == 200


def test_every_answer_carries_the_headers_that_keep_the_page_closed(demo: Served) -> None:
    for path in ("/", "/chat/state", "/static/chat.css", "/chat/messages?chat=no", "/nowhere"):
        headers = demo.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert demo.get("/chat/state").headers["cache-control"] == "no-store"


def test_bodies_have_their_limits(demo: Served) -> None:
    path = "/chat/file?account=p1&chat=p1&name=a.bin"
    assert demo.post("/chat/say", b"x" * 70_000).status == 413
    assert demo.post(path, b"x" * FILE_LIMIT).status == 200
    with socket.create_connection(("127.0.0.1", demo.port)) as raw:  # without a length it is counted as it comes
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{demo.port}\r\nOrigin: http://127.0.0.1:{demo.port}\r\n"
        raw.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(12):
                raw.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
        except ConnectionError:
            pass  # it hung up on us while we were talking, as it may
        else:
            assert b" 413 " in raw.recv(200)
    assert len(demo.desk.taken) == 1


def test_only_a_file_is_held_against_a_files_size(demo: Served) -> None:
    """A code of 70,000 letters was told that a file may have 10 MB."""
    path = "/chat/file?account=p1&chat=p1&name=a.bin"
    assert "10 MB" in demo.post(path, b"x" * (FILE_LIMIT + 1)).json["error"]
    assert "4,096" in demo.post("/chat/say", b"x" * 70_000).json["error"]
    assert "code" in demo.post("/enter", b"code=" + b"x" * 70_000).body.decode()
    assert "10 MB" not in demo.post("/chat/tap", b"x" * 70_000).json["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'{"chat": "p1"}', b'{"chat": null, "text": "a"}', b"[" * 60_000, b"\xff\xfe"]
)
def test_a_body_nobody_understands_is_refused(demo: Served, body: bytes) -> None:
    reply = demo.post("/chat/say", body)
    assert (reply.status, reply.json["error"]) == (400, "The program did not understand this request.")


def test_text_is_cleaned_of_what_no_database_takes_and_kept_to_its_length(demo: Served) -> None:
    assert demo.post("/chat/say", {**SAID, "text": "a\x00b\ud800c\n<b>"}).json["message"]["text"] == "abc\n<b>"
    assert demo.post("/chat/say", {**SAID, "text": " \n\x00"}).status == 400
    assert demo.post("/chat/say", {**SAID, "text": "x" * 4096}).status == 200
    assert demo.post("/chat/say", {**SAID, "text": "x" * 4097}).status == 400


def test_an_uncommitted_message_is_answered_with_503_and_a_sentence(demo: Served) -> None:
    demo.desk.broken = True
    for path, body in (("/chat/say", SAID), ("/chat/tap", {**SAID, "message": "1", "data": "z"})):
        reply = demo.post(path, body)
        assert (reply.status, "has not been recorded" in reply.json["error"]) == (503, True)


# the demo


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
    for body in ({"action": "play", "speed": 600}, {"action": "next"}, {"action": "pause"}):
        assert demo.post("/clock", body).status == 200
    assert demo.post("/clock", {"action": "play", "speed": 7}).status == 400
    assert demo.get("/clock").json["paused"]
    assert demo.clock is not None
    assert demo.clock.asked == [600, "next", "pause"]


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
    assert time.monotonic() - began < 3
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


# the real program


def test_without_a_code_there_is_only_the_door(run: Served) -> None:
    assert b'name="code"' in run.get("/").body
    for path in ("/chat/state", "/chat/messages?chat=p1", "/chat/events?since=0", "/chat/file/00/a"):
        assert run.get(path).status == 401
    assert run.post("/chat/say", SAID).status == 401
    assert run.get("/clock").status == 404


def test_a_right_code_opens_ones_own_chat_and_the_groups_above(run: Served, database: Database) -> None:
    reply = enter(run, code_for(database, "李梅"))
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert all(part in reply.headers["set-cookie"] for part in ("HttpOnly", "SameSite=strict", "Path=/"))
    cookie = cookie_of(reply)
    state = run.get("/chat/state", Cookie=cookie).json
    assert [c["name"] for c in state["chats"]] == ["李梅", "局", "一站"]
    assert state["me"].startswith("w")
    with database.reading() as session:
        other = session.exec(select(Address.chat).join(Unit).where(Unit.name == "二站")).one()
    for chat in ("p1", other, "nowhere"):
        assert run.get(f"/chat/messages?chat={chat}", Cookie=cookie).status == 404
        assert run.post("/chat/say", {"chat": chat, "text": "a"}, Cookie=cookie).status == 404
    run.post("/chat/say", {"account": "p1", "chat": state["me"], "text": "零报告"}, Cookie=cookie)
    assert run.desk.taken[-1].account == state["me"]  # whom the page names counts for nothing


def test_a_wrong_code_shows_the_bots_words_and_keeps_the_account(run: Served) -> None:
    first = enter(run, "WRONG234")
    assert first.status == 400
    assert "开通码不对" in first.body.decode()
    assert "&lt;b&gt;" not in first.body.decode()
    second = enter(run, "WRONG235", cookie_of(first))
    assert "set-cookie" not in second.headers  # the browser keeps the one it has
    assert len({i.account for i in run.desk.taken}) == 1


@pytest.mark.parametrize("planted", ["zeroreport=planted", "zeroreport=" + "a" * 43])
def test_a_cookie_that_somebody_planted_is_worth_nothing_after_the_code(
    run: Served, database: Database, planted: str
) -> None:
    reply = enter(run, code_for(database, "李梅"), planted)
    assert reply.status == 303
    assert cookie_of(reply) != planted
    assert run.get("/chat/state", Cookie=planted).status == 401
    assert run.get("/chat/state", Cookie=cookie_of(reply)).status == 200


def test_who_enters_anew_gets_a_new_cookie_and_the_old_one_ends(run: Served, database: Database) -> None:
    first = cookie_of(enter(run, code_for(database, "李梅")))
    second = cookie_of(enter(run, code_for(database, "李梅"), first))
    assert first != second
    assert run.get("/chat/state", Cookie=first).status == 401
    assert run.get("/chat/state", Cookie=second).status == 200


def test_a_wrong_code_gives_no_planted_cookie_back(run: Served) -> None:
    assert "set-cookie" not in enter(run, "WRONG234", "zeroreport=planted").headers


def test_who_leaves_leaves_a_cookie_that_ends_with_the_same_flags(run: Served, database: Database) -> None:
    cookie = cookie_of(enter(run, code_for(database, "李梅")))
    gone = run.post("/leave", {}, Cookie=cookie).headers["set-cookie"]
    assert all(part in gone for part in ("Max-Age=0", "HttpOnly", "SameSite=strict", "Path=/"))


def test_who_drops_the_cookie_to_go_on_guessing_keeps_nobody_elses_right_code_out(
    run: Served, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "PATIENCE", 0.0)
    assert {enter(run, f"GUESS{n:03}").status for n in range(31)} == {400}
    assert enter(run, code_for(database, "李梅")).status == 303


def test_who_leaves_is_out_and_their_address_retired(run: Served, database: Database) -> None:
    cookie = cookie_of(enter(run, code_for(database, "李梅")))
    assert run.post("/leave", {}, Cookie=cookie).status == 200
    assert run.get("/chat/state", Cookie=cookie).status == 401
    with database.reading() as session:
        spent = session.exec(select(Invite)).one()
        assert spent.used_at is not None
        assert session.exec(select(Address.reach).where(Address.account.startswith("w"))).one() == "retired"  # type: ignore[attr-defined]


def test_news_of_other_peoples_chats_is_never_told(run: Served, database: Database) -> None:
    cookie = cookie_of(enter(run, code_for(database, "李梅")))
    state = run.get("/chat/state", Cookie=cookie).json
    run.run(run.chat.send(Content("x"), [Recipient("p3", "p3"), Recipient(state["me"], state["me"])], NOW))
    told = run.get(f"/chat/events?since={state['since']}&epoch={state['epoch']}", Cookie=cookie).json
    assert [m["chat"] for m in told["messages"]] == [state["me"]]


def test_a_head_with_more_lines_than_any_browser_sends_is_refused(demo: Served) -> None:
    assert demo.get("/healthz", **{f"X-{n}": "y" for n in range(60)}).status == 200
    assert demo.get("/healthz", **{f"X-{n}": "y" for n in range(120)}).status == 431


def test_who_goes_away_in_the_middle_of_a_body_leaves_no_trace_in_the_log(
    run: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(log, "handlers", [caplog.handler])
    monkeypatch.setattr(log, "level", logging.ERROR)
    log.manager._clear_cache()  # type: ignore[attr-defined]
    here = f"127.0.0.1:{run.port}"
    head = f"POST /enter HTTP/1.1\r\nHost: {here}\r\nOrigin: http://{here}\r\nContent-Length: 10\r\n\r\nco"
    with socket.create_connection(("127.0.0.1", run.port)) as gone:
        gone.sendall(head.encode())
        assert run.get("/healthz").status == 200, "and by now its head was read"
        gone.shutdown(socket.SHUT_WR)
        gone.recv(100)
    assert run.get("/healthz").status == 200
    assert caplog.messages == []
