"""The page *Today*: each role sees what the chat would show it, and nothing else is in the page."""

import csv
import hashlib
import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from bot.desk import Desk
from bot.web.dashboard.dashboard import Dashboard
from handlers.core.context import Defaults
from handlers.core.locales import translations
from models.core.database import Database
from models.cycle.periods import Period
from models.cycle.places import Place
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from models.reporting.reports import Report
from tests.bot.web.dashboard.conftest import HOST, Board
from tests.support.serving import serving
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
OTHERS = ("钱丽", "赵强", "二站")


def _units(board: Board) -> dict[str, int]:
    with board.world.database.reading() as session:
        return {unit.name: unit.id for unit in session.exec(select(Unit))}


def _period(board: Board) -> int:
    with board.world.database.reading() as session:
        return session.exec(select(Period.id)).one()


def test_the_director_sees_the_tree_the_rates_and_who_is_due(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    found = board.data(board.sign_in("陈局"))
    assert [(it["name"], it["received"], it["expected"]) for it in found["units"]] == [("一站", 1, 6), ("二站", 0, 2)]
    assert (found["figures"]["received"], found["figures"]["expected"]) == (1, 10)
    assert {it["name"] for it in found["not_reported"]} >= {"王建国", "张伟", "钱丽", "刘大爷"}
    assert "李梅" not in {it["name"] for it in found["not_reported"]}


def test_a_lead_sees_their_own_unit_and_of_others_nothing(board: Board) -> None:
    token = board.sign_in("王建国")
    page = board.text(token)
    assert "李梅" in page
    assert "张伟" in page
    for kind in ("", "?as=json", "?as=csv"):
        assert not [it for it in OTHERS if it in board.text(token, kind)]


def test_a_member_sees_their_own_day_only(board: Board) -> None:
    token = board.sign_in("张伟")
    board.world.taps("李梅", "零报告")
    page = board.text(token)
    assert "张伟的今日情况" in page
    assert "刘大爷" in page  # a ward
    assert not [it for it in (*OTHERS, "李梅", "王建国", "urge.", "signoff.") if it in page]
    assert {it["name"] for it in board.data(token)["own"]} == {"张伟", "刘大爷", "孙阿姨"}


def test_units_and_periods_of_others_are_refused_whatever_is_asked(board: Board) -> None:
    units = _units(board)
    member, lead = board.sign_in("李梅"), board.sign_in("王建国")
    for token, names in ((member, ("区局", "一站", "二站", "防疫专班")), (lead, ("区局", "二站", "防疫专班"))):
        for name in names:
            answer = board.get(token, f"?unit={units[name]}")
            assert answer.status == 404
            assert "钱丽" not in answer.body.decode()
    for asked in (
        "unit=0",
        "unit=999999999",
        "unit=9" + "9" * 40,
        "unit=x",
        "unit=-1",
        "unit=%00",
        "task=999",
        "task=x",
    ):
        assert board.get(lead, f"?{asked}").status == 404
    for asked in ("units=0", "units=99999", "people=0", "people=99999", "seen=x", "as=pdf", "unit="):
        assert board.get(lead, f"?{asked}").status == 200


def test_a_refusal_names_no_unit_to_somebody_who_may_not_see_it(board: Board) -> None:
    answer = board.get(board.sign_in("李梅"), f"?unit={_units(board)['二站']}")
    assert "二站" not in answer.body.decode()


def test_a_member_reports_from_the_page_as_from_the_chat(board: Board) -> None:
    token, report = board.sign_in("李梅"), board.world.report("李梅")
    page = board.text(token)
    assert "确认" in page  # what a zero confirms stands above its button
    assert f"report.zero_of.{report.id}" in page
    answer = board.press(token, f"report.zero_of.{report.id}", HX_Request="true").body.decode()
    assert "已收到" in answer
    assert f"report.zero_of.{report.id}" not in board.text(token)
    assert board.world.report("李梅").state == "zero"


def test_a_member_fills_in_the_form_on_the_page_to_its_end(board: Board) -> None:
    token, report = board.sign_in("李梅"), board.world.report("李梅")
    asked = board.press(token, f"report.fill_of.{report.id}").body.decode()
    assert "体温" in asked
    page = board.say(token, "36.6").body.decode()
    for label in ("无", "跳过", "提交"):
        page = board.press(token, _labelled(page, label)).body.decode()
    assert "已收到" in page
    assert board.world.report("李梅").state == "filled"


def _labelled(page: str, label: str) -> str:
    """Return what the button of this label carries."""
    return next(data for data, said in re.findall(r'name="do" value="([^"]+)"[^>]*>([^<]+)<', page) if label in said)


def test_urging_from_the_page_is_urging_from_the_chat(board: Board) -> None:
    token = board.sign_in("王建国")
    report = board.world.report("李梅")
    answer = board.press(token, f"urge.one.{report.id}", HX_Request="true")
    assert "已提醒1人" in answer.body.decode()
    board.world.deliver()
    assert "王建国提醒您报送" in board.world.last("李梅").text
    assert "半小时" in board.press(token, f"urge.one.{report.id}").body.decode()
    assert "已提醒" in board.press(token, f"urge.unit.{_period(board)}.{_units(board)['一站']}").body.decode()


def test_what_is_not_the_readers_is_refused_by_the_same_permissions_as_in_the_chat(board: Board) -> None:
    member, lead = board.sign_in("李梅"), board.sign_in("王建国")
    other, unit, period = board.world.report("钱丽").id, _units(board)["二站"], _period(board)
    before = board.world.records()
    for token in (member, lead):
        for button in (f"urge.one.{other}", f"urge.unit.{period}.{unit}", f"signoff.sign.{period}.{unit}.1",
                       "urge.one.999", "alerts.take.999", "urge.one.x"):  # fmt: skip
            board.press(token, button)
    assert board.world.records() == before


def test_what_the_chat_answers_is_on_the_page_with_its_buttons_and_a_field_where_it_waits(board: Board) -> None:
    token = board.sign_in("王建国")
    report = board.world.report("李梅")
    asked = board.press(token, f"proxy.person.{report.id}", HX_Request="true").body.decode()
    assert f'value="proxy.kind.{report.id}.zero"' in asked
    assert "<html" not in asked
    assert "proxy.kind" not in board.text(token)  # what was answered is shown once
    answered = board.press(token, f"proxy.kind.{report.id}.zero").body.decode()
    assert 'name="say"' in answered
    assert "代报" in board.say(token, "电话报平安").body.decode()


def test_words_on_a_page_are_words_in_the_chat(board: Board) -> None:
    token = board.sign_in("王建国")
    assert "进度" in board.say(token, "/help").body.decode()
    assert "&lt;b&gt;" in board.say(token, "/team <b>x</b>").body.decode()
    before = board.world.records()
    assert board.say(token, " ").status == 200
    assert board.world.records() == before


def test_a_lead_checks_the_figures_here(board: Board) -> None:
    board.world.at("10:06")
    token = board.sign_in("王建国")
    page = board.text(token)
    button = page.partition("signoff.sign.")[2].partition('"')[0]
    assert "核对无误" in page
    assert "已核对" in board.press(token, f"signoff.sign.{button}").body.decode()
    assert board.data(token)["checked_by"] == "王建国"


def test_a_page_that_has_not_changed_is_not_sent_again(board: Board) -> None:
    token = board.sign_in("王建国")
    seen = board.text(token).partition("seen=")[2].partition('"')[0]
    assert board.get(token, f"?seen={seen}", HX_Request="true").status == 204
    board.world.taps("李梅", "零报告")
    answer = board.get(token, f"?seen={seen}", HX_Request="true")
    assert answer.status == 200
    assert "<html" not in answer.body.decode()
    board.world.says("王建国", "看板 退出")
    ended = board.get(token, f"?seen={seen}", HX_Request="true")
    assert (ended.headers.get("hx-refresh"), ended.body) == ("true", b"")


def test_an_open_page_of_a_unit_that_is_no_longer_the_readers_does_not_stay_open(board: Board) -> None:
    token, unit = board.sign_in("王建国"), _units(board)["一站"]
    assert board.get(token, f"?unit={unit}", HX_Request="true").status == 200
    with board.world.database.writing() as session:
        person = session.exec(select(Person).where(Person.name == "王建国")).one()
        held = session.exec(select(Membership).where(Membership.person_id == person.id)).one()
        held.role = Role.MEMBER
        session.add(held)
    for asked in (f"?unit={unit}", f"?unit={unit}&seen=1.1.1", f"unit?id={unit}", f"range?unit={unit}"):
        answer = board.get(token, asked, HX_Request="true")
        assert (answer.headers.get("hx-refresh"), answer.body) == ("true", b""), asked


def test_programs_get_the_same_as_json_and_as_a_table(board: Board) -> None:
    token = board.sign_in("陈局")
    data = board.data(token)
    answer = board.get(token, Accept="text/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [it["name"] for it in rows if it["kind"] == "unit"] == ["区局", *(it["name"] for it in data["units"])]
    assert [it["name"] for it in rows if it["kind"] == "not_reported"] == [it["name"] for it in data["not_reported"]]
    assert board.get("x", Accept="application/json").json == {
        "error": "您未登录或登录已失效。请在聊天中发送“看板”获取新链接。"
    }


def test_nothing_in_the_page_runs_or_is_styled_inline(board: Board) -> None:
    answer = board.get(board.sign_in("陈局"))
    page = answer.body.decode()
    assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert " style=" not in page
    assert "<script>" not in page
    assert "onclick" not in page
    assert "//" not in page.replace("<!doctype html>", "").replace("http://www.w3.org", "")
    assert board.served.get("/static/htmx-4.0.1.min.js", Host=HOST).status == 200


def test_names_are_text_whatever_they_are(board: Board) -> None:
    name = "<b>" + "龘" * 300 + "</b>\u202e"
    with board.world.database.writing() as session:
        unit = session.exec(select(Unit).where(Unit.name == "一站")).one()
        unit.name = name
        session.add(unit)
    assert "<b>龘" not in board.text(board.sign_in("陈局"))


def test_on_a_day_without_tasks_the_page_says_so(board: Board) -> None:
    board.world.says("周敏", "/assign end health")
    with board.world.database.writing() as session:
        for period in session.exec(select(Period)):
            period.phase = "opening"
            session.add(period)
    assert "今日无填报任务" in board.text(board.sign_in("陈局"))


def test_htmx_is_the_file_that_the_decision_names(board: Board) -> None:
    root = Path(__file__).parents[4]
    digest = hashlib.sha256((root / "bot/web/static/htmx-4.0.1.min.js").read_bytes()).hexdigest()
    assert digest in (root / "docs/decisions/0218-dashboard.md").read_text()


def test_a_lead_reports_for_somebody_or_enters_leave_from_their_line(board: Board) -> None:
    token, report = board.sign_in("王建国"), board.world.report("李梅")
    page = board.text(token)
    assert f'value="proxy.person.{report.id}"' in page
    assert 'value="/excuse 1005"' in page
    asked = board.say(token, "/excuse 1005").body.decode()
    assert "李梅" in asked
    today = asked.partition("ask.pick.")[2].partition('"')[0]
    reasons = board.press(token, f"ask.pick.{today}").body.decode()
    assert 'name="say"' in reasons
    board.say(token, "事假")
    assert board.world.report("李梅").excused
    assert "李梅" not in {it["name"] for it in board.data(token)["not_reported"]}


def test_nobody_reports_or_enters_leave_for_themselves_or_after_the_lock(board: Board) -> None:
    token, own = board.sign_in("王建国"), board.world.report("王建国")
    page = board.text(token)
    assert f"proxy.person.{own.id}" not in page
    assert "/excuse 1003" not in page
    with board.world.database.writing() as session:
        for period in session.exec(select(Period)):
            period.phase = "locked"
            session.add(period)
    page = board.text(token)
    assert "李梅" in page
    assert "proxy.person" not in page
    assert "/excuse" not in page


def test_people_of_a_large_unit_stand_on_pages(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.dashboard.today.PEOPLE_SHOWN", 4)
    token = board.sign_in("王建国")

    def shown(query: str) -> list[str]:
        people = board.text(token, query).partition('<ul class="people">')[2].partition("</ul>")[0]
        return [it for it in ("王建国", "张伟", "李梅", "Ann Lee", "刘大爷", "孙阿姨") if it in people]

    assert shown("") == ["王建国", "张伟", "李梅", "Ann Lee"]
    assert shown("?all=2") == shown("?all=99") == ["刘大爷", "孙阿姨"]
    assert "1/2" in board.text(token)


def test_names_written_from_right_to_left_move_nothing_around_them(board: Board) -> None:
    name = "محمد عبد الله"
    with board.world.database.writing() as session:
        person = session.exec(select(Person).where(Person.name == "李梅")).one()
        person.name = name
        session.add(person)
    page = board.text(board.sign_in("王建国"))
    assert page.count(name) > 2
    assert page.replace(f"<bdi>{name}</bdi>", "").count(name) == page.count(f'：{name}"')  # and names of buttons


def test_an_organisation_of_one_admin_has_a_page(database: Database) -> None:
    world = World(database, Defaults(public_url=f"https://{HOST}"))
    world.organisation("staff_no,name,unit,role\n1002,周敏,区局,admin\n", groups=False)
    with ThreadPoolExecutor(1) as worker:
        desk = Desk(database, world.defaults, world.clock, worker)
        made = Dashboard(desk, database, world.clock.now, f"https://{HOST}")
        with serving(database, demo=False, dashboard=made, translations=translations) as served:
            board = Board(world, served, made)
            token = board.sign_in("周敏")
            page = board.text(token)
            assert "今日无填报任务" in page
            assert "目前没有需要您报送的内容" in page
            assert board.get(token, Accept="text/csv").status == 200
            assert "尚无已截止的填报任务" in board.text(token, "range")


def test_five_thousand_units_below_one_fit_a_page(board: Board) -> None:
    with board.world.database.writing() as session:
        root = session.exec(select(Unit).where(Unit.name == "区局")).one()
        period = session.exec(select(Period)).one()
        one = session.exec(select(Report)).first()
        assert one
        for n in range(5000):
            unit = Unit(parent_id=root.id, name=f"第{n}站", path=f"区局/第{n}站", rank=f"z{n:05}")
            session.add(unit)
            session.flush()
            place = Place(unit_id=unit.id, path=unit.path)
            session.add(place)
            session.flush()
            session.add(Report(period_id=period.id, unit_id=unit.id, place_id=place.id, state="zero" if n else "due"))
    token = board.sign_in("陈局")
    page = board.text(token)
    assert len(page.encode()) < 90_000
    assert "第0站" in page
    assert "5,002" in page
    assert "第4999站" not in page


def test_today_leads_on_to_the_units_month_its_people_and_their_reports(board: Board) -> None:
    board.world.taps("李梅", "零报告")
    token = board.sign_in("王建国")
    page, report = board.text(token), board.world.report("李梅")
    assert f"unit?id={_units(board)['一站']}" in page
    assert f"person?id={report.person_id}" in page
    assert f"report?id={report.id}" in page
    assert f"person?id={board.world.report('张伟').person_id}" in page  # who has not reported
    assert report.receipt not in page
    own = board.text(board.sign_in("李梅"))
    assert f"report?id={report.id}" in own
    assert "unit?id=" not in own
