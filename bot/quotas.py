"""Limit what one person may send in a day: more than anybody's work needs, with an end for scripts (docs/rules.md
21.1). The counts are in memory, because a row for each would let senders grow the database."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.bounds import Day
from handlers.core.incoming import Incoming

log = logging.getLogger("zeroreport")
MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class _Spent:
    texts: int = 0
    taps: int = 0
    files: int = 0
    size: int = 0
    told: str = ""  # the bounds that the person was told of


class Quotas:
    """Counts by account, from midnight to midnight: a restart begins anew."""

    def __init__(self, most: Day, today: Callable[[], date]) -> None:
        self.most, self._today = most, today
        self._day = today()
        self._spent: dict[int, _Spent] = {}

    def met(self, incoming: Incoming) -> str | None:
        """Return the bound that this Incoming would pass: texts, taps, files or megabytes; None if it passes none."""
        spent = self._of(incoming)
        if incoming.event is not None:
            return None
        size = _size(incoming)
        if incoming.pressed and size is None:
            return "taps" if spent.taps >= self.most.taps else None
        if size is None:
            return "texts" if spent.texts >= self.most.texts else None
        if spent.size + size > self.most.megabytes * MEGABYTE:
            return "megabytes"
        return "files" if spent.files >= self.most.files else None

    def spend(self, incoming: Incoming) -> str | None:
        """Do the same, and count the Incoming if it passes none."""
        met, spent, size = self.met(incoming), self._of(incoming), _size(incoming)
        if met:
            log.info("more %s than a person may send in a day were left out", met)
        elif size is not None:
            spent.files, spent.size = spent.files + 1, spent.size + size
        elif incoming.pressed:
            spent.taps += 1
        elif incoming.event is None:
            spent.texts += 1
        return met

    def weigh(self, incoming: Incoming, size: int) -> None:
        """Add the size of a file, which the platform did not tell."""
        self._of(incoming).size += size

    def first(self, incoming: Incoming, met: str) -> bool:
        """Say whether the person was not told of this bound today, and note that they are now."""
        spent = self._of(incoming)
        if met in spent.told:
            return False
        spent.told += f" {met}"
        return True

    def _of(self, incoming: Incoming) -> _Spent:
        day = self._today()
        if day != self._day:
            self._day, self._spent = day, {}
        return self._spent.setdefault(hash((incoming.channel, incoming.account)), _Spent())


def _size(incoming: Incoming) -> int | None:
    """Return the bytes of the file that comes along, 0 if unknown; None if there is no file."""
    file = incoming.file or incoming.remote
    return None if file is None else file.size or 0
