"""Buttons: tapped twice, tapped late, tapped by the wrong person, or never shown to anybody."""

from datetime import date

import pytest
from sqlmodel import select

from models.conversations.drafts import Draft
from models.organisation.units import Unit, unit_at
from tests.support.world import DELIVERY, World

TUESDAY = date(2026, 11, 24)
NOT_YOURS = "这个按钮"
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _id(world: World, who: str) -> int:
    return world.report(who).id


def _unit(world: World, path: str) -> Unit:
    with world.database.reading() as session:
        return unit_at(session, path)


def _draft(world: World) -> Draft:
    with world.database.reading() as session:
        return session.exec(select(Draft)).one()


def _period(world: World, code: str = "health") -> int:
    with world.database.reading() as session:
        return world.period(session, code).id


def test_a_double_tap_makes_one_revision_and_says_so(world: World) -> None:
    prompt = world.last("李梅")
    zero, _ = world.button("李梅", "零报告")
    first = world.forges("李梅", zero.data, message=prompt.id)
    second = world.forges("李梅", zero.data, message=prompt.id)
    receipt = world.report("李梅").receipt
    assert first == f"已收到（07:30），回执{receipt}。"
    assert second == f"之前已收到（07:30），回执{receipt}。"
    assert len(world.revisions("李梅")) == 1
    assert len(world.phones["1005"]) == 1


@pytest.mark.sqlite
def test_the_same_update_delivered_three_times_counts_once(world: World) -> None:
    zero, prompt = world.button("李梅", "零报告")
    update = world.incoming("李梅", data=zero.data, message=prompt.id)
    assert "已收到" in (world.hand_in(update) or "")
    after = world.records()
    assert world.hand_in(update) is None
    assert world.hand_in(update) is None
    assert world.records() == after


@ON_SQLITE
def test_the_prompt_above_a_reminder_still_counts(world: World) -> None:
    zero, prompt = world.button("李梅", "零报告")
    world.at("9:00")
    assert prompt.gone
    assert "已收到（09:00）" in (world.forges("李梅", zero.data, message=prompt.id) or "")
    assert world.report("李梅").state == "zero"
    assert "已收到零报告" in world.last("李梅").text
    assert len(world.chat("李梅")) == 1


@ON_SQLITE
def test_yesterdays_button_says_that_it_is_locked_and_shows_todays(world: World) -> None:
    zero, prompt = world.button("李梅", "零报告")
    world.at("0:01", TUESDAY)
    world.at("7:30", TUESDAY)
    before = world.records()
    toast = world.forges("李梅", zero.data, message=prompt.id)
    assert toast == "这是11月23日的，已锁定。今天的在下面。"
    assert world.records() == before
    assert "11月24日" in world.last("李梅").text
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "📝 有情况"]


@ON_SQLITE
def test_a_button_that_names_somebody_elses_report_refuses(world: World) -> None:
    before = world.records()
    others = [_id(world, "钱丽"), _id(world, "刘大爷"), 999999]
    for action in ("zr", "fr", "zo", "zk", "w1", "wz", "wu"):
        for report in others:
            assert NOT_YOURS in (world.forges("李梅", f"{action}.{report}") or ""), action
    assert world.records() == before


@ON_SQLITE
def test_a_lead_cannot_file_for_a_member_by_a_forged_button(world: World) -> None:
    before = world.records()
    assert NOT_YOURS in (world.forges("王建国", f"zr.{_id(world, '李梅')}") or "")
    assert world.records() == before


@ON_SQLITE
def test_a_wards_button_tapped_by_somebody_without_wards_refuses(world: World) -> None:
    before = world.records()
    period = _period(world)
    for data in (f"wa.{period}", f"wb.{period}", f"wc.{period}.0123456789ab"):
        assert NOT_YOURS in (world.forges("李梅", data) or ""), data
    assert world.records() == before


@ON_SQLITE
def test_a_period_that_does_not_ask_one_refuses(world: World) -> None:
    world.assign(DELIVERY, due="12:00", opens="8:00")
    world.at("8:00")
    before = world.records()
    delivery = _period(world, "delivery")
    assert NOT_YOURS in (world.forges("李梅", f"z.{delivery}") or "")
    assert NOT_YOURS in (world.forges("李梅", f"f.{delivery}") or "")
    assert NOT_YOURS in (world.forges("李梅", "z.999999") or "")
    assert world.records() == before


@ON_SQLITE
def test_somebody_elses_half_filled_form_is_out_of_reach(world: World) -> None:
    world.taps("李梅", "有情况")
    draft = _draft(world)
    before = world.records()
    for data in ("qa.{0}.1.1.0", "qm.{0}.1.1.3", "qn.{0}.1.0", "qj.{0}.1.0", "qb.{0}.1", "qx.{0}.1", "qs.{0}.1"):
        assert "表单" in (world.forges("钱丽", data.format(draft.id)) or ""), data
    assert world.records() == before
    assert len(world.chat("钱丽")) == 1


@pytest.mark.sqlite
def test_a_lead_reaches_no_unit_outside_the_own_subtree_and_a_member_none(world: World) -> None:
    before = world.records()
    period, own = _period(world), _unit(world, "区局/一站").id
    outside = [_unit(world, "区局/二站").id, _unit(world, "区局").id, 999999]
    for action, more in (("sg", ".0"), ("st", ""), ("ug", "")):
        for unit in outside:
            assert "不在您负责的单位里" in (world.forges("王建国", f"{action}.{period}.{unit}{more}") or ""), action
        assert NOT_YOURS in (world.forges("李梅", f"{action}.{period}.{own}{more}") or ""), action
    assert world.records() == before


@pytest.mark.sqlite
def test_data_that_is_none_of_ours_changes_nothing(world: World) -> None:
    before = world.records()
    for data in (
        "", ".", "z", "z.", "z.x", "z.1.2.3", "z.-1", "qa", "qa.1.2.3", "wc.1", "ln", "ln.xx", "nonsense.1", "z.²",
        "qm.1.1.1.zz", "wc.1.\u0000", "z.99999999999999999999999999", "qa.1.1.99.99", "ug.1.99999999999", "st.1.x",
    ):  # fmt: skip
        said = world.forges("李梅", data)
        assert "编号" not in (said or ""), data
        assert world.records() == before, data
    assert len(world.chat("李梅")) == 1
    assert world.taps("李梅", "零报告")


@ON_SQLITE
def test_a_forged_choice_is_not_an_answer(world: World) -> None:
    world.taps("李梅", "有情况")
    draft = _draft(world)
    for numbers in ("999.0", "1.999", "-1.0", "1.-1", "0.0", "1.99999999999999999999"):
        said = world.forges("李梅", f"qa.{draft.id}.{draft.revision}.{numbers}")
        assert "编号" not in (said or ""), "a forged button is no bug of ours"
        assert _draft(world).answers == {}, numbers


@ON_SQLITE
def test_a_tap_in_the_group_counts_for_the_one_who_tapped_and_shows_nothing_there(world: World) -> None:
    zero, _ = world.button("李梅", "零报告")
    toast = world.forges("李梅", zero.data, chat="group 一站")
    assert "已收到" in (toast or "")
    assert world.report("李梅").state == "zero"
    assert world.chat("group 一站") == []


@ON_SQLITE
def test_a_stranger_in_the_group_taps_in_vain(world: World) -> None:
    before = world.records()
    assert world.forges("nobody", f"z.{_period(world)}", chat="group 一站") is None
    assert world.records() == before


@ON_SQLITE
def test_a_receipts_button_from_before_the_lock_changes_nothing_after_it(world: World) -> None:
    world.taps("李梅", "零报告")
    change, receipt = world.button("李梅", "修改")
    world.at("0:01", TUESDAY)
    before = world.records()
    assert "已锁定" in (world.forges("李梅", change.data, message=receipt.id) or "")
    assert world.records() == before
