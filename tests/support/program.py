"""Run the real program as a subprocess, with people who use it over HTTP."""

import atexit
import contextlib
import http.client
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from bot.settings import Settings
from tests.support.serving import Reply

T = TypeVar("T")
SOON = 15  # seconds in which a program ends on the busiest machine; one that waits for a held poll takes 20
NOT_A_USERS = "PYTHONDONTWRITEBYTECODE"  # a program that is compiled at every start starts later than a user's does
OURS = {name.upper() for name in Settings.model_fields} | {f"{name.upper()}_FILE" for name in Settings.model_fields}
ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment without any setting of ours, in English."""
    kept = {k: v for k, v in os.environ.items() if k not in {*OURS, NOT_A_USERS} and not k.startswith(("LC_", "LANG"))}
    return kept | {"LANG": "C", "PYTHONPATH": str(ROOT)} | more


def until(question: Callable[[], T], seconds: float = 60, every: float = 0.05) -> T:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := question():
            return found
        time.sleep(every)
    raise AssertionError(f"nothing came of it in {seconds} s: {question.__doc__ or question}")


@cache
def terminal() -> subprocess.Popen[str]:
    """Start tests/support/terminal.py, once for the whole run."""
    command = [sys.executable, "-m", "tests.support.terminal"]
    started = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    )

    def close() -> None:
        started.communicate()

    atexit.register(close)
    return started


_typing = threading.Lock()  # threads of a test share the terminal


def _ask_terminal(**asked: Any) -> str:
    with _typing:
        there = terminal()
        assert there.stdin
        assert there.stdout
        there.stdin.write(json.dumps(asked) + "\n")
        there.stdin.flush()
        return there.stdout.readline().strip()


class Forked:
    """A process of the terminal that keeps running, with the part of `Popen` that tests use."""

    def __init__(self, arguments: Sequence[str], folder: Path, said: Path, known: dict[str, str]) -> None:
        self.returncode: int | None = None
        self._asking = threading.Lock()
        self.pid = int(_ask_terminal(
            arguments=arguments, folder=str(folder), environment=known, out=str(said), err=str(said), ordinary=False,
            killed_after=None, killed_at=None, file_size=None, stays=True,
        ))  # fmt: skip

    def poll(self) -> int | None:
        with self._asking:
            if self.returncode is None and (ended := _ask_terminal(ended=self.pid)) != "None":
                self.returncode = int(ended)
            return self.returncode

    def wait(self, timeout: float) -> int:
        until(lambda: self.poll() is not None, timeout, 0.01)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass(frozen=True)
class Done:
    """The end of a command: its code and what it printed."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Office:
    """A folder, a database and a language in which commands are typed."""

    folder: Path
    url: str
    language: str = "C"

    def __call__(self, *arguments: str, code: int = 0, **more: str) -> Done:
        """Type one command. Whatever it says on stderr is a few lines and never a trace."""
        done = self.typed(arguments, **more)
        assert done.code == code, done
        return done

    def typed(
        self, arguments: Sequence[str], *, ordinary: bool = False, killed_after: float | None = None,
        killed_at: int | None = None, file_size: int | None = None, **more: str,
    ) -> Done:  # fmt: skip
        """Type a command and return how it ended. `ordinary`: root's rights over permissions do not count;
        `killed_after` seconds, or `killed_at` a number of lines of the restoring code; no file may become larger than
        `file_size`."""
        known = environment(DATABASE_URL=self.url, LANG=self.language) | more
        out, err = (self.folder / f"{uuid.uuid4().hex}.{end}" for end in ("out", "err"))
        asked = {
            "arguments": arguments,
            "folder": str(self.folder),
            "environment": {name: value for name, value in known.items() if value},
            "out": str(out),
            "err": str(err),
            "ordinary": ordinary,
            "killed_after": killed_after,
            "killed_at": killed_at,
            "file_size": file_size,
            "stays": False,
        }
        done = Done(int(_ask_terminal(**asked)), _said(out), _said(err))
        assert "Traceback" not in done.stdout + done.stderr, done
        assert len(done.stderr.splitlines()) <= 12, done
        return done

    def write(self, name: str, text: str | bytes) -> str:
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return name


@dataclass
class Program:
    """A running program: `run` or `demo`."""

    process: subprocess.Popen[bytes] | Forked
    said: Path
    port: int

    @property
    def processor(self) -> float:
        """Return the seconds of processor time it has used so far (Linux)."""
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    @property
    def output(self) -> str:
        return self.said.read_text("utf-8")

    def get(self, path: str, **headers: str) -> Reply:
        return Phone(self.port).ask("GET", path, **headers)

    def stop(self) -> float:
        """Ask it to end, as a service manager does; return how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return time.monotonic() - began

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)


@contextlib.contextmanager
def running(
    office: Office, *arguments: str, python: str | None = None, **more: str
) -> Iterator[Program]:  # fmt: skip
    """Run the program, up and answering, until the end of the block. A `python` that is named, and one whose PYTHONPATH
    differs, starts it from nothing; the terminal, which has loaded it already, starts it otherwise."""
    said = office.folder / f"said-{time.monotonic_ns()}.txt"
    said.touch()
    known = environment(DATABASE_URL=office.url, LANG=office.language, PORT="0") | more
    process: subprocess.Popen[bytes] | Forked
    if python is None and "PYTHONPATH" not in more:
        process = Forked(arguments, office.folder, said, known)
    else:
        command = [python or sys.executable, "-m", "bot", *arguments]
        with said.open("wb") as out:
            process = subprocess.Popen(command, cwd=office.folder, stdout=out, stderr=subprocess.STDOUT, env=known)
    try:
        port = until(lambda: _port(process, said), 60, 0.02)
        yield Program(process, said, port)
    finally:
        process.kill()
        process.wait(60)


def _port(process: subprocess.Popen[bytes] | Forked, said: Path) -> int | None:
    text = said.read_text("utf-8")
    assert process.poll() is None, f"it ended with {process.returncode}: {text}"
    found = re.search(r"http://127\.0\.0\.1:(\d+)/\n", text)
    return int(found[1]) if found else None


@dataclass
class Phone:
    """The browser of one person, as far as HTTP sees it."""

    port: int
    cookie: str = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        own = {"Host": f"127.0.0.1:{self.port}", "Accept-Language": "zh", "Cookie": self.cookie}
        if method == "POST":
            own |= {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, raw, {k: v for k, v in own.items() if v})
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def enter(self, code: str) -> Reply:
        form = "application/x-www-form-urlencoded"
        reply = self.ask("POST", "/enter", urlencode({"code": code}).encode(), Content_Type=form)
        self.cookie = reply.headers.get("set-cookie", "").partition(";")[0]
        return reply

    def state(self) -> Any:
        reply = self.ask("GET", "/chat/state")
        assert reply.status == 200, reply.body
        return reply.json

    def chat(self, name: str) -> str:
        """Return the id of the chat of this name."""
        return str(next(c["chat"] for c in self.state()["chats"] if c["name"] == name))

    def messages(self, chat: str) -> list[dict[str, Any]]:
        reply = self.ask("GET", f"/chat/messages?{urlencode({'chat': chat})}")
        assert reply.status == 200, reply.body
        found: list[dict[str, Any]] = reply.json["messages"]
        return found

    def button(self, chat: str, action: str) -> tuple[int, str] | None:
        """Return the message and the data of the newest button that does this."""
        found = [
            (m["id"], b["data"])
            for m in self.messages(chat)
            for row in m["buttons"]
            for b in row
            if b["data"].startswith(f"{action}.")
        ]
        return found[-1] if found else None

    def tap(self, chat: str, button: tuple[int, str], account: str = "") -> Reply:
        told = {"account": account, "chat": chat, "message": str(button[0]), "data": button[1]}
        return self.ask("POST", "/chat/tap", told)

    def say(self, chat: str, text: str, account: str = "") -> Reply:
        return self.ask("POST", "/chat/say", {"account": account, "chat": chat, "text": text})


def mode(path: Path) -> int:
    """Return who may read and write a file, as chmod says it."""
    return stat.S_IMODE(path.stat().st_mode)


def code_in(text: str) -> str:
    """Return the enrolment code a command printed."""
    found = re.findall(r"(?<![\w-])[2-9A-HJ-NP-Z]{8}(?![\w-])", text)
    assert len(found) == 1, text
    return str(found[0])


def _said(file: Path) -> str:
    """Return what a command wrote; nothing if it was killed before it could open the file."""
    return file.read_text("utf-8") if file.exists() else ""
