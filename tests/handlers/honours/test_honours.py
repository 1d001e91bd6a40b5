"""Honours in the chat: a milestone's certificate is posted once, withdrawn in its place, and awards are an admin's."""

import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import event
from sqlmodel import Session, col, select

from handlers import sweep
from handlers.honours import standing
from models.core import audit
from models.cycle.assignments import Assignment
from models.files.blobs import data_of
from models.honours.honours import Honour
from models.honours.streaks import ZeroStreak
from models.messaging.cards import Card
from models.organisation.people import Person
from models.organisation.units import Unit, unit_at
from tests.support.records import MONDAY
from tests.support.world import TUESDAY, WEDNESDAY, World

ADMIN = "周敏"
ALL = ("陈局", "周敏", "王建国", "张伟", "李梅", "Ann Lee", "赵强", "钱丽")
STATION = "区局/一站"
GROUP = "group 一站"


def begin(world: World) -> None:
    world.organisation()
    world.assign()


pytestmark = pytest.mark.world(begin=begin)


def zeros(world: World, day: date, *, but: tuple[str, ...] = ()) -> None:
    """Let everybody report zero, and the wards' reporter that all are well."""
    world.set_defaults(milestones=(2, 3))
    world.at("7:31", day)
    for name in ALL:
        if name not in but:
            world.taps(name, "Zero report" if name == "Ann Lee" else "零报告")
    world.taps("张伟", "全部正常", next(b for b in reversed(world.chat("张伟")) if b.kind == "wards"))
    world.taps("张伟", "是，全部正常")
    world.tick()


def streak(world: World, path: str = STATION) -> int:
    with world.database.reading() as session:
        query = select(ZeroStreak).join(Unit, col(Unit.id) == col(ZeroStreak.unit_id)).where(Unit.path == path)
        found = session.exec(query).first()
        return found.days if found else 0


def certificates(world: World, group: str = GROUP) -> list[str]:
    return [b.text for b in world.chat(group) if "荣誉" in b.text]


def two_days(world: World) -> None:
    zeros(world, MONDAY)
    zeros(world, TUESDAY)
    world.at("8:00", WEDNESDAY)


def test_a_unit_of_zeros_is_honoured_in_its_group_once_and_never_at_night(world: World) -> None:
    zeros(world, MONDAY)
    zeros(world, TUESDAY)
    world.at("0:30", WEDNESDAY)
    assert certificates(world) == []
    assert streak(world) == 2
    world.at("8:00", WEDNESDAY)
    (said,) = certificates(world)
    assert "连续2天零病例（每日健康）" in said
    card = next(b for b in world.chat(GROUP) if "荣誉" in b.text)
    assert card.content.picture is not None and card.content.picture.template == "honour"
    assert certificates(world, "group 二站") == [], "two people are too few: it would be theirs and not the unit's"


@pytest.mark.sqlite
@pytest.mark.parametrize("said", ["silence", "late", "filled", "ward", "incident"])
def test_a_streak_is_broken_by(world: World, said: str) -> None:
    zeros(world, MONDAY)
    zeros(world, TUESDAY, but=("李梅",) if said in ("silence", "late", "filled") else ())
    if said == "late":
        world.at("10:30", TUESDAY)
        world.taps("李梅", "零报告")
    if said == "filled":
        _fills(world, "李梅")
    if said == "ward":
        world.forges("张伟", f"wards.uncontacted.{world.report('孙阿姨', day=TUESDAY).id}")
    if said == "incident":
        world.says("李梅", "/incident 仓库进水")
        world.taps("李梅", "立即上报")
    world.at("8:00", WEDNESDAY)
    assert streak(world) == 0, said
    assert certificates(world) == []


def _fills(world: World, who: str) -> None:
    world.taps(who, "有情况")
    _answers(world, who)


def _answers(world: World, who: str) -> None:
    world.says(who, "36.5")
    world.taps(who, "无")
    world.taps(who, "跳过")
    world.taps(who, "提交")


def test_leave_keeps_a_streak(world: World) -> None:
    zeros(world, MONDAY)
    world.at("7:31", TUESDAY)
    world.says("王建国", "/excuse 1005 1d 就医")
    zeros(world, TUESDAY, but=("李梅",))
    world.at("8:00", WEDNESDAY)
    assert world.report("李梅", day=TUESDAY).excused
    assert streak(world) == 2


def test_a_zero_that_is_corrected_after_the_lock_withdraws_the_milestone_in_its_place(world: World) -> None:
    two_days(world)
    before = len(world.chat(GROUP))
    corrects(world, TUESDAY)
    world.tick()
    (said,) = certificates(world)
    assert "撤回" in said and "锁定后有更正" in said
    assert len(world.chat(GROUP)) == before
    assert streak(world) == 0
    with world.database.reading() as session:
        assert all(it.withdrawn_at for it in session.exec(select(Honour)).all() if it.days == 2)


def corrects(world: World, day: date) -> None:
    """Have a zero of a locked day reopened, and filled in after all."""
    world.says(ADMIN, f"/reopen 李梅 {day:%m-%d} 误报")
    world.taps(ADMIN, "确认")
    world.forges("李梅", f"report.fill_of.{world.report('李梅', day=day).id}")
    _answers(world, "李梅")


def test_days_after_a_contradicted_one_still_count(world: World) -> None:
    two_days(world)
    corrects(world, MONDAY)
    assert streak(world) == 1


def test_what_was_not_posted_yet_is_never_posted_once_it_is_withdrawn(world: World) -> None:
    zeros(world, MONDAY)
    zeros(world, TUESDAY)
    world.at("0:30", WEDNESDAY)
    with world.database.reading() as session:
        number = session.exec(select(Honour.id).join(Unit).where(Unit.path == STATION)).one()
    world.says(ADMIN, f"/honours undo {number} 与事实不符")
    world.at("8:00", WEDNESDAY)
    assert certificates(world) == []


def test_a_program_that_dies_before_the_post_posts_it_once_when_it_is_back(world: World) -> None:
    zeros(world, MONDAY)
    zeros(world, TUESDAY)
    world.at("0:30", WEDNESDAY)
    again = world.beside()
    world.at("6:59", WEDNESDAY)
    with pytest.raises(KeyboardInterrupt), world.database.writing() as session:
        _dies_after_posting(world, session)
    again.at("8:00", WEDNESDAY)
    again.tick()
    assert len(certificates(again)) == 1
    with world.database.reading() as session:
        made = len(session.exec(select(Honour)).all())
        assert len(session.exec(select(Card).where(Card.subject == "honour")).all()) == made


def _dies_after_posting(world: World, session: Session) -> None:
    context = world.desk.context(session, world.clock.now() + timedelta(hours=1))
    sweep.work(context)
    raise KeyboardInterrupt


def test_a_renamed_unit_keeps_its_streak_and_its_honours(world: World) -> None:
    zeros(world, MONDAY)
    world.says(ADMIN, "/unit rename 区局/一站 北站")
    world.taps(ADMIN, "确认")
    zeros(world, TUESDAY)
    world.at("8:00", WEDNESDAY)
    assert streak(world, "区局/北站") == 2
    assert any("北站" in text for text in certificates(world))


def test_an_admin_awards_with_a_reason_and_withdraws_with_one(world: World) -> None:
    world.says(ADMIN, '/honours award 区局/一站 "先进集体" reason=处置及时')
    world.taps(ADMIN, "授予荣誉", world.last(ADMIN))
    world.at("7:31")
    (said,) = certificates(world)
    assert "先进集体" in said and "事由：处置及时（周敏）" in said
    world.says("李梅", "荣誉 1")
    assert "处置及时" in world.last("李梅").text
    world.says(ADMIN, "荣誉 撤销 1 重复授予")
    (said,) = certificates(world)
    assert "重复授予" in said
    assert "此前已撤回" in world.says(ADMIN, "/honours undo 1 再次")
    with world.database.reading() as session:
        done = [it.what for it in session.exec(select(audit.AuditEntry)).all()]
        assert {"honour awarded", "honour withdrawn"} <= set(done)


def test_the_longest_streak_stands_first_and_the_list_says_that_there_are_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros(world, MONDAY)
    world.at("8:00", TUESDAY)
    monkeypatch.setattr("handlers.honours.honours.SHOWN", 1)
    said = world.says(ADMIN, "/honours")
    assert "连续零病例1天" in said
    assert "其他单位见" in said


def test_a_reason_asked_for_goes_to_the_reason_even_if_the_title_holds_braces(world: World) -> None:
    world.says(ADMIN, "/honours award 区局/一站")
    world.says(ADMIN, "先进{}集体")
    said = world.says(ADMIN, "排查细致")
    assert "“先进{}集体”" in said
    assert "事由：“排查细致”" in said


def test_an_award_is_led_by_buttons_from_the_bare_command(world: World) -> None:
    world.says(ADMIN, "荣誉")
    world.taps(ADMIN, "授予荣誉")
    world.taps(ADMIN, "区局/一站")
    world.says(ADMIN, "先进集体")
    world.says(ADMIN, "处置及时")
    world.taps(ADMIN, "授予荣誉", world.last(ADMIN))
    assert "已授予区局/一站“先进集体”（第1号）" in world.last(ADMIN).text
    world.says(ADMIN, "/honours show 1")
    world.taps(ADMIN, "撤回荣誉")
    world.says(ADMIN, "名称有误")
    assert "名称有误" in world.last(ADMIN).text


def test_others_award_nothing_and_bad_words_change_nothing(world: World) -> None:
    before = world.records()
    for who in ("李梅", "王建国"):
        assert "仅限管理员" in world.says(who, '/honours award 区局/一站 "先进" reason=x')
        assert "仅限管理员" in world.says(who, "/honours undo 1 x")
    assert "仅限负责人" in world.says("李梅", "/honours export")
    assert "该荣誉不存在" in world.says(ADMIN, "/honours undo 99 x")
    assert "该荣誉不存在" in world.says("李梅", "/honours show x")
    assert "未能识别" in world.says("李梅", "/honours blah")
    assert "1至40个字" in world.says(ADMIN, f'/honours award 区局/一站 "{"长" * 41}" reason=x')
    assert "1至200个字" in world.says(ADMIN, f'/honours award 区局/一站 "好" reason={"长" * 201}')
    assert "引号" in world.says(ADMIN, "/honours award 区局/一站 先进集体")
    assert world.records() == before


def test_an_employee_sees_their_own_units_and_no_other_stations_streak(world: World) -> None:
    two_days(world)
    said = world.says("钱丽", "/honours")
    assert "一站" not in said.partition("星级")[0]
    said = world.says("李梅", "/honours")
    assert "区局/一站 · 每日健康 · 连续零病例2天，距3天还差1天" in said


def test_the_stars_of_a_household_are_its_reporters_and_its_leads_to_see(world: World) -> None:
    zeros(world, MONDAY)
    world.at("0:30", TUESDAY)
    with world.database.writing() as session:
        for it in session.exec(select(ZeroStreak).where(col(ZeroStreak.person_id).is_not(None))).all():
            it.total += 13
            session.add(it)
    assert "⭐⭐ 刘大爷 · 14天" in world.says("张伟", "/honours")
    assert "刘大爷" in world.says("王建国", "/honours")
    assert "刘大爷" not in world.says("李梅", "/honours")


def test_the_excel_file_has_streaks_honours_and_families(world: World) -> None:
    two_days(world)
    world.says("王建国", "/honours export")
    file = world.last("王建国").content.file
    assert file is not None
    with world.database.reading() as session:
        book = load_workbook(io.BytesIO(data_of(session, file.digest)))
    assert [it.title for it in book][1:] == ["荣誉", "零病例单位", "星级家庭"]
    assert [row[2].value for row in book["零病例单位"].rows][1:] != []


@pytest.mark.parametrize("typed", ["“先进集体”", '"先进集体"', "「先进集体」"])
def test_quotes_that_are_typed_round_a_title_are_taken_off(world: World, typed: str) -> None:
    world.says(ADMIN, "荣誉 授予 区局/一站")
    world.says(ADMIN, typed)
    world.says(ADMIN, "处置及时，群众称“好”")
    assert "“先进集体”" in world.last(ADMIN).text and "群众称“好”" in world.last(ADMIN).text
    world.taps(ADMIN, "授予荣誉", world.last(ADMIN))
    with world.database.reading() as session:
        it = session.exec(select(Honour)).one()
        assert (it.title, it.reason) == ("先进集体", "处置及时，群众称“好”")


def test_quotes_within_a_title_are_refused_wherever_it_is_typed(world: World) -> None:
    before = world.records()
    for words in ("“先进”集体” 理由=处置及时", "“先进“标兵”集体” 理由=处置及时"):
        assert "不得含引号" in world.says(ADMIN, f"荣誉 授予 区局/一站 {words}")
    assert world.records() == before
    world.says(ADMIN, "荣誉 授予 区局/一站")
    assert "不得含引号" in world.says(ADMIN, "先进“标兵”集体")
    with world.database.reading() as session:
        assert session.exec(select(Honour)).all() == []


def asked_for_all(world: World, who: str, honours: int) -> int:
    """Return how many statements it takes to see everything, with so many honours of one task and of one admin."""
    asked: list[str] = []
    with world.database.writing() as session:
        task, unit = session.exec(select(Assignment)).one(), unit_at(session, STATION)
        admin = session.exec(select(Person).where(Person.name == ADMIN)).one()
        session.add_all(
            Honour(kind="milestone", unit_id=unit.id, assignment_id=task.id, days=1, reached=it, day=MONDAY,
                   made_at=world.clock.now(), by=admin.id)
            for it in range(honours)
        )  # fmt: skip
    with world.database.reading() as session:
        context = world.desk.context(session, world.clock.now())
        reader = session.exec(select(Person).where(Person.name == who)).one()
        words = context.words_for(reader)
        event.listen(session.get_bind(), "before_cursor_execute", lambda *it: asked.append(it[2]))
        found = standing.seen(context, words, reader, [unit_at(session, STATION)], 5000)
    assert len(found.honours) >= honours
    return len(asked)


def test_a_list_of_a_hundred_honours_asks_the_database_no_more_than_one_of_one(world: World) -> None:
    assert asked_for_all(world, "李梅", 100) == asked_for_all(world, "李梅", 1)


def test_milestones_and_awards_stand_in_the_units_timeline_and_withdrawn_ones_say_so(world: World) -> None:
    two_days(world)
    world.says(ADMIN, '/honours award 区局/一站 "先进集体" reason=处置及时')
    world.taps(ADMIN, "授予荣誉", world.last(ADMIN))
    said = world.says("李梅", "/timeline")
    assert "🏅 连续2天零病例，获颁荣誉（每日健康）" in said
    assert "🏅 获授“先进集体”" in said
    assert "处置及时" not in said and ADMIN not in said
    assert "获授" not in world.says("钱丽", "/timeline"), "another station's"
    corrects(world, TUESDAY)
    world.says(ADMIN, "/honours list")
    with world.database.reading() as session:
        award = session.exec(select(Honour.id).where(Honour.kind == "award")).one()
    world.says(ADMIN, f"/honours undo {award} 重复授予")
    said = world.says("李梅", "/timeline")
    assert "连续2天零病例，获颁荣誉（每日健康）；后予撤回" in said
    assert "获授“先进集体”；后予撤回" in said
    world.says("李梅", "/timeline")
    world.taps("李梅", "按月")
    assert "获得荣誉" in world.last("李梅").text
