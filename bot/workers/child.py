"""Do a long piece of work in a process of its own, beside the desk: it tells how far it is, may be stopped at any
moment, and has a time limit. What it holds in memory ends with it."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

LONGEST = 3600.0  # seconds that a piece of work may take
LINE = 1024 * 1024  # bytes of what a process says at once

Said = Mapping[str, Any]


class Stopped(Exception):
    """Raised when the work is not wanted any more; its process has ended."""


class TookTooLong(Exception):
    """Raised when the work took longer than it may; its process has ended."""


async def run(
    module: str, asked: Said, said: Callable[[Said], None], goes_on: Callable[[], Awaitable[bool]], *, every: float,
    files: Sequence[int] = (),
) -> dict[str, Any] | None:  # fmt: skip
    """Run a module with what is `asked`, and return what it found at the end; None if it broke down. `said` hears each
    line before that, and `goes_on` is asked every so many seconds whether the work is still wanted. The process gets
    these open `files`. Raises Stopped, TookTooLong."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", module, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={"LANG": "C.UTF-8"}, cwd="/",
        start_new_session=True, limit=LINE, pass_fds=files,
    )  # fmt: skip
    reading = asyncio.ensure_future(_read(process, asked, said))
    try:
        async with asyncio.timeout(LONGEST):
            while not (await asyncio.wait([reading], timeout=every))[0]:
                if not await goes_on():
                    raise Stopped
            return reading.result()
    except TimeoutError:
        raise TookTooLong from None
    finally:
        reading.cancel()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _read(process: Process, asked: Said, said: Callable[[Said], None]) -> dict[str, Any] | None:
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    process.stdin.write_eof()
    while line := await process.stdout.readline():
        told = json.loads(line)
        if "found" in told:
            return dict(told["found"])
        said(told)
    return None
