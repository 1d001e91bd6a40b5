"""What is on record of a notice: its file, who replied what and when, the evening report, the page of the dashboard."""

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from models.evidence import verification
from models.files import blobs
from models.operations import self_report
from models.organisation import units
from models.rounds import rollcalls, rounds
from models.rounds.rounds import RoundKind, RoundVersion
from tests.handlers.rounds import test_survey as surveys
from tests.handlers.rounds.test_notice import begin, send
from tests.support.world import TUESDAY, World

pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]
ASKED = ("区局", "全体人员", "确认已阅", "18:00")


def bytes_of(world: World, digest: str) -> bytes:
    with world.database.reading() as session:
        return blobs.data_of(session, digest)


def test_the_attendance_list_of_a_meeting_is_an_excel_file_of_ones_own_people(world: World) -> None:
    send(world, "周敏", "=防汛会商", "区局", "全体人员", "会议报名", ">明天14:30 三楼会议室", "18:00")
    world.taps("李梅", "线上参会")
    world.taps("钱丽", "参会")
    world.says("王建国", "/notice 1")
    world.taps("王建国", "Excel", world.last("王建国"))
    file = world.last("王建国").content.file
    assert file
    assert file.name == "通知 1 =防汛会商.xlsx"
    with zipfile.ZipFile(io.BytesIO(bytes_of(world, file.digest))) as book:
        words = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    for told in ("李梅", "线上参会", "三楼会议室", "区局/一站", "未回复", "<t>=防汛会商"):
        assert told in words or told.replace("<t>", "") in words, told
    assert "钱丽" not in words
    assert "<f>" not in words


def test_how_a_reply_came_about_is_told_with_its_entries_of_the_ledger(world: World) -> None:
    send(world, "周敏", "防汛会商", "区局", "全体人员", "会议报名", ">明天14:30", "18:00")
    world.taps("李梅", "线上参会")
    world.at("8:30")
    world.taps("李梅", "参会")
    said = world.says("王建国", "/notice 1 李梅")
    assert "第1版发送：11月23日 07:3" in said
    assert "送达：11月23日 08:00" in said
    assert "08:00 · 线上参会（第1版） · 台账№" in said
    assert "08:30 · 参会（第1版） · 台账№" in said
    for name in ("钱丽", "吴名"):  # whether somebody of another unit is called so is not told
        assert f"“{name}”不在通知1的发送对象中" in world.says("王建国", f"/notice 1 {name}")
    assert "新通知" in world.says("王建国", "/notice 3 号楼停水")


def test_a_reply_that_is_changed_behind_the_programs_back_is_named(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    world.taps("李梅", "已阅")
    with world.database.writing() as session:
        assert verification.verify(session).differs == []
        session.connection().exec_driver_sql(
            "UPDATE reply SET number = 1, at = '2026-11-23 00:00:00' WHERE person_id = 4"
        )
        assert any(where.startswith("reply") for _, where, _ in verification.verify(session).differs)
        session.rollback()


def test_a_file_goes_with_it_above_the_text_and_further_ones_behind_buttons(world: World) -> None:
    world.says("周敏", "/notice")
    world.sends("周敏", "图.jpg", caption="请看附件")
    world.sends("周敏", "表.pdf", mime="application/pdf")
    for tap in ("一站", "全体人员", "确认已阅", "18:00", "📨 发送"):
        world.taps("周敏", tap, world.last("周敏"))
    world.at("8:00")
    got = world.last("李梅")
    assert got.content.file
    assert got.content.file.name == "图.jpg"
    world.taps("李梅", "📎 表.pdf")
    assert world.last("李梅").content.file.name == "表.pdf"  # type: ignore[union-attr]
    with world.database.reading() as session:
        assert [len(it.files) for it in session.exec(select(RoundVersion)).all()] == [2]
        assert verification.verify(session).differs == []


def test_the_evening_report_counts_notices_and_says_nothing_of_them(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    world.taps("李梅", "已阅")
    world.at("20:01")
    said = next(b.text for b in reversed(world.chat("周敏")) if "自检" in b.text or "发送通知" in b.text)
    assert "发送通知1份，已回复1/7" in said
    assert "停水" not in said


def test_the_evening_report_and_the_system_count_surveys_beside_notices_as_long_as_they_run(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    surveys.send(world, "周敏", "一站", "全体人员", "实名", "18:00")
    surveys.answer(world, "李梅")
    assert "📢 等待回复的通知：1\n📋 进行中的问卷：1" in world.says("周敏", "/system")
    world.at("20:01")
    said = next(b.text for b in reversed(world.chat("周敏")) if "发送问卷" in b.text)
    assert "发送问卷1份，已回复1/" in said
    assert "库存情况" not in said
    world.at("20:30")
    assert "问卷" not in world.says("周敏", "/system")


def test_what_is_counted_of_rounds_costs_nothing_with_history(world: World) -> None:
    """Each look at rounds in the evening report and in `/system` seeks in an index what is new, or still runs."""
    plans: list[str] = []

    def explained(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if "FROM round" in statement and statement.startswith("SELECT"):
            found = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(str(row[-1]) for row in found.fetchall())

    with world.database.reading() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", explained)
        tops, now = [units.root(session)], world.clock.now()
        rounds.running(session, RoundKind.SURVEY, tops, now)
        rollcalls.open_ones(session)
        self_report.sent(session, RoundKind.SURVEY, now)
        event.remove(engine, "before_cursor_execute", explained)
    named = {name for name in ("round_due", "round_open", "round_made") for plan in plans if name in plan}
    assert named == {"round_due", "round_open", "round_made"}, plans
    assert not [plan for plan in plans if plan.startswith("SCAN round")], plans


def test_a_notice_is_shown_in_the_language_that_its_reader_chooses(world: World) -> None:
    send(world, "周敏", "停水", *ASKED)
    world.says("李梅", "/language en")
    assert any("Please confirm by 23 Nov 18:00." in b.text for b in world.chat("李梅"))


def test_an_expired_notice_takes_no_reply(world: World) -> None:
    send(world, "周敏", "会商", "区局", "全体人员", "会议报名", ">明天14:30", "18:00")
    standing = world.last("李梅")
    world.at("14:31", TUESDAY)
    assert "已结束" in (world.taps("李梅", "参会", standing) or "")
    world.says("周敏", "/notice 1")
    assert not any("撤回" in label for label in world.last("周敏").labels)


def test_nothing_is_sent_after_cancel_nor_by_an_old_button(world: World) -> None:
    before = world.records()
    world.says("周敏", "/notice 停水")
    for tap in ASKED:
        world.taps("周敏", tap, world.last("周敏"))
    send_button = next(b for row in world.last("周敏").content.buttons for b in row if "发送" in b.label)
    world.taps("周敏", "取消", world.last("周敏"))
    assert "重新" in (world.forges("周敏", send_button.data) or "")
    assert world.records() == before
    world.says("周敏", "/notice 停水")
    world.says("周敏", "取消")
    assert world.records() == before
    assert "已取消" in "".join(b.text for b in world.chat("周敏"))
