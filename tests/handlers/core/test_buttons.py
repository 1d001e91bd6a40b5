"""Buttons: tapped twice, tapped late, tapped by the wrong person, or never shown to anybody."""

from datetime import date

import pytest
from sqlmodel import select

from handlers.registry import ROUTES
from models.conversations.drafts import Draft
from models.organisation.units import Unit, unit_at
from tests.support.world import DELIVERY, World

TUESDAY = date(2026, 11, 24)
NOT_YOURS = "该按钮"
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
    assert toast == "该条为11月23日的报告，已锁定。今天的见下方。"
    assert world.records() == before
    assert "11月24日" in world.last("李梅").text
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "📝 有情况"]


@ON_SQLITE
def test_a_button_that_names_somebody_elses_report_refuses(world: World) -> None:
    before = world.records()
    others = [_id(world, "钱丽"), _id(world, "刘大爷"), 999999]
    for action in (
        "report.zero_of",
        "report.fill_of",
        "report.zero_over",
        "report.keep",
        "wards.one",
        "wards.zero",
        "wards.uncontacted",
    ):
        for report in others:
            assert NOT_YOURS in (world.forges("李梅", f"{action}.{report}") or ""), action
    assert world.records() == before


@ON_SQLITE
def test_a_lead_cannot_file_for_a_member_by_a_forged_button(world: World) -> None:
    before = world.records()
    assert NOT_YOURS in (world.forges("王建国", f"report.zero_of.{_id(world, '李梅')}") or "")
    assert world.records() == before


@ON_SQLITE
def test_a_wards_button_tapped_by_somebody_without_wards_refuses(world: World) -> None:
    before = world.records()
    period = _period(world)
    for data in (f"wards.all.{period}", f"wards.back.{period}", f"wards.confirm.{period}.0123456789ab"):
        assert NOT_YOURS in (world.forges("李梅", data) or ""), data
    assert world.records() == before


@ON_SQLITE
def test_a_period_that_does_not_ask_one_refuses(world: World) -> None:
    world.assign(DELIVERY, due="12:00", opens="8:00")
    world.at("8:00")
    before = world.records()
    delivery = _period(world, "delivery")
    assert NOT_YOURS in (world.forges("李梅", f"report.zero.{delivery}") or "")
    assert NOT_YOURS in (world.forges("李梅", f"report.fill.{delivery}") or "")
    assert NOT_YOURS in (world.forges("李梅", "report.zero.999999") or "")
    assert world.records() == before


@ON_SQLITE
def test_somebody_elses_half_filled_form_is_out_of_reach(world: World) -> None:
    world.taps("李梅", "有情况")
    draft = _draft(world)
    before = world.records()
    for data in (
        "answer.choose.{0}.1.1.0",
        "answer.mark.{0}.1.1.3",
        "answer.next.{0}.1.0",
        "answer.jump.{0}.1.0",
        "answer.back.{0}.1",
        "answer.cancel.{0}.1",
        "answer.submit.{0}.1",
    ):
        assert "表单" in (world.forges("钱丽", data.format(draft.id)) or ""), data
    assert world.records() == before
    assert len(world.chat("钱丽")) == 1


@pytest.mark.sqlite
def test_a_lead_reaches_no_unit_outside_the_own_subtree_and_a_member_none(world: World) -> None:
    before = world.records()
    period, own = _period(world), _unit(world, "区局/一站").id
    outside = [_unit(world, "区局/二站").id, _unit(world, "区局").id, 999999]
    for action, more in (("signoff.sign", ".0"), ("summary.table", ""), ("urge.unit", "")):
        for unit in outside:
            assert "不在您负责的单位之列" in (world.forges("王建国", f"{action}.{period}.{unit}{more}") or ""), action
        assert NOT_YOURS in (world.forges("李梅", f"{action}.{period}.{own}{more}") or ""), action
    assert world.records() == before


@pytest.mark.sqlite
def test_data_that_is_none_of_ours_changes_nothing(world: World) -> None:
    before = world.records()
    for data in (
        "", ".", "z", "report.zero", "report.zero.", "report.zero.x", "report.zero.1.2.3", "report.zero.-1",
        "answer.choose", "answer.choose.1.2.3", "wards.confirm.1", "language.choose", "language.choose.xx",
        "nonsense.1", "report.zero.²", "answer.mark.1.1.1.zz", "wards.confirm.1.\u0000",
        "report.zero.99999999999999999999999999", "answer.choose.1.1.99.99", "urge.unit.1.99999999999",
        "summary.table.1.x",
    ):  # fmt: skip
        said = world.forges("李梅", data, ours=ROUTES.named(data) in ROUTES.buttons)
        assert "编号" not in (said or ""), data
        assert world.records() == before, data
    assert len(world.chat("李梅")) == 1
    assert world.taps("李梅", "零报告")


@ON_SQLITE
def test_a_forged_choice_is_not_an_answer(world: World) -> None:
    world.taps("李梅", "有情况")
    draft = _draft(world)
    for numbers in ("999.0", "1.999", "-1.0", "1.-1", "0.0", "1.99999999999999999999"):
        said = world.forges("李梅", f"answer.choose.{draft.id}.{draft.revision}.{numbers}")
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
    assert world.forges("nobody", f"report.zero.{_period(world)}", chat="group 一站") is None
    assert world.records() == before


@ON_SQLITE
def test_a_receipts_button_from_before_the_lock_changes_nothing_after_it(world: World) -> None:
    world.taps("李梅", "零报告")
    change, receipt = world.button("李梅", "修改")
    world.at("0:01", TUESDAY)
    before = world.records()
    assert "已锁定" in (world.forges("李梅", change.data, message=receipt.id) or "")
    assert world.records() == before


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
def test_the_button_of_an_expired_question_answers_no_newer_one(world: World) -> None:
    world.says("周敏", "/people role 1005 lead")
    _, old = world.button("周敏", "确认")
    world.at("8:00")
    world.says("周敏", "/people leave 1008")
    newer, _ = world.button("周敏", "确认")
    assert "已超过十分钟" in (world.taps("周敏", "确认", old) or ""), "it was asked half an hour ago"
    assert "已超过十分钟" not in (world.forges("周敏", newer.data) or "")


@ON_SQLITE
def test_a_yes_to_files_that_wait_for_their_place_is_no_fault(world: World) -> None:
    world.taps("周敏", "零报告")
    world.sends("周敏", "摊位.jpg")
    kept = next(b.data for b in world.last("周敏").content.buttons[0] if b.data.startswith("attach."))
    number = kept.split(".")[2]
    for button in ("confirm.yes", "confirm.no", "confirm.today"):
        assert "已超过十分钟" in (world.forges("周敏", f"{button}.{number}") or "")
    assert world.forges("周敏", kept) is None
    assert "体温" in world.last("周敏").text, "the file still goes where its own button says"
