"""Share one clock between all programs of a rehearsed day. Whoever holds its file can set it wrong, as people set a
machine's."""

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import SteadyClock

FILE = "CHAOS_CLOCK"


@dataclass
class Face:
    """What the clock shows: from `start` at the monotonic `mark` on, `speed` times as fast, and `wrong` seconds off."""

    start: str
    mark: float
    speed: float
    wrong: float = 0.0

    def true(self) -> datetime:
        return datetime.fromisoformat(self.start) + timedelta(seconds=(time.monotonic() - self.mark) * self.speed)

    def shown(self) -> datetime:
        return self.true() + timedelta(seconds=self.wrong)


@dataclass
class Winder:
    """Sets the clock."""

    file: Path

    def begin(self, at: datetime, speed: float) -> None:
        self._write(Face(at.isoformat(), time.monotonic(), speed))

    def run(self, speed: float) -> None:
        face = self.face
        self._write(Face(face.true().isoformat(), time.monotonic(), speed, face.wrong))

    def set_wrong(self, by: timedelta) -> None:
        face = self.face
        face.wrong = by.total_seconds()
        self._write(face)

    @property
    def face(self) -> Face:
        return Face(**json.loads(self.file.read_text("utf-8")))

    def shown(self) -> datetime:
        return self.face.shown()

    def true(self) -> datetime:
        return self.face.true()

    def _write(self, face: Face) -> None:
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(asdict(face)), "utf-8")
        part.replace(self.file)


class SharedClock(SteadyClock):
    """The machine's clock as a program reads it, and the time that passes whatever it is set to (Linux: all processes
    share the monotonic clock)."""

    def __init__(self) -> None:
        self._winder = Winder(Path(os.environ[FILE]))
        super().__init__(self._winder.shown, lambda: self._winder.true().timestamp())

    @property
    def speed(self) -> float:  # type: ignore[override]
        return self._winder.face.speed
