"""Lists that somebody has as a file have no end of their own: long ones are written beside the desk (docs/rules.md
20.7)."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import Session, select

from handlers.calls import calls_file
from handlers.core.rendering import Renderer
from handlers.exports import list_files, timeline_words
from models.alerts.tellings import Telling
from models.authority import timeline_reach
from models.calls.calls import Outcome, PhoneCall
from models.core.audit import AuditEntry
from models.core.errors import Refusal
from models.cycle.places import place_of
from models.duty import shifts as shifts_
from models.duty.rotas import Rota
from models.duty.shifts import Duty, Shift
from models.files import blobs
from models.organisation import people
from models.organisation.kinds import Kind
from models.organisation.people import Membership, Person
from models.questions.questions import Question
from models.supplies import movements
from models.supplies.items import Store
from models.timeline import reading
from tests.handlers.supplies import keeping
from tests.support.admins import file_of
from tests.support.world import MONDAY, World

MANY = 2100  # more than any of them ended at
Fill = Callable[[Session, World, int], None]


def calls(session: Session, world: World, number: int) -> None:
    by = people.find_person(session, "王建国")
    wards = [Person(staff_no=f"8{n:03}", name=f"老人{n}", kind=Kind.WARD) for n in range(-(-number // 60))]
    session.add_all(wards)
    session.flush()
    home = people.home(session, by).id
    session.add_all(Membership(person_id=it.id, unit_id=home, home=True) for it in wards)
    session.add_all(
        PhoneCall(person_id=wards[n // 60].id, by=by.id, day=MONDAY - timedelta(days=n % 30), at=world.clock.at,
                  reached=n % 60 < 30, outcome=Outcome.MISSED)
        for n in range(number)
    )  # fmt: skip


def shifts(session: Session, world: World, number: int) -> None:
    person, now = people.find_person(session, "张伟"), world.clock.at
    unit = people.home(session, person)
    rota = Rota(unit_id=unit.id, lines=[], timezone="Asia/Shanghai", first=MONDAY, by=person.id, at=now)
    session.add(rota)
    session.flush()
    for n in range(number):
        starts = now - timedelta(days=20) + timedelta(minutes=10 * n)
        shift = Shift(rota_id=rota.id, unit_id=unit.id, day=starts.date(), name=f"{n}岗", starts_at=starts,
                      ends_at=starts + timedelta(hours=1), need=1)  # fmt: skip
        session.add(shift)
        session.flush()
        session.add(Duty(shift_id=shift.id, person_id=person.id, ends_at=shift.ends_at, at=now))


def questions(session: Session, world: World, number: int) -> None:
    asker, now = people.find_person(session, "李梅"), world.clock.at
    place = place_of(session, people.home(session, asker)).id
    for n in range(number):
        made = Question(receipt=f"Q{n:05}", person_id=asker.id, place_id=place, channel="web", at=now,
                        opened_at=now, minutes=60)  # fmt: skip
        session.add(made)
        session.flush()
        session.add(Telling(question_id=made.id, number=1, by=asker.id, words=f"第{n}问", at=now))


def calls_asked(world: World, who: str) -> None:
    world.says(who, "电访")
    world.taps(who, "Excel")


LISTS = [
    pytest.param(calls, calls_asked, id="calls"),
    pytest.param(shifts, lambda world, who: world.says(who, "值班 excel"), id="shifts"),
    pytest.param(questions, lambda world, who: world.says(who, "导出 提问"), id="questions"),
]


@pytest.mark.sqlite
@pytest.mark.parametrize(("fill", "asks"), LISTS)
def test_a_list_of_thousands_is_written_beside_the_desk_to_its_last_line(
    world: World, fill: Fill, asks: Callable[..., Any]
) -> None:
    with world.database.writing() as session:
        fill(session, world, MANY)
    asks(world, "王建国")
    assert "完成后文件将发到这里" in world.last("王建国").text
    world.does_errands()
    assert len(lines(world)) == MANY + 1
    with world.database.reading() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.what == "export")).all()) == 1


def lines(world: World) -> list[list[str]]:
    return file_of(world, "王建国")


@pytest.mark.parametrize(("fill", "asks"), LISTS)
def test_a_long_list_says_what_a_short_one_says(
    world: World, fill: Fill, asks: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.writing() as session:
        fill(session, world, 3)
    asks(world, "王建国")
    short = lines(world)
    assert len(short) == 4
    monkeypatch.setattr(list_files, "AT_ONCE", 2)
    asks(world, "王建国")
    world.does_errands()
    assert lines(world) == short


def test_shifts_are_read_a_few_at_a_time_in_their_order(world: World) -> None:
    with world.database.writing() as session:
        shifts(session, world, 5)

    with world.database.reading() as session:
        top = people.home(session, people.find_person(session, "张伟"))
        span = world.clock.at - timedelta(days=40), world.clock.at
        for size in range(1, 7):
            found = [shift.name for shift, _, _ in shifts_.each_listed(session, [top], *span, size)]
            assert found == [f"{n}岗" for n in range(5)]


@pytest.mark.sqlite
def test_whoever_leads_no_more_gets_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_files, "AT_ONCE", 2)
    with world.database.writing() as session:
        calls(session, world, 3)
    calls_asked(world, "王建国")
    world.says("周敏", "人员 角色 1003 成员")
    world.taps("周敏", "今天")
    world.does_errands()
    assert world.last("王建国").content.file is None


@pytest.mark.sqlite
def test_a_page_that_would_have_to_wait_too_long_says_where_to_ask(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_files, "MOST", 2)
    with world.database.writing() as session:
        calls(session, world, 3)
    with world.database.reading() as session:
        context, by = world.desk.context(session, world.clock.at), people.find_person(session, "王建国")
        with pytest.raises(Refusal) as refused:
            list_files.at_once(context, Renderer("zh_CN"), by, calls_file.Made(), calls_file.asked(context, by))
    assert Renderer("zh_CN").refusal(refused.value).startswith("该文件超过2行")


def told_alike(world: World, who: str, words: str, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Ask for a file twice, the second time as if it were long; return it."""
    world.says(who, words)
    short = tables_of(world, who)
    monkeypatch.setattr(list_files, "AT_ONCE", -1)
    assert "完成后文件将发到这里" in world.says(who, words)
    world.does_errands()
    assert tables_of(world, who)[1:] == short[1:]
    return short[-1]


def tables_of(world: World, who: str) -> list[list[list[str]]]:
    file = world.last(who).content.file
    assert file is not None, world.last(who).text
    with world.database.reading() as session:
        data = blobs.find(session, file.digest)
    assert data is not None
    return [[list(row) for row in it.iter_rows(values_only=True)] for it in load_workbook(BytesIO(data)).worksheets]


@pytest.mark.world(begin=keeping.begin)
def test_a_long_ledger_of_stores_has_every_movement_in_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping.does(world, "received 口罩 200")
    for who in ("张伟", "王建国", "张伟"):
        keeping.does(world, f"out 口罩 {who} 3")
    found = told_alike(world, keeping.KEEPER, "/supplies export", monkeypatch)
    assert [row[8] for row in found[1:5]] == [200, 197, 194, 191]
    with world.database.reading() as session:
        stores = list(session.exec(select(Store.id)).all())
        for size in (1, 2, 9):
            read = [it.id for some in movements.each(session, stores, size) for it in some]
            assert read == sorted(read) and len(read) == 4


def test_a_long_ledger_of_a_collection_says_what_a_short_one_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.says("周敏", "/donations new 支援武汉 12-10")
    for _ in range(3):
        world.says("周敏", "/donations money 1 500 1004")
        world.taps("周敏", "登记")
    assert len(told_alike(world, "周敏", "/donations export 1", monkeypatch)) >= 4


def test_long_honours_say_what_short_ones_say(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.says("周敏", "荣誉 授予 一站 先进集体 抗疫有功")
    told_alike(world, "周敏", "荣誉 导出", monkeypatch)


def test_a_long_timeline_says_what_a_short_one_says_to_its_oldest_entry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"11-{n}" for n in (2, 3, 4, 3)]
    for n, day in enumerate(days):
        world.says("周敏", f"/timeline add {day} 第{n}件事")
        world.taps("周敏", "新增")
    found = told_alike(world, "周敏", "/timeline excel", monkeypatch)
    mine = [row for row in found[1:] if "件事" in row[4]]
    assert [row[4] for row in mine] == ["第2件事", "第3件事", "第1件事", "第0件事"]
    with world.database.reading() as session:
        admin = people.find_person(session, "周敏")
        scope = timeline_reach.scope(session, admin, people.home(session, admin), MONDAY)
        span = MONDAY - timedelta(days=90), MONDAY
        every = [it.id for some in reading.each(session, scope, *span) for it in some]
        assert len(every) == reading.number(session, scope, *span) == len(found) - 1
        for size in range(1, 6):
            assert [it.id for some in reading.each(session, scope, *span, size) for it in some] == every


def test_a_document_of_a_long_timeline_says_that_older_entries_are_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("11-02", "11-03"):
        world.says("周敏", f"/timeline add {day} 完成首轮核酸检测")
        world.taps("周敏", "新增")
    with world.database.reading() as session:
        admin = people.find_person(session, "周敏")
        asked = people.home(session, admin), (MONDAY - timedelta(days=90), MONDAY), world.clock.at, admin
        for most, first in ((1, "本文只列最近1条"), (1000, "完成首轮核酸检测")):
            monkeypatch.setattr(timeline_words, "MOST", most)
            drawn = timeline_words.paper(session, Renderer("zh_CN"), *asked)
            assert str(drawn.fields["exceptions"][0]["text"]).startswith(first)
