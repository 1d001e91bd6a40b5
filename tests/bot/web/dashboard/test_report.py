"""The page *Report*: what `/why` shows, for those who may see it, and each look at another's on record."""

import csv
import io

import pytest
from sqlmodel import select

from models.reporting.revisions import Revision
from tests.bot.web.dashboard.conftest import Board
from tests.bot.web.dashboard.looks import looks
from tests.support.filling import fill_health
from tests.support.world import HEALTH, TUESDAY

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
KINDS = ("", "&as=json", "&as=csv")
FEVER = f"""{HEALTH.replace("code: health", "code: fever")}alerts:
  - {{name: fever, when: temperature >= 37.3, level: red, minutes: 15, label: {{zh: "体温偏高", en: "fever"}}}}
"""


def test_it_shows_revisions_with_exact_words_and_which_is_current(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    fill_health(board.world, "李梅", "36.5", begin="修改")
    number = board.world.report("李梅").id
    token = board.sign_in("王建国")
    found = board.data(token, f"report?id={number}")
    first, second = found["revisions"]
    assert (first["kind"], first["current"], first["statement"]) == ("zero", False, "本人及同住家人无发热、无接触史。")
    assert (second["kind"], second["current"], second["by"], second["channel"]) == ("filled", True, "李梅", "web")
    assert ["体温", "36.5"] in second["answers"]
    page = board.text(token, f"report?id={number}")
    assert page.count("现行") == 1
    assert page.count("已被替代") == 1
    assert page.index("36.5") < page.index("本人及同住家人无发热")  # the current one first
    assert found["receipt"] in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_opens_for_those_who_may_ask_why(board: Board, kind: str) -> None:
    fill_health(board.world, "李梅", "36.5")
    board.world.taps("钱丽", "零报告")
    reports = {name: board.world.report(name) for name in ("李梅", "钱丽", "刘大爷")}
    numbers, receipts = {n: it.id for n, it in reports.items()}, {n: it.receipt for n, it in reports.items()}
    allowed = {
        "李梅": {"李梅"}, "张伟": {"刘大爷"}, "王建国": {"李梅", "刘大爷"}, "赵强": {"钱丽"},
        "陈局": {*numbers}, "周敏": {*numbers}, "Ann Lee": set(),
    }  # fmt: skip
    for reader, may in allowed.items():
        token = board.sign_in(reader)
        for name, number in numbers.items():
            answer = board.get(token, f"report?id={number}{kind}")
            assert answer.status == (200 if name in may else 404), (reader, name)
            if name not in may:
                hidden = [name, "36.5", *([receipts[name]] if receipts[name] else [])]
                assert not [it for it in hidden if it in answer.body.decode()]
        for forged in ("", "0", "x", "999", "-1", "9" * 40):
            assert board.get(token, f"report?id={forged}{kind}").status == 404


def test_a_look_is_noted_once_an_hour_and_again_when_something_was_added(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    report = board.world.report("李梅")
    token = board.sign_in("王建国")
    page = f"report?id={report.id}"
    seen = board.text(token, page).partition("seen=")[2].partition('"')[0]
    for query in ("", "&as=json", "&as=csv", f"&seen={seen}"):
        board.get(token, page + query)
    told = {"receipt": report.receipt, "day": "2026-11-23", "revision": 1}
    assert looks(board) == [("1003", "report opened", "1005", told)]
    fill_health(board.world, "李梅", "36.5", begin="修改")
    board.get(token, page)
    assert looks(board)[-1] == ("1003", "report opened", "1005", told | {"revision": 2})
    board.world.at("09:30")
    board.get(token, page)
    board.get(token, page)
    assert len(looks(board)) == 3
    board.get(board.sign_in("赵强"), page)  # refused
    board.get(board.sign_in("李梅"), page)  # her own
    assert len(looks(board)) == 3


def test_what_was_pressed_on_the_page_is_one_look(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    page = f"/dashboard/report?id={board.world.report('李梅').id}"
    token = board.sign_in("王建国")
    for _ in range(3):
        board.say(token, "/help", page=page)
    assert len(looks(board)) == 1


def test_the_audit_tells_these_looks_in_words(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    report = board.world.report("李梅")
    token = board.sign_in("王建国")
    board.get(token, f"report?id={report.id}")
    board.get(token, f"person?id={report.person_id}")
    said = board.world.says("周敏", "/audit")
    assert f"王建国 · 在看板查看报告 · 1005 李梅 {report.receipt} 11月23日" in said
    assert "王建国 · 在看板查看个人月度情况 · 1005 李梅 2026-11" in said


def test_files_are_opened_in_the_chat_and_that_is_on_record(board: Board) -> None:
    fill_health(board.world, "李梅", "36.5")
    board.world.sends("李梅", "腿.jpg", caption="摔了一跤")
    board.world.taps("李梅", "📎 每日健康")
    number = board.world.report("李梅").id
    token = board.sign_in("王建国")
    (file,) = board.data(token, f"report?id={number}")["files"]
    assert "腿.jpg" in file["name"]
    page = board.press(token, f"file.open.{file['id']}", page=f"/dashboard/report?id={number}").body.decode()
    assert "腿.jpg" in page.partition('id="answer"')[2].partition("<main")[0]
    assert "查阅报告或数字" in board.world.says("周敏", "/audit")


def _feverish(board: Board) -> int:
    """Have 李梅 report a fever on Tuesday, which raises an alert; return the report's id."""
    board.world.assign(FEVER)
    board.world.at("08:00", TUESDAY)
    board.world.taps("李梅", "有情况", board.world.chat("李梅")[-1])
    for words in ("38.5", "2", "跳过"):
        board.world.says("李梅", words)
    board.world.taps("李梅", "提交")
    return board.world.report("李梅", "fever", TUESDAY).id


def test_alerts_are_named_to_the_lead_and_not_to_whom_they_are_about(board: Board) -> None:
    number = _feverish(board)
    lead, own = board.sign_in("王建国"), board.sign_in("李梅")
    (alert,) = board.data(lead, f"report?id={number}")["alerts"]
    assert "体温偏高" in alert["label"] + alert["title"]
    assert f'value="alerts.take.{alert["id"]}"' in board.text(lead, f"report?id={number}")
    assert f'<a href="/dashboard/report?id={number}">{alert["label"]}</a>' in board.text(lead)
    assert board.data(own, f"report?id={number}")["alerts"] == []
    assert "体温偏高" not in board.text(own, f"report?id={number}")


def test_who_took_an_alert_adds_a_note_and_closes_it_on_today(board: Board) -> None:
    _feverish(board)
    lead, above = board.sign_in("王建国"), board.sign_in("陈局")
    assert 'value="alerts.done.1"' not in board.text(lead)
    board.press(lead, "alerts.take.1")
    for button in ("alerts.note.1", "alerts.done.1"):
        assert f'value="{button}"' in board.text(lead)
        assert f'value="{button}"' not in board.text(above)
    board.press(lead, "alerts.done.1")
    assert 'value="alerts.done.1"' not in board.text(lead)
    assert "您负责的单位没有未结的预警。" in board.text(lead)


def test_it_says_which_seal_covers_which_revision(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    board.world.at("10:06")
    fill_health(board.world, "李梅", "36.5", begin="修改")
    found = board.data(board.sign_in("李梅"), f"report?id={board.world.report('李梅').id}")
    assert [it["seal"] for it in found["revisions"]] == [found["seals"][0], None]


def test_long_histories_come_twenty_revisions_at_a_time(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    report = board.world.report("李梅")
    with board.world.database.writing() as session:
        first = session.exec(select(Revision).where(Revision.report_id == report.id)).one()
        for number in range(2, 46):
            session.add(Revision(**first.model_dump(exclude={"id", "number"}), number=number))
    token = board.sign_in("李梅")
    pages = [board.data(token, f"report?id={report.id}&page={n}") for n in (1, 2, 3, 99)]
    assert [[it["revision"] for it in page["revisions"]] for page in pages] == [
        [*range(26, 46)], [*range(6, 26)], [*range(1, 6)], [],
    ]  # fmt: skip
    assert "page=2" in board.text(token, f"report?id={report.id}")


def test_the_table_has_a_line_for_each_answer(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    fill_health(board.world, "李梅", "36.5", begin="修改")
    token = board.sign_in("李梅")
    text = board.text(token, f"report?id={board.world.report('李梅').id}&as=csv").lstrip("\ufeff")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert lines[0]["statement"] == "本人及同住家人无发热、无接触史。"
    assert ("体温", "36.5") in {(it["question"], it["answer"]) for it in lines[1:]}
