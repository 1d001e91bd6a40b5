"""WeCom's cards: what the product says is shown by cards that WeCom takes, or by numbered text that it takes."""

from collections.abc import Iterator

import pytest

from bot.channels.wecom import button_cards as cards
from bot.channels.wecom import content as shape
from handlers.core.context import Defaults
from handlers.core.rendering import Renderer
from models.core.database import Database
from models.messaging.contents import Button, Content
from tests.fakes import wecom
from tests.support.world import DELIVERY, HEALTH, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
LONG = {"zh_CN": "阿卜杜拉·买买提艾力·吐尔逊江", "en": "Bartholomew Featherstonehaugh-Cholmondeley"}
UNIT = {"zh_CN": "第二十三号市场监督管理与物资配送服务站", "en": "Harbour District Logistics and Licensing Station 23"}
ROSTER = """staff_no,name,unit,role,kind,reporter
1001,Director,Bureau,lead,,
1002,Admin {name},Bureau,admin,,
1003,Lead {name},Bureau/{unit},lead,,
1004,{name},Bureau/{unit},,,
1005,Other {name},Bureau/{unit},,,
2001,Ward {name},Bureau/{unit},,ward,1004
"""
SAID = {
    "1001": ("/status", "/summary", "/team", "/why", "/alerts"),
    "1002": ("/people", "/unit", "/bind", "/form", "/assign", "/calendar", "/reopen", "/export", "/audit", "/system"),
    "1003": ("/status", "/summary", "/team", "/urge", "/proxy", "/excuse", "/signoff", "/deputy", "/invite", "/why"),
    "1004": ("/start", "/status", "/history", "/language", "/help", "/leave", "/incident fire", "/report"),
}


@pytest.fixture(params=["zh_CN", "en"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(database: Database, locale: str) -> Iterator[World]:
    """Play a day of people with long names in a unit with a long one."""
    made = World(database, Defaults(locale=locale))
    made.organisation(ROSTER.format(name=LONG[locale], unit=UNIT[locale]))
    made.assign(HEALTH, "Bureau")
    made.assign(DELIVERY, "Bureau")
    made.at("9:40")
    for who, words in SAID.items():
        for said in words:
            made.says(who, said)
    made.says("1005", "零报告")
    made.at("11:10")
    yield made


def _contents(world: World) -> list[Content]:
    return [bubble.content for phone in world.phones.values() for bubble in phone if bubble.content.buttons]


def test_every_card_of_a_day_is_taken_and_so_is_what_is_said_instead(world: World, locale: str) -> None:
    server, found = wecom.WeComServer(), _contents(world)
    assert len(found) > 30
    for n, content in enumerate(found):
        card = cards.card(content, f"task{n}_0")
        messages = shape.text_messages(shape.menu(content, Renderer(locale)))
        for message in [*messages, *([{"msgtype": "template_card", "template_card": card}] if card else [])]:
            assert not isinstance(server._made(message), int), (message, content)


def test_what_everybody_sees_each_day_is_a_card_in_both_languages(world: World) -> None:
    for kind in ("ask", "reminder"):
        shown = [b.content for phone in world.phones.values() for b in phone if b.kind == kind and b.content.buttons]
        assert shown, kind
        assert any(cards.card(content, "t_0") for content in shown), (kind, [c.text for c in shown])


def test_every_card_has_a_title_and_says_all_of_the_text(world: World) -> None:
    for content in _contents(world):
        card = cards.card(content, "t_0")
        if card:
            assert card["main_title"]["title"].strip()
            said = card["main_title"]["title"] + card.get("sub_title_text", "")
            assert "".join(said.split()) == "".join(shape.plain(content).split())


def _content(text: str = "好", labels: int = 1, label: str = "零报告", key: str = "report.zero.1") -> Content:
    return Content(text, tuple((Button(label, key),) for _ in range(labels)))


@pytest.mark.parametrize(
    ("content", "task"),
    [
        (_content(text=""), "t_0"), (_content(text="  "), "t_0"), (_content(text="字" * 37), "t_0"),
        (_content(text="好。" + "字" * 161), "t_0"), (_content(labels=7), "t_0"), (_content(label="字" * 11), "t_0"),
        (_content(label="a" * 21), "t_0"), (_content(label=""), "t_0"), (_content(label="✅"*11), "t_0"),
        (_content(key="字" * 342), "t_0"), (_content(key=""), "t_0"), (_content(), ""), (_content(), "t" * 129),
        (_content(), "任务"),
    ],
)  # fmt: skip
def test_what_wecom_would_refuse_or_cut_is_no_card(database_kind: str, content: Content, task: str) -> None:
    assert cards.card(content, task) is None


@pytest.mark.parametrize(
    ("content", "task"),
    [
        (_content(text="字" * 36), "t" * 128), (_content(text="好。" + "字" * 160), "a-Z_9@"),
        (_content(labels=6), "t"), (_content(label="字" * 10), "t"), (_content(key="k" * 1024), "t"),
        (_content(label="📝 Something to report"), "t"),
    ],
)  # fmt: skip
def test_what_just_fits_is_a_card(database_kind: str, content: Content, task: str) -> None:
    assert cards.card(content, task)


def test_a_title_ends_where_one_may_pause(database_kind: str) -> None:
    said = (
        "【一站·2月13日】截至10:00：应报14（另准假1），已报13：零报告12、有情况1；未报1。完整率92.9%（13/14）。代报6。"
    )
    made = cards.card(_content(text=said), "t_0")
    assert made
    assert made["main_title"]["title"] == "【一站·2月13日】截至10:00：应报14（另准假1），已报13："
    assert made["sub_title_text"] == "零报告12、有情况1；未报1。完整率92.9%（13/14）。代报6。"
