"""The page *Honours*: everybody reads it; its Excel file is what the chat's is, and stands in the audit."""

import io

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.core.audit import AuditEntry
from models.honours.honours import Honour, HonourKind
from models.organisation.units import unit_at
from tests.bot.web.dashboard.conftest import Board
from tests.support.records import MONDAY

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MANY = 510  # more than the page shows


def test_the_excel_file_has_all_that_the_chats_has_and_is_audited(board: Board) -> None:
    with board.world.database.writing() as session:
        unit, now = unit_at(session, "区局/一站"), board.world.clock.now()
        session.add_all(
            Honour(kind=HonourKind.AWARD, unit_id=unit.id, title=f"先进{it}", day=MONDAY, made_at=now)
            for it in range(MANY)
        )  # fmt: skip
    token = board.sign_in("王建国")
    assert len(board.data(token, "honours")["honours"]) == 500
    book = load_workbook(io.BytesIO(board.get(token, "honours?as=file").body))
    assert len(list(book["荣誉"].rows)) == MANY + 1
    with board.world.database.reading() as session:
        (it,) = session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()
        assert (it.by, it.about, it.detail) == ("1003", "区局/一站", {"of": "honours"})


def test_an_employee_reads_the_page_and_gets_no_file_as_in_the_chat(board: Board) -> None:
    token = board.sign_in("李梅")
    assert "荣誉" in board.text(token, "honours")
    assert "as=file" not in board.get(token, "honours").body.decode()
    answer = board.get(token, "honours?as=file")
    assert answer.status != 200 and not answer.body.startswith(b"PK")
