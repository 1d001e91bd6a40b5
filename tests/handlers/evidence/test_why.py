"""From a figure to its rows, from a row to the words and the person; and nobody sees what is not theirs."""

import csv
import io
from datetime import date, timedelta

import pytest
from sqlmodel import select

from models.core.audit import AuditEntry
from models.core.database import Database
from models.cycle import periods
from models.cycle.periods import Period
from models.evidence import rows as evidence_rows
from models.evidence import seals
from models.files.blobs import Blob
from models.organisation import people, units
from models.organisation.people import Membership, Role
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from tests.support.world import DELIVERY, HEALTH, MONDAY, World

TUESDAY = date(2026, 11, 24)
STATEMENT = "本人及同住家人无发热、无接触史。"


def _looks(world: World) -> list[tuple[str, str]]:
    """Return who looked at whose, as the audit has it."""
    with world.database.reading() as session:
        return [(c.by, c.about) for c in session.exec(select(AuditEntry).where(AuditEntry.what == "why")).all()]


@pytest.mark.sqlite
def test_ones_own_receipt_opens_to_its_words(world: World) -> None:
    world.taps("李梅", "零报告")
    report = world.report("李梅")
    said = world.says("李梅", f"依据 {report.receipt}")
    digest = world.revisions("李梅")[0].digest[:8].upper()
    assert said == (
        f"【每日健康】11月23日，回执{report.receipt}\n李梅（1005）·区局/一站\n✅ 零报告，按时（10:00截止）\n\n"
        f"第1版，11月23日 07:30:46，李梅（1005），零报告\n原话：“{STATEMENT}”\n"
        f"渠道web，表单health第1版，摘要{digest}，尚未封存"
    )
    assert _looks(world) == []


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
    world.taps("李梅", "有情况")
    world.says("李梅", "38.2")
    world.taps("李梅", "无")
    world.taps("李梅", "跳过")
    world.taps("李梅", "提交")
    world.at("10:30")
    said = world.says("王建国", f"依据 {world.report('李梅').receipt}")
    with world.database.reading() as session:
        sealed = seals.of_period(session, world.period(session))[0].short
    assert "王建国（1003），零报告，代报，理由：电话确认\n原话：“" in said
    assert "李梅（1005），有情况\n体温：38.2\n接触史：无" in said
    assert said.count(f"截止封存{sealed}") == 2
    assert _looks(world) == [("1003", "1005")]


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
    assert _looks(world) == [("1003", "1005"), ("1001", "1005"), ("1002", "1005")]


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


def test_a_figure_opens_to_its_rows(world: World) -> None:
    world.taps("李梅", "零报告")
    said = world.says("王建国", "依据 未报")
    assert said == "【一站·11月23日】每日健康\n未报 5\n▫️ 王建国\n▫️ 张伟\n▫️ Ann Lee\n▫️ 刘大爷\n▫️ 孙阿姨"
    assert f"✅ 李梅 {world.report('李梅').receipt} 07:30" in world.says("王建国", "/why received")
    assert "应报 6" in world.says("王建国", "依据 应报")
    assert "代报 0\n没有明细。" in world.says("王建国", "依据 代报")
    assert "未报 9" in world.says("陈局", "依据 未报 区局")
    assert ("1003", "区局/一站") in _looks(world)


@pytest.mark.sqlite
def test_from_the_summary_to_the_words_in_three_taps(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:05")
    world.taps("王建国", "依据")
    assert world.last("王建国").labels == ["应报 6", "已报 1", "零报告 1", "未报 5"]
    page = world.last("王建国")
    world.taps("王建国", "已报 1", page)
    assert world.last("王建国") is page
    world.taps("王建国", "李梅", page)
    assert f"原话：“{STATEMENT}”" in page.text
    world.taps("王建国", "返回", page)
    assert "已报 1" in page.text
    world.taps("王建国", "返回", page)
    assert page.labels[0] == "应报 6"


@pytest.mark.sqlite
def test_the_directors_message_has_the_evidence_too(world: World) -> None:
    world.at("10:25")
    world.taps("陈局", "依据")
    assert world.last("陈局").labels == ["应报 10", "未报 10"]


def test_what_changed_after_the_close_is_marked_and_what_left_is_named(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:30")
    world.taps("张伟", "零报告")
    said = world.says("王建国", "依据 未报")
    assert "未报 4·截至10:00为5" in said
    assert f"截止时在内，之后已变：\n✅ 张伟 {world.report('张伟').receipt} 10:30·迟报·截止后" in said
    assert "↪️ 张伟" in world.last("王建国").labels
    assert "已报 2·截至10:00为1" in world.says("王建国", "依据 已报")
    world.taps("李梅", "修改")
    world.says("李梅", "38.2")
    world.taps("李梅", "无")
    world.taps("李梅", "跳过")
    world.taps("李梅", "提交")
    said = world.says("王建国", "依据 零报告")
    assert "零报告 1\n✅ 张伟" in said
    assert "之后已变：\n📝 李梅" in said


@pytest.mark.sqlite
def test_a_past_day_and_a_day_without_periods(world: World) -> None:
    world.at("8:00", TUESDAY)
    assert "漏报 6·截至10:00为0\n❌ 王建国" in world.says("王建国", "依据 漏报 昨天")
    assert "漏报 6" in world.says("王建国", "/why missing 2026-11-23 一站")
    assert "11月20日没有填报任务" in world.says("王建国", "依据 未报 11-20")


@pytest.mark.sqlite
def test_many_rows_are_thirty_and_a_table(database: Database) -> None:
    world = World(database)
    roster = "staff_no,name,unit,role\n1,甲,局,lead\n"
    world.organisation(roster + "".join(f"{n},=人{n},局,\n" for n in range(10, 50)), enrolled="1")
    world.assign(unit="局")
    world.at("7:30")
    said = world.says("甲", "依据 未报")
    assert said.count("▫️") == 30
    assert "另有11行，见明细表" in said
    world.taps("甲", "明细表")
    file = world.last("甲").content.file
    assert file and file.name == "局-2026-11-23-silent.csv"
    with database.reading() as session:
        rows = list(csv.DictReader(io.StringIO(session.get_one(Blob, file.digest).data.decode("utf-8-sig"))))
    assert len(rows) == 41
    assert rows[1]["name"] == "'=人10"


@pytest.mark.sqlite
def test_a_table_that_is_too_long_is_asked_for_further_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.evidence.why.TABLE", 3)
    world.says("王建国", "依据 未报")
    assert "明细超过3行，请查下级单位" in (world.taps("王建国", "明细表") or "")


@pytest.mark.sqlite
def test_bare_it_offers_ones_receipts_and_to_a_lead_the_figures(world: World) -> None:
    world.taps("李梅", "零报告")
    assert "请发送回执号" in world.says("李梅", "依据")
    assert world.last("李梅").labels == [f"🔎 {world.report('李梅').receipt}"]
    world.taps("李梅", "🔎")
    assert "原话" in world.last("李梅").text
    assert "请选择要查看明细的数字" in world.says("王建国", "依据")


@pytest.mark.sqlite
def test_a_lead_of_several_units_names_one(world: World) -> None:
    with world.database.writing() as session:
        two = units.unit_at(session, "区局/二站")
        session.add(Membership(person_id=people.find_person(session, "王建国").id, unit_id=two.id, role=Role.LEAD))
    assert "请选择单位" in world.says("王建国", "依据 未报")
    world.taps("王建国", "二站")
    assert "未报 2" in world.last("王建国").text
    assert "未报 2" in world.says("王建国", "依据 未报 二站")


@pytest.mark.sqlite
def test_figures_are_for_leads_and_of_their_own_units(world: World) -> None:
    before = world.records()
    assert "各项数字仅限负责人查看" in world.says("李梅", "依据 未报")
    assert "“区局/二站”不在您负责的单位之列" in world.says("王建国", "依据 未报 二站")
    assert world.records() == before


@pytest.mark.sqlite
def test_forged_buttons_show_nothing(world: World) -> None:
    world.taps("钱丽", "零报告")
    with world.database.reading() as session:
        period = world.period(session).id
        one, two = (units.unit_at(session, f"区局/{name}").id for name in ("一站", "二站"))
    other = world.report("钱丽").id
    before = world.records()
    for action in (
        "why.figures.{}.{}",
        "why.back.{}.{}",
        "why.rows.{}.{}.1",
        "why.table.{}.{}.1",
        f"why.row.{{}}.{{}}.1.{other}",
    ):
        assert "不在您负责的单位之列" in (world.forges("王建国", action.format(period, two)) or ""), action
        assert "没有这项数字" in (world.forges("王建国", action.format(999, one)) or ""), action
        assert "按钮" in (world.forges("李梅", action.format(period, one)) or ""), action
    assert "没有这项数字" in (world.forges("王建国", f"why.rows.{period}.{one}.99") or "")
    assert "按钮" in (world.forges("王建国", f"why.row.{period}.{one}.1.{other}") or "")
    assert world.records() == before


@pytest.mark.sqlite
def test_the_task_forces_lead_sees_its_members_rows(world: World) -> None:
    world.taps("钱丽", "零报告")
    assert "已报 1" in world.says("陈局", "依据 已报 防疫专班")


@pytest.mark.sqlite
def test_a_report_about_a_unit(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    world.says("王建国", "/report")
    world.says("王建国", "120")
    world.says("王建国", "118")
    world.taps("王建国", "提交")
    said = world.says("王建国", f"依据 {world.report('区局/一站', 'delivery').receipt}")
    assert "一站·区局/一站" in said
    assert "订单：120" in said
    assert "▫️ 二站" in world.says("陈局", "依据 未报 区局")


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
def test_in_a_group_it_is_answered_in_private(world: World) -> None:
    world.hand_in(world.incoming("王建国", text="/why silent", chat="group 一站"))
    assert world.chat("group 一站") == []
    assert "未报 6" in world.last("王建国").text


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
