"""Long lists of notices, surveys, links and roll calls are written beside the desk, as long exports are."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.workers import jobs as worker
from handlers.exports import long_files, roster_job
from handlers.rollcall import rollcall_file
from handlers.rounds import notice_file, survey_file, survey_link_files
from models.core.audit import AuditEntry
from models.files import blobs
from models.organisation.people import Membership, Role
from models.rounds import links
from models.rounds.links import SurveyLink
from tests.handlers.rounds.test_notice import send as send_notice
from tests.handlers.rounds.test_outside import LINK, SHOPS, ask_shops
from tests.handlers.rounds.test_outside import begin as begin_outside
from tests.handlers.rounds.test_survey import answer, send
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin_outside)
PEOPLE = ("李梅", "张伟", "王建国", "钱丽", "赵强")


@pytest.fixture(autouse=True)
def _short(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two be many, and let tables be read one at a time."""
    for module in (notice_file, survey_file, rollcall_file, roster_job):
        monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(survey_link_files, "AT_ONCE", {"file": 2, "paper": 2})
    monkeypatch.setattr(survey_link_files, "SOME", 1)
    monkeypatch.setattr(worker, "STORED", 1)
    world.set_defaults(public_url="https://reports.example", survey_key="a key that is not in the database")


def tables(world: World, who: str) -> list[list[tuple[Any, ...]]]:
    file = world.last(who).content.file
    assert file is not None, world.last(who).text
    with world.database.reading() as session:
        data = blobs.find(session, file.digest)
    assert data is not None
    return [list(it.iter_rows(values_only=True)) for it in load_workbook(BytesIO(data)).worksheets]


def exports(world: World, who: str, words: str = "/notice 1", label: str = "Excel") -> str:
    """Ask for the list; return what is said while it is written, and have it written."""
    world.says(who, words)
    world.taps(who, label, world.last(who))
    said = world.last(who).text
    world.does_errands()
    return said


def test_a_long_list_of_a_notice_comes_as_a_file_when_it_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_notice(world, "周敏", "明天上午停水", "区局", "全体人员", "确认已阅", "18:00")
    world.taps("李梅", "已阅")
    assert "完成后文件将发到这里" in exports(world, "周敏")
    long = tables(world, "周敏")
    monkeypatch.setattr(notice_file, "AT_ONCE", 1000)
    exports(world, "周敏")
    assert tables(world, "周敏")[1] == long[1], "it says what a short one says"
    assert len(long[1]) == 8 and [row[3] for row in long[1]].count("已阅") == 1
    with world.database.reading() as session:
        noted = [it for it in session.exec(select(AuditEntry)).all() if it.what == "export"]
    assert len(noted) == 2


@pytest.mark.sqlite
def test_it_is_cancelled_with_its_button_and_only_one_is_written_at_a_time(world: World) -> None:
    send_notice(world, "周敏", "明天上午停水", "区局", "全体人员", "确认已阅", "18:00")
    world.says("周敏", "/notice 1")
    sent = world.last("周敏")
    world.taps("周敏", "Excel", sent)
    assert "上一份文件还在生成" in (world.says("周敏", "/export roster") or ""), "whatever kind of file it is"
    going = next(b for b in reversed(world.chat("周敏")) if "取消" in "".join(b.labels))
    world.taps("周敏", "取消", going)
    world.does_errands()
    assert not any(b.content.file for b in world.chat("周敏"))


@pytest.mark.sqlite
def test_whoever_leads_there_no_more_gets_no_list(world: World) -> None:
    send_notice(world, "周敏", "明天上午停水", "区局", "全体人员", "确认已阅", "18:00")
    world.says("王建国", "/notice 1")
    world.taps("王建国", "Excel", world.last("王建国"))
    lose(world)
    world.does_errands()
    assert "您已不再负责这些单位" in world.last("王建国").text
    assert world.last("王建国").content.file is None


def lose(world: World) -> None:
    with world.database.writing() as session:
        for it in session.exec(select(Membership).where(Membership.role == Role.LEAD)).all():
            session.delete(it)


@pytest.mark.parametrize("how", ["实名", "匿名"])
def test_many_answers_to_a_survey_come_as_a_file_when_it_is_written(world: World, how: str) -> None:
    send(world, "周敏", "区局", "全体人员", how, "18:00")
    for n, who in enumerate(PEOPLE):
        answer(world, who, str(n))
    world.at("18:05")
    assert "完成后文件将发到这里" in exports(world, "周敏", "/survey 1")
    sheets = tables(world, "周敏")[-1]
    assert len(sheets) == 6
    assert ("李梅" in {cell for row in sheets for cell in row}) == (how == "实名")
    assert "5" in world.last("周敏").text


@pytest.mark.sqlite
def test_what_may_not_be_seen_of_a_survey_is_refused_at_once(world: World) -> None:
    send(world, "周敏", "区局", "全体人员", "匿名", "18:00")
    for n, who in enumerate(PEOPLE):
        answer(world, who, str(n))
    world.forges("周敏", "notices.export.1")
    world.does_errands()
    assert not any(b.content.file for b in world.chat("周敏"))


@pytest.mark.parametrize("label", ["链接表格", "打印二维码单"])
def test_many_links_are_made_beside_the_desk_and_work(world: World, label: str) -> None:
    ask_shops(world)
    hands_out(world, label)
    assert not held(world), "there is no link before its file is"
    world.does_errands()
    file = world.last("周敏").content.file
    assert file is not None
    with world.database.reading() as session:
        data = blobs.find(session, file.digest)
        assert data is not None
        if label == "链接表格":
            tokens = LINK.findall("\n".join(str(row[5]) for row in tables(world, "周敏")[0]))
        else:
            tokens = LINK.findall(data.decode())
            assert data.decode().count("<svg") == 3 and "=Lucky" in data.decode()
        found = [links.find(session, token, world.clock.now().date()) for token in tokens]
        assert sorted(it.person.staff_no for it in found if it and it.person) == ["S01", "S02", "S03"]
    assert len(held(world)) == 3 and not {it.digest for it in held(world)} & set(tokens)


def hands_out(world: World, label: str, who: str = "周敏") -> None:
    world.says(who, "/survey 1")
    world.taps(who, "链接", world.last(who))
    world.taps(who, label)


def held(world: World) -> list[SurveyLink]:
    with world.database.reading() as session:
        return list(session.exec(select(SurveyLink)).all())


@pytest.mark.sqlite
def test_links_that_are_cancelled_or_not_theirs_any_more_are_never_made(world: World) -> None:
    ask_shops(world)
    hands_out(world, "链接表格")
    world.taps("周敏", "取消", world.last("周敏"))
    world.does_errands()
    assert not held(world)
    world.set_defaults()
    survey_link_files.AT_ONCE["file"] = 1
    hands_out(world, "链接表格", "王建国")
    lose(world)
    world.does_errands()
    assert "您已不再负责这些单位" in world.last("王建国").text and not held(world)


@pytest.mark.sqlite
def test_links_to_a_survey_that_is_over_meanwhile_are_not_made_and_it_says_why(world: World) -> None:
    ask_shops(world, due="18:00")
    hands_out(world, "链接表格")
    world.clock.at = world.clock.at.replace(hour=18, minute=5)
    world.does_errands()
    assert "未生成" in world.last("周敏").text and "已结束" in world.last("周敏").text
    assert not held(world)


@pytest.mark.sqlite
def test_somebody_with_as_many_links_as_there_may_be_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_shops(world)
    monkeypatch.setattr(links, "MOST", 1)
    for n in range(2):
        hands_out(world, "链接表格")
        world.does_errands()
        assert ("未生成" in world.last("周敏").text) == (n == 1)
    assert "Lucky" in world.last("周敏").text and len(held(world)) == 3


@pytest.mark.sqlite
def test_links_kept_twice_are_one(world: World) -> None:
    ask_shops(world)
    hands_out(world, "链接表格")
    world.does_errands()
    (one, *_) = held(world)
    with world.database.writing() as session:
        it, by = survey_of(session), session.get_one(links.Person, one.by)
        links.keep(session, it, [(one.person_id or 0, one.digest)], by, world.clock.now())
    assert len(held(world)) == len(SHOPS.splitlines())


def survey_of(session: Any) -> Any:
    return session.exec(select(links.Round)).one()


def test_a_long_roll_call_has_everybody(world: World) -> None:
    world.says("周敏", "/rollcall")
    world.taps("周敏", "立即点名")
    world.tick()
    world.deliver()
    world.forges("周敏", "rollcall.export.1")
    world.does_errands()
    people = {row[1] for row in tables(world, "周敏")[1]}
    assert len(people) == 8 and "1005" in people


@pytest.mark.sqlite
def test_a_long_roster_is_written_beside_the_desk_for_admins_only(world: World) -> None:
    assert "完成后文件将发到这里" in world.says("周敏", "/export roster")
    world.does_errands()
    assert "再发回此处即可导入" in world.last("周敏").text or world.last("周敏").content.file
    assert {"S01", "1005"} <= {row[0] for row in tables(world, "周敏")[1]}
    world.says("周敏", "/export roster csv")
    with world.database.writing() as session:
        for it in session.exec(select(Membership).where(Membership.role == Role.ADMIN)).all():
            session.delete(it)
    world.does_errands()
    assert "您已不再负责这些单位" in world.last("周敏").text


@pytest.mark.sqlite
def test_no_secret_goes_into_the_order_of_a_job(world: World) -> None:
    ask_shops(world)
    hands_out(world, "链接表格")
    world.set_defaults(public_url="https://reports.example", survey_key="most secret")
    from bot.workers.job_kinds import FILES
    from models.operations import jobs

    with world.database.writing() as session:
        job = jobs.next_one(session, [long_files.JOB])
        assert job is not None
        assert "most secret" not in str(FILES.order(world.desk.context(session, world.clock.now()), job))
