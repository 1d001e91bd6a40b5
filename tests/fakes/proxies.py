"""Run real proxies, written by others: tinyproxy for http, microsocks for socks5."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import Unavailable

PROGRAMS = {"http": "tinyproxy", "socks5": "microsocks"}
TINYPROXY = """\
Port {port}
Listen 127.0.0.1
Timeout 600
LogLevel Connect
{auth}
"""


@dataclass
class Proxy:
    """A running proxy. `login` is `USER:PASSWORD`, or empty if anybody may use it."""

    scheme: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]
    login: str = ""

    @property
    def url(self) -> str:
        return self.url_as(self.login)

    def url_as(self, login: str) -> str:
        return f"{self.scheme}://{login}{'@' if login else ''}127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """Return how many connections it made for its clients."""
        told = {"http": "Established connection to host", "socks5": ": connected to "}
        return self.log.read_text("utf-8").count(told[self.scheme])

    def stop(self) -> None:
        """Kill it, with all the connections it held."""
        self.process.kill()
        self.process.wait(60)


@contextlib.contextmanager
def proxy(scheme: str, folder: Path, login: str = "", port: int = 0) -> Iterator[Proxy]:
    """Run a proxy of this kind, on a free port or on this one."""
    path = shutil.which(PROGRAMS[scheme])
    if path is None:
        raise Unavailable(f"no proxy for {scheme}: {PROGRAMS[scheme]} is not installed")
    with socket.create_server(("127.0.0.1", port)) as free:
        port = free.getsockname()[1]
    log = folder / f"{scheme}-{port}.log"
    with log.open("wb") as out:
        command = [path, *_arguments(scheme, folder, port, login)]
        started = Proxy(scheme, port, log, subprocess.Popen(command, stdout=out, stderr=out), login)
    try:
        _wait(started)
        yield started
    finally:
        started.stop()


def _arguments(scheme: str, folder: Path, port: int, login: str) -> list[str]:
    user, _, password = login.partition(":")
    if scheme == "socks5":
        return ["-i", "127.0.0.1", "-p", str(port), *(["-u", user, "-P", password] if login else [])]
    written = folder / f"tinyproxy-{port}.conf"
    written.write_text(TINYPROXY.format(port=port, auth=f"BasicAuth {user} {password}" if login else ""), "utf-8")
    return ["-d", "-c", str(written)]


def _wait(started: Proxy) -> None:
    for _ in range(200):
        if started.process.poll() is not None:
            raise RuntimeError(f"the proxy ended: {started.log.read_text('utf-8')}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", started.port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("the proxy does not listen")
