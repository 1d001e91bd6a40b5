"""The official daily report as Word and PDF: who may have it, of what, and that it says what the summary says."""

import io
from datetime import date, datetime

import pytest
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlmodel import select

from bot.workers import documents as drawing
from models.core.database import Database
from models.core.errors import Refusal
from models.exports import official_report
from models.files.blobs import data_of
from models.messaging import noise_budget
from models.organisation.people import Membership, Role
from tests.support.world import DELIVERY, MONDAY, TUESDAY, ZONE, TestClock, World


def sent(world: World, who: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the newest file somebody got."""
    file = next(bubble.content.file for bubble in reversed(world.chat(who)) if bubble.content.file)
    with world.database.reading() as session:
        return file.name, data_of(session, file.digest)


def words_of(data: bytes) -> str:
    """Return what a Word file says, cell by cell."""
    made = Document(io.BytesIO(data))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(it.text for it in made.paragraphs), *cells])


def text_of(data: bytes) -> str:
    """Return what a PDF says."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.sqlite
def test_a_lead_gets_the_day_of_the_own_unit_as_word_and_pdf(world: World) -> None:
    world.taps("李梅", "零报告")
    assert "正在生成一站的Word报告" in world.says("王建国", "/export word")
    world.does_errands()
    assert world.last("王建国").text == "报告已生成。"
    name, data = sent(world, "王建国")
    assert name == "每日健康日报 一站 2026-11-23.docx"
    for said in (words_of(data), pdf_of(world, "王建国")):
        close = said.replace(" ", "").replace("\n", "")
        assert "一站应报6人，已报1人，其中零报告1人，有情况0人。未报5人" in close, said
        assert "张伟" in said and "赵强" not in said and "二站" not in said, "what is not theirs is absent"


def pdf_of(world: World, who: str, words: str = "/export pdf") -> str:
    world.says(who, words)
    world.does_errands()
    name, data = sent(world, who)
    assert name.endswith(".pdf")
    return text_of(data)


@pytest.mark.sqlite
def test_the_table_has_every_unit_right_below_and_their_sum(world: World) -> None:
    world.taps("李梅", "零报告")
    world.says("周敏", "/export 今天 word")
    world.does_errands()
    made = Document(io.BytesIO(sent(world, "周敏")[1]))
    rows = [[cell.text for cell in row.cells] for row in made.tables[0].rows]
    assert rows[0][:4] == ["序号", "单位", "应报", "已报"]
    assert [row[1:4] for row in rows[1:]] == [
        ["本级", "2", "0"], ["一站", "6", "1"], ["二站", "2", "0"], ["合计", "10", "1"],
    ]  # fmt: skip


@pytest.mark.sqlite
def test_a_member_and_a_lead_elsewhere_get_nothing(world: World) -> None:
    assert "日报" not in world.says("张伟", "/export word")
    world.says("王建国", "/export word 二站")
    world.does_errands()
    assert "“区局/二站”不在您负责的单位之列" in world.last("王建国").text
    assert not [bubble for bubble in world.chat("王建国") if bubble.content.file]


@pytest.mark.sqlite
@pytest.mark.parametrize("words", ["word 11月23日", "23 Nov word", "word 昨天 health", "health 11-23 一站 word"])
def test_the_day_is_named_as_in_every_export(world: World, words: str) -> None:
    world.at("7:35", TUESDAY)
    world.says("王建国", f"/export {words}")
    world.does_errands()
    assert files(world, "王建国") == ["每日健康日报 一站 2026-11-23.docx"]


def no_lead_any_more(world: World) -> None:
    with world.database.writing() as session:
        for it in session.exec(select(Membership).where(Membership.role == Role.LEAD)).all():
            session.delete(it)


@pytest.mark.sqlite
def test_whoever_loses_the_role_before_the_report_is_drawn_gets_none(world: World) -> None:
    world.says("王建国", "/export word")
    no_lead_any_more(world)
    world.does_errands()
    assert world.last("王建国").text == "每日健康日报 一站 2026-11-23.docx 未发送：您已不再负责这些单位。"
    assert files(world, "王建国") == []


@pytest.mark.sqlite
def test_who_left_before_the_report_is_drawn_gets_none(world: World) -> None:
    world.says("王建国", "/export word")
    world.says("周敏", "/people leave 1003 今天")
    world.taps("周敏", "确认")
    world.does_errands()
    assert files(world, "王建国") == []


@pytest.mark.sqlite
def test_a_range_over_a_change_of_clocks_has_each_of_its_days_once(database: Database) -> None:
    world = World(database, clock=TestClock(datetime(2026, 3, 28, 0, tzinfo=ZONE)))
    world.set_defaults(zone="Europe/Berlin")
    world.organisation()
    world.assign(timezone="Europe/Berlin")
    world.at("23:00", date(2026, 3, 30))  # 16:00 there, the day after summer time began
    world.says("周敏", "/export 03-28..03-30 word")
    world.does_errands()
    _, days = Document(io.BytesIO(sent(world, "周敏")[1])).tables[:2]
    assert [row.cells[0].text for row in days.rows[1:]] == ["3月28日", "3月29日", "3月30日"]
    assert {row.cells[1].text for row in days.rows[1:]} == {"10"}


@pytest.mark.sqlite
@pytest.mark.parametrize("words", ["2026-10 word", "2026-12 pdf", "10-05 word"])
def test_days_on_which_nothing_was_asked_are_said_and_make_no_report(world: World, words: str) -> None:
    assert "没有填报任务" in world.says("周敏", f"/export {words}")
    world.does_errands()
    assert files(world, "周敏") == []


@pytest.mark.sqlite
def test_a_unit_that_is_gone_before_the_report_is_drawn_is_told_and_nothing_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.says("王建国", "/export word")

    def nothing(*_: object) -> None:
        raise Refusal("export.nothing", first=MONDAY, last=MONDAY)

    monkeypatch.setattr(official_report, "gather", nothing)
    world.does_errands()
    assert world.last("王建国").text == "11月23日没有填报任务。"
    assert files(world, "王建国") == []


@pytest.mark.sqlite
def test_a_range_is_summed_up(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    world.says("周敏", "/export 11-23..11-24 word")
    world.does_errands()
    name, data = sent(world, "周敏")
    assert name == "每日健康情况汇总 区局 2026-11-23至2026-11-24.docx"
    assert "应报10份，已报1份" in words_of(data)
    assert "截止时" not in words_of(data).replace("逐日情况（截止时）", ""), "nothing came after the close"


@pytest.mark.sqlite
@pytest.mark.parametrize(("who", "said"), [
    ("王建国", "已报1份。未报5份，准假0份，迟报1份。完整率16.7%，及时率0%。截止时完整率0%。截止后补报1份。截止后准假"),
    ("陈局", "timeliness 0%. At the close completeness was 0%. Since then 1 report came in. Excused after"),
])  # fmt: skip
def test_a_range_says_both_what_it_was_at_the_close_and_what_came_since(world: World, who: str, said: str) -> None:
    world.says("陈局", "/language en")
    world.at("10:30")
    world.taps("李梅", "零报告")
    world.says("王建国", "/excuse 1004 11-23 11-23 事假")
    world.at("08:00", TUESDAY)
    world.says(who, "/export 11-22..11-23 word")
    world.does_errands()
    told = words_of(sent(world, who)[1])
    assert said in told, told
    assert ("逐日情况（截止时）" if who == "王建国" else "By day, as at the close") in told


@pytest.mark.sqlite
def test_a_unit_that_was_moved_within_a_range_counts_where_it_was_each_day_and_the_report_says_so(world: World) -> None:
    world.at("10:30")
    world.says("周敏", "/unit move 区局/二站 区局/一站 今天")
    world.taps("周敏", "确认")
    world.at("08:00", TUESDAY)
    world.taps("赵强", "零报告")
    world.at("10:30", TUESDAY)
    for who, days, whole in (("周敏", "11-23..11-24", 20), ("王建国", "11-23..11-24", 14)):
        world.says(who, f"/export {days} word")
        world.does_errands()
        said = words_of(sent(world, who)[1])
        assert f"应报{whole}份，已报1份" in said and "各日数据按当日隶属关系统计" in said, said
    world.says("周敏", "/export 11-23..11-24 health")
    rows = workbook_of(world, "周敏")
    assert {(str(row[0])[:10], row[2]) for row in rows if "二站" in str(row[2])} == {
        ("2026-11-23", "区局/二站"), ("2026-11-24", "区局/一站/二站"),
    }  # fmt: skip


def workbook_of(world: World, who: str) -> list[tuple[object, ...]]:
    """Return the rows of the reports in the newest workbook somebody got."""
    return list(load_workbook(io.BytesIO(sent(world, who)[1])).worksheets[1].iter_rows(min_row=2, values_only=True))


@pytest.mark.sqlite
def test_in_english_it_is_english(world: World) -> None:
    world.says("周敏", "/language en")
    world.taps("李梅", "零报告")
    said = pdf_of(world, "周敏")
    assert "Daily health: daily report" in said and "Page 1 of" in said
    assert "Not reported: 9; excused: 0; late: 0." in said.replace("\n", " ")


def files(world: World, who: str) -> list[str]:
    return [bubble.content.file.name for bubble in world.chat(who) if bubble.content.file]


@pytest.mark.sqlite
def test_after_the_close_leads_get_it_by_itself_once_if_the_task_says_so(world: World) -> None:
    world.says("周敏", "/assign times health document=pdf 今天")
    assert "发给负责人的日报 不发送 → PDF" in world.last("周敏").text
    world.taps("周敏", "确认")
    world.at("10:30")
    world.does_errands()
    assert files(world, "王建国") == [], "an open day keeps what it was opened with"
    world.at("7:35", TUESDAY)
    world.does_errands()
    assert files(world, "王建国") == []
    for who in ("王建国", "赵强", "陈局"):  # nobody reminds them, so that the day has room for it
        world.taps(who, "零报告")
    world.at("10:30", TUESDAY)
    world.does_errands()
    world.at("10:40", TUESDAY)
    world.does_errands()
    assert files(world, "王建国") == ["每日健康日报 一站 2026-11-24.pdf"]
    assert files(world, "赵强") == ["每日健康日报 二站 2026-11-24.pdf"]
    assert files(world, "陈局") == [], "the director's day has one message"
    assert "PDF" in [label for bubble in world.chat("陈局") for label in bubble.labels]
    assert files(world, "张伟") == []
    world.does_errands()
    assert len(files(world, "王建国")) == 1


@pytest.mark.sqlite
def test_a_program_that_dies_while_drawing_makes_it_again_and_sends_it_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.writing() as session:
        period = session.merge(world.period(session))
        period.document = "word"
        session.add(period)
    world.taps("王建国", "零报告")
    world.at("10:30")

    def killed(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(drawing, "safely", killed)
        world.does_errands()
    assert files(world, "王建国") == []
    world.does_errands()
    world.at("10:40")
    world.does_errands()
    assert files(world, "王建国") == ["每日健康日报 一站 2026-11-23.docx"]


@pytest.mark.sqlite
def test_without_room_in_the_noise_budget_it_stays_behind_the_button(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(noise_budget.BUDGET, "lead", 2)
    with world.database.writing() as session:
        period = session.merge(world.period(session))
        period.document = "word"
        session.add(period)
    world.taps("王建国", "零报告")
    world.at("10:40")
    world.does_errands()
    assert files(world, "王建国") == []
    world.taps("王建国", "Word")
    world.does_errands()
    assert files(world, "王建国") == ["每日健康日报 一站 2026-11-23.docx"]


@pytest.mark.sqlite
def test_a_new_task_is_asked_about_its_report_with_a_button(world: World) -> None:
    world.says("周敏", "/assign new duty 区局 due=12:00 document=word")
    assert "截止后向负责人发送Word日报。" in world.last("周敏").text
    world.taps("周敏", "附发PDF日报")
    assert "截止后向负责人发送PDF日报。" in world.last("周敏").text
    world.taps("周敏", "不附发日报")
    assert "日报。" not in world.last("周敏").text
    assert "“maybe”无法识别" in world.says("周敏", "/assign times health document=maybe")


@pytest.mark.sqlite
def test_a_day_on_which_nothing_was_asked_has_no_report(world: World) -> None:
    assert "没有填报任务" in world.says("周敏", "/export 11-20 word")
    assert "没有填报任务" in world.says("周敏", "/export 2026-10 pdf")


@pytest.mark.sqlite
def test_of_several_tasks_one_is_chosen(world: World) -> None:
    world.assign(DELIVERY)
    world.at("7:30", TUESDAY)
    world.says("周敏", "/export 今天 pdf")
    assert any("配送" in label for label in world.last("周敏").labels)
    world.taps("周敏", "配送")
    world.does_errands()
    name, data = sent(world, "周敏")
    assert name == "配送日报 区局 2026-11-24.pdf"
    assert "应报单位4个" in text_of(data).replace(" ", "").replace("\n", "")
