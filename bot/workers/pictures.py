"""Draw pictures when they are sent: SVG from a template, PNG from a process of its own
(docs/decisions/0217-pictures.md). The process starts with the first picture and ends when none came for a while, so an
idle program holds neither renderer nor font."""

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from pathlib import Path

from handlers.core import rendering
from models.messaging.contents import Picture

log = logging.getLogger("zeroreport")
CHILD = Path(__file__).with_name("picture_child.py")
IDLE = 20.0  # seconds after the last picture in which the process may be needed again
SLOW = 20.0  # seconds that one picture may take
PAUSE = 60.0  # seconds without pictures after one that took longer: words do not wait for the next as well
# glibc gives each buffer of a picture back to the system, which costs 5 ms of page faults: keep them between pictures
ENVIRONMENT = {"LANG": "C.UTF-8", "MALLOC_MMAP_THRESHOLD_": "64000000", "MALLOC_TRIM_THRESHOLD_": "128000000"}
KEPT = 8 * 1024 * 1024  # bytes of pictures drawn last: a post goes to several groups, a page asks again


class Pictures:
    """Draws pictures, one at a time, and keeps those drawn last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    async def png(self, picture: Picture) -> bytes | None:
        """Return the picture, or None if it cannot be drawn: then its words have to do."""
        async with self._turn:
            found = self._kept.get(picture.digest)
            if found is None:
                if asyncio.get_running_loop().time() < self._not_before:
                    return None
                try:
                    found = await self._made(picture)
                except Exception:
                    log.exception("a picture was not drawn")
                    return None
                finally:
                    self._end_later()
            self._keep(picture.digest, found)
            return found

    async def _made(self, picture: Picture) -> bytes:
        """Draw a picture. After anything but a PNG the process is ended, because nobody knows where it is."""
        try:
            svg = (await asyncio.to_thread(rendering.svg, picture)).encode()
            try:
                return await asyncio.wait_for(self._drawn(svg), SLOW)
            except TimeoutError:
                self._not_before = asyncio.get_running_loop().time() + PAUSE
                raise
            except (OSError, EOFError):  # it died meanwhile
                self._end()
                return await asyncio.wait_for(self._drawn(svg), SLOW)
        except BaseException:
            self._end()
            raise

    async def close(self) -> None:
        """End the process, if there is one."""
        async with self._turn:
            process = self._process
            self._end()
            if process is not None:
                await process.wait()

    def _keep(self, digest: str, png: bytes) -> None:
        self._kept[digest] = png
        self._kept.move_to_end(digest)
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT:
            self._kept.popitem(last=False)

    async def _drawn(self, svg: bytes) -> bytes:
        """Hand an SVG to the process and return its PNG; both begin with their length."""
        process = self._process = self._process or await self._started()
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        process.stdin.write(len(svg).to_bytes(4, "big") + svg)
        await process.stdin.drain()
        size = int.from_bytes(await process.stdout.readexactly(4), "big")
        if size == 0:
            raise ValueError("the SVG is not understood")
        return await process.stdout.readexactly(size)

    async def _started(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(CHILD), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=ENVIRONMENT, cwd="/",
            start_new_session=True,
        )  # fmt: skip

    def _end_later(self) -> None:
        if self._ending:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(IDLE, self._rest)

    def _rest(self) -> None:
        """Give back what pictures cost: the process and those kept."""
        if not self._turn.locked():
            self._end()
            self._kept.clear()

    def _end(self) -> None:
        if self._ending:
            self._ending.cancel()
            self._ending = None
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
