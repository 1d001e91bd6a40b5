"""The real program, running: people come in over HTTP, the clock makes a day of it, and it ends when it is told to."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlmodel import col, select

from bot.web.entry import account_of
from models.channels.webchat import Message
from models.core.database import Database, connect
from models.core.leases import Lease
from models.cycle.steps import Step
from models.messaging import enrolment
from models.organisation.people import Kind, Person
from tests.support.program import SOON, Office, Phone, code_in, running, until
from tests.support.tomorrow import NEXT, clock, settle
from tests.support.world import ZONE


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


def enrol_all(database: Database) -> dict[str, Phone]:
    """Enrol everybody with a chat, each with a browser that is kept by its cookie; return them by staff number."""
    phones = {}
    now = datetime.now(ZONE)
    with database.writing() as session:
        for person in session.exec(select(Person).where(Person.kind == Kind.STAFF)).all():
            account = account_of(token := f"token-of-{person.staff_no}")
            enrolment.enrol(session, person, "web", account, account, now)
            phones[person.staff_no] = Phone(0, f"zeroreport={token}")
    return phones


def asked(phone: Phone, me: str) -> Callable[[], tuple[int, str] | None]:
    return lambda: phone.button(me, "report.zero")


def test_a_person_enters_taps_and_the_day_goes_on_through_a_restart(office: Office) -> None:
    settle(office, due="08:30", opens="07:30", lock="09:00")
    with running(office, "run", *clock("07:29", 60)) as program:
        assert program.get("/healthz").status == 200
        code = code_in(office("invite", "1004").stdout)
        phone = Phone(program.port)
        entered = phone.enter(code)
        assert (entered.status, entered.headers["location"]) == (303, "/")
        cookie = entered.headers["set-cookie"].lower().replace(" ", "").split(";")
        assert {"httponly", "samesite=strict", "path=/"} <= set(cookie)
        assert not any(part.startswith("domain") for part in cookie)
        me = phone.state()["me"]
        assert [c["name"] for c in phone.state()["chats"]] == ["张伟", "区局", "一站", "防疫专班"]
        prompt = until(asked(phone, me))
        reply = phone.tap(me, prompt)
        assert reply.status == 200
        assert "回执" in reply.json["toast"]
        receipt = until(lambda: next((m for m in phone.messages(me) if m["edited"] and "回执" in m["text"]), None))
        held = threading.Thread(target=_hold, args=(Phone(program.port, phone.cookie),))
        held.start()
        time.sleep(0.2)
        assert program.stop() < SOON
        assert program.process.returncode == 0
        held.join(60)
        assert program.output.count("\n") <= 4, program.output
    _after_the_restart(office, phone, receipt["text"])


def _hold(phone: Phone) -> None:
    """Open a page that waits for news, until the program stops."""
    with suppress(OSError, HTTPException):
        state = phone.state()
        phone.ask("GET", f"/chat/events?{urlencode({'since': state['since'], 'epoch': state['epoch']})}")


def _after_the_restart(office: Office, phone: Phone, receipt: str) -> None:
    def locked() -> bool:
        told = office("summary", "--day", str(NEXT), "--task", "health", "--unit", "区局/一站").stdout
        figures = json.loads(told)
        return bool(figures["missing"])

    with running(office, "run", *clock("08:20")) as program:
        phone.port = program.port
        me = phone.state()["me"]
        assert receipt in [m["text"] for m in phone.messages(me)]
        group = phone.chat("一站")
        assert "截至" in until(lambda: phone.messages(group))[-1]["text"]
        until(locked, every=0.3)
        assert "已锁定" in phone.tap(me, (1, until(lambda: _zero_button(office)))).json["toast"]
        program.stop()
    assert "OK: 2 seals" in office("verify").stdout


def _zero_button(office: Office) -> str:
    """Return the data of the button in everybody's prompt."""
    database = connect(office.url)
    with database.reading() as session:
        step = session.exec(select(Step)).first()
    database.close()
    return f"report.zero.{step.period_id}" if step else ""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_only_this_machine_and_this_page_are_listened_to(office: Office) -> None:
    settle(office)
    code = code_in(office("invite", "1004").stdout)
    with running(office, "run") as program:
        stranger, other = Phone(program.port), f"evil.example:{program.port}"
        assert stranger.ask("GET", "/", Host=other).status == 403
        assert stranger.ask("GET", "/healthz", Host=f"127.0.0.1:{program.port + 1}").status == 403
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        for origin in (f"http://{other}", "https://127.0.0.1", "null"):
            assert stranger.ask("POST", "/enter", f"code={code}".encode(), Origin=origin, **form).status == 403
        assert stranger.ask("GET", "/chat/state").status == 401
        assert stranger.enter("WRONG234").status == 400
        assert "开通码" in stranger.ask("GET", "/").body.decode()
        assert stranger.enter(code).status == 303
        assert Phone(program.port).enter(code).status == 400  # it was spent
        assert stranger.ask("POST", "/clock", {"action": "next"}).status in (404, 405)
        account = stranger.state()["me"]
        assert stranger.say("p1", "我是别人", "p1").status == 404
        assert stranger.say(account, "/status").status == 200


def test_two_programs_on_one_database_never_do_a_step_twice_and_one_takes_over(office: Office) -> None:
    settle(office, due="15:00", opens="07:30", remind="07:50,11:20", lock="16:00")
    database = connect(office.url)
    phones = enrol_all(database)
    with running(office, "run", *clock("07:15")) as first:
        leader = until(lambda: _leader(database))
        with running(office, "run", *clock("07:15")) as second:
            until(lambda: len(_messages(database)) == 2 * len(phones))  # a prompt and a reminder
            _tap_zero(phones["1004"], second.port)  # on the page of the program that does not lead
            first.kill()
            until(lambda: _leader(database) != leader)
            wanted = 3 * len(phones) - 1  # who has filed is not reminded again
            until(lambda: len(_messages(database)) == wanted)
            time.sleep(0.5)
            assert len(_messages(database)) == wanted
            assert second.get("/healthz").status == 200
            assert second.stop() < SOON
    assert _done(database) == [("ask", 1), ("open", 1), ("remind", 1), ("remind", 2)]
    database.close()


def _tap_zero(phone: Phone, port: int) -> None:
    phone.port = port
    me = phone.state()["me"]
    prompt = phone.button(me, "report.zero")
    assert prompt
    assert "回执" in phone.tap(me, prompt).json["toast"]
    until(lambda: any("回执" in message["text"] for message in phone.messages(me)[-1:]))


def _leader(database: Database) -> str | None:
    with database.reading() as session:
        return session.exec(select(Lease.holder).where(Lease.name == "clock")).first()


def _messages(database: Database) -> list[str]:
    """Return the chats in which the bot ever said something, once per message; groups apart."""
    with database.reading() as session:
        said = select(Message.chat).where(col(Message.author).is_(None), col(Message.chat).startswith("w"))
        return list(session.exec(said).all())


def _done(database: Database) -> list[tuple[str, int]]:
    with database.reading() as session:
        done = session.exec(select(Step.kind, Step.number).where(col(Step.done_at).is_not(None))).all()
    return sorted((str(kind), number) for kind, number in done)


def test_the_demo_does_not_care_about_settings_that_it_does_not_use(tmp_path: Path) -> None:
    wrong = {
        "TELEGRAM_TOKEN": "nonsense", "TELEGRAM_MODE": "pigeon", "TELEGRAM_PROXY": "x", "PUBLIC_URL": "ftp://x",
        "WECOM_API_URL": "x", "DEFAULT_LOCALE": "fr", "REPORT_AT": "noon", "TELEGRAM_TOKEN_FILE": "missing",
    }  # fmt: skip
    office = Office(tmp_path, "nonsense")
    with running(office, "demo", **wrong) as program:
        assert program.get("/healthz").status == 200
    assert "TELEGRAM_TOKEN" in office("run", code=2, **wrong).stderr
    assert "PORT" in office("demo", code=2, **wrong, PORT="seven").stderr
