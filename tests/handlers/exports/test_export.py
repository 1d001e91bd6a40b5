"""Reports and the roster as files."""

from datetime import timedelta

import pytest

from handlers.exports import report_files
from models.operations import jobs
from models.operations.jobs import TRIES
from tests.support.admins import exported, file_of
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


def test_a_long_export_is_written_beside_the_desk_and_tells_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    said = world.says("周敏", "/export 11-23 health")
    assert "health-2026-11-23.xlsx：已写入0份，共10份" in said
    world.does_errands()
    assert world.last("周敏").text == "共10份报告，每份一行。"
    assert len(file_of(world, "周敏")) == 11
    assert not any("已写" in bubble.text for bubble in world.chat("周敏")), "the progress is gone"
    assert "导出" in world.says("周敏", "/audit")


@pytest.mark.sqlite
def test_one_person_has_one_long_export_written_at_a_time_and_some_in_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    monkeypatch.setattr(jobs, "MOST_A_DAY", 2)
    world.says("周敏", "/export 11-23 health")
    assert "您上一份文件还在生成" in world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "已写入0份" in world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "您一天内已导出2份大文件" in world.says("周敏", "/export 11-23 health")
    world.at("7:31", TUESDAY)
    world.clock.at += timedelta(hours=2)
    assert "已写入0份" in world.says("周敏", "/export 11-23 health")


def test_an_export_too_large_for_a_chat_says_what_to_do_instead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    monkeypatch.setattr(report_files, "MOST_BYTES", 100)
    world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "请减少天数" in world.last("周敏").text


def test_an_export_that_cannot_be_written_is_given_up_with_a_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(report_files, "write", broken)
    for _ in range(TRIES):
        with pytest.raises(RuntimeError, match="broken"):
            world.does_errands()
    world.does_errands()
    assert "本步骤处理出错" in world.last("周敏").text
