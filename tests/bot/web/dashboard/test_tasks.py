"""The pages *Tasks and forms*, one task and one form: an admin sees and changes what is asked, as in the chat."""

import re

import pytest
from sqlmodel import select

from bot.channels.wecom import button_cards
from models.core.audit import AuditEntry
from models.cycle.assignments import Assignment
from models.forms import versions
from models.organisation.units import Unit
from tests.bot.web.dashboard.conftest import Board
from tests.support.world import HEALTH

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _task(board: Board, code: str = "health") -> int:
    with board.world.database.reading() as session:
        return session.exec(select(Assignment.id).where(Assignment.code == code)).one()


def test_an_admin_sees_the_tasks_and_the_forms(board: Board) -> None:
    token = board.sign_in("周敏")
    found = board.data(token, "tasks")
    assert [(it["code"], it["unit"], it["due"], it["state"]) for it in found["tasks"]] == [
        ("health", "区局", "10:00", "running")
    ]
    assert {"health", "delivery"} <= {it["code"] for it in found["forms"]}
    page = board.text(token, "tasks")
    assert f'href="/dashboard/task?id={_task(board)}"' in page
    assert 'href="/dashboard/form?code=health"' in page
    assert "health,每日健康" in board.text(token, "tasks?as=csv")


def test_an_admin_of_one_unit_sees_no_task_or_form_of_another(board: Board) -> None:
    board.make_admin("王建国", "一站")
    with board.world.database.writing() as session:
        unit = session.exec(select(Unit).where(Unit.name == "二站")).one()
        secret = HEALTH.replace("code: health", "code: secret").replace("每日健康", "二站机密")
        versions.store(session, secret, board.world.clock.now(), unit)
    board.world.assign(secret, unit="区局/二站")
    token, task = board.sign_in("王建国"), _task(board, "secret")
    for query in ("tasks", "tasks?as=json", "tasks?as=csv"):
        assert not [it for it in ("机密", "secret", "二站", f"task?id={task}") if it in board.text(token, query)]
    before = board.world.records()
    for asked in (f"task?id={task}", f"task?id={_task(board)}", "task?id=0", "task?id=x", "task", "form?code=secret",
                  "form?code=secret&as=file", "form", "form?code=../x", "form?code=health&version=99",
                  "form?code=health&version=x", "task?id=" + "9" * 40):  # fmt: skip
        answer = board.get(token, asked)
        assert answer.status == 404, asked
        assert "机密" not in answer.body.decode()
    for data in (f"assign.change.{task}.pause", f"assign.change.{_task(board)}.end", "assign.change.999.end"):
        board.press(token, data, page="/dashboard/tasks")
    assert board.world.records() == before


def test_a_task_shows_its_times_its_next_days_and_how_many_it_asks(board: Board) -> None:
    token = board.sign_in("周敏")
    found = board.data(token, f"task?id={_task(board)}")
    assert (found["opens"], found["due"], found["lock"], found["asks"]) == ("07:30", "10:00", "24:00", 10)
    assert (found["days"][0], len(found["days"])) == ({"day": "2026-11-23", "opens": True}, 14)
    page = board.text(token, f"task?id={_task(board)}")
    assert 'name="due" type="text" value="10:00"' in page
    assert "群内汇总图" in page


def test_on_workdays_the_next_days_say_which(board: Board) -> None:
    board.world.assign(HEALTH.replace("code: health", "code: work"), calendar="workdays")
    days = board.data(board.sign_in("周敏"), f"task?id={_task(board, 'work')}")["days"]
    assert [it["opens"] for it in days[:7]] == [True] * 5 + [False] * 2


def test_the_prompt_is_shown_as_each_channel_sends_it_in_either_language(board: Board) -> None:
    token, task = board.sign_in("周敏"), _task(board)
    page = board.text(token, f"task?id={task}")
    phones = page.partition('class="phones"')[2].partition("</section>")[0]
    assert phones.count("本人及同住家人无发热、无接触史") == 3
    assert re.findall(r"<h3>(.*?)</h3>", phones) == ["Telegram", "企业微信", "浏览器"]
    real = board.world.last("李梅")
    telegram, wecom, browser = phones.split("<h3>")[1:]
    for shown in (telegram, browser):
        assert board.words(shown.partition('<div class="bubble">')[2].partition("</div>")[0]) == real.text
        assert re.findall(r"<li>(.*?)</li>", shown) == real.labels
    card = button_cards.card(real.content, "x")
    assert card
    said = card["main_title"]["title"] + card["sub_title_text"]
    assert board.words(wecom.partition('<div class="bubble">')[2].partition("<ul")[0]) == said
    assert re.findall(r"<li>(.*?)</li>", wecom) == [it["text"] for it in card["button_list"]]
    assert "Nobody in my home has a fever" in board.text(token, f"task?id={task}&lang=en")
    assert "Zero report" in str(board.data(token, f"task?id={task}&lang=en")["prompt"])


def test_what_no_wecom_card_holds_is_shown_as_the_numbered_text_that_is_sent(board: Board) -> None:
    board.world.assign(HEALTH.replace("code: health", "code: long").replace("无发热、", "无发热、" * 50))
    page = board.text(board.sign_in("周敏"), f"task?id={_task(board, 'long')}")
    wecom = page.partition("<h3>企业微信</h3>")[2].partition("<h3>")[0]
    assert "1 ✅" in board.words(wecom)
    assert "2 📝" in board.words(wecom)
    assert "<li>" not in wecom


def test_a_task_is_paused_and_resumed_on_its_page(board: Board) -> None:
    token, task = board.sign_in("周敏"), _task(board)
    page = f"/dashboard/task?id={task}"
    for what, state in (("pause", "paused"), ("resume", "running")):
        assert f'value="assign.change.{task}.{what}"' in board.text(token, f"task?id={task}")
        asked = board.press(token, f"assign.change.{task}.{what}", page=page).body.decode()
        board.press(token, board.button(asked, "今天"), page=page)
        assert board.data(token, f"task?id={task}")["state"] == state
    with board.world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.about == "health")).all()
    assert [(it.what, it.by) for it in noted] == [("assign.pause", "1002"), ("assign.resume", "1002")]


def test_times_are_changed_by_a_form_and_taken_back(board: Board) -> None:
    token, task = board.sign_in("周敏"), _task(board)
    page = f"/dashboard/task?id={task}"
    was = {"was_due": "10:00", "was_opens": "07:30", "was_lock": "24:00", "was_remind": "09:00, 09:30"}
    fields = {"command": "assign.times", "code": "health", "opens": "07:30", "due": "11:00", "lock": "+1 12:00",
              "remind": "10:00, 10:40"} | was  # fmt: skip
    asked = board.fill(token, fields, page=page).body.decode()
    assert "11:00" in asked
    assert "+1 12:00" in asked
    planned = board.press(token, board.button(asked, "明天"), page=page).body.decode()
    undo = re.findall(r'name="say" value="(/assign undo \d+)"', planned)[0]
    board.say(token, undo, page=page)
    assert "assign undo" not in board.text(token, f"task?id={task}")
    before = board.world.records()
    board.fill(token, fields | {"due": "10:00", "lock": "24:00", "remind": "09:00, 09:30"}, page=page)
    assert board.world.records() == before


def test_a_form_shows_its_questions_and_gives_its_file(board: Board) -> None:
    token = board.sign_in("周敏")
    found = board.data(token, "form?code=health")
    assert [it["label"] for it in found["questions"]] == ["体温", "接触史", "地点", "备注"]
    assert found["tasks"] == ["health"]
    answer = board.get(token, "form?code=health&as=file")
    assert answer.body.decode() == HEALTH
    assert "health.yaml" in answer.headers["content-disposition"]
    assert "form.try.delivery" in board.text(token, "form?code=delivery")
    assert "form.preview" in board.text(token, "form?code=health")


def test_a_form_is_tried_on_its_page(board: Board) -> None:
    token, page = board.sign_in("周敏"), "/dashboard/form?code=health"
    tried = board.press(token, board.button(board.text(token, "form?code=health"), "试填"), page=page).body.decode()
    begun = board.press(token, board.button(tried, "有情况"), page=page).body.decode()
    assert "体温" in begun.partition('id="live"')[0]


def test_an_uploaded_form_shows_what_would_change_and_older_versions_come_back(board: Board) -> None:
    token, page = board.sign_in("周敏"), "/dashboard/form?code=health"
    changed = HEALTH.replace("- {name: remark, type: text", "- {name: note_of_day, type: text")
    asked = board.send(token, "health.yaml", changed.encode(), page=page).body.decode()
    assert "note_of_day" in asked
    assert "remark" in asked.partition('id="live"')[0]
    board.press(token, board.button(asked, "今天"), page=page)
    assert board.data(token, "form?code=health")["version"] == 2
    assert board.data(token, "form?code=health&version=1")["questions"][3]["name"] == "remark"
    assert 'value="/form back health 1"' in board.text(token, "form?code=health")
    board.press(
        token, board.button(board.say(token, "/form back health 1", page=page).body.decode(), "今天"), page=page
    )
    assert board.data(token, "form?code=health")["questions"][3]["name"] == "remark"


def test_a_broken_form_is_refused_in_a_sentence(board: Board) -> None:
    token, page = board.sign_in("周敏"), "/dashboard/form?code=health"
    before = board.world.records()
    answer = board.send(token, "health.yaml", b"code: health\nquestions: [", page=page).body.decode()
    assert 'class="card told"' in answer
    assert board.world.records() == before
