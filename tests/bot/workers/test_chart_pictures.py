"""The pictures of a month as they are drawn."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from bot.workers import picture_child
from handlers.core import rendering
from handlers.core.rendering import Renderer
from models.messaging.contents import Picture
from tests.bot.workers.test_pictures import LONG
from tests.support.pixels import fingerprint

DAYS = ["in", "in", "late", "in", "missing", "", "", "in", "in", "excused", "in", "in", "", "", "in"] * 2
WEEKS = [[[n, mark] for n, mark in enumerate(week, 1)] for week in (
    ["zero", "filled", "late", "excused", "missing", "nothing", "nothing"], ["due", *["future"] * 6],
)]  # fmt: skip
SHOWN: dict[str, dict[str, Any]] = {
    "chart_heat": {
        "unit": "一站", "form": "每日健康", "first": "2026-11-01", "weekends": [n % 7 in (0, 6) for n in range(30)],
        "rows": [[name, DAYS] for name in ("王建国", "张伟", "Ann Lee")], "of_people": True, "others": 0,
    },
    "chart_own": {"name": "张伟", "first": "2026-11-01", "parts": [["每日健康", 12, [[None] * 7, *WEEKS]]]},
    "chart_lines": {
        "unit": "一站", "form": "配送", "first": "2026-11-01", "last": "2026-11-30",
        "lines": [["发热", "number", [0, 3, 1] * 10], ["到货率", "percent", [0.9, None, 0.8, 0.95, None] * 6]],
    },
    "chart_month": {"unit": "区局", "first": "2026-11-01", "tasks": [["每日健康", [1, 0.9, None, 0.5, 1, 1] * 4]]},
}  # fmt: skip
LOOKS = {
    "chart_heat": 0x80008000C000D800D000129414AA4B6F4B6F4B6B4B6F0B6B0B6F5B2C596C0000,
    "chart_own": 0x80008000C000200030034AA50AA500006B506D7563306AA56001659625002000,
    "chart_lines": 0x80008000A600A40060006266666E551A913660016A516A95000400026006600E,
    "chart_month": 0x80008000800090000000300130034CCD4CCD4CCD4CCD4CCD512451254B800000,
}
EXTREMES: dict[str, dict[str, Any]] = {
    "chart_heat": {"unit": LONG, "of_people": False, "others": 4970, "rows": [[LONG, [0.5, 1.0, None, ""] * 7]] * 30},
    "chart_own": {"name": LONG, "parts": [[LONG, 5000, WEEKS]] * 3},
    "chart_lines": {"unit": LONG, "lines": [[LONG, "number", [None] * 30], [LONG, "number", [1e9, -5.0] * 15]]},
    "chart_month": {"unit": LONG, "tasks": [[LONG, [None]], [LONG, [0.0] * 31]]},
}


@pytest.mark.parametrize("template", SHOWN)
def test_a_chart_looks_as_it_did(template: str) -> None:
    svg = rendering.svg(Picture(template, "zh_CN", json.dumps(SHOWN[template]), ""))
    seen = fingerprint(picture_child.draw(svg, 0.15))
    assert (seen ^ LOOKS[template]).bit_count() <= 12, hex(seen)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("template", SHOWN)
def test_whatever_a_chart_says_stays_within_it(template: str, locale: str) -> None:
    svg = rendering.svg(Picture(template, locale, json.dumps(SHOWN[template] | EXTREMES[template]), ""))
    root = ElementTree.fromstring(svg)
    assert 200 < int(root.get("height") or 0) < 2000
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(box.get("x") or 0) + float(box.get("width") or 0) <= 720
    assert picture_child.draw(svg, 0.1)


def test_a_rehearsals_pictures_say_so() -> None:
    made = Renderer("zh_CN", rehearsal=True).picture("chart_month", alt="", **SHOWN["chart_month"])
    assert "演练" in rendering.svg(made)
    made = Renderer("zh_CN").picture("chart_month", alt="", **SHOWN["chart_month"])
    assert "演练" not in rendering.svg(made)
