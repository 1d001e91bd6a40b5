"""The timeline in the chat: it fills by itself with counts and events, each role sees what is theirs, and admins add,
word and hide entries, on record."""

import io
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlmodel import select

from handlers.alerts import notifying
from handlers.core.rendering import svg
from handlers.dashboard import timeline as page
from handlers.dashboard.pages import Query, view
from handlers.exports import document_job, papers, timeline_words
from models.alerts import alerts
from models.alerts.alerts import Alert
from models.core.audit import AuditEntry
from models.core.errors import Refusal
from models.core.ledger import LedgerEntry
from models.documents import word
from models.evidence import verification
from models.files.blobs import data_of
from models.operations.jobs import Job
from models.organisation import people
from models.organisation.people import Person
from models.timeline.entries import TimelineEntry
from tests.handlers.rounds.test_survey import send
from tests.support.world import TUESDAY, World

ADMIN, MEMBER, LEAD, OTHER, DIRECTOR = "周敏", "李梅", "王建国", "赵强", "陈局"


def begin(world: World) -> None:
    world.organisation()
    world.assign()
    world.at("7:30", TUESDAY)


pytestmark = pytest.mark.world(begin=begin)


def reads(world: World, who: str, words: str = "") -> str:
    return world.says(who, f"/timeline {words}".strip())


def written(world: World, words: str = "/timeline add 11-20 完成首轮核酸检测") -> int:
    """Let the admin add an entry to the bureau's timeline; return its number."""
    world.says(ADMIN, words)
    world.taps(ADMIN, "新增", world.last(ADMIN))
    with world.database.reading() as session:
        return max(session.exec(select(TimelineEntry.id)).all())


def test_it_says_when_it_is_empty_that_it_fills_by_itself(world: World) -> None:
    with world.database.writing() as session:
        for it in session.exec(select(TimelineEntry)).all():
            session.delete(it)
    assert "暂无记录" in reads(world, MEMBER)
    assert world.last(MEMBER).labels == []


def test_a_task_tells_its_first_day_and_its_months_by_itself(world: World) -> None:
    assert "🌱 “每日健康”开始报送（区局）" in reads(world, MEMBER)
    world.at("10:06", TUESDAY)
    shown = reads(world, MEMBER)
    assert "“每日健康”本月报送2天，截止时应报" in shown
    assert "“每日健康”开始报送；至今2天" in shown


def test_an_alert_is_a_count_of_a_day_without_words_or_names(world: World) -> None:
    world.says("张伟", "/incident 仓库起火")
    world.taps("张伟", "立即上报")
    for who, words in ((ADMIN, "区局"), (LEAD, "")):
        shown = reads(world, who, words)
        assert "🚨 突发情况1起，尚未办结" in shown
        assert "起火" not in shown
        assert "张伟" not in shown
    world.deliver()
    world.taps(LEAD, "我来处理")
    world.taps(LEAD, "处理完毕", next(b for b in reversed(world.chat(LEAD)) if "✅ 处理完毕" in b.labels))
    assert "突发情况1起，均已办结（11月24日）" in reads(world, LEAD)


def test_an_alert_that_is_reopened_is_one_alert_of_its_first_day(world: World) -> None:
    world.says("张伟", "/incident 仓库起火")
    world.taps("张伟", "立即上报")
    world.deliver()
    world.taps(LEAD, "我来处理")
    world.taps(LEAD, "处理完毕", next(b for b in reversed(world.chat(LEAD)) if "✅ 处理完毕" in b.labels))
    assert "突发情况1起，均已办结" in reads(world, LEAD)
    world.at("8:00", TUESDAY + timedelta(days=1))
    with world.database.writing() as session:
        context = world.desk.context(session, world.clock.now())
        alert, by = session.exec(select(Alert)).one(), session.exec(select(Person).where(Person.name == "张伟")).one()
        alerts.reopen(alert, by, context.now)
        notifying.reopened(context, alert, by)
    shown = reads(world, LEAD)
    assert "突发情况1起，尚未办结" in shown
    assert shown.count("突发情况") == 1


def test_an_alert_that_climbed_stands_once_in_the_timeline_of_its_unit(world: World) -> None:
    world.says("张伟", "/incident 仓库起火")
    world.taps("张伟", "立即上报")
    world.at("9:30")  # nobody took it: it climbed to the bureau
    assert "突发" in "".join(it.text for it in world.chat(DIRECTOR))
    for who in (ADMIN, DIRECTOR):
        assert reads(world, who, "区局/一站").count("突发情况") == 1
        assert reads(world, who, "区局").count("突发情况1起") == 1


def test_a_notice_to_two_levels_stands_once(world: World) -> None:
    world.says(ADMIN, "/notice 今日起测温两次")
    world.says(ADMIN, "一站，区局")
    for tap in ("全体人员", "确认已阅", "18:00", "发送"):
        world.taps(ADMIN, tap, world.last(ADMIN))
    assert reads(world, ADMIN, "区局/一站").count("测温") == 1


def test_where_few_people_are_counts_that_could_tell_of_one_are_for_who_answers_there(world: World) -> None:
    world.says("张伟", "/incident 仓库起火")
    world.taps("张伟", "立即上报")
    assert "突发情况" in reads(world, LEAD)
    assert "突发情况" not in reads(world, MEMBER), "nine people: everybody would know who it was"
    assert "突发情况" not in reads(world, OTHER)


def test_everybody_reads_their_own_unit_and_those_above_and_no_other(world: World) -> None:
    written(world)
    written(world, "/timeline add =u2 11-21 一站换新仓库")
    for who in (MEMBER, LEAD, OTHER, DIRECTOR, ADMIN):
        assert "完成首轮核酸检测" in reads(world, who), who
    assert "一站换新仓库" in reads(world, MEMBER)
    assert "一站换新仓库" not in reads(world, OTHER)
    for who in (OTHER, "钱丽"):
        assert "您无权查看" in reads(world, who, "区局/一站"), who
    assert "您无权查看" in reads(world, "钱丽", "区局/没有"), "it says nothing of which units there are"
    assert "一站换新仓库" in reads(world, DIRECTOR, "一站")


def test_an_admin_adds_words_and_hides_and_each_is_on_record(world: World) -> None:
    number = written(world)
    assert "完成首轮核酸检测" in reads(world, MEMBER)
    world.says(ADMIN, f"/timeline words {number} 完成两轮核酸检测")
    assert "完成两轮核酸检测" in reads(world, MEMBER)
    reads(world, ADMIN)
    world.taps(ADMIN, "修改记录")
    world.taps(ADMIN, f"{number} 完成两轮核酸检测")
    world.taps(ADMIN, "隐藏")
    world.says(ADMIN, "日期有误")
    assert "核酸检测" not in reads(world, MEMBER)
    assert "已隐藏：日期有误" in reads(world, ADMIN)
    world.says(ADMIN, f"/timeline show {number}")
    assert "完成两轮核酸检测" in reads(world, MEMBER)
    with world.database.reading() as session:
        said = session.exec(select(AuditEntry.what).where(AuditEntry.what.startswith("timeline"))).all()  # type: ignore[attr-defined]
        kept = session.exec(
            select(LedgerEntry).where(LedgerEntry.kind == "timeline_entry", LedgerEntry.key == str(number))
        ).all()
        assert sorted(said) == ["timeline added", "timeline hidden", "timeline shown", "timeline worded"]
        assert [it.content["reason"] for it in kept if it.content] == [None, None, "日期有误", None]
        assert verification.verify(session).differs == []


def test_by_buttons_an_entry_is_added_after_a_preview(world: World) -> None:
    reads(world, ADMIN, "区局")
    world.taps(ADMIN, "新增记录")
    world.says(ADMIN, "昨天 医疗队出发")
    assert "本单位及下级单位人员均可查看" in world.last(ADMIN).text
    assert "医疗队" not in reads(world, MEMBER)
    world.taps(ADMIN, "新增", next(b for b in reversed(world.chat(ADMIN)) if "✖️ 取消" in b.labels))
    assert "2026年11月23日\n✍️ 医疗队出发" in reads(world, MEMBER)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("add 12-31 新年", "尚未到来"), ("add 11-20", "1至200字"), ("add " + "长" * 201, "1至200字"),
        ("hide", "请发送记录编号"), ("hide 999 无", "您无权查看"), ("words 1 " + "长" * 201, "1至200字"),
        ("hide 1 " + "长" * 201, "1至200字"), ("add 13-45 某事", "不是有效日期"),
        ("add 0001-01-01 某事", "不是有效日期"),
        ("2026-13", "不是月份"), ("show 1", "该记录未隐藏"),
    ],
)  # fmt: skip
def test_what_an_admin_cannot_do_is_said_and_changes_nothing(world: World, words: str, told: str) -> None:
    before = world.records()
    assert told in reads(world, ADMIN, words)
    assert world.records() == before


def test_a_unit_whose_name_ends_in_a_number_is_a_unit_and_no_month(world: World) -> None:
    world.says(ADMIN, "/unit add 区局/Route 1")
    world.taps(ADMIN, "确认", world.last(ADMIN))
    assert "Route 1时间树" in reads(world, ADMIN, "Route 1")
    assert "Route 1时间树</b>" not in reads(world, ADMIN, "Route 1 2026-10")
    assert "2026年10月" in world.last(ADMIN).text
    reads(world, ADMIN)
    world.taps(ADMIN, "其他单位")
    world.taps(ADMIN, "区局/Route 1")
    assert "Route 1时间树" in world.last(ADMIN).text


def test_a_reason_that_is_missing_is_asked_for_and_asked_again_if_it_does_not_fit(world: World) -> None:
    number = written(world)
    world.says(ADMIN, f"/timeline hide {number}")
    assert "1至200字" in world.says(ADMIN, "长" * 201)
    assert "原因：日期有误" in world.says(ADMIN, "日期有误")


def test_from_an_old_page_the_months_begin_with_this_one_and_a_button_leads_back(world: World) -> None:
    written(world, "/timeline add 1990-01-01 建局")
    reads(world, MEMBER, "1990-01")
    assert "建局" in world.last(MEMBER).text
    world.taps(MEMBER, "按月")
    assert "2026年11月" in world.last(MEMBER).text
    world.taps(MEMBER, "最新")
    assert "每日健康" in world.last(MEMBER).text


def test_nobody_but_an_admin_of_the_unit_adds_words_or_hides(world: World) -> None:
    number = written(world)
    before = world.records()
    for who in (MEMBER, LEAD, DIRECTOR):
        assert "仅限管理员" in reads(world, who, "add 11-20 某事"), who
        for words in (f"words {number} 改", f"hide {number} 无", f"show {number}"):
            assert "您无权查看" in reads(world, who, words), (who, words)
        reads(world, who)
        assert not any("✏️" in it for it in world.last(who).labels), who
    assert world.records() == before


def test_a_notice_to_a_whole_unit_has_its_title_and_one_to_some_people_has_none(world: World) -> None:
    world.says(LEAD, "/notice 明日停水检修")
    for tap in ("一站", "全体人员", "确认已阅", "18:00", "发送"):
        world.taps(LEAD, tap, world.last(LEAD))
    assert "📢 发出通知“明日停水检修”" in reads(world, MEMBER)
    world.says(ADMIN, "/notice 请张伟速来")
    for tap in ("区局", "仅负责人", "确认已阅", "18:00", "发送"):
        world.taps(ADMIN, tap, world.last(ADMIN))
    shown = reads(world, MEMBER)
    assert "📢 向部分人员发出通知" in shown
    assert "速来" not in shown


def test_a_survey_without_words_of_its_own_is_called_in_the_readers_language(world: World) -> None:
    send(world, ADMIN, "区局", "全体人员", "实名", "11月25日 18:00")
    assert "库存情况问卷" in reads(world, MEMBER)
    world.says(MEMBER, "/language English")
    assert "Stock survey" in reads(world, MEMBER)


def test_collections_and_their_ends_stand_there_with_totals(world: World) -> None:
    world.says(ADMIN, "/donations new 支援武汉 12-10")
    world.says(ADMIN, "/donations money 1 500.50 某公司")
    world.taps(ADMIN, "登记")
    shown = reads(world, MEMBER)
    assert "💛 募捐“支援武汉”开始，至12月10日截止" in shown
    assert "结束" not in shown, "a day that has not come is not shown"
    world.says(ADMIN, "/donations close 1")
    world.taps(ADMIN, "🏁 结束")
    assert "🤝 募捐“支援武汉”结束：收到捐赠1笔、500.50元" in reads(world, MEMBER)


def test_what_was_handed_out_in_a_month_is_added_up_and_goes_down_with_what_comes_back(world: World) -> None:
    world.says(ADMIN, "/supplies item 口罩 个 100")
    world.says(ADMIN, "/supplies store 区局仓库")
    world.says(ADMIN, "/supplies received 口罩 500")
    world.taps(ADMIN, "登记")
    for words in ("out 口罩 1005 3", "out 口罩 1004 4"):
        world.says(ADMIN, f"/supplies {words}")
        world.taps(ADMIN, "登记")
    shown = reads(world, ADMIN, "区局")
    assert "📦 口罩：本月发放7个" in shown
    assert "李梅" not in shown


def test_in_a_group_it_is_answered_in_private(world: World) -> None:
    written(world)
    before = [b.text for b in world.chat("group 一站")]
    world.says(LEAD, "/timeline", chat="group 一站")
    assert not any("核酸" in b.text for b in world.chat("group 一站")[len(before) :])
    assert "核酸" in world.last(LEAD).text


def test_months_lead_to_their_entries_and_earlier_pages_follow(world: World) -> None:
    for day in range(1, 16):
        written(world, f"/timeline add 10-{day:02} 第{day}次消杀")
    shown = reads(world, MEMBER)
    assert "第15次消杀" in shown
    assert "第1次消杀" not in shown
    world.taps(MEMBER, "更早")
    assert "第1次消杀" in world.last(MEMBER).text
    assert "◀ 更早" not in world.last(MEMBER).labels
    world.taps(MEMBER, "按月")
    assert "2026年10月：管理员记录15" in world.last(MEMBER).text
    world.taps(MEMBER, "2026年10月")
    assert "第15次消杀" in world.last(MEMBER).text
    assert "每日健康" not in world.last(MEMBER).text


def test_it_is_a_picture_and_an_excel_file_without_what_is_hidden_from_the_reader(world: World) -> None:
    hidden = written(world, "/timeline add 11-21 写错的")
    written(world)
    world.says(ADMIN, f"/timeline hide {hidden} 写错")
    world.says(ADMIN, "/timeline 图片 区局")
    drawn = world.last(ADMIN).content
    assert drawn.picture is not None
    assert "核酸检测" in drawn.picture.values
    assert "写错的" not in drawn.picture.values
    reads(world, MEMBER)
    world.taps(MEMBER, "Excel")
    file = world.last(MEMBER).content.file
    assert file
    with world.database.reading() as session:
        book = load_workbook(io.BytesIO(data_of(session, file.digest)))
    told = [row[4] for row in book["时间树"].iter_rows(values_only=True)]
    assert "完成首轮核酸检测" in told
    assert "写错的" not in told


def test_the_excel_file_of_a_month_has_that_month_only(world: World) -> None:
    written(world, "/timeline add 10-20 十月的事")
    written(world, "/timeline add 11-20 十一月的事")
    world.says(MEMBER, "/timeline excel 2026-10")
    file = world.last(MEMBER).content.file
    assert file
    with world.database.reading() as session:
        book = load_workbook(io.BytesIO(data_of(session, file.digest)))
    told = [row[4] for row in book["时间树"].iter_rows(values_only=True)]
    assert "十月的事" in told
    assert "十一月的事" not in told


@pytest.mark.parametrize("language", ["中文", "English"])
def test_picture_and_word_document_are_drawn_in_both_languages_with_what_people_typed_as_text(
    world: World, language: str
) -> None:
    written(world, "/timeline add 11-20 <b>口罩</b> & {{ 7*7 }} 发放 " + "很长的一句话" * 12)
    world.says(MEMBER, f"/language {language}")
    reads(world, MEMBER, "picture")
    picture = world.last(MEMBER).content.picture
    assert picture is not None
    drawn = svg(picture)
    assert "&lt;b&gt;口罩&lt;/b&gt;" in drawn
    assert ElementTree.fromstring(drawn).get("width") == "720"
    with world.database.reading() as session:
        person = people.find_person(session, MEMBER)
        home, now = people.home(session, person), world.clock.now()
        words = world.defaults.words_for(person)
        paper = timeline_words.paper(session, words, home, (date(2026, 11, 1), date(2026, 11, 30)), now, person)
    text = "\n".join(it.text for it in Document(io.BytesIO(word.draw(paper))).paragraphs)
    assert "<b>口罩</b> & {{ 7*7 }} 发放" in text
    assert ("时间树" if language == "中文" else "Timeline") in text


def test_the_word_document_is_a_job_that_ends_for_whoever_may_no_longer_read(world: World) -> None:
    written(world)
    assert "您无权查看" in reads(world, OTHER, "word 区局/一站")
    reads(world, MEMBER)
    world.taps(MEMBER, "Word")
    with world.database.writing() as session:
        context = world.desk.context(session, world.clock.now())
        job = session.exec(select(Job)).one()
        assert papers.paper_of(context, job).about == "timeline"
        document_job.finish(context, job, b"PK")
    world.deliver()
    assert any(b.content.file and b.content.file.name == "时间树 一站.docx" for b in world.chat(MEMBER))


@pytest.mark.parametrize("who", [MEMBER, LEAD, ADMIN])
def test_the_dashboards_page_shows_what_the_chat_shows(world: World, who: str) -> None:
    number = written(world)
    hidden = written(world, "/timeline add 11-21 写错的")
    world.says(ADMIN, f"/timeline hide {hidden} 写错")
    with world.database.reading() as session:
        context = world.desk.context(session, world.clock.now())
        seen = view(context, page.PAGE, people.find_person(session, who), Query())
        found = page.gather(context, seen)
        told = page.data(seen, found)
        assert number in [it["number"] for it in told["entries"]]
        assert (hidden in [it["number"] for it in told["entries"]]) == (who == ADMIN)
        assert next(iter(page.rows(seen, found))) == list(page.COLUMNS)
        other = view(context, page.PAGE, people.find_person(session, "钱丽"), Query({"unit": "2"}))
        with pytest.raises(Refusal, match="not_yours"):
            page.gather(context, other)


def test_a_runbook_and_a_drill_and_a_roll_call_are_told_without_who_did_what(world: World) -> None:
    world.says(ADMIN, "/runbook new 停电预案 @区局\n关闭总闸 | 管理员 | 30分钟")
    world.taps(ADMIN, "保存")
    world.says(ADMIN, "/runbook start 停电预案")
    world.taps(ADMIN, "区局", world.last(ADMIN))
    world.taps(ADMIN, "立即启动")
    world.says(LEAD, "/rollcall 区局/一站 楼内有烟")
    world.taps(LEAD, "立即点名")
    assert "🧭 启动“停电预案”" in reads(world, ADMIN, "区局")
    assert "🆘 点名“楼内有烟”" in reads(world, MEMBER)


def test_a_task_that_ended_says_so_and_no_more_once_it_goes_on(world: World) -> None:
    world.says(ADMIN, "/assign end health")
    world.taps(ADMIN, "今天")
    assert "🏁 “每日健康”停止报送" in reads(world, MEMBER)
    world.says(ADMIN, "/assign resume health")
    world.taps(ADMIN, "今天")
    assert "停止报送" not in reads(world, MEMBER)
