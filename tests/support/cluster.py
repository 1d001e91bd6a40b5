"""Run a PostgreSQL primary and the standby that takes over from it, to be stopped, frozen and failed over by hand."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.support.servers import Unavailable, carried_postgresql, in_memory

USER = "nobody"  # PostgreSQL refuses to run as root
SYNCHRONOUS = "ANY 1 (*)"  # a commit is acknowledged once the standby has it, so that a failover loses nothing
OPTIONS = {
    "fsync": "off",
    "max_wal_senders": "4",
    "wal_level": "replica",
    "hot_standby": "on",
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "40",
    "shared_buffers": "'32MB'",
}


@dataclass
class Node:
    """One server: its folder and its port."""

    programs: Path
    data: Path
    port: int

    def run(self, program: str, *arguments: str) -> None:
        identity = {"user": USER, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [self.programs / program, *arguments], capture_output=True, text=True, check=False, cwd="/",
            stdin=subprocess.DEVNULL, **identity,
        )  # fmt: skip
        if done.returncode:
            raise Unavailable(f"{program}: {done.stderr.strip() or done.stdout.strip()}")

    def control(self, *words: str) -> None:
        log = self.data.with_suffix(".log")
        self.run("pg_ctl", "-D", str(self.data), "-w", "-t", "30", "-l", str(log), *words)

    def start(self) -> None:
        self.control("start")

    def stop(self) -> None:
        """Stop at once and without a word to anybody, as when the machine fails."""
        self.control("stop", "-m", "immediate")

    def freeze(self, *, on: bool) -> None:
        """Stop the processes with every connection open, like a network that swallows everything; or let them go on."""
        main = int((self.data / "postmaster.pid").read_text("utf-8").split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text("utf-8").split()
        for process in [main, *map(int, children)]:
            os.kill(process, signal.SIGSTOP if on else signal.SIGCONT)


@dataclass
class Cluster:
    """A primary and its standby. `url` names both servers; a client gets the one that writes."""

    primary: Node
    standby: Node

    @property
    def url(self) -> str:
        hosts = "&".join(f"host=127.0.0.1:{node.port}" for node in (self.primary, self.standby))
        return f"postgresql://postgres@/postgres?{hosts}&target_session_attrs=read-write"

    def fail_over(self) -> None:
        """Kill the primary and promote the standby, which commits alone from then on."""
        self.primary.stop()
        self.standby.control("promote")
        address = f"host=127.0.0.1 port={self.standby.port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
            connection.execute("SELECT pg_reload_conf()")
        self.primary = self.standby


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run both servers, in step, on free ports of this machine."""
    carried = carried_postgresql()
    with in_memory() as folder:
        top = Path(folder)
        installed = _copied(Path(carried.__file__).parent, top)
        (top / "servers").mkdir()
        top.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(top / "servers", USER)
        primary, standby = (Node(installed / "bin", top / "servers" / name, _free()) for name in ("one", "two"))
        try:
            _begin(primary, standby)
            yield Cluster(primary, standby)
        finally:
            for node in (primary, standby):
                if (node.data / "postmaster.pid").exists():
                    node.freeze(on=False)
                    node.stop()


def _copied(package: Path, top: Path) -> Path:
    """Copy the programs and their libraries to where a user who may not look into our home can run them."""
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, top / libraries.name, symlinks=True)
    made = shutil.copytree(package / "pginstall", top / package.name / "pginstall", symlinks=True)
    for it in (top, *top.rglob("*")):  # whatever the umask is by now
        if it.is_dir():
            it.chmod(0o755)
    return made


def _begin(primary: Node, standby: Node) -> None:
    primary.run("initdb", "-D", str(primary.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    settings = OPTIONS | {"port": str(primary.port)}
    _set(primary, settings)
    primary.start()
    copy = f"host=127.0.0.1 port={primary.port} user=postgres"
    standby.run("pg_basebackup", "-D", str(standby.data), "-d", copy, "-R", "-X", "stream", "-c", "fast", "--no-sync")
    _set(standby, settings | {"port": str(standby.port)})
    standby.start()
    with psycopg.connect(f"{copy} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{SYNCHRONOUS}'")
        connection.execute("SELECT pg_reload_conf()")


def _set(node: Node, options: dict[str, str]) -> None:
    with (node.data / "postgresql.conf").open("a", encoding="utf-8") as out:
        out.writelines(f"{name} = {value}\n" for name, value in options.items())


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
