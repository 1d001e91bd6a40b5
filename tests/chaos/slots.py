"""A place where a program runs, and whatever ends the program, starts it again."""

import signal
from dataclasses import dataclass
from pathlib import Path

from tests.support.program import Forked, Office, environment


@dataclass
class Slot:
    """A place where a program runs; whatever ends it, a supervisor starts it again."""

    office: Office
    told: dict[str, str]
    name: str
    process: Forked | None = None
    lives: int = 0

    @property
    def said(self) -> str:
        return "".join(
            f.read_text("utf-8", errors="replace") for f in sorted(self.office.folder.glob(f"{self.name}-*.txt"))
        )

    @property
    def _file(self) -> Path:
        return self.office.folder / f"{self.name}-{self.lives:03}.txt"

    def start(self) -> None:
        self.lives += 1
        self._file.touch()
        known = environment(DATABASE_URL=self.office.url, LANG="zh_CN.UTF-8", PORT="0") | self.told
        self.process = Forked(["run"], self.office.folder, self._file, known)

    def supervise(self) -> int | None:
        """Start it again if it ended by itself; return its exit code. 1 only means that a database was away at the
        start."""
        code = self.process.poll() if self.process else None
        if code is None:
            return None
        begun = "http://" in self._file.read_text("utf-8", errors="replace")
        self.start()
        return 0 if code == 1 and not begun else code

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(60)

    def end(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except AssertionError:
                self.kill()
