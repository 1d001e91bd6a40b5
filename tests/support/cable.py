"""A line to a PostgreSQL server that can be cut, or fall silent."""

import socket
import threading
from contextlib import suppress

from sqlalchemy.engine import make_url


class Cable:
    """The line to a PostgreSQL server: it can be cut, or fall silent as where the server is stopped."""

    def __init__(self, url: str) -> None:
        self._real = make_url(url)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._through = threading.Event()
        self._through.set()
        self.there = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        port = self._door.getsockname()[1]
        plain = self._real.set(host="127.0.0.1", port=port, query={}, drivername="postgresql")
        return plain.render_as_string(hide_password=False)

    def cut(self) -> None:
        self.there = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.there = True
        self._through.set()

    def fall_silent(self) -> None:
        self._through.clear()

    def _accept(self) -> None:
        while True:
            near, _ = self._door.accept()
            if not self.there:
                near.close()
                continue
            far = self._connect()
            self._ends += [near, far]
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _connect(self) -> socket.socket:
        folder = str(self._real.query.get("host") or "")
        if folder.startswith("/"):
            made = socket.socket(socket.AF_UNIX)
            made.connect(f"{folder}/.s.PGSQL.{self._real.port or 5432}")
            return made
        return socket.create_connection((self._real.host or "127.0.0.1", self._real.port or 5432))

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65536):
                self._through.wait()
                there.sendall(data)
        for end in (here, there):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
