"""The log stays short, whatever an outsider does a thousand times, and says how much it left out."""

import logging
import socket
from pathlib import Path

import pytest

from bot.logs import KINDS, LONGEST, MINUTE, Bounded, _Short
from tests.support.program import Office, running


class _Log:
    """A handler that keeps what would be written, and a clock of its own."""

    def __init__(self, most: int) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.filter = Bounded(most, lambda: self.now)

    def write(self, text: str, *args: object, error: Exception | None = None, name: str = "zeroreport") -> None:
        info = (type(error), error, None) if error else None
        record = logging.LogRecord(name, logging.WARNING, "", 0, text, args, info)
        if self.filter.filter(record):
            self.lines.append(record.getMessage())


@pytest.fixture
def log() -> _Log:
    return _Log(3)


def test_a_line_with_other_values_each_time_is_of_one_kind(log: _Log) -> None:
    for number in range(3594):
        log.write("a callback was refused: %s", number)
    assert len(log.lines) == 3


def test_the_next_minute_says_how_many_were_left_out(log: _Log) -> None:
    for number in range(10):
        log.write("a callback was refused: %s", number)
    log.now += MINUTE
    log.write("a callback was refused: %s", "again")
    log.write("a callback was refused: %s", "once more")
    assert log.lines[3] == "a callback was refused: again (and 7 more like it that were not written)"
    assert log.lines[4] == "a callback was refused: once more"


def test_one_kind_takes_no_room_from_another(log: _Log) -> None:
    for _ in range(10):
        log.write("Invalid HTTP request received.", name="uvicorn.error")
    log.write("the database does not answer")
    log.write("a bug", error=ValueError())
    assert len(log.lines) == 5


def test_lines_that_are_all_of_another_kind_are_bounded_together(log: _Log) -> None:
    for number in range(10_000):
        log.write(f"something {_letters(number)}")
    assert len(log.lines) == KINDS + 3
    assert len(log.filter._kinds) == KINDS + 1
    log.now += 2 * MINUTE
    log.write("something new")
    assert log.lines[-1].startswith("something new")


def _letters(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "abcdefghij"))


@pytest.mark.parametrize(
    "text", ["no file {}", "no file '{}", 'no file "a{}" there', "<Task at 0x7f{:x}>", "{:05} times"]
)
def test_values_that_a_library_put_into_the_sentence_make_no_kind_of_their_own(log: _Log, text: str) -> None:
    for number in range(1000):
        log.write(text.format(number))
    assert len(log.lines) == 3


def test_who_fills_all_kinds_silences_no_other_part_of_the_program_and_not_for_ever(log: _Log) -> None:
    for number in range(KINDS + 100):
        for _ in range(5):
            log.write(f"something {_letters(number)}", name="library")
    before = len(log.lines)
    log.write("the database does not answer")
    assert len(log.lines) == before + 1
    log.now += 2 * MINUTE
    for number in range(10):
        log.write(f"a new thing {_letters(number)}")
    assert len(log.lines) == before + 11
    assert len(log.filter._kinds) < 20


def test_a_line_is_never_endless() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "%s", ("x" * 1_000_000,), None)
    assert len(_Short("%(message)s").format(record)) <= LONGEST


def test_what_outsiders_send_by_the_hundred_is_a_few_lines_of_log(tmp_path: Path) -> None:
    """Callbacks without a signature logged 3,594 lines in 3 s; so might whatever else is no request at all."""
    office = Office(tmp_path, f"sqlite:///{tmp_path}/zeroreport.db")
    office("init", "局", "周敏")
    wecom = {
        "WECOM_CORP_ID": "ww1", "WECOM_AGENT_ID": "1", "WECOM_SECRET": "s", "WECOM_CALLBACK_TOKEN": "t",
        "WECOM_AES_KEY": "a" * 43, "WECOM_API_URL": "http://127.0.0.1:9",
    }  # fmt: skip
    with running(office, "run", LOG_LEVEL="INFO", **wecom) as program:
        for request in (
            b"POST /wecom/callback?msg_signature=x&timestamp=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n<a",
            b"GET /wecom/callback?msg_signature=x&echostr=y HTTP/1.1\r\nHost: x\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            b"POST /telegram/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        ):
            for _ in range(100):
                with socket.create_connection(("127.0.0.1", program.port), timeout=60) as one:
                    one.sendall(request)
                    one.recv(1000)
        assert len([line for line in program.output.splitlines() if "callback was refused" in line]) <= 20
        assert len(program.output.splitlines()) < 200
