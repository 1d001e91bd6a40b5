"""A PostgreSQL that lets nobody in or is not there is a sentence, without a word of the password."""

import contextlib
import socket
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.bot.states.commands import COMMANDS, outcome, says
from tests.support.program import Office

PASSING = ("at 127.0.0.1:1", "Nothing is listening", "no machine has this name", "still starting", "shutting down",
           "max_connections", "its log says why")  # fmt: skip


@contextmanager
def refusing(code: str, words: str) -> Iterator[int]:
    """Run a server that lets nobody in and says why; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    with server.accept()[0] as caller:
                        while (size := struct.unpack("!i", caller.recv(4))[0]) == 8:
                            caller.recv(4)
                            caller.sendall(b"N")  # no encryption
                        caller.recv(size)
                        told = b"".join(
                            k + v.encode() + b"\0" for k, v in ((b"S", "FATAL"), (b"C", code), (b"M", words))
                        )
                        caller.sendall(b"E" + struct.pack("!i", len(told) + 5) + told + b"\0")

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("code", "words", "cure"),
    [
        ("28P01", 'password authentication failed for user "u"', "user and password"),
        ("28P01", '用户 "u" Password 认证失败', "user and password"),
        ("3D000", 'database "x" does not exist', "createdb"),
        ("57P03", "the database system is starting up", "still starting"),
        ("57P03", "the database system is shutting down", "shutting down"),
        ("53300", "sorry, too many clients already", "max_connections"),
        ("XX000", "etwas ganz anderes", "its log says why"),
    ],
)
def test_a_server_that_lets_nobody_in_is_a_sentence(office: Office, code: str, words: str, cure: str) -> None:
    with refusing(code, words) as port, outcome(office):
        url = f"postgresql://u:hunter2@127.0.0.1:{port}/x?sslmode=disable&gssencmode=disable"
        for command in ("verify", "run") if cure != "createdb" else COMMANDS.values():
            if not command.startswith("demo"):
                done = office.typed(command.split(), DATABASE_URL=url)
                says(done, cure)
                assert done.code == (1 if command == "run" and cure.startswith(PASSING) else 2)


def test_a_passing_failure_at_start_does_not_make_a_supervisor_give_up(office: Office) -> None:
    """Code 2 wants a person (the systemd unit starts nothing again after it); a database that is away for a while does
    not, on whichever day the machines are started."""
    with closing(sqlite3.connect(office.folder / "zr.db", isolation_level=None)) as raw:
        raw.execute("BEGIN EXCLUSIVE")
        office("init", "X", code=2)
        assert "fuser" in office("run", code=1).stderr
    (office.folder / "zr.db").chmod(0o444)
    assert "write-protected" in office.typed(["run"], ordinary=True).stderr
    assert office.typed(["run"], ordinary=True).code == 1
    (office.folder / "zr.db").chmod(0)
    assert office.typed(["run"], ordinary=True).code == 2


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/x", "Nothing is listening"),
        ("postgresql://u:hunter2@/x?host=127.0.0.1:1&host=127.0.0.1:2", "at 127.0.0.1:1, 127.0.0.1:2."),
        ("postgresql://u:hunter2@127.0.0.1,localhost/x?port=1", "at 127.0.0.1:1, localhost:1."),
        ("postgresql://u:hunter2@127.0.0.1:1,127.0.0.1:2/x", "host=ONE:5432&host=TWO:5432"),
        ("postgresql://u:hunter2@nowhere.invalid/x", "no machine has this name"),
        ("postgresql://u:hunter2@127.0.0.1:1/x?secretly=1", "DATABASE_URL"),
        ("postgresql://u:hunter2@127.0.0.1:99999/x", "DATABASE_URL"),
        ("postgresql://u:sec@hunter2@127.0.0.1/x", "%40"),
        ("postgresql://u:a@hunter2/hunter2@127.0.0.1/x", "%40"),
        ("postgresql://u:a@b/x?hunter2@127.0.0.1", "%40"),
        ("postgresql://u:hunter2/x", "DATABASE_URL"),
        ("postgresql://u:hunter2@[::1/x", "DATABASE_URL"),
        ("mysql://u:hunter2@127.0.0.1/x", "DATABASE_URL"),
        ("nonsense hunter2", "DATABASE_URL"),
        ("sqlite:///:memory:", "DATABASE_URL"),
        ("sqlite:///file:zr.db?mode=ro&uri=true", "DATABASE_URL"),
        ("oracle+hunter2://x", "DATABASE_URL"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_sentence_without_a_word_of_the_password(
    office: Office, url: str, cure: str
) -> None:
    for command in ("verify", "run", "backup b.db", "check"):
        done = office.typed(command.split(), DATABASE_URL=url, LOG_LEVEL="DEBUG")
        assert cure in done.stderr, done
        assert done.code == (1 if command == "run" and cure.startswith(PASSING) else 2)
        assert "hunter2" not in done.stdout + done.stderr, done
        assert "[secret]" not in done.stderr, done  # nor is there anything to hide
