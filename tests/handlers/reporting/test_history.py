"""One's own month as a calendar in characters, and one's own day: /history and /status."""

from datetime import date

import pytest

from models.core import typed_text
from models.core.database import Database
from tests.support.filling import fill_health
from tests.support.world import DELIVERY, HEALTH, MONDAY, World


def _day(number: int) -> date:
    return date(2026, 11, number)


@pytest.mark.sqlite
def test_a_month_in_characters(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:30", _day(24))
    world.taps("李梅", "零报告")
    world.at("7:30", _day(26))
    fill_health(world, "李梅", "36.5")
    world.at("7:30", _day(27))
    with world.database.writing() as session:
        report = session.merge(world.report("李梅", day=_day(27)))
        report.excused = "就医"
        session.add(report)
    world.at("8:00", _day(28))
    assert world.says("李梅", "记录").split("\n") == [
        "【我的记录 · 2026年11月】",
        "",
        "每日健康，连续按时1天",
        "   一 二 三 四 五 六 日",
        " 1                   ▫️",
        " 2 ▫️ ▫️ ▫️ ▫️ ▫️ ▫️ ▫️",
        " 9 ▫️ ▫️ ▫️ ▫️ ▫️ ▫️ ▫️",
        "16 ▫️ ▫️ ▫️ ▫️ ▫️ ▫️ ▫️",
        "23 ✅ 🕙 ❌ 📝 🟦 ⏳ ·",
        "30 ·",
        "",
        "✅零报告 📝有情况 🕙迟报 ❌漏报 🟦准假 ⏳未报 ▫️无任务 ·未开放",
    ]


@pytest.mark.sqlite
def test_the_streak_counts_through_a_day_that_is_still_open(world: World) -> None:
    for number in (23, 24, 25):
        world.at("7:30", _day(number))
        world.taps("李梅", "零报告")
    world.at("8:00", _day(26))
    assert "每日健康，连续按时3天" in world.says("李梅", "/history")
    world.at("8:00", _day(27))
    assert "连续按时" not in world.says("李梅", "/history")


@pytest.mark.sqlite
def test_the_months_are_turned_in_place(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("8:00", date(2026, 12, 1))
    world.says("李梅", "记录")
    page = world.last("李梅")
    assert page.labels == ["⬅️ 2026年11月"]
    world.taps("李梅", "11月", page)
    assert world.last("李梅") is page
    assert "【我的记录 · 2026年11月】" in page.text
    assert page.labels == ["2026年12月 ➡️"]
    world.taps("李梅", "12月", page)
    assert "2026年12月" in page.text


@pytest.mark.sqlite
def test_months_can_be_named(world: World) -> None:
    for words in ("记录 11", "记录 11月", "/history 2026-11", "记录 2026年11月", "记录 本月"):
        assert "2026年11月" in world.says("李梅", words), words
    assert "【我的记录 · 2026年10月】\n\n本月没有需要您报送的内容。" in world.says("李梅", "记录 上月")
    assert "2025年12月" in world.says("李梅", "记录 12")
    for words in ("某月", "13", "2026-00", "昨天"):
        assert f"“{words}”不是月份" in world.says("李梅", f"记录 {words}"), words


@pytest.mark.sqlite
def test_each_form_has_its_own_calendar_and_nobody_elses_days(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.assign(HEALTH.replace("code: health", "code: duty").replace("每日健康", "值班"), unit="区局/一站")
    world.at("7:30")
    world.says("李梅", "零报告")
    said = world.says("李梅", "记录")
    assert "每日健康，连续按时1天" in said and "值班，连续按时1天" in said
    said = world.says("钱丽", "记录")
    assert "值班" not in said and "✅ " not in said.split("✅零报告")[0]


@pytest.mark.sqlite
def test_a_lapsed_day_is_no_day(world: World) -> None:
    world.sleep_until("8:00", _day(26))
    row = next(line for line in world.says("李梅", "记录").split("\n") if line.startswith("23"))
    assert row.startswith("23 ▫️ ▫️ ▫️ ⏳")


@pytest.mark.sqlite
def test_forged_months_are_refused(world: World) -> None:
    for data in ("history.month.20261301", "history.month.0", "history.month.999999999", "history.month.x"):
        assert "按钮" in (world.forges("李梅", data) or ""), data


def test_the_history_is_in_english_for_who_reads_english(world: World) -> None:
    said = world.says("Ann Lee", "/history")
    assert said.startswith("[My days, November 2026]\n\nDaily health\n   Mo Tu We Th Fr Sa Su")


@pytest.mark.parametrize(
    ("words", "month"),
    [("11", _day(1)), ("１１月", _day(1)), ("12", date(2025, 12, 1)), ("2026/3", date(2026, 3, 1)), ("202602", None),
     ("last", date(2026, 10, 1)), ("这个月", _day(1)), ("0", None), ("", None), ("11-23", None)],
)  # fmt: skip
def test_months_as_people_type_them(words: str, month: date | None) -> None:
    expected = date(2026, 2, 1) if words == "202602" else month
    assert typed_text.month(words, MONDAY) == expected


def _status(world: World, who: str) -> str:
    world.says(who, "我的")
    return next(b for b in reversed(world.chat(who)) if "我的今天" in b.text).text


@pytest.mark.sqlite
def test_status_names_receipt_revision_and_streak(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("7:30", _day(24))
    world.taps("李梅", "零报告")
    fill_health(world, "李梅", "36.5", begin="修改")
    receipt = world.report("李梅", day=_day(24)).receipt
    said = _status(world, "李梅")
    assert f"📝 07:30有情况，回执{receipt}，第2版\n连续按时2天。" in said


@pytest.mark.sqlite
def test_status_shows_a_proxy_with_who_and_why(world: World) -> None:
    world.says("王建国", "代报 李梅 零报告 电话确认")
    world.taps("王建国", "确认代报")
    receipt = world.report("李梅").receipt
    assert f"✅ 07:30零报告，回执{receipt}，王建国代报（电话确认）" in _status(world, "李梅")


@pytest.mark.sqlite
def test_status_shows_wards_with_their_receipts_and_who_filed(world: World) -> None:
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "未联系上")
    world.says("王建国", "代报 孙阿姨 零报告 电话确认")
    world.taps("王建国", "确认代报")
    said = _status(world, "张伟")
    assert f"☎️ 刘大爷，07:30，回执{world.report('刘大爷').receipt}\n" in said + "\n"
    assert f"✅ 孙阿姨，07:30，回执{world.report('孙阿姨').receipt}，王建国代报（电话确认）" in said


@pytest.mark.sqlite
@pytest.mark.parametrize(("kept", "said"), [
    ("leave: 就医 (1003)", "请假：就医（1003批准）"), ("leave: 看病 (复查) (1003)", "请假：看病 (复查)（1003批准）"),
    ("rest", "休息日"), ("left", "已离职"), ("就医", "就医"),
])  # fmt: skip
def test_status_shows_an_excuse_in_words(world: World, kept: str, said: str) -> None:
    with world.database.writing() as session:
        report = session.merge(world.report("李梅"))
        report.excused = kept
        session.add(report)
    assert f"🟦 准假：{said}\n" in _status(world, "李梅") + "\n"


@pytest.mark.sqlite
def test_status_shows_the_units_one_answers_for(database: Database) -> None:
    world = World(database)
    world.organisation(
        "staff_no,name,unit,role\n1,甲,局,lead\n2,乙,局/站,lead\n3,丙,局/站,lead\n",
    )
    world.assign(DELIVERY, unit="局")
    world.at("7:30")
    assert "▫️ 站" in _status(world, "丙")
    world.taps("乙", "零报告")
    receipt = world.report("局/站", "delivery").receipt
    assert f"✅ 站，07:30，回执{receipt}，乙报送" in _status(world, "丙")


@pytest.mark.sqlite
def test_history_is_ones_own_even_for_leads(world: World) -> None:
    assert "“李梅”不是月份" in world.says("王建国", "记录 李梅")
