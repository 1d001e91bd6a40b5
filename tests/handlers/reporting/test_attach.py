"""Photos, voice messages, files and places: as answers, without a question, in incidents, and who may open them."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from sqlmodel import select

from handlers.core.incoming import Location
from models.alerts.incidents import Incident
from models.conversations.drafts import Draft
from models.evidence import verification
from models.exports import report_table
from models.files.attachments import Attachment
from models.files.blobs import LARGEST, Blob, BlobPart, data_of
from models.files.records import File
from models.operations import blob_retention
from tests.support.world import World

VISIT = """code: visit
title: {zh: 走访, en: Visit}
about: persons
statement: {zh: 今日无走访。, en: No visits today.}
questions:
  - {name: stall, type: image, label: {zh: 摊位照片, en: Photo of the stall}, required: true}
  - {name: talk, type: audio, label: {zh: 录音, en: Recording}}
  - {name: paper, type: file, label: {zh: 单据, en: Paper}}
  - {name: place, type: geopoint, label: {zh: 位置, en: Place}}
"""


def begin(world: World) -> None:
    world.organisation()


pytestmark = pytest.mark.world(begin=begin)


@pytest.fixture
def visit(world: World) -> World:
    world.assign(VISIT)
    world.at("7:30")
    world.taps("李梅", "有情况")
    return world


@pytest.fixture
def health(world: World) -> World:
    world.assign()
    world.at("7:30")
    return world


def _filled(world: World, who: str = "李梅", temperature: str = "36.5") -> None:
    world.says(who, temperature)
    world.taps(who, "无", world.last(who))
    world.taps(who, "跳过")
    world.taps(who, "提交")


@pytest.mark.sqlite
def test_a_form_is_answered_with_a_photo_a_voice_message_a_file_and_a_place(visit: World) -> None:
    assert "请在这里发送照片" in visit.last("李梅").text
    said = visit.sends("李梅", "摊位.jpg", caption="东门第三家")
    assert "录音" in said and "请在这里发送语音" in said
    visit.sends("李梅", "v.ogg", "audio/ogg")
    visit.sends("李梅", "单据.pdf", "application/pdf")
    assert "请在这里发送位置" in visit.last("李梅").text
    visit.hand_in(visit.incoming("李梅", location=Location(31.2304, 121.4737, 12)))
    review = visit.last("李梅").text
    assert "摊位照片：摊位.jpg · 东门第三家" in review
    assert "位置：31.2304, 121.4737 ±12 m" in review
    visit.taps("李梅", "提交")
    assert "单据：单据.pdf" in visit.last("李梅").text
    answers = visit.revisions("李梅", "visit")[0].answers or {}
    assert answers["place"] == "31.2304 121.4737 0 12"
    assert answers["stall"] == {
        "digest": answers["stall"]["digest"], "name": "摊位.jpg", "mime": "image/jpeg", "size": 10,
        "remark": "东门第三家",
    }  # fmt: skip


@pytest.mark.sqlite
def test_the_wrong_kind_of_thing_is_told_and_changes_nothing(visit: World) -> None:
    assert "请发送一张照片" in visit.says("李梅", "没有照片")
    assert "请发送一张照片" in visit.sends("李梅", "v.ogg", "audio/ogg")
    visit.hand_in(visit.incoming("李梅", location=Location(31.2, 121.4)))
    assert "无需发送位置" in visit.last("李梅").text
    visit.sends("李梅", "a.png", "image/png")
    assert "请发送一段语音" in visit.sends("李梅", "b.png", "image/png")
    visit.taps("李梅", "跳过")
    visit.taps("李梅", "跳过")
    assert "未能识别" in visit.says("李梅", "东门")
    assert "位置有误" in visit.says("李梅", "121.4737, 31.2304")
    assert "31.2304, 121.4737" in visit.says("李梅", "３１.2304，121.4737")


@pytest.mark.sqlite
def test_what_was_sent_is_replaced_or_taken_out_before_it_is_filed(visit: World) -> None:
    visit.sends("李梅", "a.jpg")
    for name, mime in (("v.ogg", "audio/ogg"), ("p.pdf", "application/pdf")):
        visit.sends("李梅", name, mime)
    visit.says("李梅", "31.2304, 121.4737")
    visit.taps("李梅", "摊位照片")
    assert "a.jpg" in visit.last("李梅").text and "移除" not in str(visit.last("李梅").labels)
    assert "b.jpg" in visit.sends("李梅", "b.jpg")
    visit.taps("李梅", "录音")
    visit.taps("李梅", "移除")
    visit.taps("李梅", "返回")
    visit.taps("李梅", "保持不变")
    visit.taps("李梅", "提交")
    answers = visit.revisions("李梅", "visit")[0].answers or {}
    assert set(answers) == {"stall", "paper", "place"}
    assert answers["stall"]["name"] == "b.jpg"


@pytest.mark.sqlite
def test_a_photo_without_a_question_is_attached_after_asking(health: World) -> None:
    said = health.sends("李梅", "腿.jpg", caption="摔了一跤")
    assert "腿.jpg · 摔了一跤" in said and "附到今天的报告" in said
    assert health.report("李梅").state == "due"
    health.taps("李梅", "每日健康")
    assert "体温" in health.last("李梅").text
    _filled(health)
    (revision,) = health.revisions("李梅")
    assert [(it["name"], it["remark"]) for it in revision.attachments or []] == [("腿.jpg", "摔了一跤")]
    assert "📎 腿.jpg · 摔了一跤" in health.last("李梅").text


def test_an_album_is_one_question(health: World) -> None:
    for number in range(3):
        health.sends("李梅", f"{number}.jpg")
    assert [b.labels for b in health.chat("李梅") if any("不附上" in x for x in b.labels)] == [
        ["📎 每日健康", "🚨 报突发", "✖️ 不附上"]
    ]
    assert "附" in (health.taps("李梅", "不附上") or "")
    assert not any("不附上" in x for b in health.chat("李梅") for x in b.labels)
    assert health.report("李梅").state == "due"


@pytest.mark.sqlite
def test_a_zero_stands_until_something_else_is_submitted(health: World) -> None:
    health.taps("李梅", "零报告")
    assert "零报告仍然有效" in health.sends("李梅", "v.ogg", "audio/ogg")
    health.taps("李梅", "每日健康")
    assert health.report("李梅").state == "zero"
    _filled(health)
    assert health.report("李梅").state == "filled"
    assert [r.kind for r in health.revisions("李梅")] == ["zero", "filled"]


@pytest.mark.sqlite
def test_a_filled_report_is_revised_with_the_photo_and_it_may_be_taken_out_again(health: World) -> None:
    health.taps("李梅", "有情况")
    _filled(health)
    health.sends("李梅", "a.jpg")
    assert "已收到" in (health.taps("李梅", "每日健康") or "")
    revisions = health.revisions("李梅")
    assert revisions[1].answers == revisions[0].answers
    assert [it["name"] for it in revisions[1].attachments or []] == ["a.jpg"]
    health.taps("李梅", "修改")
    health.taps("李梅", "a.jpg")
    health.taps("李梅", "提交")
    assert health.revisions("李梅")[2].attachments is None


@pytest.mark.sqlite
def test_a_photo_sent_while_another_question_is_asked_joins_the_form(health: World) -> None:
    health.taps("李梅", "有情况")
    health.sends("李梅", "a.jpg")
    health.taps("李梅", "每日健康")
    assert "体温" in health.last("李梅").text
    _filled(health)
    assert health.revisions("李梅")[0].attachments


def test_without_an_open_report_there_is_still_the_incident(world: World) -> None:
    assert "没有待报送的报告" in world.sends("李梅", "火.jpg", caption="仓库起火")
    world.taps("李梅", "报突发")
    assert "火.jpg" in world.last("李梅").text
    world.taps("李梅", "立即上报")
    assert "仓库起火" in world.last("王建国").text
    world.taps("王建国", "火.jpg")
    opened = world.last("王建国").content.file
    assert opened and opened.name == "火.jpg"
    world.taps("李梅", "补充")
    assert "第二张.jpg" in world.sends("李梅", "第二张.jpg")
    assert "第二张.jpg" in str(world.last("王建国").labels)
    with world.database.reading() as session:
        assert session.exec(select(Incident)).one().person_id


@pytest.mark.sqlite
def test_a_file_that_is_too_large_is_told_and_not_taken(health: World) -> None:
    file = File("0" * 64, "film.jpg", "image/jpeg", LARGEST + 1)
    health.hand_in(health.incoming("李梅", file=file))
    assert "最多10 MB" in health.last("李梅").text


@pytest.mark.sqlite
def test_what_is_sent_into_a_group_is_nobodys(health: World) -> None:
    before = len(health.chat("李梅"))
    health.sends("李梅", "a.jpg", chat="group 一站")
    assert len(health.chat("李梅")) == before


@pytest.mark.sqlite
def test_the_lead_opens_it_from_the_receipt_and_nobody_else_does(health: World) -> None:
    health.sends("李梅", "a.jpg")
    health.taps("李梅", "每日健康")
    _filled(health)
    receipt = health.report("李梅").receipt
    for who in ("王建国", "周敏", "李梅"):
        health.says(who, f"/why {receipt}")
        health.taps(who, "a.jpg")
        file = health.last(who).content.file
        assert file and file.name == "a.jpg", who
    with health.database.reading() as session:
        number = session.exec(select(Attachment.id)).one()
    for who in ("赵强", "钱丽", "Ann Lee"):
        before = len(health.chat(who))
        assert health.forges(who, f"file.open.{number}")
        assert len(health.chat(who)) == before, who
    assert not any(b.content.file for name in ("group 一站", "group 区局") for b in health.chat(name))


def test_verify_names_the_receipt_of_a_file_that_is_missing_or_altered(health: World) -> None:
    health.sends("李梅", "a.jpg")
    health.taps("李梅", "每日健康")
    _filled(health)
    with health.database.writing() as session:
        assert verification.verify(session).differs == []
        digest = session.exec(select(Attachment.digest)).one()
        part = session.exec(select(BlobPart).where(BlobPart.digest == digest)).one()
        part.data = b"another"
        session.add(part)
    with health.database.reading() as session:
        ((what, _, detail),) = verification.verify(session).differs
    assert (what, detail) == ("file", f"{health.report('李梅').receipt} №1")


def test_a_file_that_nothing_refers_to_is_forgotten_the_second_night(health: World) -> None:
    health.sends("李梅", "filed.jpg")
    health.taps("李梅", "每日健康")
    _filled(health)
    health.sends("张伟", "waiting.jpg")
    health.sends("张伟", "roster.csv", "text/csv")
    health.taps("王建国", "有情况")
    health.sends("王建国", "drafted.jpg")
    health.taps("王建国", "每日健康")
    idle: set[str] = set()
    for _ in range(2):
        health.clock.at += timedelta(days=1)
        health.desk.transact(lambda session, now: blob_retention.forget_blobs(session, "", idle))
    with health.database.reading() as session:
        kept = {data_of(session, digest).decode() for digest in session.exec(select(Blob.digest)).all()}
        assert session.exec(select(Draft)).all()
    assert kept == {"filed.jpg", "waiting.jpg", "drafted.jpg"}
    assert idle == set()


@pytest.mark.sqlite
def test_the_export_names_the_files_and_offers_them(visit: World) -> None:
    visit.sends("李梅", "../=摊 位.jpg")
    for _ in range(3):
        visit.taps("李梅", "跳过")
    visit.taps("李梅", "提交")
    visit.sends("李梅", "b.jpg")
    visit.taps("李梅", "走访")
    visit.says("周敏", "/export 今天 visit csv codes")
    with visit.database.reading() as session:
        file = visit.last("周敏").content.file
        assert file
        lines = data_of(session, file.digest).decode("utf-8-sig").splitlines()
    assert lines[0].endswith("stall,talk,paper,place,proxy_reason,checked_by,checked_at,after_lock,attachments")
    assert "../=摊 位.jpg,,,,,,,false,b.jpg" in next(line for line in lines if "李梅" in line)
    visit.says("周敏", "汇总 一站")
    visit.taps("周敏", "明细表")
    assert "连同附件" not in str(visit.last("周敏").labels), "it would give more than this unit's"
    visit.taps("周敏", "连同附件")
    visit.does_errands()
    with visit.database.reading() as session:
        file = visit.last("周敏").content.file
        assert file and file.name == "走访 区局 2026-11-23.zip"
        archive = ZipFile(io.BytesIO(data_of(session, file.digest)))
    whose = "files/2026-11-23 李梅（1005）"
    names = ["报告明细 2026-11-23.xlsx", f"{whose} 摊位照片 =摊 位.jpg", f"{whose} 其他附件 b.jpg"]
    assert sorted(archive.namelist()) == sorted(names)
    assert archive.read(names[2]) == b"b.jpg"
    with visit.database.reading() as session:
        found = report_table.files(session, [visit.period(session, "visit")], [None])
        assert [name for name, _ in found] == ["2026-11-23-1005-stall-=摊 位.jpg", "2026-11-23-1005-attachments-b.jpg"]
