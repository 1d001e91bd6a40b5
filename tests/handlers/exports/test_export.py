"""Reports and the roster as files."""

import errno
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from bot.workers.job_kinds import FILES
from handlers.exports import export_job, long_files, report_files
from models.messaging import dashboard_keys
from models.messaging.dashboard_keys import Kind
from models.operations import job_files, jobs
from models.operations.job_files import JobPart
from models.operations.jobs import TRIES
from models.organisation.people import Membership, Role, find_person
from tests.support.admins import exported, file_of, table_of
from tests.support.world import TUESDAY, World


@pytest.mark.sqlite
def test_reports_are_exported_by_day_range_and_task(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    assert {r["day"] for r in exported(world, "11-23..11-24")} == {"2026-11-23", "2026-11-24"}
    assert len(exported(world, "昨天")) == 10
    assert len(exported(world, "health")) == 10
    world.says("周敏", "导出")
    world.taps("周敏", "昨天")
    assert len(file_of(world, "周敏")) == 11
    world.says("周敏", "导出")
    world.taps("周敏", "名册")
    assert "名册，共13行" in world.last("周敏").text


@pytest.mark.sqlite
def test_days_and_task_are_named_as_the_bot_shows_them_and_in_either_order(world: World) -> None:
    world.at("7:30", TUESDAY)
    for words in (
        "11月23日至11月24日", "23 Nov to 24 Nov", "11-23 11-24 每日健康", "每日健康 11月23日至24日",
        "health 11-23~11-24", "Daily health 11-23..11-24",
    ):  # fmt: skip
        assert len(exported(world, words)) == 20, words
    assert world.says("周敏", "/export 11-20").startswith("⚠️ 11月20日没有填报任务")
    assert "没有填报任务“3天”" in world.says("周敏", "/export 3天")
    world.says("周敏", "/assign pause 每日健康")
    assert "每日健康" in world.last("周敏").text and "✅ 确认" in "".join(world.last("周敏").labels)


def test_a_long_export_is_written_beside_the_desk_and_tells_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    said = world.says("周敏", "/export 11-23 health")
    assert "每日健康 区局 2026-11-23.xlsx 正在生成" in said
    world.does_errands()
    assert world.last("周敏").text == "共10份报告，每份一行。"
    assert len(file_of(world, "周敏")) == 11
    assert not any("正在生成" in bubble.text for bubble in world.chat("周敏")), "the progress is gone"
    assert "导出" in world.says("周敏", "/audit")


@pytest.mark.sqlite
def test_one_person_has_one_long_export_written_at_a_time_and_some_in_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    monkeypatch.setattr(jobs, "MOST_A_DAY", 2)
    world.says("周敏", "/export 11-23 health")
    assert "您上一份文件还在生成" in world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "正在生成" in world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "您一天内已导出2份大文件" in world.says("周敏", "/export 11-23 health")
    world.at("7:31", TUESDAY)
    world.clock.at += timedelta(hours=2)
    assert "正在生成" in world.says("周敏", "/export 11-23 health")


def test_an_export_too_large_for_a_chat_is_kept_for_a_link_that_expires(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    monkeypatch.setattr(long_files, "MOST_BYTES", 100)
    monkeypatch.setattr(job_files, "PART", 1000)
    world.desk.defaults = replace(world.desk.defaults, public_url="https://reports.example.org")
    world.says("周敏", "/export 11-23 health")
    world.does_errands()
    said = world.last("周敏").text
    assert "每日健康 区局 2026-11-23.xlsx 已生成：10行，1MB，聊天中无法发送" in said
    assert "下载地址：https://reports.example.org/dashboard/export/" in said and "11月24日 07:30前有效" in said
    assert kept(world)[:2] == b"PK"
    world.clock.at += timedelta(hours=23)
    world.desk.transact(job_files.forget)
    assert kept(world)
    world.clock.at += timedelta(hours=2)
    while world.desk.transact(job_files.forget):
        pass
    assert kept(world) == b""


def test_an_export_too_large_for_a_chat_says_what_to_do_where_no_link_would_lead(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    monkeypatch.setattr(long_files, "MOST_BYTES", 100)
    world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "请减少天数" in world.last("周敏").text
    assert kept(world) == b""


def test_a_long_export_can_be_cancelled_at_any_moment_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")
    world.taps("周敏", "取消")
    assert "每日健康 区局 2026-11-23.xlsx：已取消，未保留任何内容。" in world.last("周敏").text
    world.does_errands()
    assert world.last("周敏").content.file is None and kept(world) == b""
    cancel = cancelling(world, "周敏", monkeypatch)
    world.does_errands()
    assert "已取消" in world.last("周敏").text, "while it was being written"
    assert world.forges("周敏", cancel).endswith("该文件已生成完毕。")


@pytest.mark.sqlite
def test_nobody_cancels_the_export_of_somebody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")
    (data,) = [key.data for row in world.last("周敏").content.buttons for key in row]
    world.forges("王建国", data)
    world.does_errands()
    assert world.last("周敏").content.file


def test_an_export_that_a_restart_interrupted_begins_again_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")
    with world.database.writing() as session:
        job = jobs.take(session, [long_files.JOB])
        assert job
    world.desk.transact(lambda session, now: FILES.progress(
        world.desk.context(session, now), jobs.next_one(session, [long_files.JOB]), {"rows": 10, "written": 4},
    ))  # fmt: skip
    world.deliver()
    assert "已写入4行，共10行" in world.last("周敏").text
    with world.database.writing() as session:
        assert jobs.take(session, [long_files.JOB])
    world.desk.transact(lambda session, now: FILES.progress(
        world.desk.context(session, now), jobs.next_one(session, [long_files.JOB]), {"rows": 10, "written": 2},
    ))  # fmt: skip
    world.deliver()
    assert "曾中断，现已重新开始" in world.last("周敏").text


@pytest.mark.sqlite
def test_where_no_message_can_be_changed_in_place_progress_sends_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.set_defaults(still=frozenset({"web"}))
    world.says("周敏", "/export 11-23 health")
    world.desk.transact(lambda session, now: FILES.progress(
        world.desk.context(session, now), jobs.next_one(session, [long_files.JOB]), {"rows": 10, "written": 4},
    ))  # fmt: skip
    world.deliver()
    assert "正在生成" in world.last("周敏").text
    world.does_errands()
    assert world.last("周敏").content.file


@pytest.mark.sqlite
def test_a_full_disk_is_said_and_nothing_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(report_files, "write", full)
    world.does_errands()
    assert "服务器磁盘已满" in world.last("周敏").text


@pytest.mark.sqlite
def test_a_lead_exports_their_own_units_and_no_others(world: World) -> None:
    world.taps("李梅", "零报告")
    world.says("王建国", "/export 11-23 health")
    assert {row["单位"] for row in table_of(world, "王建国")} == {"区局/一站"}
    world.says("王建国", "/export 11-23 区局/一站 csv")
    assert {row[2] for row in file_of(world, "王建国")[1:]} == {"区局/一站"}
    assert "不在您负责的单位之列" in world.says("王建国", "/export 11-23 区局/二站")
    assert "花名册仅限管理员导出" in world.says("王建国", "/export roster")
    assert "花名册" not in world.says("王建国", "/export") and "名册" not in world.last("王建国").labels
    world.says("李梅", "/export 11-23")
    assert world.last("李梅").content.file is None


@pytest.mark.sqlite
def test_the_admin_of_the_whole_may_name_a_unit_before_or_after_the_task(world: World) -> None:
    for words in ("11-23 health 区局/二站", "11-23 区局/二站 每日健康", "11-23 区局/二站"):
        assert {row["unit"] for row in exported(world, words)} == {"区局/二站"}, words


@pytest.mark.sqlite
def test_whoever_lost_the_role_gets_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.says("王建国", "/export 11-23 health")
    with world.database.writing() as session:
        for it in session.exec(select(Membership).where(Membership.role == Role.LEAD)).all():
            session.delete(it)
    world.does_errands()
    assert "您已不再负责这些单位" in world.last("王建国").text


@pytest.mark.sqlite
def test_of_a_file_too_large_for_a_chat_nothing_is_kept_for_whoever_lost_the_role(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(world, monkeypatch)
    world.says("王建国", "/export 11-23 health")
    with world.database.writing() as session:
        for it in session.exec(select(Membership).where(Membership.role == Role.LEAD)).all():
            session.delete(it)
    world.does_errands()
    assert "您已不再负责这些单位" in world.last("王建国").text
    assert kept(world) == b""


@pytest.mark.sqlite
def test_who_left_before_the_file_is_ready_gets_none_and_nothing_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(world, monkeypatch)
    world.says("王建国", "/export 11-23 health")
    world.says("周敏", "/people leave 1003 今天")
    world.taps("周敏", "确认")
    world.does_errands()
    assert kept(world) == b"" and "下载地址" not in world.last("王建国").text


@pytest.mark.sqlite
@pytest.mark.parametrize("stage", ["_keep_part", "_finish"])
def test_a_file_that_is_cancelled_while_it_is_kept_or_handed_over_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    large(world, monkeypatch)
    world.says("周敏", "/export 11-23 health")
    (data,) = [key.data for row in world.last("周敏").content.buttons for key in row]
    run, stages = world.desk.run, {"_keep_part": 4, "_finish": 8}

    async def slow(work: Any, **how: Any) -> Any:
        stages[stage] -= 1
        if not stages[stage]:
            world.forges("周敏", data)
        return await run(work, **how)

    monkeypatch.setattr(world.desk, "run", slow)
    world.does_errands()
    assert "已取消，未保留任何内容" in world.last("周敏").text
    assert kept(world) == b""


@pytest.mark.sqlite
def test_each_of_the_long_files_of_a_day_has_its_link_until_it_expires(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(world, monkeypatch)
    for _ in range(jobs.MOST_A_DAY):
        world.says("周敏", "/export 11-23 health")
        world.does_errands()
    with world.database.reading() as session:
        person = find_person(session, "1002")
        assert len(dashboard_keys.living(session, person, [Kind.FILE], world.clock.now())) == jobs.MOST_A_DAY


def large(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file be too large for a chat, and kept in many parts."""
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    monkeypatch.setattr(long_files, "MOST_BYTES", 100)
    monkeypatch.setattr(job_files, "PART", 1000)
    world.set_defaults(public_url="https://reports.example.org")


def test_an_export_that_cannot_be_written_is_given_up_with_a_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_job, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(report_files, "write", broken)
    for _ in range(TRIES):
        world.does_errands()
    assert "本步骤处理出错" in world.last("周敏").text


def kept(world: World) -> bytes:
    """Return the file that is kept for a link, b"" if there is none."""
    with world.database.reading() as session:
        parts = session.exec(select(JobPart).order_by(col(JobPart.number))).all()
    return b"".join(it.data for it in parts)


def cancelling(world: World, who: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Export again, so that the file is cancelled while it is being written; return what the button carries."""
    world.says(who, "/export 11-23 health")
    (data,) = [key.data for row in world.last(who).content.buttons for key in row]
    writing = report_files.write

    def write(*how: Any, **more: Any) -> None:
        writing(*how, **more)
        world.forges(who, data)

    monkeypatch.setattr(report_files, "write", write)
    return data
