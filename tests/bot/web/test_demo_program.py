"""The demo as a program: how fast it is there, what it keeps, which port it takes, when its day begins."""

import shutil
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from models.core.database import connect
from tests.support.demo_page import demo, superior_of
from tests.support.program import SOON, Office, Phone, running, until
from tests.support.world import World


def test_it_is_up_in_five_seconds_and_prints_its_address_and_its_superiors(tmp_path: Path) -> None:
    with demo(tmp_path, python=sys.executable) as program:
        assert program.processor < 5  # seconds of work: other programs of a loaded machine do not count
        until(lambda: "Ctrl+C" in program.output)
        assert program.output.count("http://") == 2
        assert Phone(superior_of(program)).state()  # it begins a moment later, and whoever asks waits for it
        assert program.stop() < SOON
        assert program.process.returncode == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".txt"}  # nothing is left behind


def test_a_port_that_is_taken_is_named_and_no_other_is_opened(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        refused = Office(tmp_path, "")("demo", "--port", port, code=2)
        assert port in refused.stderr
        with running(Office(tmp_path, ""), "demo", PORT=port) as program:  # nobody asked for this one
            assert str(program.port) != port


def test_the_clock_waits_until_somebody_looks(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        phone = Phone(program.port)
        before = phone.state()["clock"]
        assert before["paused"]
        assert phone.state()["clock"]["now"] == before["now"]
        program.get("/")
        assert not phone.state()["clock"]["paused"]


def test_kept_data_is_there_the_next_time(tmp_path: Path) -> None:
    with demo(tmp_path, "--keep", "kept.db") as program:
        until(lambda: "kept.db" in program.output)
        phone = Phone(program.port)
        me = phone.chat("Han Mei")
        assert phone.say(me, "/help", me).status == 200
        said = until(lambda: [m["at"] for m in phone.messages(me) if m["author"] is None])
        program.kill()
    with demo(tmp_path, "--keep", "kept.db") as program:
        phone.port = program.port
        assert phone.messages(me)[0]["text"] == "/help"
        assert datetime.fromisoformat(phone.state()["clock"]["now"]) >= datetime.fromisoformat(
            max(said)[:19] + "+00:00"
        )
    refused = Office(tmp_path, f"sqlite:///{tmp_path / 'kept.db'}")
    assert "OK: " in refused("verify").stdout


def test_a_real_organisations_database_is_refused_and_left_alone(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "real.db")
    database = connect(f"sqlite:///{tmp_path / 'real.db'}")
    World(database).organisation()
    database.close()
    before = (tmp_path / "real.db").read_bytes()
    refused = Office(tmp_path, "")("demo", "--keep", "real.db", code=2)
    assert "real.db" in refused.stderr
    assert (tmp_path / "real.db").read_bytes() == before


def test_a_question_waits_for_its_reader_however_fast_the_day_goes(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        phone = Phone(program.port)
        me = phone.chat("Zhou Min")
        phone.say(me, "/unit add Yunxi District Bureau/Station 4", me)
        asked = until(lambda: phone.button(me, "confirm.yes"))
        before = phone.state()["clock"]["now"]
        assert phone.ask("POST", "/clock", {"action": "until", "kind": "open"}).status == 200
        assert phone.ask("POST", "/clock", {"action": "next"}).status == 200
        assert before[:13] < phone.state()["clock"]["now"][:13]  # hours later
        assert phone.tap(me, asked, me).status == 200
        phone.say(me, "/unit list", me)
        assert until(lambda: [m for m in phone.messages(me) if m["author"] is None and "Station 4" in m["text"]])


def test_a_station_lead_confirms_a_report_that_is_filled_in_from_its_peoples_by_one_tap(tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        phone = Phone(program.port)
        me = phone.chat("Wang Jianguo")
        asked = until(lambda: _stepped(phone, me, "[Unit daily figures · Station 1]"))
        data = next(b["data"] for row in asked["buttons"] for b in row if b["data"].startswith("report.fill_of."))
        assert phone.tap(me, (asked["id"], data), me).status == 200
        review = until(lambda: phone.button(me, "answer.submit"))
        (said,) = [m["text"] for m in phone.messages(me) if m["id"] == review[0]]
        assert said.count(" reports (Daily health)") == 3
        assert phone.tap(me, review, me).status == 200
        until(lambda: [m for m in phone.messages(me) if m["id"] == review[0] and "Received" in m["text"]])


def _stepped(phone: Phone, chat: str, words: str) -> dict[str, Any] | None:
    """Go a step on through the day unless there is a message with these words, which is returned."""
    found = next((m for m in phone.messages(chat) if words in m["text"]), None)
    if found is None:
        assert phone.ask("POST", "/clock", {"action": "next"}).status == 200
    return found
