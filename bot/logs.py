"""Bound the log: a line that an outsider can cause a thousand times is written a few times and then counted.

The bound is one filter on the handler, for every line of ours and of any library, so that no new line can be forgotten.
"""

import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger("zeroreport")
# at DEBUG they log what people say, and addresses that hold a token: muted before any of them is made
TALKATIVE = ("httpx", "httpcore", "telegram", "aiohttp", "wechatpy", "urllib3", "requests", "PIL", "fontTools")
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
MINUTE = 60.0
KINDS = 500  # kinds in a minute; all further ones of a logger count as one
VALUES = re.compile(r"0x[0-9a-f]+|\d+|'[^']*(?:'|$)|\"[^\"]*(?:\"|$)")  # where a library already filled them in
LONGEST = 8000  # characters of a line with its traceback


@dataclass
class _Kind:
    since: float
    written: int = 0
    left_out: int = 0


class Bounded(logging.Filter):
    """Passes at most `most` lines of one kind a minute. A kind is the sentence before its values are filled in, with
    the logger, the level and the class of the error. The next line of the kind says how many were left out."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most, self._clock = most, clock
        self._kinds: dict[tuple[object, ...], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        kind = self._kind(record, now)
        if now - kind.since >= MINUTE:
            if kind.left_out:
                record.msg = f"{record.getMessage()} (and {kind.left_out} more like it that were not written)"
                record.args = None
            kind.since, kind.written, kind.left_out = now, 0, 0
        if kind.written >= self._most:
            kind.left_out += 1
            return False
        kind.written += 1
        return True

    def _kind(self, record: logging.LogRecord, now: float) -> _Kind:
        error = record.exc_info[0] if record.exc_info else None
        sentence = VALUES.sub("#", str(record.msg)[:200])
        key: tuple[object, ...] = (record.name, record.levelno, sentence, error)
        if key not in self._kinds and len(self._kinds) >= KINDS:
            self._forget(now)
            if len(self._kinds) >= KINDS:
                key = (record.name, record.levelno)
        return self._kinds.setdefault(key, _Kind(now))

    def _forget(self, now: float) -> None:
        """Drop the kinds of a past minute: what they left out is counted with the next line of their logger."""
        for key, it in list(self._kinds.items()):
            if now - it.since >= MINUTE and len(key) > 2:
                self._kinds.pop(key, None)  # another thread may log too
                if it.left_out:
                    self._kinds.setdefault(key[:2], _Kind(it.since)).left_out += it.left_out


class _Short(logging.Formatter):
    """Formats a line with its traceback, bounded in length and without any secret."""

    def __init__(self, shape: str, redact: Callable[[str], str] = str) -> None:
        super().__init__(shape)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        line = self._redact(super().format(record))
        return line if len(line) <= LONGEST else f"{line[: LONGEST - 500]} … {line[-400:]}"


def begin(redact: Callable[[str], str] = str) -> None:
    """Log to stderr, warnings and what ends a thread as well."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Short(FORMAT, redact))
    logging.basicConfig(handlers=[handler])
    logging.captureWarnings(True)
    mute()
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_unraisable


def mute() -> None:
    """Let libraries that log addresses and people's messages log only warnings and errors."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _log_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit and told.exc_value:
        log.error("a thread ended with an error", exc_info=(told.exc_type, told.exc_value, told.exc_traceback))


def _log_unraisable(told: "sys.UnraisableHookArgs") -> None:
    log.error("an error outside of any task: %s", told.err_msg or "", exc_info=told.exc_value)


def bound(most: int) -> None:
    """From now on write so many lines of a kind a minute, whichever part of the program or of a library writes them."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(Bounded(most))
