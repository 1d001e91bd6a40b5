"""What admins can do by slash command: previews, confirmation, tomorrow, and the way back."""

import csv
import io
from datetime import date, timedelta

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import select, update

from handlers.core.turn import File
from handlers.exports import report_files
from models.changes import roster_import
from models.core.database import Database
from models.cycle import assignments
from models.cycle.reopenings import Reopening
from models.evidence import seals, verification
from models.files import blobs
from models.files.blobs import Blob
from models.forms import versions
from models.operations import jobs
from models.operations.jobs import TRIES
from models.organisation import people, units
from models.organisation.people import Kind, Membership, Person, Role, home
from models.reporting.reports import Report
from tests.support.world import DELIVERY, HEALTH, ROSTER, World

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def world(database: Database) -> World:
    made = World(database)
    made.organisation()
    made.assign()
    made.at("7:30")
    return made


def _home(world: World, who: str) -> str:
    with world.database.reading() as session:
        return home(session, people.find_person(session, who)).path


def _asked(world: World, day: date = TUESDAY) -> set[str]:
    with world.database.reading() as session:
        period = world.period(session, day=day)
        found = session.exec(
            select(Person.name).join(Report, Report.person_id == Person.id).where(Report.period_id == period.id)
        ).all()
    return set(found)


def workbook(**sheets: list[list[str]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        page = book.create_sheet(name)
        for line in lines:
            page.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _files(world: World, who: str, name: str, said: str | bytes, **what: object) -> str:
    with world.database.writing() as session:
        file = blobs.keep(session, name, "text/plain", said if isinstance(said, bytes) else said.encode())
    world.hand_in(world.incoming(who, file=File(file.digest, name, "text/plain", file.size), **what))
    return world.last(who).text


def _read(world: World, who: str) -> list[list[str]]:
    file = world.last(who).content.file
    assert file
    with world.database.reading() as session:
        data = session.get_one(Blob, file.digest).data
    if data[:2] != b"PK":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    page = load_workbook(io.BytesIO(data)).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)]


# people


def test_a_move_is_shown_confirmed_and_begins_tomorrow(world: World) -> None:
    said = world.says("周敏", "/people move 1005 区局/二站")
    assert "李梅（1005）：区局/一站 → 区局/二站。" in said
    assert "11月24日起生效。" in said
    assert "下次开放：11月24日 07:30。" in said
    assert "涉及1人" in said
    assert world.last("周敏").labels == ["✅ 确认，明天起", "⚡ 今天就生效", "✖️ 取消"]
    assert world.taps("周敏", "确认") is None
    assert "撤销：/people undo 1" in world.last("周敏").text
    assert _home(world, "李梅") == "区局/一站"
    assert "预定的改动" in world.says("周敏", "/people find 李梅")
    world.at("12:00")
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    assert _home(world, "李梅") == "区局/二站"
    assert world.figures("区局/一站").received == 1, "Monday's rows stay where they were asked"
    assert (world.figures("区局/一站", day=TUESDAY).expected, world.figures("区局/二站", day=TUESDAY).expected) == (
        5,
        3,
    )


def test_a_transfer_at_noon_by_today_moves_no_history(world: World) -> None:
    world.at("12:00")
    world.says("周敏", "人员 调动 李梅 二站")
    world.taps("周敏", "今天就生效")
    assert "撤销：/people move 1005 区局/一站" in world.last("周敏").text
    assert "2026-11-23" in world.says("周敏", "/audit 李梅")
    assert _home(world, "李梅") == "区局/二站"
    assert (world.figures("区局/一站").expected, world.figures("区局/二站").expected) == (6, 2)
    world.taps("李梅", "零报告")
    assert world.figures("区局/一站").received == 1
    world.says("周敏", "/people move 1005 区局/一站 今天")
    assert world.last("周敏").labels == ["✅ 确认，今天起", "✖️ 取消"]
    world.taps("周敏", "确认")
    assert _home(world, "李梅") == "区局/一站"


def test_a_planned_change_can_be_taken_back(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    world.taps("周敏", "确认")
    assert "已撤销" in world.says("周敏", "/people undo 1")
    assert "没有编号1的预定改动" in world.says("周敏", "/people undo 1")
    assert "没有编号7的预定改动" in world.says("周敏", "/form undo 7")
    world.at("7:30", TUESDAY)
    assert _home(world, "李梅") == "区局/一站"


def test_cancelling_and_waiting_change_nothing(world: World) -> None:
    before = world.records()
    world.says("周敏", "/people leave 1005")
    assert world.taps("周敏", "取消") == "没有改动。"
    assert world.last("周敏").labels == [], "an answered question has no buttons"
    world.says("周敏", "/people leave 1005")
    yes, bubble = world.button("周敏", "确认")
    world.at("7:45")
    assert "已超过十分钟" in (world.forges("周敏", yes.data, message=bubble.id) or "")
    assert [r for r in world.records() if "draft" in r] == [r for r in before if "draft" in r]
    assert _home(world, "李梅") == "区局/一站"


def test_a_question_is_answered_once_and_by_the_one_who_was_asked(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    yes, _ = world.button("周敏", "确认")
    for other in ("李梅", "王建国", "陈局"):
        assert world.forges(other, yes.data), other
    assert world.forges("周敏", yes.data) is None
    assert "已经答过" in (world.forges("周敏", yes.data) or "")
    with world.database.reading() as session:
        assert len(session.exec(select(assignments.Assignment)).all()) == 1


def test_what_was_changed_in_between_is_not_done(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    yes, _ = world.button("周敏", "今天就生效")
    with world.database.writing() as session:
        mei = people.find_person(session, "李梅")
        session.add(Membership(person_id=mei.id, unit_id=units.unit_at(session, "区局/防疫专班").id))
    assert "情况有变" in (world.forges("周敏", yes.data) or "")
    assert _home(world, "李梅") == "区局/一站"


def test_a_planned_change_that_fits_no_more_is_told_and_not_made(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站")
    world.taps("周敏", "确认")
    world.says("周敏", "/people move 1005 区局/二站 今天")
    world.taps("周敏", "确认")
    world.at("7:30", TUESDAY)
    assert any("没能做成" in b.text and "已经在区局/二站" in b.text for b in world.chat("周敏"))


def test_a_joiner_starts_with_the_next_period(world: World) -> None:
    world.at("9:00")
    said = world.says("周敏", "/people add 1030 吴芳 区局/一站")
    assert "吴芳（1030）加入区局/一站，角色：成员。" in said
    world.taps("周敏", "今天就生效")
    assert world.figures("区局/一站").expected == 6
    assert "1030 吴芳" in world.says("周敏", "/invite 1030")
    world.at("7:30", TUESDAY)
    assert "吴芳" in _asked(world)


def test_a_joiner_by_default_is_there_tomorrow(world: World) -> None:
    world.says("周敏", "/people add 1031 Ann B Lee 区局/一站 负责人")
    assert "Ann B Lee（1031）加入区局/一站，角色：负责人。" in world.last("周敏").text
    world.taps("周敏", "明天起")
    assert "没有叫“1031”的人" in world.says("周敏", "/people find 1031")
    world.at("7:30", TUESDAY)
    assert "Ann B Lee" in _asked(world)


def test_a_ward_joins_with_a_reporter(world: World) -> None:
    world.says("周敏", "/people add 2003 钱爷爷 区局/二站 1008")
    assert "由钱丽代报。" in world.last("周敏").text
    world.taps("周敏", "今天")
    with world.database.reading() as session:
        assert people.find_person(session, "2003").kind == Kind.WARD
    world.at("7:30", TUESDAY)
    assert any("钱爷爷" in b.text for b in world.chat("钱丽"))


def test_a_leaver_is_excused_and_their_phone_ends(world: World) -> None:
    world.says("周敏", "/people leave 1005 今天")
    assert "不再要求报送" in world.last("周敏").text
    world.taps("周敏", "确认")
    assert "撤销：/people add 1005 李梅 区局/一站" in world.last("周敏").text
    f = world.figures("区局/一站")
    assert (f.expected, f.excused) == (5, 1)
    assert world.report("李梅").excused == "left"
    world.forges("李梅", f"z.{world.report('李梅').period_id}")
    assert world.report("李梅").state == "due"
    world.at("7:30", TUESDAY)
    assert "李梅" not in _asked(world)
    world.says("周敏", "/people add 1005 李梅 区局/一站 今天")
    world.taps("周敏", "确认")
    world.at("7:30", WEDNESDAY)
    assert "李梅" in _asked(world, WEDNESDAY)


def test_a_leaver_of_tomorrow_reports_today(world: World) -> None:
    world.says("周敏", "/people leave 李梅")
    world.taps("周敏", "明天起")
    world.taps("李梅", "零报告")
    assert world.report("李梅").state == "zero"
    world.at("7:30", TUESDAY)
    assert "李梅" not in _asked(world)


def test_a_reporter_with_wards_cannot_leave_before_somebody_else_reports(world: World) -> None:
    said = world.says("周敏", "/people leave 1004")
    assert "张伟还替刘大爷、孙阿姨代报，须先换人代报才能离开" in said
    assert "例如：/people leave 1023 12-01" in said
    for ward in ("2001", "2002"):
        world.says("周敏", f"/people reporter {ward} 1005 今天")
        world.taps("周敏", "确认")
    assert "代报" not in world.says("周敏", "/people leave 1004")


def test_roles_and_the_last_admin(world: World) -> None:
    assert "全局最后一名管理员" in world.says("周敏", "/people role 1002 成员")
    assert "全局最后一名管理员" in world.says("周敏", "/people leave 1002")
    assert "全局最后一名管理员" in world.says("周敏", "/people move 1002 区局/一站")
    world.says("周敏", "/people role 李梅 负责人 今天")
    assert "李梅（1005），区局/一站：成员 → 负责人。" in world.last("周敏").text
    world.taps("周敏", "确认")
    assert "撤销：/people role 1005 member 区局/一站" in world.last("周敏").text
    assert "应报6" in world.says("李梅", "进度")
    world.says("周敏", "/people role 1006 lead 区局/防疫专班 今天")
    world.taps("周敏", "确认")
    world.says("周敏", "/people role 1006 none 区局/防疫专班 今天")
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        assert [r for r, _ in people.roles(session, people.find_person(session, "1006"))] == [Role.MEMBER]
    assert "是Ann Lee的所在单位" in world.says("周敏", "/people role 1006 none")
    assert "不能当负责人" in world.says("周敏", "/people role 2001 lead")


def test_people_by_buttons(world: World) -> None:
    world.says("周敏", "人员")
    world.taps("周敏", "一站")
    assert "1005 李梅" in world.last("周敏").text
    world.taps("周敏", "李梅")
    assert "李梅 1005·区局/一站" in world.last("周敏").text
    card = world.last("周敏")
    world.taps("周敏", "调动", card)
    world.taps("周敏", "区局/二站")
    assert "区局/一站 → 区局/二站" in world.last("周敏").text
    world.taps("周敏", "角色", card)
    world.taps("周敏", "负责人")
    assert "成员 → 负责人" in world.last("周敏").text
    world.taps("周敏", "离开", card)
    assert "离开本单位" in world.last("周敏").text


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("/people move", "命令不完整"),
        ("/people move 某某 二站", "没有叫“某某”的人"),
        ("/people move 1005 九站", "没有单位“九站”"),
        ("/people move 1005 二站 11-01", "已经过去"),
        ("/people move 1005 二站 哪天", "不是日期"),
        ("/people move 1005 一站", "已经在区局/一站"),
        ("/people role 1005 司机", "不是角色"),
        ("/people role 1005 成员", "已是这个角色"),
        ("/people add 1005 某某 一站", "已是李梅"),
        ("/people add 1040 某某", "命令不完整"),
        ("/people reporter 1005 1006", "自己报送"),
        ("/people reporter 2001 2002", "也是代报对象"),
        ("/unit add 四站", "命令不完整"),
        ("/unit add 区局/一站", "已有单位"),
        ("/unit rename 区局/一站 甲/乙", "不能含 /"),
        ("/unit move 区局 区局/一站", "最上级"),
        ("/unit 什么", "命令不完整"),
        ("/form show nothing", "没有表单“nothing”"),
        ("/form back health", "命令不完整"),
        ("/form back health 1", "无需改动"),
        ("/assign times health", "请写明要改什么"),
        ("/assign times nothing due=9:00", "nothing"),
        ("/assign times health colour=red", "不能设置"),
        ("/assign times health due=25:00", "25:00"),
        ("/assign times health due=10:00", "本来就是"),
        ("/assign new nothing 区局", "没有表单"),
        ("/assign new health 区局", "已在填"),
        ("/assign resume health", "正在进行"),
        ("/calendar 哪天 work", "不是日期"),
        ("/calendar 12-01 maybe", "既不是上班"),
        ("/calendar 11-01 work", "已经过去"),
        ("/calendar 12-01 work", "本来就是"),
        ("/reopen 1005", "命令不完整"),
        ("/reopen 1005 11-23 误报", "没有已锁定"),
        ("/export 11-23..11-01", "早的在前"),
        ("/export 01-01", "没有填报任务"),
        ("/export 哪天 health", "不是日期"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_error_says_why_and_how_to_write_it(world: World, words: str, why: str) -> None:
    before = world.records()
    said = world.says("周敏", words)
    assert why in said
    assert "写法：" in said
    assert "例如：" in said
    assert world.records() == before


# units


def test_a_unit_is_added_renamed_and_moved_and_history_stays(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:30")
    kept = world.at_close("区局/一站")
    world.says("周敏", "/unit rename 区局/一站 北站")
    assert "把区局/一站改名为区局/北站" in world.last("周敏").text
    assert "涉及6人" in world.last("周敏").text
    world.taps("周敏", "确认")
    assert "撤销：/unit rename 区局/北站 一站" in world.last("周敏").text
    assert world.at_close("区局/北站") == kept
    assert world.figures("区局/北站").received == 1
    world.says("周敏", "/unit add 区局/一站")
    world.taps("周敏", "确认")
    assert world.figures("区局/一站").expected == 0, "a new unit under the old name has no part in the old day"
    world.taps("张伟", "零报告")
    assert world.figures("区局/北站").received == 2
    world.at("7:30", TUESDAY)
    assert world.figures("区局/北站", day=TUESDAY).expected == 6
    assert "应报6" in world.says("王建国", "汇总 昨天")
    world.says("周敏", "/unit add 区局/物流部")
    world.taps("周敏", "确认")
    world.says("周敏", "/unit move 北站 物流部")
    world.taps("周敏", "确认")
    assert "区局/北站 → 区局/物流部/北站" in world.last("周敏").text
    world.at("7:30", WEDNESDAY)
    assert world.figures("区局/物流部", day=WEDNESDAY).expected == 6
    assert world.figures("区局/物流部", day=TUESDAY).expected == 0
    assert world.figures("区局/物流部/北站", day=TUESDAY).expected == 6
    world.says("周敏", "/unit rename 物流部 运输部")
    world.taps("周敏", "确认")
    assert world.figures("区局/运输部", day=WEDNESDAY).expected == 6, "an inner unit keeps its old days too"
    assert "▫️ 运输部 0/6" in world.says("周敏", "进度 区局")
    assert "▫️ 北站 0/6" in world.says("周敏", "进度 运输部")
    assert "不能移到那里" in world.says("周敏", "/unit move 运输部 北站")
    assert "北站" in world.says("周敏", "单位")
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def test_in_the_browser_chat_every_unit_has_its_group_and_others_can_be_bound(world: World) -> None:
    assert "✅ 网页聊天" in world.says("周敏", "/bind 区局/一站")
    assert "在群里发送 /bind 区局/一站" in world.last("周敏").text


# forms


def test_a_form_sent_as_a_file_begins_tomorrow_and_can_be_taken_back(world: World) -> None:
    changed = HEALTH.replace("备注", "备注二").replace("  - {name: remark", "  - {name: extra").replace("\n", "\n")
    said = _files(world, "周敏", "health.yaml", changed)
    assert "表单health（每日健康），第2版" in said
    assert "新增的问题：extra" in said
    assert "去掉的问题：remark" in said
    assert "涉及10人" in said
    world.taps("周敏", "明天起")
    assert "/form undo 1" in world.last("周敏").text
    with world.database.reading() as session:
        assert (versions.latest(session, "health") or pytest.fail()).number == 1
    world.at("7:30", TUESDAY)
    with world.database.reading() as session:
        newest = versions.latest(session, "health")
        assert newest
        assert newest.number == 2
        assert world.period(session, day=TUESDAY).version_id == newest.id
        assert world.period(session).version_id != newest.id
    world.says("周敏", "/form back health 1")
    assert "第3版" in world.last("周敏").text
    world.taps("周敏", "今天")
    assert "/form back health 2" in world.last("周敏").text


def test_a_wrong_form_is_answered_with_its_lines(world: World) -> None:
    before = world.records()
    said = _files(world, "周敏", "form.yaml", HEALTH.replace("type: decimal", "type: decimel"))
    assert "第6行：" in said
    assert "什么都没有改" in said
    assert world.records() == before


def test_a_form_is_tried_on_the_admins_own_phone_and_nothing_is_filed(world: World) -> None:
    due = world.report("周敏")
    world.says("周敏", "/form preview health")
    said = world.last("周敏")
    assert said.text.startswith("预览：")
    assert "【每日健康】" in said.text
    assert said.labels == ["✅ 零报告·无情况", "📝 有情况"]
    world.taps("周敏", "有情况", said)
    assert "体温" in world.last("周敏").text
    world.says("周敏", "三十七")
    assert "请只发数字" in world.last("周敏").text
    world.says("周敏", "36.5")
    world.taps("周敏", "无")
    world.says("周敏", "没事")
    world.taps("周敏", "提交")
    assert "预览结束，什么都没有报上去。" in world.last("周敏").text
    assert "体温：36.5" in world.last("周敏").text
    assert world.report("周敏") == due
    world.says("周敏", "/form preview health")
    world.taps("周敏", "零报告", world.last("周敏"))
    assert "预览结束" in world.last("周敏").text
    assert world.report("周敏") == due
    assert world.revisions("周敏") == []
    world.says("周敏", "/form preview health")
    world.taps("周敏", "有情况", world.last("周敏"))
    world.says("周敏", "取消")
    world.says("周敏", "零报告")
    assert world.report("周敏").state == "zero"


def test_forms_are_listed_and_shown(world: World) -> None:
    assert "health@1 每日健康·health" in world.says("周敏", "表单")
    world.taps("周敏", "📄 health")
    assert "1. 体温 decimal" in world.last("周敏").text
    file = world.last("周敏").content.file
    assert file
    assert file.name == "health.yaml"
    world.taps("周敏", "试填")
    assert "预览：" in world.last("周敏").text
    assert "YAML" in world.says("周敏", "/form upload")


# tasks


def test_times_change_tomorrow(world: World) -> None:
    world.at("7:30", TUESDAY)
    said = world.says("周敏", "/assign times health due=11:00")
    assert "截止 10:00 → 11:00" in said
    assert "下次开放：11月25日 08:30。" in said
    assert "涉及10人" in said
    world.taps("周敏", "明天起")
    world.at("7:31", WEDNESDAY)
    with world.database.reading() as session:
        assert assignments.by_code(session, "health").times["due"] == "11:00"
    world.at("8:31", WEDNESDAY)
    with world.database.reading() as session:
        assert world.period(session, day=WEDNESDAY).due_at == world.local("11:00", WEDNESDAY)
        assert world.period(session, day=TUESDAY).due_at == world.local("10:00", TUESDAY)


def test_the_command_that_undoes_times_can_be_sent_as_it_stands(world: World) -> None:
    world.says("周敏", "/assign times health due=11:00 lock=+1_08:00 remind= 今天")
    world.taps("周敏", "确认")
    undo = world.last("周敏").text.rpartition("撤销：")[2]
    assert undo.startswith("/assign times health opens=07:30 remind=09:00,09:30 due=10:00")
    world.says("周敏", undo + " 今天")
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        assert assignments.by_code(session, "health").times["remind"] == ["09:00", "09:30"]


def test_a_task_is_paused_resumed_and_ended(world: World) -> None:
    world.says("周敏", "任务")
    assert "health 区局·每天·07:30–10:00·10" in world.last("周敏").text
    world.taps("周敏", "暂停")
    assert "暂停" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.at("7:30", TUESDAY)
    with world.database.reading() as session:
        assert assignments.by_code(session, "health").next_at is None
    assert "已暂停" in world.says("周敏", "任务")
    assert "已暂停或结束" in world.says("周敏", "/assign pause health")
    world.says("周敏", "/assign resume health")
    assert "下次开放：11月25日 07:30。" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.at("7:30", WEDNESDAY)
    assert len(_asked(world, WEDNESDAY)) == 10
    world.says("周敏", "/assign end health 今天")
    world.taps("周敏", "确认")
    assert "撤销：/assign resume health" in world.last("周敏").text
    assert "已结束" in world.says("周敏", "任务")


def test_a_new_task_by_command(world: World) -> None:
    assert "新任务" not in _files(world, "周敏", "delivery.yml", DELIVERY)
    world.taps("周敏", "确认，今天起")
    world.says("周敏", "/assign new delivery 区局/一站 due=12:00 calendar=workdays")
    assert "新任务delivery：区局/一站填报表单delivery，工作日，12:00截止。" in world.last("周敏").text
    assert "首次开放：11月24日 09:30。" in world.last("周敏").text
    world.taps("周敏", "明天起")
    world.at("9:31", TUESDAY)
    assert world.figures("区局/一站", "delivery", TUESDAY).expected == 1


def test_one_form_is_asked_of_two_units_from_the_same_day(world: World) -> None:
    world.says("周敏", "/assign new duty 区局/一站")
    first = world.last("周敏")
    world.says("周敏", "/assign new duty 区局/二站")
    second = world.last("周敏")
    world.taps("周敏", "明天起", first)
    assert "情况有变" in world.taps("周敏", "明天起", second)
    assert "新任务duty-2：区局/二站" in world.says("周敏", "/assign new duty 区局/二站")
    world.taps("周敏", "明天起")
    assert "新任务duty-2：区局/二站" in world.says("周敏", "/assign new duty 区局/二站 due=11:00")
    world.taps("周敏", "明天起")  # instead of the one before
    world.at("9:31", TUESDAY)
    assert world.figures("区局/一站", "duty", TUESDAY).expected == 1
    assert world.figures("区局/二站", "duty-2", TUESDAY).expected == 1


def test_a_form_that_comes_with_the_program_is_looked_at_tried_and_asked_without_a_file(world: World) -> None:
    world.says("周敏", "/form")
    assert "duty 值班日志" in world.last("周敏").text.partition("随程序提供")[2]
    assert "没有表单“duty 2”" in world.says("周敏", "/form show duty 2")
    world.says("周敏", "/form show duty 1")
    assert "在自己手机上试填：/form preview duty" in world.last("周敏").text
    world.says("周敏", "/form preview duty")
    assert "值班人员在岗" in world.last("周敏").text
    world.says("周敏", "/assign new dutty 区局")
    assert "没有表单“dutty”。现有：delivery、duty、health" in world.last("周敏").text
    before = world.records()
    assert "涉及1个单位。" in world.says("周敏", "/assign new duty 区局/一站 due=12:00")
    assert world.records() == before
    world.taps("周敏", "明天起")
    world.at("12:01", TUESDAY)
    assert world.figures("区局/一站", "duty", TUESDAY).expected == 1
    world.says("周敏", "/form")
    assert "duty " not in world.last("周敏").text.partition("随程序提供")[2]


# calendar


def test_a_working_day_becomes_a_day_of_rest_and_back(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(calendar="workdays")
    world.at("7:30")
    assert "2026-11" in world.says("周敏", "日历")
    said = world.says("周敏", "/calendar 11-24 rest")
    assert "11月24日（周二）改为休息。" in said
    assert "涉及health，共10人。" in said
    world.taps("周敏", "确认")
    assert "撤销：/calendar 2026-11-24 work" in world.last("周敏").text
    with database.reading() as session:
        assert assignments.by_code(session, "health").next_day == WEDNESDAY
    assert "24-" in world.says("周敏", "日历").replace(" ", "")
    world.taps("周敏", "24")
    world.taps("周敏", "确认")
    with database.reading() as session:
        assert assignments.by_code(session, "health").next_day == TUESDAY
    world.taps("周敏", "▶")
    assert "2026-12" in world.last("周敏").text


# reopen


def test_a_locked_report_is_reopened_filed_marked_and_sealed(world: World) -> None:
    world.at("7:30", TUESDAY)
    kept = world.at_close("区局/一站")
    said = world.says("周敏", "/reopen 1005 11-23 手机坏了")
    assert "为李梅重开11月23日的每日健康，至11月25日 12:00？" in said
    assert "记为漏报" in said
    world.taps("周敏", "确认")
    assert "问题已发到对方聊天里" in world.last("周敏").text
    assert "已经重开" in world.says("周敏", "/reopen 1005 11-23 再来")
    prompt = world.last("李梅")
    assert "周敏为您重开了这一天，可补报至11月25日 12:00（手机坏了）。" in prompt.text
    assert world.taps("李梅", "零报告", prompt)
    assert "补录。" in world.last("李梅").text
    report = world.report("李梅")
    assert (report.state, report.late) == ("zero", True)
    assert world.at_close("区局/一站") == kept
    assert world.figures("区局/一站").received == 1
    assert "锁定后补录1。" in world.says("王建国", "汇总 昨天")
    assert world.forges("张伟", f"zr.{world.report('张伟').id}") is not None
    assert world.report("张伟").state == "due", "only this one was reopened"
    world.at("12:01", WEDNESDAY)
    assert "已锁定" in (world.forges("李梅", f"fr.{report.id}") or "")
    with world.database.reading() as session:
        made = seals.of_period(session, world.period(session))
        assert [s.at for s in made] == ["close", "lock", "reopen:1"]
        assert verification.verify(session).differs == []
    assert "手机坏了" in world.says("周敏", "/audit 1005")
    rows = _export(world, "2026-11-23 health")
    assert {r["after_lock"] for r in rows if r["staff_no"] == "1005"} == {"true"}
    assert {r["after_lock"] for r in rows if r["staff_no"] == "1006"} == {"false"}


def _export(world: World, words: str) -> list[dict[str, str]]:
    world.says("周敏", f"/export {words}")
    table = _read(world, "周敏")
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def test_a_reopening_that_is_altered_is_found(world: World) -> None:
    world.at("7:30", TUESDAY)
    world.says("周敏", "/reopen 李梅 昨天 误报")
    world.taps("周敏", "确认")
    world.at("12:01", WEDNESDAY)
    assert any("漏报" in b.text for b in world.chat("李梅"))
    with world.database.writing() as session:
        session.execute(update(Reopening).values(reason="别的"))  # past the ledger, as a forger would
    with world.database.reading() as session:
        assert [what for what, _, _ in verification.verify(session).differs] == ["row", "seal_body"]


def test_reopening_by_buttons_and_for_a_ward(world: World) -> None:
    world.at("7:30", TUESDAY)
    assert "漏报10" in world.says("周敏", "重开")
    world.taps("周敏", "11月23日")
    world.taps("周敏", "刘大爷")
    world.taps("周敏", "电话已报")
    assert "原因：电话已报，未录入" in world.last("周敏").text
    world.taps("周敏", "确认")
    prompt = next(b for b in reversed(world.chat("张伟")) if "重开" in b.text)
    assert world.taps("张伟", "零报告", prompt)
    assert world.report("刘大爷").state == "zero"


# files


def test_a_roster_sent_as_a_file_is_shown_before_it_is_taken_over(world: World) -> None:
    before = world.records()
    changed = ROSTER.replace("1006,Ann Lee,区局/一站", "1006,Ann Li,区局/一站") + "1011,何平,区局/三站,lead,,,\n"
    said = _files(world, "周敏", "名册.csv", changed)
    assert "“名册.csv”将改动4处：" in said
    assert "新人员1·新单位1·归属1·角色0·其他1" in said
    assert "1006：姓名 Ann Lee → Ann Li" in said
    assert "1011 加入 区局/三站，负责人" in said
    assert [r for r in world.records() if "何平" in r] == []
    assert world.records() == before
    assert world.last("周敏").labels == ["📥 导入", "✖️ 取消"]
    world.taps("周敏", "导入")
    assert "已导入，改动4处" in world.last("周敏").text
    assert "没有要改的" in _files(world, "周敏", "名册.csv", changed)
    world.at("7:30", TUESDAY)
    assert "何平" in _asked(world)


def test_a_bad_roster_names_its_lines_and_nothing_changes(world: World) -> None:
    before = world.records()
    lines = "staff_no,name,unit\n" + "".join(f"{n},,区局\n" for n in range(3000, 3012))
    said = _files(world, "周敏", "r.csv", lines)
    assert "第2行：" in said
    assert "第11行：" in said
    assert "第12行：" not in said
    assert "另有2处" in said
    assert world.records() == before


def test_a_file_by_anybody_else_or_in_a_group_is_no_import(world: World) -> None:
    before = world.records()
    for who in ("李梅", "王建国", "陈局"):
        assert "文件不算报告" in _files(world, who, "名册.csv", ROSTER.replace("张伟", "章伟")), who
    assert "文件不算报告" in _files(world, "周敏", "photo.jpg", "x")
    _files(world, "周敏", "名册.csv", ROSTER.replace("张伟", "章伟"), chat="group 一站")
    assert not any("导入" in label for b in world.chat("周敏") for label in b.labels)
    assert world.records() == before


def test_the_roster_that_is_exported_brings_in_the_same_again(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER.replace("李梅", "=李梅"))
    with database.writing() as session:
        people.find_person(session, "1005").rest_days = "sat,sun"
        people.find_person(session, "1008").rest_days = ""
    world.says("周敏", "/export roster csv")
    table = _read(world, "周敏")
    assert table[0] == ["工号", "姓名", "单位", "角色", "类型", "代报人", "语言", "时区", "休息日", "企业微信账号"]
    assert ["1005", "'=李梅"] in [row[:2] for row in table]
    rest = {row[0]: row[8] for row in table[1:]}
    assert (rest["1005"], rest["1008"], rest["1003"]) == ("六 日", "无", "")
    text = io.StringIO()
    csv.writer(text).writerows(table)
    with database.writing() as session:
        assert roster_import.take(session, roster_import.read(text.getvalue().encode())) == []
    assert "没有要改的" in _files(world, "周敏", "r.csv", text.getvalue())


def test_the_template_has_the_headings_an_import_knows(world: World) -> None:
    assert "空白名册" in world.says("周敏", "/people template")
    assert _read(world, "周敏")[0][:3] == ["工号", "姓名", "单位"]


def test_reports_are_exported_by_day_range_and_task(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("7:30", TUESDAY)
    assert {r["day"] for r in _export(world, "11-23..11-24")} == {"2026-11-23", "2026-11-24"}
    assert len(_export(world, "昨天")) == 10
    assert len(_export(world, "health")) == 10
    world.says("周敏", "导出")
    world.taps("周敏", "昨天")
    assert len(_read(world, "周敏")) == 11
    world.says("周敏", "导出")
    world.taps("周敏", "名册")
    assert "名册，共13行" in world.last("周敏").text


# audit, system, invite


def test_the_audit_tells_who_changed_what(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站 今天")
    world.taps("周敏", "确认")
    said = world.says("周敏", "/audit 李梅")
    assert "周敏·调动·1005 李梅 区局/一站 → 区局/二站" in said
    assert "调动" in world.says("周敏", "留痕")
    assert "调动" in world.says("周敏", "/audit 今天")
    assert "没有记录" in world.says("周敏", "/audit 11-01")


def test_system_tells_the_waves_and_who_cannot_be_reached(database: Database) -> None:
    world = World(database)
    world.organisation(enrolled="1002 1003 1004")
    world.assign()
    world.at("7:30")
    world.defaults(rates={"web": 0.5})
    said = world.says("周敏", "系统")
    assert "11月24日的开放：" in said
    assert "health 区局：07:31·问10人；6秒，最后一条07:31:06；若人人立即回复则12秒" in said
    assert "人员8：可联系3，未开通5，联系不上0。" in said
    assert "还没有封存" in said
    world.at("10:05")
    assert "最新封存" in world.says("周敏", "/system")


def test_leads_invite_their_own_people(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER.replace("1004,张伟,区局/防疫专班,,,,\n", ""), enrolled="1002 1003 1007")
    world.assign()
    said = world.says("王建国", "/invite 1005")
    assert "1005 李梅" in said
    code = said.rstrip().rpartition(" ")[2]
    world.says("1005", f"/start {code}")
    assert "李梅" in world.chat("李梅")[0].text
    assert "不在您负责的单位里" in world.says("王建国", "/invite 1008")
    assert "没有自己的会话" in world.says("王建国", "/invite 2001")
    assert "未开通的人：" in world.says("王建国", "邀请")
    assert "区局/一站 2" in world.last("王建国").text
    world.taps("王建国", "一站 2")
    assert "给未开通的2人发邀请码" in world.last("王建国").text
    world.taps("王建国", "确认")
    assert "1004 张伟" in world.chat("王建国")[-2].text
    assert "可打印" in world.last("王建国").text
    assert "1006 Ann Lee" in world.chat("王建国")[-2].text
    assert "邀请码" not in world.says("李梅", "/invite 1004")


def test_days_pass_in_the_order_they_were_planned(world: World) -> None:
    for day, unit in ((TUESDAY + timedelta(days=1), "区局/一站"), (TUESDAY, "区局/二站")):
        world.says("周敏", f"/people role 1006 lead {unit} {day}")
        world.taps("周敏", "确认")
    world.at("7:30", TUESDAY)
    world.at("7:30", WEDNESDAY)
    with world.database.reading() as session:
        held = {u.path: r for r, u in people.roles(session, people.find_person(session, "1006"))}
    assert held["区局/一站"] == Role.LEAD


def test_a_long_export_is_written_beside_the_desk_and_tells_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    said = world.says("周敏", "/export 11-23 health")
    assert "health-2026-11-23.xlsx：已写0行，共10行" in said
    world.does_errands()
    assert world.last("周敏").text == "共10份报告，每份一行。"
    assert len(_read(world, "周敏")) == 11
    assert not any("已写" in bubble.text for bubble in world.chat("周敏")), "the progress is gone"
    assert "导出" in world.says("周敏", "/audit")


def test_one_person_has_one_long_export_written_at_a_time_and_some_in_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    monkeypatch.setattr(jobs, "MOST_A_DAY", 2)
    world.says("周敏", "/export 11-23 health")
    assert "您上一份文件还在生成" in world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "已写0行" in world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "您一天内已导出2份大文件" in world.says("周敏", "/export 11-23 health")
    world.at("7:31", TUESDAY)
    world.clock.at += timedelta(hours=2)
    assert "已写0行" in world.says("周敏", "/export 11-23 health")


def test_an_export_too_large_for_a_chat_says_what_to_do_instead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    monkeypatch.setattr(report_files, "MOST_BYTES", 100)
    world.says("周敏", "/export 11-23 health")
    world.does_errands()
    assert "请少选几天" in world.last("周敏").text


def test_an_export_that_cannot_be_written_is_given_up_with_a_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_files, "AT_ONCE", 3)
    world.says("周敏", "/export 11-23 health")

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(report_files, "write", broken)
    for _ in range(TRIES):
        with pytest.raises(RuntimeError, match="broken"):
            world.does_errands()
    world.does_errands()
    assert "这一步出错了" in world.last("周敏").text


def test_a_form_made_in_excel_is_sent_in_the_chat_and_shown_before_it_counts(world: World) -> None:
    data = workbook(
        survey=[["type", "name", "label"], ["text", "what", "发生了什么"]],
        settings=[["form_id", "form_title", "statement"], ["night", "夜间值守", "昨夜无异常。"]],
    )
    said = _files(world, "周敏", "夜间.xlsx", data)
    assert "night" in said and "夜间值守" in said
    world.taps("周敏", "确认")
    assert "夜间值守" in world.says("周敏", "/form show night")


def test_a_clerks_own_excel_is_taken_over_and_what_was_ignored_is_named(world: World) -> None:
    data = workbook(Sheet1=[["工号", "姓名", "单位", "身高"], ["1031", "新人", "区局/一站", "170"]])
    said = _files(world, "周敏", "我的名册.xlsx", data)
    assert "身高" in said
    assert "人员1" in said
    world.taps("周敏", "导入")
    assert _home(world, "新人") == "区局/一站"
