"""Who enters the real program's page: a code opens one's own chat, a cookie keeps it open, leaving ends both."""

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import Recipient
from bot.web import entry
from handlers.core.incoming import Incoming
from handlers.core.rendering import Content, Picture
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


def test_without_a_code_there_is_only_the_door(run: Served) -> None:
    assert b'name="code"' in run.get("/").body
    for path in ("/chat/state", "/chat/messages?chat=p1", "/chat/events?since=0", "/chat/file/00/a"):
        assert run.get(path).status == 401
    assert run.post("/chat/say", {"account": "p1", "chat": "p1", "text": "hello"}).status == 401
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


def test_a_picture_is_shown_where_it_stands_and_to_nobody_else(run: Served, database: Database) -> None:
    async def drawn(picture: Picture) -> bytes:
        return b"\x89PNG " + picture.values.encode()

    run.chat.draw = drawn
    cookie = cookie_of(enter(run, code_for(database, "李梅")))
    state = run.get("/chat/state", Cookie=cookie).json
    mine = next(c["chat"] for c in state["chats"] if c["name"] == "一站")
    with database.reading() as session:
        other = session.exec(select(Address.chat).join(Unit).where(Unit.name == "二站")).one()
    shown = {chat: Picture("summary", "en", chat, f"the picture of {chat}") for chat in (mine, other)}
    for chat, picture in shown.items():
        run.run(run.chat.send(Content("53/58", picture=picture), [Recipient(chat, chat)], NOW))
    (message,) = run.get(f"/chat/messages?chat={mine}", Cookie=cookie).json["messages"]
    assert message["picture"]["alt"] == f"the picture of {mine}"
    reply = run.get(message["picture"]["url"], Cookie=cookie)
    assert (reply.headers["content-type"], reply.body) == ("image/png", b"\x89PNG " + mine.encode())
    assert run.get(f"/chat/picture/{shown[other].digest}", Cookie=cookie).status == 404
    assert run.get(message["picture"]["url"]).status == 401
    changed = Content("56/58", picture=shown[other])
    run.run(run.chat.send(changed, [Recipient(mine, mine, str(message["id"]))], NOW))
    assert run.get(message["picture"]["url"], Cookie=cookie).status == 404  # it stands there no longer
