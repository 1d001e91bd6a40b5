"""The page *Supplies*: what the reader's stores hold and what is on the way, for those who keep them."""

import io

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.core.audit import AuditEntry
from tests.bot.web.dashboard.conftest import Board

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def sent(board: Board) -> None:
    """Let the bureau send 50 of 200 masks to a station."""
    world = board.world
    for words in ("item 口罩 个 100", "store 区局仓库", "keeper 1005"):
        world.says("周敏", f"/supplies {words}")
    world.says("王建国", "/supplies store 一站药柜")
    for words in ("received 口罩 200", "transfer 口罩 区局仓库 一站药柜 50"):
        world.says("李梅", f"/supplies {words}")
        world.taps("李梅", "登记")


def test_both_keepers_see_what_is_on_the_way_and_each_their_own_store(board: Board) -> None:
    sent(board)
    for who, store, balance, coming in (("李梅", "区局仓库", "150", "0"), ("王建国", "一站药柜", "0", "50")):
        token = board.sign_in(who)
        found = board.data(token, "supplies")
        assert [(it["store"], it["balance"], it["coming"]) for it in found["stock"]] == [(store, balance, coming)]
        (way,) = found["on_the_way"]
        assert (way["item"], way["amount"], way["from"], way["to"]) == ("口罩", "50", "区局仓库", "一站药柜")
        assert "在途" in board.text(token, "supplies")
        assert store in board.get(token, "supplies", Accept="text/csv").body.decode()
        book = load_workbook(io.BytesIO(board.get(token, "supplies?as=file").body))
        assert [it.value for it in list(book["在途"].rows)[1]][4:7] == ["区局仓库", "一站药柜", 50]
    with board.world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()
        assert {it.by for it in noted} == {"1005", "1003"}


def test_no_form_of_the_page_tells_a_keeper_what_another_store_or_all_of_them_hold(board: Board) -> None:
    sent(board)
    board.world.says("李梅", "/supplies received 口罩 7777")
    board.world.taps("李梅", "登记")
    token = board.sign_in("王建国")
    book = load_workbook(io.BytesIO(board.get(token, "supplies?as=file").body))
    cells = [str(cell.value) for page in book.worksheets for row in page.rows for cell in row]
    shown = [board.text(token, "supplies"), str(board.data(token, "supplies")), *cells]
    shown.append(board.get(token, "supplies", Accept="text/csv").body.decode())
    for never in ("7777", "7927", "7977"):  # what came, what the other store holds, all of it
        assert not [it for it in shown if never in it.replace(",", "")], never


def test_who_keeps_nothing_sees_nothing_of_it(board: Board) -> None:
    sent(board)
    token = board.sign_in("赵强")
    found = board.data(token, "supplies")
    assert [found[it] for it in ("stock", "on_the_way", "not_confirmed", "movements")] == [[], [], [], []]
    assert "口罩" not in board.text(token, "supplies")
    assert not board.get(token, "supplies?as=file").body.startswith(b"PK")


def test_a_collections_ledger_taken_from_the_page_is_in_the_audit_as_from_the_chat(board: Board) -> None:
    board.world.says("周敏", "/donations new 支援武汉 12-10")
    token = board.sign_in("周敏")
    assert board.get(token, "donations?id=1&as=file").body.startswith(b"PK")
    board.world.says("周敏", "/donations export 1")
    with board.world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()
        assert [(it.by, it.about, it.detail) for it in noted] == [("1002", "区局", {"collection": 1})] * 2
