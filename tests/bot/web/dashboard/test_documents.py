"""The official report from *Today*, *Unit* and *Week and month*: whose it is, and that nobody else gets it."""

import io

import pytest
from docx import Document
from pypdf import PdfReader
from sqlmodel import select

from models.core.audit import AuditEntry
from models.organisation.units import Unit
from tests.bot.web.dashboard.conftest import Board
from tests.support.world import TUESDAY

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def unit(board: Board, path: str) -> int:
    with board.world.database.reading() as session:
        return session.exec(select(Unit.id).where(Unit.path == path)).one()


def test_today_unit_and_range_give_their_report_as_word_and_pdf(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    board.world.at("7:30", TUESDAY)
    lead = board.sign_in("王建国")
    assert 'as=word"' in board.text(lead, "") and 'as=pdf"' in board.text(lead, "range?from=2026-11-23&to=2026-11-23")
    reply = board.get(lead, "?as=word")
    assert reply.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    words = "\n".join(it.text for it in Document(io.BytesIO(reply.body)).paragraphs)
    assert "一站应报6人" in words and "二站" not in words
    for query in ("range?from=2026-11-17&to=2026-11-23&as=pdf", "unit?month=2026-11&as=pdf"):
        said = PdfReader(io.BytesIO(board.get(lead, query).body)).pages[0].extract_text()
        assert "应报6份，已报1份" in "".join(said.split()), (query, said)
    with board.world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()
    assert [it.about for it in noted] == ["2026-11-24..2026-11-24", "2026-11-17..2026-11-23", "2026-11-01..2026-11-30"]


def test_another_unit_and_a_page_without_a_report_give_none(board: Board) -> None:
    lead, member = board.sign_in("王建国"), board.sign_in("张伟")
    elsewhere = unit(board, "区局/二站")
    for kind in ("word", "pdf"):
        assert board.get(lead, f"?unit={elsewhere}&as={kind}").status == 404
        for query in (f"?as={kind}", f"?unit={elsewhere}&as={kind}", f"range?as={kind}"):
            reply = board.get(member, query)
            assert not reply.body.startswith((b"PK", b"%PDF")), query
    assert "as=word" not in board.text(member, "")


def test_an_admin_changes_the_template_on_tasks_and_forms(board: Board) -> None:
    admin = board.sign_in("周敏")
    assert "日报模板" in board.text(admin, "tasks")
    out = io.BytesIO()
    made = Document()
    made.add_paragraph("值班日报 {{ unit }} {{ unti }}")
    made.save(out)
    answer = board.words(board.send(admin, "值班.docx", out.getvalue(), "/dashboard/tasks").body.decode())
    assert "第1段：没有字段“unti”。" in answer
    out = io.BytesIO()
    made = Document()
    made.add_paragraph("值班日报 {{ unit }}")
    made.save(out)
    answer = board.words(board.send(admin, "值班.docx", out.getvalue(), "/dashboard/tasks").body.decode())
    assert "改用模板值班.docx？" in answer
