"""A lead files for somebody, with a reason; the member is told at once, can correct it, and is never overwritten."""

import pytest
from sqlmodel import select

from models.core.database import Database
from models.evidence import verification
from models.messaging.addresses import Address, Reach
from models.organisation.people import Person
from models.reporting.revisions import Revision
from tests.support.admins import table_of
from tests.support.world import TUESDAY, World

STATEMENT = "本人及同住家人无发热、无接触史。"


def _files_zero(world: World, lead: str = "王建国", who: str = "李梅", reason: str = "电话确认") -> str | None:
    world.says(lead, f"代报 {who} 零报告 {reason}")
    return world.taps(lead, "确认代报", world.last(lead))


def _fills(world: World, who: str, temperature: str = "38.2") -> str | None:
    world.says(who, temperature)
    world.taps(who, "无", world.last(who))
    world.taps(who, "跳过")
    return world.taps(who, world.last(who).labels[0])


@pytest.mark.sqlite
def test_a_proxy_is_shown_before_it_is_filed(world: World) -> None:
    said = world.says("王建国", "/proxy 1005 zero 电话确认")
    assert "代报：李梅（1005，一站）" in said
    assert f"零报告，原话：{STATEMENT}" in said
    assert "理由：电话确认" in said
    assert "将立即告知李梅" in said
    assert world.report("李梅").state == "due"
    assert "已收到" in (world.taps("王建国", "确认代报") or "")
    revision = world.revisions("李梅")[0]
    assert (revision.kind, revision.reason, revision.statement) == ("zero", "电话确认", STATEMENT)
    assert revision.channel == "web"
    report = world.report("李梅")
    assert (report.state, report.proxy) == ("zero", True)
    assert world.figures("区局/一站").proxy == 1


@pytest.mark.sqlite
def test_the_lead_gets_the_receipt_and_the_member_is_told_at_once(world: World) -> None:
    prompt = world.last("李梅")
    world.at("10:02")
    _files_zero(world)
    receipt = world.report("李梅").receipt
    mine = world.last("王建国")
    assert f"已收到零报告（10:02），晚2分钟，记为迟报。感谢补报。回执{receipt}。" in mine.text
    assert "代报理由：电话确认。已告知李梅，本人可以更正。" in mine.text
    told = world.last("李梅")
    assert f"王建国10:02代您报送零报告（电话确认）。回执{receipt}。" in told.text
    assert told.labels == ["有误，我来更正"]
    assert prompt.gone or prompt is told
    assert len([b for b in world.chat("李梅") if b.kind in ("ask", "reminder")]) == 1


@pytest.mark.sqlite
def test_the_member_corrects_a_wrong_proxy_and_the_own_report_stands(world: World) -> None:
    _files_zero(world)
    world.taps("李梅", "有误")
    assert "将取代王建国代报的" in world.last("李梅").text
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "📝 有情况", "无误，保留"]
    world.taps("李梅", "有情况")
    _fills(world, "李梅")
    report = world.report("李梅")
    assert (report.state, report.proxy, report.late) == ("filled", False, False)
    first, second = world.revisions("李梅")
    assert (first.reason, second.reason, second.previous) == ("电话确认", None, first.digest)
    assert world.figures("区局/一站").proxy == 0
    assert "李梅已于07:30自行更正：有情况。您的代报不再有效" in world.last("王建国").text
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


@pytest.mark.sqlite
def test_a_proxy_that_is_right_is_left_alone(world: World) -> None:
    _files_zero(world)
    world.taps("李梅", "有误")
    world.taps("李梅", "无误")
    assert "代您报送零报告（电话确认）" in world.last("李梅").text
    assert world.report("李梅").proxy


@pytest.mark.sqlite
def test_the_own_zero_takes_the_place_of_a_proxied_zero(world: World) -> None:
    _files_zero(world)
    world.taps("李梅", "有误")
    world.taps("李梅", "零报告")
    assert not world.report("李梅").proxy
    assert "已收到零报告" in world.last("李梅").text
    assert "自行更正：零报告" in world.last("王建国").text


@pytest.mark.sqlite
def test_a_proxy_after_the_own_report_is_refused(world: World) -> None:
    world.says("王建国", "代报 李梅 零报告 电话确认")
    world.taps("李梅", "零报告")
    before = world.records()
    refused = "李梅本人已报送，不能由他人覆盖。"
    assert refused in (world.taps("王建国", "确认代报") or "")
    assert refused in world.says("王建国", "代报 李梅 零报告 电话确认")
    assert refused in (world.forges("王建国", f"proxy.person.{world.report('李梅').id}") or "")
    assert refused in (world.forges("王建国", f"proxy.kind.{world.report('李梅').id}.filled") or "")
    assert world.records() == before


@pytest.mark.sqlite
def test_a_members_zero_over_a_filled_proxy_asks_first(world: World) -> None:
    world.says("王建国", "代报 李梅 有情况 电话确认")
    _fills(world, "王建国")
    assert "王建国已代您报送有情况" in world.says("李梅", "零报告")
    assert world.report("李梅").state == "filled"
    world.taps("李梅", "不，保留")
    assert "代您报送有情况" in world.last("李梅").text
    world.says("李梅", "零报告")
    world.taps("李梅", "是，")
    assert (world.report("李梅").state, world.report("李梅").proxy) == ("zero", False)


@pytest.mark.sqlite
def test_a_zero_over_a_filled_proxy_says_what_it_replaces(world: World) -> None:
    world.says("王建国", "代报 李梅 有情况 电话确认")
    _fills(world, "王建国")
    said = world.says("王建国", "代报 李梅 零报告 打错了")
    assert f"将取代代报的有情况（回执{world.report('李梅').receipt}）" in said
    world.taps("王建国", "确认代报")
    assert [r.kind for r in world.revisions("李梅")] == ["filled", "zero"]


@pytest.mark.sqlite
def test_a_lead_is_filed_for_by_the_lead_above(world: World) -> None:
    assert "您自己的报告请自行报送" in world.says("王建国", "代报 王建国 零报告 电话确认")
    _files_zero(world, "陈局", "王建国")
    assert (world.report("王建国").proxy, world.revisions("王建国")[0].by) == (True, world.report("陈局").person_id)
    assert "陈局07:30代您报送零报告" in world.last("王建国").text


@pytest.mark.sqlite
def test_a_ward_is_filed_for_by_the_lead_and_the_reporter_is_told(world: World) -> None:
    _files_zero(world, who="刘大爷")
    told = world.last("张伟")
    assert "王建国07:30替您为刘大爷代报零报告（电话确认）" in told.text
    wards = next(b for b in world.chat("张伟") if b.kind == "wards")
    assert "✅ 刘大爷 · 正常" in wards.text
    world.taps("张伟", "有误")
    assert world.last("张伟").labels == ["✅ 正常", "📝 有情况", "☎️ 未联系上", "无误，保留"]
    world.taps("张伟", "未联系上", world.last("张伟"))
    report = world.report("刘大爷")
    assert (report.uncontacted, report.submitted_by) == (True, world.report("张伟").person_id)
    assert "张伟已于07:30自行更正" in world.last("王建国").text
    refused = "刘大爷已由张伟报送"
    assert refused in world.says("王建国", "代报 刘大爷 零报告 电话确认")


@pytest.mark.sqlite
def test_a_reporter_uses_the_own_list_for_the_own_wards(world: World) -> None:
    with world.database.writing() as session:
        ward = session.exec(select(Person).where(Person.name == "刘大爷")).one()
        ward.reporter_id = session.exec(select(Person.id).where(Person.name == "王建国")).one()
        session.add(ward)
    assert "刘大爷由您代报" in world.says("王建国", "代报 刘大爷 零报告 电话确认")


@pytest.mark.sqlite
def test_who_was_never_enrolled_cannot_be_told_and_the_lead_learns_it(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1003 1004")
    world.assign()
    world.at("7:30")
    assert "李梅未开通，无法告知" in world.says("王建国", "代报 李梅 零报告 电话确认")
    world.taps("王建国", "确认代报")
    assert "李梅未开通，无法告知" in world.last("王建国").text
    assert world.chat("李梅") == []
    with database.writing() as session:
        address = session.exec(select(Address).where(Address.account == "1004")).one()
        address.reach = Reach.UNREACHABLE
        session.add(address)
    assert "张伟联系不上，未能告知" in world.says("王建国", "代报 张伟 零报告 电话确认")


@pytest.mark.sqlite
def test_the_correction_is_refused_after_the_lock(world: World) -> None:
    _files_zero(world)
    wrong, _ = world.button("李梅", "有误")
    world.at("0:01", TUESDAY)
    before = world.records()
    assert "已锁定" in (world.forges("李梅", wrong.data) or "")
    assert world.records() == before


def test_the_reason_is_part_of_the_chain(world: World) -> None:
    _files_zero(world)
    with world.database.writing() as session:
        revision = session.exec(select(Revision)).one()
        revision.reason = "当面确认"
        session.add(revision)
    with world.database.reading() as session:
        assert [what for what, *_ in verification.verify(session).differs] == ["content"]


@pytest.mark.sqlite
def test_the_reason_stands_in_the_export(world: World) -> None:
    _files_zero(world)
    world.at("10:05")
    world.taps("王建国", "明细表")
    assert any("电话确认" in row.values() for row in table_of(world, "王建国"))


@pytest.mark.sqlite
def test_in_english_it_reads_as_well(world: World) -> None:
    _files_zero(world, who="Ann Lee")
    assert "王建国 filed a zero report for you at 07:30 (电话确认)." in world.last("Ann Lee").text
    assert world.last("Ann Lee").labels == ["Wrong, I’ll correct it"]
