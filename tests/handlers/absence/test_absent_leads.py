"""Who answers where a reporter or a lead is away."""

import pytest

from models.authority import responsibility
from models.organisation import units
from tests.support.world import MONDAY, TUESDAY, WEDNESDAY, World


@pytest.mark.sqlite
def test_an_absent_reporters_wards_go_to_the_units_lead(world: World) -> None:
    world.says("张伟", "/leave 2d 就医")
    assert not any(b.kind == "wards" for b in world.chat("王建国"))
    world.taps("王建国", "同意")
    listed = next(b for b in world.chat("王建国") if b.kind == "wards")
    assert "刘大爷" in listed.text
    world.taps("王建国", "全部正常")
    assert world.taps("王建国", "是，全部正常") == "已收到2份（07:30）。"
    assert "全部报齐" in next(b for b in world.chat("张伟") if b.kind == "wards").text
    world.at("7:35", TUESDAY)
    assert not any(b.kind == "wards" and "11月24日" in b.text for b in world.chat("张伟"))
    assert any(b.kind == "wards" and "11月24日" in b.text for b in world.chat("王建国"))
    world.at("7:35", WEDNESDAY)
    assert any(b.kind == "wards" and "11月25日" in b.text for b in world.chat("张伟"))
    assert not any(b.kind == "wards" and "11月25日" in b.text for b in world.chat("王建国"))
    report = world.report("刘大爷", day=WEDNESDAY).id
    assert "按钮" in (world.forges("王建国", f"wards.zero.{report}") or "")


@pytest.mark.sqlite
def test_an_absent_lead_is_spared_and_the_lead_above_told(world: World) -> None:
    world.says("陈局", "准假 王建国 2d 就医")
    before = len(world.phones["1003"])
    world.at("11:01")
    assert len(world.phones["1003"]) == before
    world.says("李梅", "/leave 2d 就医")
    assert world.last("陈局").text == "🙋 李梅（一站）请假：11月23日至11月24日（2天），就医。"
    with world.database.reading() as session:
        one = units.unit_at(session, "区局/一站")
        assert [p.name for p in responsibility.leads_of(session, one, MONDAY)] == ["陈局"]
        assert [p.name for p in responsibility.leads_of(session, one, WEDNESDAY)] == ["王建国"]


@pytest.mark.sqlite
def test_where_all_are_away_up_to_the_top_the_leads_of_the_unit_answer_after_all(world: World) -> None:
    world.says("陈局", "准假 王建国 2d 就医")
    world.says("陈局", "/leave 2d 就医")
    with world.database.reading() as session:
        one = units.unit_at(session, "区局/一站")
        assert [p.name for p in responsibility.leads_of(session, one, MONDAY)] == ["王建国"]
