"""A unit's report is proposed from the reports below it: shown with its source, taken by one tap, and never changed
unseen."""

import pytest
from sqlmodel import select

from models.core.errors import Refusal, Refusals
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.evidence import verification
from models.exports import report_table
from models.forms.sources import read_source
from models.forms.yaml_reader import parse_form
from tests.support.form_pages import Device, report_of
from tests.support.phones import Bubble
from tests.support.world import World

VISITS = """code: visits
title: {zh: 走访, en: Visits}
about: persons
statement: {zh: 今日未走访。, en: No visits today.}
questions:
  - {name: homes, type: integer, label: {zh: 户数, en: Homes}, required: true}
  - {name: sick, type: integer, label: {zh: 病人, en: Sick}}
"""
STATION = """code: station
title: {zh: 单位日报, en: Unit day}
about: units
statement: {zh: 无。, en: Nothing.}
questions:
  - {name: homes, type: integer, label: {zh: 走访户数, en: Homes visited}, required: true, propose: sum(visits.homes)}
  - {name: busy, type: integer, label: {zh: 多户人数, en: Busy}, required: true, propose: "计数（visits，homes >= 5）"}
"""


def begin(world: World, form: str = STATION) -> None:
    world.organisation()
    world.assign(VISITS, "区局/一站")
    world.assign(form, "区局/一站")
    world.at("7:30")
    for who, homes in (("张伟", "4"), ("李梅", "8")):
        visited(world, who, homes)


def visited(world: World, who: str, homes: str) -> None:
    world.taps(who, "有情况")
    world.says(who, homes)
    world.taps(who, "跳过")
    world.taps(who, "提交")


pytestmark = pytest.mark.world(begin=begin)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def station(world: World) -> dict[str, object]:
    return world.revisions("区局/一站", "station")[-1].answers or {}


def begin_report(world: World) -> None:
    world.taps("王建国", "填报", unit_prompt(world))


def tap_zero(world: World) -> None:
    world.taps("王建国", "零报告", unit_prompt(world))


def unit_prompt(world: World) -> Bubble:
    return next(b for b in world.chat("王建国") if "填报" in " ".join(b.labels))


def test_a_report_that_the_reports_below_fill_in_is_confirmed_by_one_tap(world: World) -> None:
    begin_report(world)
    assert "走访户数：12 = “走访”2份合计，缺4份" in world.last("王建国").text
    assert "多户人数：1 = “走访”2份中计数，缺4份" in world.last("王建国").text
    world.taps("王建国", "提交")
    assert station(world) == {"homes": 12, "busy": 1}
    filed = world.revisions("区局/一站", "station")[-1].proposed or {}
    assert (filed["homes"]["value"], filed["homes"]["received"], filed["homes"]["missing"]) == (12, 2, 4)
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def begin_asked(world: World) -> None:
    """Let the station be asked something besides that no report below answers."""
    begin(world, STATION + "  - {name: weather, type: text, label: {zh: 天气, en: Weather}, required: true}\n")


@ON_SQLITE
@pytest.mark.world(begin=begin_asked)
def test_where_more_is_asked_each_sum_is_shown_with_its_source_and_taken_by_one_tap(world: World) -> None:
    begin_report(world)
    assert "预填：12 = “走访”2份合计，缺4份" in world.last("王建国").text
    world.taps("王建国", "填12")
    assert "预填：1 = “走访”2份中计数，缺4份" in world.last("王建国").text
    world.taps("王建国", "填1")
    world.says("王建国", "晴")
    assert "走访户数：12 = “走访”2份合计，缺4份" in world.last("王建国").text
    world.taps("王建国", "提交")
    assert station(world) == {"homes": 12, "busy": 1, "weather": "晴"}


@ON_SQLITE
def test_a_changed_value_says_what_it_was_in_the_receipt_the_summary_and_as_evidence(world: World) -> None:
    begin_report(world)
    world.taps("王建国", "✏️ 走访户数")
    assert "预填：12 = “走访”2份合计，缺4份" in world.last("王建国").text
    world.says("王建国", "13")
    world.taps("王建国", "提交")
    assert "走访户数：13（原12＝“走访”2份合计，缺4份）" in "".join(b.text for b in world.chat("王建国"))
    receipt = world.report("区局/一站", "station").receipt
    assert "走访户数：13（原12＝" in world.says("王建国", f"依据 {receipt}")
    assert "一站，走访户数：13（下级合计原为12）" in world.says("王建国", "汇总")


@pytest.mark.parametrize("how", ["by button", "by command"])
@ON_SQLITE
def test_a_zero_beside_reports_with_something_to_report_is_filed_only_when_it_is_meant(world: World, how: str) -> None:
    if how == "by command":
        world.taps("王建国", "零报告", next(b for b in world.chat("王建国") if "走访" in b.text))
        world.says("王建国", "零报告")
    else:
        tap_zero(world)
    asked = next(b for b in world.chat("王建国") if "下级报告中有2份有情况" in b.text)
    assert world.revisions("区局/一站", "station") == []
    world.taps("王建国", "仍报零报告", asked)
    assert [it.kind for it in world.revisions("区局/一站", "station")] == ["zero"]


@ON_SQLITE
def test_whoever_did_not_mean_the_zero_is_asked_again_or_fills_in_the_sums(world: World) -> None:
    tap_zero(world)
    world.taps("王建国", "返回")
    tap_zero(world)
    world.taps("王建国", "按下级报告填写")
    world.taps("王建国", "提交")
    assert station(world) == {"homes": 12, "busy": 1}


@ON_SQLITE
def test_a_zero_is_filed_at_once_where_the_reports_below_are_zeros_too(world: World) -> None:
    for who in ("张伟", "李梅"):
        world.taps(who, "改为零报告")
        world.taps(who, "是，改为零报告")
    tap_zero(world)
    assert [it.kind for it in world.revisions("区局/一站", "station")] == ["zero"]


@ON_SQLITE
def test_nothing_is_filed_beside_a_sum_that_nobody_has_seen(world: World) -> None:
    begin_report(world)
    world.taps("王建国", "✏️ 走访户数")
    world.says("王建国", "14")
    visited_in_english(world)
    world.taps("王建国", "提交")
    assert "合计数已更新" in world.last("王建国").text
    assert "走访户数：14（原15＝“走访”3份合计，缺3份）" in world.last("王建国").text
    assert world.revisions("区局/一站", "station") == []
    world.taps("王建国", "提交")
    assert station(world) == {"homes": 14, "busy": 1}


@ON_SQLITE
def test_what_was_taken_as_proposed_follows_the_sum_and_is_shown_before_it_is_filed(world: World) -> None:
    begin_report(world)
    visited_in_english(world)
    world.taps("王建国", "提交")
    assert "合计数已更新" in world.last("王建国").text
    assert "走访户数：15 = “走访”3份合计，缺3份" in world.last("王建国").text
    assert world.revisions("区局/一站", "station") == []
    world.taps("王建国", "提交")
    assert station(world) == {"homes": 15, "busy": 1}


def visited_in_english(world: World) -> None:
    world.taps("Ann Lee", "Something to report")
    world.says("Ann Lee", "3")
    world.taps("Ann Lee", "Skip")
    world.taps("Ann Lee", "Submit")


@ON_SQLITE
def test_the_page_shows_the_proposed_values_filled_in(world: World) -> None:
    device = Device(world, "王建国", report_of(world, "一站"))
    device.open()
    assert [it.source for it in device.page.asks] == ["12 = “走访”2份合计，缺4份", "1 = “走访”2份中计数，缺4份"]
    device.press("submit")
    assert station(world) == {"homes": 12, "busy": 1}


@ON_SQLITE
def test_who_sends_a_page_with_another_value_sees_the_sum_first(world: World) -> None:
    device = Device(world, "王建国", report_of(world, "一站"))
    device.open()
    device.enter(homes="20")
    device.press("submit")
    assert world.revisions("区局/一站", "station") == []
    assert "合计数已更新" in (device.said or "")
    device.press("submit")
    assert station(world)["homes"] == 20


@pytest.mark.parametrize(
    "words", ["sum(visits)", "count(visits.homes)", "avg(visits.homes)", "sum(visits.homes", "sum(Visits.homes)"]
)
def test_what_cannot_be_added_up_is_refused(words: str) -> None:
    with pytest.raises(Refusal):
        read_source(words)


def test_only_numbers_of_units_are_proposed() -> None:
    for wrong in (
        STATION.replace("about: units", "about: persons"),
        STATION.replace("type: integer, label: {zh: 走访户数", "type: text, label: {zh: 走访户数"),
    ):
        with pytest.raises(Refusals):
            parse_form(wrong)


@ON_SQLITE
def test_the_export_says_what_a_changed_value_was(world: World) -> None:
    begin_report(world)
    world.taps("王建国", "✏️ 走访户数")
    assert "预填：12 = “走访”2份合计，缺4份" in world.last("王建国").text
    world.says("王建国", "13")
    world.taps("王建国", "提交")
    with world.database.reading() as session:
        period = session.exec(select(Period).join(Assignment).where(Assignment.code == "station")).one()
        heading, row = report_table.rows(session, [period])
    assert (heading[-1], row[-1]) == ("proposed", "homes=12")
