"""The page *Runbooks*: runs under way, their steps and what is late, for those whose they are."""

import io

import pytest
from docx import Document
from sqlmodel import select

from models.core.audit import AuditEntry
from tests.bot.web.dashboard.conftest import Board

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def run(board: Board, kind: str = "start") -> None:
    board.world.says("周敏", "/runbook new 停电<b> @区局/一站\n切断电源 | 负责人 | 30分钟\n检查 | 李梅 | 上一步后1小时")
    board.world.taps("周敏", "保存")
    board.world.says("周敏", f"/runbook {kind} 停电<b>")
    board.world.taps("周敏", "开始演练" if kind == "drill" else "立即启动")


def test_the_steps_of_a_run_and_what_is_late(board: Board) -> None:
    run(board)
    token = board.sign_in("王建国")
    page = board.text(token, "runbooks?id=1")
    assert "停电&lt;b&gt;" in page and "切断电源" in page and "演练" not in page
    found = board.data(token, "runbooks?id=1")
    assert [(it["words"], it["state"], it["asked"]) for it in found["steps"]] == [
        ("切断电源", "asked", "王建国"),
        ("检查", "waiting", ""),
    ]
    board.world.taps("王建国", "✅ 已完成")
    found = board.data(token, "runbooks?id=1")
    assert (found["done"], found["steps"][0]["closed_by"]) == (1, "王建国")
    assert [it["number"] for it in board.data(token, "runbooks")["runs"]] == [1]
    assert "停电&lt;b&gt;" in board.text(token, "runbooks")


def test_a_drill_is_marked_in_the_list_the_page_and_the_table(board: Board) -> None:
    run(board, "drill")
    token = board.sign_in("王建国")
    assert "【演练】" in board.text(token, "runbooks")
    assert "【演练】" in board.text(token, "runbooks?id=1")
    assert board.data(token, "runbooks?id=1")["drill"] is True
    assert board.data(token, "runbooks")["runs"][0]["drill"] is True


def test_the_excel_file_of_a_run_is_in_the_audit_as_from_the_chat(board: Board) -> None:
    run(board)
    assert board.get(board.sign_in("王建国"), "runbooks?id=1&as=file").body.startswith(b"PK")
    with board.world.database.reading() as session:
        (it,) = session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()
        assert (it.by, it.about, it.detail) == ("1003", "区局/一站", {"number": 1})


def test_nobody_else_sees_a_run(board: Board) -> None:
    run(board)
    for who, status in (("赵强", 404), ("张伟", 403)):
        answer = board.get(board.sign_in(who), "runbooks?id=1")
        assert answer.status == status
        assert "切断电源" not in answer.body.decode()
    assert board.data(board.sign_in("赵强"), "runbooks")["runs"] == []


def test_the_report_of_a_run_comes_as_word_and_pdf_for_those_whose_it_is(board: Board) -> None:
    run(board, "drill")
    token = board.sign_in("王建国")
    assert 'as=word"' in board.text(token, "runbooks?id=1") and 'as=pdf"' not in board.text(token, "runbooks")
    made = Document(io.BytesIO(board.get(token, "runbooks?id=1&as=word").body))
    assert (
        made.sections[0].header.paragraphs[0].text == "【演练】" and "切断电源" in made.tables[0].rows[1].cells[1].text
    )
    assert board.get(token, "runbooks?id=1&as=pdf").body.startswith(b"%PDF")
    for who in ("李梅", "赵强"):
        assert not board.get(board.sign_in(who), "runbooks?id=1&as=word").body.startswith(b"PK"), who
