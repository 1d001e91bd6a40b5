"""The official daily report as Word and PDF: who may have it, of what, and that it says what the summary says."""

import io

import pytest
from docx import Document
from pypdf import PdfReader

from bot.workers import documents as drawing
from models.files.blobs import data_of
from models.messaging import noise_budget
from tests.support.world import DELIVERY, TUESDAY, World


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
    assert "正在生成一站的Word日报" in world.says("王建国", "/export word")
    world.does_errands()
    assert world.last("王建国").text == "日报已生成。"
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
def test_a_range_is_summed_up(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    world.says("周敏", "/export 11-23..11-24 word")
    world.does_errands()
    name, data = sent(world, "周敏")
    assert name == "每日健康情况汇总 区局 2026-11-23至2026-11-24.docx"
    assert "应报10份，已报1份" in words_of(data)


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
