"""The demo's superior: a second organisation in the same process, to which the bureau hands up."""

import socket
from pathlib import Path

from sqlmodel import select

from models.core.database import connect
from models.handup.partners import Partner, State
from tests.support.demo_page import demo, superior_of
from tests.support.program import SOON, Office, Phone, until

DIRECTOR, HEAD = "Chen Guodong", "Shen Qiming"


def test_figures_go_up_by_one_tap_and_a_request_comes_back_decided(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        below, above = Phone(program.port), Phone(superior_of(program))
        director, head = below.chat(DIRECTOR), above.chat(HEAD)  # the superior's page answers once it is there
        assert above.state()["tour"] is None
        for action in ({"action": "until", "kind": "summarise_root"}, {"action": "pause"}):
            assert below.ask("POST", "/clock", action).status == 200
        below.say(director, "/handup", director)
        tapped(below, director, "handup.check")
        tapped(below, director, "handup.send")
        until(lambda: said(below, director, "signed receipt is kept"))
        above.say(head, "/handup received", head)
        tapped(above, head, "handup.open")
        until(lambda: said(above, head, "Yunxi District Bureau, Daily health"))
        below.say(director, "/request", director)
        until(lambda: below.button(director, "question.cancel"))
        below.say(director, "May we test at the market?", director)
        tapped(below, director, "question.send")
        above.messages(above.chat("Yu Min"))  # whoever is looked at waits for the viewer
        assert above.ask("POST", "/clock", {"action": "speed", "speed": "600"}).status == 200  # the clock is one
        until(lambda: said(below, director, "Approved by Yunxi City Bureau"))
        assert "ERROR" not in program.output, program.output


def test_a_change_of_language_reaches_the_superior_and_what_may_still_be_acted_on(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        below, above = Phone(program.port), Phone(superior_of(program))
        assert (HEAD, "Yunxi City Bureau") in people(above)
        assert said(below, below.chat("Zeng Hui"), "Please confirm when it has arrived.")
        assert below.ask("POST", "/language", {"locale": "zh_CN"}).status == 200
        assert ("沈启明", "云溪市局") in people(above)
        assert said(below, below.chat("曾慧"), "物资到达后请签收。")
        director = below.chat("陈国栋")
        below.say(director, "/request", director)
        until(lambda: said(below, director, "上级系统“云溪市局”"))


def test_the_superior_ends_with_the_demo_while_its_page_waits_for_news(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        port = superior_of(program)
        host, known = f"127.0.0.1:{port}", Phone(port).state()
        poll = f"/chat/events?since={known['since']}&epoch={known['epoch']}"
        with socket.create_connection(("127.0.0.1", port)) as page:
            page.sendall(f"GET {poll} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert Phone(port).state()
            assert program.stop() < SOON
        assert program.process.returncode == 0
        assert "Traceback" not in program.output, program.output


def test_a_kept_demo_whose_superior_moved_is_connected_anew(tmp_path: Path) -> None:
    for _ in range(2):
        with demo(tmp_path, "--keep", "kept.db") as program:
            port = superior_of(program)
            assert Phone(port).state()
            program.kill()  # nobody says goodbye
        (above,) = confirmed(tmp_path / "kept.db")
        (below,) = confirmed(tmp_path / "kept.db.superior")
        assert (above.address, above.ident) == (f"http://127.0.0.1:{port}", below.ident)
    for kept in ("kept.db", "kept.db.superior"):
        assert "OK: " in Office(tmp_path, f"sqlite:///{tmp_path / kept}")("verify").stdout


def confirmed(file: Path) -> list[Partner]:
    database = connect(f"sqlite:///{file}")
    with database.reading() as session:
        found = session.exec(select(Partner).where(Partner.state == State.CONFIRMED)).all()
    database.close()
    return list(found)


def people(phone: Phone) -> set[tuple[str, str]]:
    return {(it["name"], it["unit"]) for it in phone.state()["chats"] if it["kind"] == "person"}


def said(phone: Phone, chat: str, words: str) -> bool:
    return any(words in it["text"] for it in phone.messages(chat))


def tapped(phone: Phone, chat: str, action: str) -> None:
    found = until(lambda: phone.button(chat, action))
    assert found is not None
    assert phone.tap(chat, found, chat).status == 200
