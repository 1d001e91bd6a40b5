"""Pictures as they are drawn: letters and not boxes, the same look as before, nothing that breaks them."""

import asyncio
import errno
import json
import signal
from collections.abc import Awaitable, Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from bot.workers import picture_child, pictures
from bot.workers.pictures import Pictures
from handlers.core import rendering
from models.messaging.contents import Picture
from tests.support.pixels import fingerprint, grey

SHOWN: dict[str, Any] = {
    "unit": "云溪区局", "form": "每日健康", "about": "persons", "day": "2026-11-28", "at": "10:00", "moved": True,
    "locked": False, "received": 55, "expected": 59, "then": 53, "complete": 55 / 59, "timely": 53 / 59,
    "counts": [47, 8, 4, 2, 2], "waiting": 1, "handled": 2, "others": 0, "incomplete": 0, "signer": "陈国栋",
    "signed": "10:34", "changed": "10:41", "checked": [5, 7], "seal": "2739 1939",
    "rows": [
        ["领导小组", 6, 0, 0, 0, 0, 0], ["综合办", 5, 1, 0, 0, 0, 0], ["财务科", 4, 0, 1, 0, 0, 0],
        ["专卖科", 7, 1, 0, 1, 0, 0], ["一站", 12, 3, 2, 0, 1, 0], ["二站", 7, 1, 1, 1, 0, 0],
        ["三站", 6, 2, 0, 0, 0, 1],
    ],
}  # fmt: skip
LOOKS = {
    "zh_CN": 0xC000DA9870005CA550C6651C4B014F014F814FFD4BE54B817753740053807809,
    "en": 0xC000D55070005CA52C334A6D4B014F014F814FFD4BE54B815ACC2D6175401509,
}
LONG = "云溪区局经济技术开发区综合行政执法大队第十七中队驻街道办事处联络组联络员办公室" * 8


def summary(locale: str = "zh_CN", **changed: Any) -> Picture:
    return Picture("summary", locale, json.dumps(SHOWN | changed), "")


def drawn(picture: Picture, zoom: float = 0.15) -> bytes:
    return picture_child.draw(rendering.svg(picture), zoom)


def using(work: Callable[[Pictures], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        made = Pictures()
        try:
            return await work(made)
        finally:
            await made.close()

    return asyncio.run(run())


@pytest.mark.parametrize("locale", LOOKS)
def test_a_summary_looks_as_it_did(locale: str) -> None:
    seen = fingerprint(drawn(summary(locale)))
    assert (seen ^ LOOKS[locale]).bit_count() <= 12, hex(seen)


@pytest.mark.parametrize(("locale", "stamp"), [("zh_CN", ">已撤回<"), ("en", ">Withdrawn<")])
def test_a_withdrawn_certificate_is_stamped_with_a_word_and_not_with_the_heading_of_a_column(
    locale: str, stamp: str
) -> None:
    values = {
        "unit": "一站", "whole": "区局", "days": 30, "title": "每日健康", "day": "2026-11-26", "number": "1",
        "withdrawn": True,
    }  # fmt: skip
    assert stamp in rendering.svg(Picture("honour", locale, json.dumps(values), ""))


def test_other_figures_look_different() -> None:
    rows = [["一站", 6, 0, 14, 0, 0, 0]]
    other = fingerprint(drawn(summary(rows=rows, received=6, expected=20)))
    assert (other ^ fingerprint(drawn(summary()))).bit_count() > 24


@pytest.mark.parametrize("letter", "囍龘𬱖𫖯㛃零Aé→✓ß한ω")
def test_people_s_names_are_drawn_and_not_boxes(letter: str) -> None:
    assert _letter(letter) not in (_letter("\U0003fffd"), _letter(" "))


def _letter(letter: str) -> list[list[int]]:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="50" height="60"><rect width="50" height="60" fill="#fff"/>' \
        f'<text x="5" y="45" font-size="40" font-family="Noto Sans CJK SC">{letter}</text></svg>'  # fmt: skip
    return grey(picture_child.draw(svg, 1))


@pytest.mark.parametrize(
    "changed",
    [
        {"unit": LONG, "form": LONG, "signer": LONG, "rows": [[LONG, 6, 0, 2, 0, 1, 0]]},
        {"unit": "مكتب بيت لحم", "signer": "אברהם כהן", "rows": [["محطة واحدة", 6, 0, 2, 0, 1, 0]]},
        {"unit": "<b>&\"'", "rows": [["</text><script>1</script>\x00\x1b\ufffe", 1, 0, 0, 0, 0, 0]]},
        {"rows": [], "received": 0, "expected": 0, "complete": None, "timely": None, "counts": [0] * 5},
        {"rows": [["一站", 5_000_000, 1, 1, 1, 1, 1]], "received": 5_000_001, "expected": 5_000_002, "others": 4999},
    ],
    ids=["300 letters", "right to left", "markup", "nobody", "millions"],
)
@pytest.mark.parametrize("locale", LOOKS)
def test_whatever_it_says_a_picture_keeps_its_width_and_its_words_within_it(
    locale: str, changed: dict[str, Any]
) -> None:
    svg = rendering.svg(summary(locale, **changed))
    root = ElementTree.fromstring(svg)
    assert root.get("width") == "720"
    assert 300 < int(root.get("height") or 0) < 1000
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "defs", "pattern", "rect", "circle", "line", "path", "text"}
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(box.get("x") or 0) + float(box.get("width") or 0) <= 720
    assert len(grey(picture_child.draw(svg, 0.1))[0]) == 72


PASSED: dict[str, Any] = {
    "name": "欧阳𬱖", "staff_no": "1005", "unit": "送货一线", "whole": "云溪区局", "title": "配送队岗前培训测验",
    "score": 9, "reachable": 10, "day": "2026-11-28", "number": "1-5",
}  # fmt: skip


@pytest.mark.parametrize("changed", [{}, {"name": LONG, "title": LONG, "whole": LONG, "unit": LONG},
                                     {"name": "<b>&\"'", "title": "</text>\x00\x1b", "rehearsal": True}])  # fmt: skip
@pytest.mark.parametrize("locale", LOOKS)
def test_a_certificate_is_drawn_whatever_the_name(locale: str, changed: dict[str, Any]) -> None:
    svg = rendering.svg(Picture("certificate", locale, json.dumps(PASSED | changed), ""))
    root = ElementTree.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("720", "520")
    assert len(grey(picture_child.draw(svg, 0.1))[0]) == 72


def test_a_long_name_is_written_smaller_on_a_certificate_and_not_cut() -> None:
    name = "Maximilian-Alexander von Hohenlohe-Waldenburg-Schillingsfürst"
    assert name in rendering.svg(Picture("certificate", "en", json.dumps(PASSED | {"name": name}), ""))


def test_ten_bars_and_all_there_is_to_say_keep_to_what_a_phone_shows_in_full_width() -> None:
    rows = [[f"第{n}居民委员会", 90, 10, 9, 2, 3, 1] for n in range(10)]
    height = int(ElementTree.fromstring(rendering.svg(summary(rows=rows, others=1100))).get("height") or 0)
    assert height < 720 * 1.6


def test_a_picture_is_drawn_in_a_process_that_ends_when_it_is_needed_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "IDLE", 0.05)

    async def scene(made: Pictures) -> None:
        png = await made.png(summary())
        process = made._process
        assert png is not None and png[:4] == b"\x89PNG" and process is not None
        assert await made.png(summary()) is png  # kept
        await asyncio.wait_for(process.wait(), 60)
        assert made._process is None and not made._kept

    using(scene)


def test_the_font_is_packed_and_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    packed, svg = picture_child.used(), rendering.svg(summary())
    assert packed != str(picture_child.font())
    before = picture_child.draw(svg)
    monkeypatch.setattr(picture_child, "used", lambda: str(picture_child.font()))
    assert picture_child.draw(svg) == before


def test_where_no_file_can_be_written_the_installed_font_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(picture_child, "_kept", full)
    assert picture_child.used.__wrapped__() == str(picture_child.font())


def test_what_cannot_be_drawn_is_none_and_the_next_one_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(made: Pictures) -> None:
        svg = rendering.svg
        monkeypatch.setattr(rendering, "svg", lambda picture: "<svg")
        assert await made.png(summary()) is None
        monkeypatch.setattr(rendering, "svg", svg)
        assert await made.png(summary()) is not None

    using(scene)


def test_a_picture_whose_process_is_killed_while_it_draws_is_drawn_by_another() -> None:
    async def scene(made: Pictures) -> None:
        assert await made.png(summary()) is not None
        first = made._process
        assert first is not None
        first.send_signal(signal.SIGSTOP)  # it has been asked and has not answered
        asked = asyncio.ensure_future(made.png(summary("en")))
        await asyncio.sleep(0.05)
        assert not asked.done()
        first.kill()
        assert await asked is not None
        assert made._process is not None and made._process.pid != first.pid

    using(scene)


def test_a_process_that_hangs_is_ended_and_for_a_while_words_wait_for_no_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene(made: Pictures) -> None:
        kept = await made.png(summary())
        hanging = made._process
        assert hanging is not None
        hanging.send_signal(signal.SIGSTOP)
        monkeypatch.setattr(pictures, "SLOW", 0.1)
        assert await made.png(summary("en")) is None
        assert await hanging.wait() == -signal.SIGKILL
        monkeypatch.setattr(pictures, "SLOW", 10)
        assert await made.png(summary("en")) is None
        assert made._process is None  # nothing was tried
        assert await made.png(summary()) is kept
        made._not_before = 0  # a minute later
        assert await made.png(summary("en")) is not None

    using(scene)


def test_a_process_that_runs_out_of_memory_takes_no_other_picture_along(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(made: Pictures) -> None:
        svg = rendering.svg
        huge = '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>'
        monkeypatch.setattr(rendering, "svg", lambda picture: huge)
        assert await made.png(summary()) is None
        monkeypatch.setattr(rendering, "svg", svg)
        assert await made.png(summary()) is not None

    using(scene)
