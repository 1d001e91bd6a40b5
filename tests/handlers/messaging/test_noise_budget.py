"""The noise budget: how often a phone rings unasked on a day, whatever people do."""

from datetime import date, timedelta

import pytest

from models.core.database import Database
from tests.support.world import DELIVERY, HEALTH, MONDAY, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TUESDAY = date(2026, 11, 24)
MEMBERS = ("张伟", "李梅", "Ann Lee", "钱丽", "周敏")
LEADS = ("王建国", "赵强")


def _rung(world: World, who: str) -> list[str]:
    return [b.kind for b in world.unasked(who)]


def _within_the_budget(world: World) -> None:
    for who in MEMBERS:
        assert len(_rung(world, who)) <= 3, (who, _rung(world, who))
    for who in LEADS:
        assert len(_rung(world, who)) <= 5, (who, _rung(world, who))
    own = {"ask", "reminder", "wards"}
    assert [k for k in _rung(world, "陈局") if k not in own] == ["summary"]
    assert len(_rung(world, "陈局")) <= 5


@pytest.mark.parametrize("forms", [(HEALTH,), (HEALTH, DELIVERY), (DELIVERY,)])
@pytest.mark.parametrize("answering", [False, True], ids=["everybody silent", "everybody answers"])
def test_nobody_hears_more_than_the_noise_budget_on_a_whole_day(
    database: Database, forms: tuple[str, ...], answering: bool
) -> None:
    world = World(database)
    world.organisation()
    for form in forms:
        world.assign(form)
    world.at("7:30")
    if answering:
        _everybody_answers(world)
    world.at("9:45")
    world.at("0:01", TUESDAY)
    _within_the_budget(world)
    if answering:
        assert _rung(world, "李梅") == ["ask"] * (HEALTH in forms)


@pytest.mark.parametrize("forms", [(HEALTH,), (HEALTH, DELIVERY)])
def test_the_day_on_which_leads_get_their_week_keeps_within_the_noise_budget(
    database: Database, forms: tuple[str, ...]
) -> None:
    world = World(database)
    world.organisation()
    for form in forms:
        world.assign(form)
    world.at("11:05")
    world.at("0:01", TUESDAY + timedelta(7))
    monday = MONDAY + timedelta(7)
    for who in LEADS:
        rung = [b.kind for b in world.unasked(who, monday)]
        assert "digest" in rung and len(rung) <= 5, (who, rung)
    rung = [b.kind for b in world.unasked("陈局", monday)]
    assert rung.count("digest") == rung.count("summary") == 1
    assert rung.count("reminder") <= 1 and len(rung) <= 5, rung  # prompts come whatever the budget says


def _everybody_answers(world: World) -> None:
    for who in (*MEMBERS, *LEADS, "陈局"):
        for bubble in world.chat(who):
            zero = [b for b in bubble.labels if "零报告" in b or "Zero" in b]
            if zero:
                world.taps(who, zero[0], bubble)
    if any("全部正常" in label for b in world.chat("张伟") for label in b.labels):
        world.taps("张伟", "全部正常")
        world.taps("张伟", "是，全部正常")


def test_half_the_people_answer_and_the_leads_keep_hearing_what_they_must(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("7:30")
    for who in ("李梅", "钱丽"):
        world.taps(who, "零报告")
    world.at("10:06")
    world.taps("张伟", "零报告")
    world.at("0:01", TUESDAY)
    _within_the_budget(world)
    assert "summary" in _rung(world, "王建国")


def test_the_director_gets_one_message_for_all_assignments(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(HEALTH)
    world.assign(DELIVERY)
    world.at("10:26")
    director = next(b for b in world.chat("陈局") if b.kind == "summary")
    assert "每日健康" in director.text
    assert "配送" in director.text
    assert [x for x in director.labels if "明细表" in x] == ["📄 明细表：每日健康", "📄 明细表：配送"]
    world.taps("陈局", "核对无误：配送")
    assert "陈局10:26已核对" in director.text
    assert "☑️ 核对无误：每日健康" in director.labels


def test_escalation_is_one_message_per_lead_however_many_are_silent(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.at("11:30")
    assert _rung(world, "王建国").count("escalation") == 1


def test_the_silent_of_a_subtree_climb_to_the_lead_above(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(unit="区局/一站")
    world.at("10:20")
    assert "escalation" not in _rung(world, "陈局")
    world.at("11:00")
    assert _rung(world, "陈局") == ["escalation"]
    assert "一站" in world.last("陈局").text


def test_a_small_team_without_units_below_has_a_lead_like_any_other(database: Database) -> None:
    world = World(database)
    world.organisation("staff_no,name,unit,role\n1,甲,小组,lead\n2,乙,小组,\n")
    world.assign(unit="小组")
    world.at("10:30")
    assert "未报（2人）：甲、乙" in next(b for b in world.chat("甲") if b.kind == "escalation").text
