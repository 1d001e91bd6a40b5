"""From a receipt to the words that were reported; and nobody sees what is not theirs."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.core.database import Database
from models.cycle import periods
from models.cycle.periods import Period
from models.evidence import rows as evidence_rows
from models.evidence import seals
from models.organisation import people
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from tests.handlers.evidence.looks import looks
from tests.support.filling import fill_health
from tests.support.world import HEALTH, MONDAY, TUESDAY, World

STATEMENT = "本人及同住家人无发热、无接触史。"


@pytest.mark.sqlite
def test_ones_own_receipt_opens_to_its_words(world: World) -> None:
    world.taps("李梅", "零报告")
    report = world.report("李梅")
    said = world.says("李梅", f"依据 {report.receipt}")
    digest = world.revisions("李梅")[0].digest[:8].upper()
    assert said == (
        f"【每日健康】11月23日，回执{report.receipt}\n李梅（1005） · 区局/一站\n✅ 零报告，按时（10:00截止）\n\n"
        f"第1版，11月23日 07:30:46，李梅（1005），零报告\n原话：“{STATEMENT}”\n"
        f"渠道web，表单health第1版，摘要{digest}，尚未封存"
    )
    assert looks(world) == []


def test_letters_may_be_small_and_the_day_may_stand_beside(world: World) -> None:
    world.taps("李梅", "零报告")
    receipt = str(world.report("李梅").receipt)
    for words in (f"/why {receipt.lower()}", f"依据 {receipt} 11-23", f"/依据 {receipt} 今天"):
        assert f"回执{receipt}" in world.says("李梅", words), words
    assert f"没有找到回执{receipt}" in world.says("李梅", f"依据 {receipt} 昨天")
    assert "“一站”不是日期" in world.says("李梅", f"依据 {receipt} 一站")


@pytest.mark.sqlite
def test_every_revision_stands_with_who_when_and_why(world: World) -> None:
    world.says("王建国", "代报 李梅 零报告 电话确认")
    world.taps("王建国", "确认代报")
    world.taps("李梅", "有误")
    fill_health(world, "李梅", "38.2")
    world.at("10:30")
    said = world.says("王建国", f"依据 {world.report('李梅').receipt}")
    with world.database.reading() as session:
        sealed = seals.of_period(session, world.period(session))[0].short
    assert "王建国（1003），零报告，代报，理由：电话确认\n原话：“" in said
    assert "李梅（1005），有情况\n体温：38.2\n接触史：无" in said
    assert said.count(f"截止封存{sealed}") == 2
    assert looks(world) == [("1003", "1005")]


@pytest.mark.sqlite
def test_what_came_after_the_close_says_so_and_has_the_seal_of_the_lock(world: World) -> None:
    world.at("10:46")
    world.taps("李梅", "零报告")
    receipt = world.report("李梅").receipt
    world.at("0:01", TUESDAY)
    said = world.says("李梅", f"依据 {receipt}")
    with world.database.reading() as session:
        locked = seals.of_period(session, world.period(session))[1].short
    assert "迟报（10:00截止）" in said
    assert f"截止后，锁定封存{locked}" in said


@pytest.mark.sqlite
def test_another_members_receipt_is_refused(world: World) -> None:
    world.taps("李梅", "零报告")
    receipt, report = world.report("李梅").receipt, world.report("李梅").id
    before = world.records()
    refused = f"回执{receipt}不是您的，也不在您负责的单位里。"
    for who in ("张伟", "赵强"):
        assert refused in world.says(who, f"依据 {receipt}"), who
        assert "按钮" in (world.forges(who, f"why.receipt.{report}") or ""), who
    assert "按钮" in (world.forges("张伟", "why.receipt.9999") or "")
    assert world.records() == before


def test_leads_and_admins_see_their_own_subtree(world: World) -> None:
    world.taps("李梅", "零报告")
    receipt = world.report("李梅").receipt
    for who in ("王建国", "陈局", "周敏"):
        assert "李梅（1005）" in world.says(who, f"依据 {receipt}"), who
    assert looks(world) == [("1003", "1005"), ("1001", "1005"), ("1002", "1005")]


@pytest.mark.sqlite
def test_a_reporter_sees_the_wards_receipt(world: World) -> None:
    world.taps("张伟", "刘大爷")
    world.taps("张伟", "未联系上")
    receipt = world.report("刘大爷").receipt
    assert "未联系上" in world.says("张伟", f"依据 {receipt}")
    assert "不是您的" in world.says("李梅", f"依据 {receipt}")


@pytest.mark.sqlite
def test_an_unknown_receipt_gets_a_clear_sentence(world: World) -> None:
    assert "没有找到回执7K3M，请核对字母和日期。" in world.says("李梅", "依据 7K3M")
    assert "“某某”既不是数字项，也不是回执号" in world.says("李梅", "依据 某某")
    assert "1O05" in world.says("李梅", "依据 1O05")


@pytest.mark.sqlite
def test_without_a_day_the_newest_is_found_and_each_form_of_that_day(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.assign(HEALTH.replace("code: health", "code: duty").replace("每日健康", "值班"))
    for day in (MONDAY, TUESDAY):
        world.at("7:30", day)
        world.says("李梅", "零报告")
    with database.writing() as session:  # chance made into certainty
        for code, day in (("health", MONDAY), ("health", TUESDAY), ("duty", TUESDAY)):
            report = session.merge(world.report("李梅", code, day))
            report.receipt = "7K3M"
            session.add(report)
    world.says("李梅", "依据 7K3M")
    assert [b.text.split("\n")[0] for b in world.chat("李梅")[-2:]] == [
        "【每日健康】11月24日，回执7K3M",
        "【值班】11月24日，回执7K3M",
    ]
    assert "11月23日，回执7K3M" in world.says("李梅", "依据 7K3M 昨天")


def test_a_newer_receipt_of_somebody_else_does_not_hide_ones_own(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    world.taps("钱丽", "零报告")
    with world.database.writing() as session:
        for who, day in (("李梅", MONDAY), ("钱丽", TUESDAY)):
            report = session.merge(world.report(who, day=day))
            report.receipt = "7K3M"
            session.add(report)
    assert "【每日健康】11月23日，回执7K3M\n李梅" in world.says("李梅", "依据 7K3M")


def test_long_answers_and_many_revisions_stay_readable(world: World) -> None:
    world.taps("李梅", "零报告")
    with world.database.writing() as session:
        report = session.merge(world.report("李梅"))
        for number in range(2, 9):
            made = session.exec(select(Revision).where(Revision.report_id == report.id)).first()
            assert made
            values = made.model_dump() | {"id": None, "number": number, "kind": "filled", "statement": None}
            session.add(Revision(**values | {"answers": {"remark": "长" * 900}}))
    said = world.says("李梅", f"依据 {report.receipt}")
    assert "更早的3版未在此列出" in said
    assert len(said) < 4000


def test_what_was_erased_says_so(world: World) -> None:
    world.taps("李梅", "零报告")
    with world.database.writing() as session:
        revision = session.exec(select(Revision)).one()
        revision.salt = revision.statement = None
        session.add(revision)
    assert "内容已清除，摘要保留" in world.says("李梅", f"依据 {world.report('李梅').receipt}")


@pytest.mark.sqlite
def test_of_many_with_one_receipt_number_everybody_finds_their_own(world: World) -> None:
    world.taps("李梅", "零报告")
    receipt = str(world.report("李梅").receipt)
    with world.database.writing() as session:
        (period,) = periods.of_day(session, MONDAY)
        other = people.find_person(session, "1004")
        for n in range(1, 61):
            later = Period(**period.model_dump(exclude={"id", "day"}), day=MONDAY + timedelta(days=n))
            session.add(later)
            session.flush()
            session.add(Report(period_id=later.id, person_id=other.id, place_id=period.place_id, receipt=receipt))
    with world.database.reading() as session:
        assert len(evidence_rows.with_receipt(session, receipt, None)) == 61
    assert f"回执{receipt}" in world.says("李梅", f"依据 {receipt}")
