"""The dashboard's page *Notices*: what `/notice` shows, to the same people."""

import csv
import io

import pytest

from tests.bot.web.dashboard.conftest import Board
from tests.handlers.rounds.test_notice import send

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def sent(board: Board) -> Board:
    """Return a board on which a notice to all went out, which one person has read."""
    send(board.world, "周敏", "停水<通知>\n九点起", "区局", "全体人员", "确认已阅", "18:00")
    board.world.taps("李梅", "已阅")
    return board


def test_the_list_and_one_notice_show_a_leads_own_people_only(sent: Board) -> None:
    token = sent.sign_in("王建国")
    listed = sent.text(token, "notices")
    assert "停水&lt;通知&gt;" in listed
    assert "<b>1/4</b> 已阅" in listed
    one = sent.words(sent.text(token, "notices?id=1"))
    for name in ("李梅", "张伟"):
        assert name in one
    assert "钱丽" not in one
    told = sent.data(token, "notices?id=1")
    assert (told["asked"], told["replied"]) == (4, 1)
    assert {it["name"]: it["status"] for it in told["people"]}["李梅"] == "read"


def test_a_notice_of_others_is_refused_like_one_that_there_is_not(sent: Board) -> None:
    send(sent.world, "赵强", "内部", "二站", "全体人员", "确认已阅", "18:00")
    token = sent.sign_in("王建国")
    other, none = sent.get(token, "notices?id=2"), sent.get(token, "notices?id=99")
    assert other.status == none.status
    assert "内部" not in other.body.decode()
    assert "内部" not in sent.text(token, "notices")
    assert sent.get(sent.sign_in("李梅"), "notices").status == 403


def test_the_whole_table_and_the_excel_file_are_downloaded(sent: Board) -> None:
    token = sent.sign_in("周敏")
    rows = list(csv.reader(io.StringIO(sent.text(token, "notices?id=1&as=csv").lstrip("\ufeff"))))
    assert len(rows) == 8
    assert rows[0][:4] == ["unit", "staff_no", "name", "status"]
    file = sent.get(token, "notices?id=1&as=file")
    assert file.body[:2] == b"PK"
    assert sent.get(token, "notices?as=file").status != 200


def test_a_lead_urges_from_the_page(sent: Board) -> None:
    token = sent.sign_in("王建国")
    page = sent.text(token, "notices?id=1")
    sent.press(token, sent.button(page, "催办"), page="/dashboard/notices?id=1")
    sent.world.deliver()
    assert "王建国提醒您" in sent.world.last("张伟").text
