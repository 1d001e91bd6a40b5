"""The page *Audit*: what `/audit` says, within the admin's own units, with every entry as it is chained."""

import csv
import io
import json
from urllib.parse import quote

import pytest
from sqlalchemy import event
from sqlmodel import Session

from models.core import audit
from models.core.audit import AuditEntry
from models.operations import audit_log
from tests.bot.web.dashboard.conftest import Board

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _moved(board: Board) -> None:
    """Have 李梅 of 一站 move to 二站 today, and 张伟 become a lead tomorrow."""
    for words in ("/people move 1005 区局/二站 今天", "/people role 1006 lead 区局/一站"):
        board.world.says("周敏", words)
        board.world.taps("周敏", "确认")


def _ask(**values: str) -> str:
    return "audit?" + "&".join(f"{name.rstrip('_')}={quote(value)}" for name, value in values.items())


def test_an_admin_reads_who_changed_what_in_words(board: Board) -> None:
    _moved(board)
    page = board.text(board.sign_in("周敏"), "audit")
    assert "周敏" in page
    assert "1005 李梅 区局/一站 → 区局/二站" in page
    assert "people.move" in page  # as recorded, for an auditor
    assert "这项操作" not in page


def test_each_entry_shows_its_digest_and_that_of_the_entry_before(board: Board) -> None:
    _moved(board)
    found = board.data(board.sign_in("周敏"), "audit")["entries"]
    assert [it["number"] for it in found] == list(range(len(found), 0, -1))
    assert [it["previous"] for it in found] == [*(it["digest"] for it in found[1:]), ""]
    with board.world.database.reading() as session:
        kept = session.get_one(AuditEntry, found[0]["number"])
        assert audit.chain(found[0]["previous"], kept) == found[0]["digest"]
    assert found[0]["words"].startswith("周敏")


def test_it_is_filtered_by_person_kind_and_days(board: Board) -> None:
    _moved(board)
    token, today = board.sign_in("周敏"), str(board.world.defaults.today(board.world.clock.now()))
    whats = [it["what"] for it in board.data(token, _ask(who="李梅"))["entries"]]
    assert "people.move" in whats
    assert "plan" not in whats
    assert {it["what"] for it in board.data(token, _ask(kind="plan"))["entries"]} == {"plan"}
    assert "plan" in {it["what"] for it in board.data(token, _ask(from_=today, to=today))["entries"]}
    assert board.data(token, _ask(to="2026-01-01"))["entries"] == []
    assert "没有记录" in board.text(token, _ask(to="2026-01-01"))


def test_an_admin_of_a_unit_reads_nothing_of_other_units(board: Board) -> None:
    board.world.says("周敏", "/people role 1008 lead 区局/二站")
    board.world.taps("周敏", "确认")
    board.make_admin("王建国", "一站")
    token = board.sign_in("王建国")
    for kind in ("", "&as=json", "&as=csv"):
        for asked in ("audit?", _ask(kind="plan"), _ask(who="health"), "audit?before=999999"):
            page = board.text(token, asked + kind)
            assert "1008" not in page
            assert "钱丽" not in page
    elsewhere, nowhere = (board.data(token, _ask(who=name)) | {"who": "", "now": ""} for name in ("钱丽", "查无此人"))
    assert elsewhere == nowhere  # whether somebody of that name is elsewhere is not told
    assert elsewhere["entries"] == []


def test_forged_filters_find_nothing_and_break_nothing(board: Board) -> None:
    token = board.sign_in("周敏")
    for asked in ("before=0", "before=-1", "before=x", "before=" + "9" * 40):
        assert board.data(token, f"audit?{asked}")["entries"] == []
    for asked in ("who=%00", "who=<script>x</script>", "who=' OR 1=1--", "who=" + "x" * 5000):
        assert board.data(token, "audit?" + quote(asked, safe="=%"))["entries"] == []
    assert "<script>x" not in board.text(token, _ask(who="<script>x</script>"))
    assert "没有这类事项" in board.text(token, "audit?kind=x")
    for asked in ("from=x", "to=2026-13-40", "from=0001-01-01", "to=9999-12-31", "from=2026-12-01&to=2026-11-01"):
        assert board.get(token, f"audit?{asked}").status == 200


def _many(board: Board, count: int, about: str = "1005") -> None:
    with board.world.database.writing() as session:
        for _ in range(count):
            audit.note(session, board.world.clock.now(), "clock", "calendar", about)


def test_a_page_has_forty_entries_and_older_ones_follow_by_number(board: Board) -> None:
    _many(board, 90)
    token = board.sign_in("周敏")
    first = board.data(token, "audit")
    assert len(first["entries"]) == 40
    second = board.data(token, first["older"].removeprefix("/dashboard/"))
    assert second["entries"][0]["number"] == first["entries"][-1]["number"] - 1
    rows = list(csv.DictReader(io.StringIO(board.get(token, "audit?as=csv").body.decode("utf-8-sig"))))
    assert [int(it["number"]) for it in rows] == [it["number"] for it in first["entries"]]
    assert json.loads(rows[0]["detail"] or "null") == first["entries"][0]["detail"]
    assert f"before={first['entries'][-1]['number']}" in board.text(token, "audit")


def test_what_is_far_back_is_found_page_by_page(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    _moved(board)
    _many(board, 90, "elsewhere")
    board.make_admin("王建国", "一站")
    token = board.sign_in("王建国")
    monkeypatch.setattr(audit_log, "LOOKED_THROUGH", 30)
    found, asked = [], "audit"
    for _ in range(20):
        page = board.data(token, asked)
        found += [it["what"] for it in page["entries"]]
        if page["older"] is None:
            break
        asked = page["older"].removeprefix("/dashboard/")
    assert page["older"] is None
    assert "plan" in found
    assert "calendar" not in found


@pytest.mark.parametrize(
    "asked",
    [
        audit_log.Filter(), audit_log.Filter(subject="1005"), audit_log.Filter(what=("assign", "assign.new")),
        audit_log.Filter(subject="1005", what=("why",)),
    ],
)  # fmt: skip
def test_no_page_reads_the_whole_history(board: Board, asked: audit_log.Filter) -> None:
    plans: list[str] = []
    with board.world.database.reading() as session:

        @event.listens_for(session.get_bind(), "before_cursor_execute")
        def explained(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
            if "FROM audit_entry" in statement and not statement.startswith("EXPLAIN"):
                plan = _raw(session, statement, parameters)
                plans.extend(plan)

        audit_log.page(session, None, "1001", asked, 40)
        event.remove(session.get_bind(), "before_cursor_execute", explained)
    assert plans
    told = [it for it in plans if "audit_entry" in it or "B-TREE" in it]
    assert not [it for it in told if "B-TREE" in it or ("SCAN" in it and it != "SCAN audit_entry")], told
    scans = [it for it in told if it == "SCAN audit_entry"]
    assert len(scans) <= 1  # the newest entry's number, by the key


def _raw(session: Session, statement: str, parameters: object) -> list[str]:
    raw = session.connection().connection.cursor()
    raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[3] for row in raw.fetchall()]
