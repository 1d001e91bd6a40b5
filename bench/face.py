"""Measure pictures: how long one takes, how long the program stands still meanwhile, and what memory stays, beside the
same SVGs drawn in a thread and by Chromium: `python -m bench.face` (see bench/README.md)."""

import argparse
import asyncio
import json
import os
import resource
import shutil
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from bot.workers import picture_child
from bot.workers.pictures import Pictures
from handlers.core import rendering
from models.messaging.contents import Picture

TARGET = 150  # ms, median
UNITS = ("领导小组", "综合办", "财务科", "专卖科", "市场部", "物流部", "一站", "二站", "三站", "四站")


def picture(n: int, locale: str = "zh_CN") -> Picture:
    """Return a summary of ten units, the worst there is to draw, that differs from all others."""
    rows = [[name, 12 + n % 7, 3, 2, 1, 1, 1] for name in UNITS]
    values: dict[str, Any] = {
        "unit": f"云溪区局{n}", "form": "每日健康", "about": "persons", "day": "2026-11-28", "at": "10:00",
        "moved": True, "locked": False, "received": 150 + n, "expected": 170 + n, "then": 148, "complete": 0.95,
        "timely": 0.93, "counts": [120 + n, 30, 20, 10, 20], "waiting": 1, "handled": 2, "rows": rows,
        "others": 1100, "incomplete": 7, "signer": "陈国栋", "signed": "10:34", "changed": "10:41",
        "checked": [5, 7], "seal": "2739 1939",
    }  # fmt: skip
    return Picture("summary", locale, json.dumps(values), "")


def memory() -> float:
    """Return the megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def stalls(worst: list[float]) -> None:
    """Note how late this loop wakes up."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.002)
        worst.append((time.perf_counter() - start - 0.002) * 1000)


async def ours(count: int) -> None:
    pictures, took, before = Pictures(), list[float](), memory()
    await pictures.png(picture(-1))  # starts the process
    late: list[float] = []
    watching = asyncio.ensure_future(stalls(late))
    for n in range(count):
        start = time.perf_counter()
        assert await pictures.png(picture(n))
        took.append((time.perf_counter() - start) * 1000)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await pictures.close()
    pictures._kept.clear()
    drawing = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = (drawing.ru_utime + drawing.ru_stime) * 1000 / (count + 1)
    said = f"median {median(took):.0f} ms (target {TARGET}), longest {max(took):.0f}, processor time {busy:.0f}"
    print(f"a picture, in a process: {said}; the program stood still for {max(late):.0f} ms at most")
    print(f"memory of the program: {before:.0f} MB before, {memory():.0f} MB after {count} pictures")


async def in_a_thread(count: int) -> None:
    took, late = list[float](), list[float]()
    svgs = [rendering.svg(picture(1000 + n)) for n in range(count)]
    watching = asyncio.ensure_future(stalls(late))
    busy = time.process_time()
    for svg in svgs:
        start = time.perf_counter()
        await asyncio.to_thread(picture_child.draw, svg)
        took.append((time.perf_counter() - start) * 1000)
    busy = (time.process_time() - busy) * 1000 / count
    watching.cancel()
    said = f"median {median(took):.0f} ms, processor time {busy:.0f}"
    print(f"peer, in a thread: {said}; the program stood still for {max(late):.0f} ms at most")


async def chromium(count: int) -> None:
    from playwright.async_api import async_playwright

    took = []
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page(device_scale_factor=picture_child.ZOOM)
        for n in range(count):
            start = time.perf_counter()
            await page.set_content(f"<body style='margin:0'>{rendering.svg(picture(2000 + n))}")
            await page.locator("svg").screenshot()
            took.append((time.perf_counter() - start) * 1000)
        await browser.close()
    print(f"peer, Chromium: median {median(took):.0f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", type=int, default=100)
    count = options.parse_args().pictures
    print(f"load before: {os.getloadavg()[0]:.1f}")
    for measure in (ours, in_a_thread, chromium):
        asyncio.run(measure(count))


if __name__ == "__main__":
    main()
