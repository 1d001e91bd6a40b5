"""The report of a run as Word and PDF: what it says of each step, a drill’s mark on each page, and whose it is."""

import io

import pytest
from docx import Document
from sqlmodel import select

from models.core.audit import AuditEntry
from tests.handlers.exports.test_documents import sent, text_of, words_of
from tests.handlers.runbooks.books import begin, every, starts, writes
from tests.handlers.runbooks.test_runs import does, finishes_two
from tests.support.world import World


def with_runbook(world: World) -> None:
    begin(world)
    writes(world)


pytestmark = [pytest.mark.world(begin=with_runbook), pytest.mark.sqlite]
MARK = "【演练】"


def plays(world: World, *, drill: bool = False) -> None:
    """Play a run as far as the last step: one with a note, one with a photo."""
    starts(world, drill=drill)
    does(world, "周敏")
    finishes_two(world)
    world.taps("张伟", "附照片")
    world.sends("张伟", "消毒<b>.jpg", caption="已消毒 {{ x }}")
    world.at("11:00")


def gets(world: World, who: str, kind: str) -> tuple[str, bytes]:
    world.forges(who, f"run.paper.{every(world)[-1].id}.{kind}")
    world.does_errands()
    return sent(world, who)


def test_the_report_says_of_each_step_who_by_when_when_how_late_with_notes_and_names_of_photos(world: World) -> None:
    plays(world)
    does(world, "赵强")
    name, data = gets(world, "周敏", "word")
    assert name == "《疫情预案》执行报告 1.docx"
    pdf_name, pdf = gets(world, "周敏", "pdf")
    assert pdf_name == "《疫情预案》执行报告 1.pdf"
    for said in (words_of(data), text_of(pdf)):
        plain = said.replace(" ", "").replace("\n", "")
        assert "周敏于11月23日08:12为区局启动。" in plain
        assert "共4步，完成4步，跳过0步，逾期1步。" in plain
        assert "排查人员" in plain and "王建国" in plain
        assert "第2步，王建国，11月23日08:12：已排查9人" in plain
        assert "已消毒{{x}}" in plain and "［附件：消毒<b>.jpg］" in plain
        assert "演练" not in plain
    rows = [[cell.text for cell in row.cells] for row in Document(io.BytesIO(data)).tables[0].rows]
    assert len(rows[0]) == 6
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4"]
    assert rows[4][5] == "47"
    with world.database.reading() as session:
        assert [it.about for it in session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()] == [
            "2026-11-23..2026-11-23"
        ] * 2


def test_a_drill_says_so_in_the_name_the_title_the_text_and_on_each_page(world: World) -> None:
    plays(world, drill=True)
    name, data = gets(world, "周敏", "word")
    made = Document(io.BytesIO(data))
    assert name.startswith(MARK)
    assert made.sections[0].header.paragraphs[0].text == MARK
    assert made.core_properties.title.startswith(MARK)
    assert words_of(data).count("演练") > 1
    _, pdf = gets(world, "周敏", "pdf")
    pages = [page for page in text_of(pdf).split("\f") if page]
    assert all(MARK in page.replace(" ", "") for page in pages)


def test_one_that_is_under_way_says_so_and_one_that_was_ended_says_why(world: World) -> None:
    run = starts(world)
    assert "仍在执行" in words_of(gets(world, "周敏", "word")[1])
    world.forges("周敏", f"run.end.{run.id}")
    world.says("周敏", "误报")
    said = words_of(gets(world, "周敏", "word")[1])
    assert "终止：误报。" in said and "未完成" in said
    assert "最近结束，可取执行报告：" in world.says("周敏", "预案")
    world.taps("周敏", "🏁 1 · 疫情预案")
    assert "📄 Word" in world.last("周敏").labels


def test_nobody_gets_the_report_of_a_run_that_is_not_theirs(world: World) -> None:
    run = starts(world)
    for who in ("李梅", "王建国", "张伟"):
        world.forges(who, f"run.paper.{run.id}.word")
        world.forges(who, f"run.paper.{run.id + 5}.pdf")
        world.does_errands()
        assert not any(bubble.content.file for bubble in world.chat(who)), who
    world.forges("陈局", f"run.paper.{run.id}.word")
    world.does_errands()
    assert sent(world, "陈局")[0].endswith(".docx")


def test_whoever_loses_the_role_while_it_is_drawn_gets_nothing(world: World) -> None:
    run = starts(world)
    world.forges("陈局", f"run.paper.{run.id}.word")
    world.says("周敏", "人员 离职 1001")
    world.taps("周敏", "今天")
    world.does_errands()
    assert not any(bubble.content.file for bubble in world.chat("陈局"))
