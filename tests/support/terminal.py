"""Act as a terminal: the program is loaded once, and every command typed runs in a process of its own, forked from
here.

Started by tests/support/program.py. Starting Python and loading everything takes ten times as long as most commands do.
"""

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any, TypeAlias

from sqlalchemy.orm import configure_mappers

import bot.app
import bot.backups.backup
import bot.backups.restore
import bot.cli.main
import bot.cli.operate
import bot.demo.stage
import handlers
import models
from bot.cli.group import COMMANDS
from handlers.core.locales import LOCALES
from handlers.core.rendering import environment_of
from tests.chaos import clock

for _module in COMMANDS:
    importlib.import_module(f"bot.cli.{_module}")

LOOKED_AT = ("bot/backups/restore.py", "bot/backups/backup.py", "bot/files.py", "bot/backups/postgresql_dumps.py")
TraceFunction: TypeAlias = Callable[[FrameType, str, Any], Any]


def load() -> None:
    """Load what any command may load, all templates, and what SQLAlchemy makes of the tables, so that no forked process
    has to."""
    for ring in (bot, handlers, models):
        for module in pkgutil.walk_packages(ring.__path__, f"{ring.__name__}."):
            if not module.name.endswith("__main__") and ".versions" not in module.name:
                importlib.import_module(module.name)
    configure_mappers()
    for html_text in (True, False):
        templates = environment_of(LOCALES[0], html_text=html_text)
        for name in templates.list_templates(extensions=["j2"]):
            templates.get_template(name)
    gc.freeze()  # a collection would touch, and so copy, all of it in each of them


def main() -> None:
    load()
    for line in sys.stdin:
        asked = json.loads(line)
        if "ended" in asked:
            pid, status = os.waitpid(asked["ended"], os.WNOHANG)
            print(os.waitstatus_to_exitcode(status) if pid else None, flush=True)
            continue
        killed_after, stays = asked.pop("killed_after"), asked.pop("stays")
        child = os.fork()
        if child == 0:
            signal.alarm(0 if stays else 30)
            os._exit(_typed(**asked))
        if stays:
            print(child, flush=True)
            continue
        if killed_after is not None:
            time.sleep(killed_after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _typed(arguments: Sequence[str], folder: str, environment: Mapping[str, str], out: str, err: str,
           ordinary: bool, killed_at: int | None, file_size: int | None) -> int:  # fmt: skip
    if ordinary:
        _be_ordinary()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((0, os.devnull), (1, out), (2, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), number)
    sys.argv = ["zeroreport", *arguments]
    if file_size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    if killed_at is not None:
        _die_at(killed_at)
    if clock.FILE in environment:
        bot.cli.operate.SteadyClock = clock.SharedClock  # type: ignore[assignment,attr-defined]
    try:
        bot.cli.main.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    else:
        return 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _be_ordinary() -> None:
    """Let permissions count for root too, by dropping its capabilities (Linux)."""
    if os.geteuid() == 0:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        none = (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None, use_errno=True).capset(header, none) == 0


def _die_at(line: int) -> None:
    """Kill this process before it runs that many lines of the code that restores and backs up; otherwise say at the end
    how many there were."""
    ran = 0

    def step(frame: FrameType, event: str, _: object) -> TraceFunction | None:
        nonlocal ran
        if not frame.f_code.co_filename.endswith(LOOKED_AT):
            return None
        if event == "line":
            if ran == line:
                os.kill(os.getpid(), signal.SIGKILL)
            ran += 1
        return step

    def looked_at(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            sys.settrace(step)
            try:
                return work(*given, **named)
            finally:
                sys.settrace(None)
                print(f"{ran} lines", file=sys.stderr)

        return run

    bot.backups.restore.restore = looked_at(bot.backups.restore.restore)
    bot.backups.backup.make = looked_at(bot.backups.backup.make)


if __name__ == "__main__":
    main()
