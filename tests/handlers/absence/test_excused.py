"""What leave, rest days and leaving excuse: before and after the close, never after the lock."""

from datetime import date, timedelta

import pytest
from sqlmodel import select, update

from models.absence import leave as absences
from models.core.database import Database
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.evidence import verification
from models.organisation import people
from models.organisation.people import Person
from models.reporting import excuses
from models.reporting.excuses import Excuse
from tests.support.world import MONDAY, ROSTER, TUESDAY, WEDNESDAY, World


def _excuses(world: World, who: str, day: date = MONDAY) -> list[str | None]:
    report = world.report(who, day=day)
    with world.database.reading() as session:
        return [e.words for e in excuses.of_report(session, report)]


def _sound(world: World) -> None:
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


@pytest.mark.sqlite
def test_an_excused_person_is_neither_asked_nor_reminded_nor_told_of(world: World) -> None:
    world.says("李梅", "请假 3d 就医")
    world.taps("王建国", "同意")
    prompt = next(b for b in world.chat("李梅") if b.kind == "ask")
    assert "您已准假，无需报送" in prompt.text
    before = len(world.phones["1005"])
    world.at("11:01")
    assert len(world.phones["1005"]) == before
    assert "0/5 · 未报5" in world.last("group 一站").text
    told = [b.text for b in world.phones["1003"] if b.kind in ("escalation", "summary")]
    assert told
    assert not any("李梅" in t for t in told)
    world.at("23:59")
    world.at("0:05", TUESDAY)
    assert "漏报" not in "".join(b.text for b in world.chat("李梅"))
    world.at("9:35", TUESDAY)
    assert len(world.phones["1005"]) == before
    assert world.report("李梅", day=TUESDAY).excused == "leave: 就医 (1003)"
    world.at("8:00", MONDAY + timedelta(days=3))
    assert world.last("李梅").kind == "ask"
    _sound(world)


@pytest.mark.sqlite
def test_what_is_reported_on_leave_counts_all_the_same(world: World) -> None:
    world.says("王建国", "准假 李梅 2d 就医")
    assert "已收到零报告" in world.says("李梅", "零报告")
    figures = world.figures("区局/一站")
    assert (figures.zero, figures.excused, figures.expected) == (1, 0, 6)
    world.at("7:30", TUESDAY)
    world.says("李梅", "有情况")
    assert "体温" in world.last("李梅").text
    _sound(world)


@pytest.mark.sqlite
def test_withdrawn_leave_is_owed_again_and_asked_for(world: World) -> None:
    world.says("李梅", "/leave 3d 就医")
    world.taps("王建国", "同意")
    world.at("8:00", TUESDAY)
    assert all(b.kind != "ask" or "11月24日" not in b.text for b in world.chat("李梅"))
    assert world.taps("李梅", "撤回") == "请假已撤回。"
    assert any(b.kind == "ask" and "11月24日，请于10:00前报送" in b.text for b in world.chat("李梅"))
    assert _excuses(world, "李梅", TUESDAY) == ["leave: 就医 (1003)", None]
    assert _excuses(world, "李梅") == ["leave: 就医 (1003)"]
    world.at("0:05", WEDNESDAY)
    assert world.figures("区局/一站", day=TUESDAY).missing == 6
    _sound(world)


@pytest.mark.sqlite
def test_excusing_before_the_close_changes_as_at_close(world: World) -> None:
    world.at("9:58")
    world.says("王建国", "准假 李梅 1d 就医")
    world.at("10:05")
    assert (world.at_close("区局/一站").excused, world.at_close("区局/一站").due) == (1, 5)  # type: ignore[union-attr]
    assert "截止后准假" not in world.last("group 一站").text
    _sound(world)


@pytest.mark.sqlite
def test_excusing_after_the_close_changes_only_as_now(world: World) -> None:
    world.at("10:06")
    kept = world.at_close("区局/一站")
    world.says("王建国", "准假 李梅 1d 就医")
    world.at("10:09")
    assert world.at_close("区局/一站") == kept
    assert kept is not None
    assert (kept.excused, world.figures("区局/一站").excused) == (0, 1)
    said = world.last("group 一站").text
    assert "截至10:00 → 现在" in said
    assert "0/6 → 0/5" in said
    assert "截止后准假1" in said
    assert "截止后准假1" in world.says("王建国", "汇总")
    world.says("李梅", "零报告")
    world.at("10:12")
    assert "截止后准假" not in world.last("group 一站").text
    world.at("0:05", TUESDAY)
    _sound(world)


@pytest.mark.sqlite
def test_after_the_lock_leave_changes_nothing(world: World) -> None:
    world.at("0:05", TUESDAY)
    said = world.says("王建国", "准假 李梅 11-23 3d 就医")
    assert "11月23日至11月25日" in said
    assert world.report("李梅").excused is None
    assert _excuses(world, "李梅") == []
    _sound(world)


@pytest.mark.sqlite
def test_the_last_one_excused_completes_the_unit(world: World) -> None:
    for who in ("王建国", "张伟", "李梅"):
        world.taps(who, "零报告")
    world.taps("张伟", "全部正常")
    world.taps("张伟", "是，全部正常")
    assert world.chat("group 一站") == []
    world.says("王建国", "准假 Ann Lee 1d 出差")
    world.at("7:35")
    assert "5/5 · 全部报齐" in world.last("group 一站").text


def test_some_forms_ask_on_leave_all_the_same(database: Database) -> None:
    from tests.support.world import HEALTH

    world = World(database)
    world.organisation()
    world.assign(HEALTH.replace("about: persons", "about: persons\non_leave: asked"))
    world.at("7:30")
    world.says("王建国", "准假 李梅 3d 就医")
    assert world.report("李梅").excused is None
    assert "请于10:00前报送" in next(b for b in world.chat("李梅") if b.kind == "ask").text
    world.at("9:05", TUESDAY)
    assert world.last("李梅").kind == "reminder"
    with database.writing() as session:
        session.exec(select(Assignment)).one().on_leave = "excused"
    world.at("7:35", WEDNESDAY)
    assert world.report("李梅", day=TUESDAY).excused is None
    assert world.report("李梅", day=WEDNESDAY).excused == "leave: 就医 (1003)"


@pytest.mark.sqlite
def test_a_ward_is_excused_by_the_lead_and_nobody_is_asked_about_it(world: World) -> None:
    world.says("王建国", "准假 刘大爷 2d 住院")
    listed = next(b for b in world.chat("张伟") if b.kind == "wards")
    assert "▫️ 刘大爷 · 准假" in listed.text
    assert "▫️ 刘大爷" not in listed.labels
    world.taps("张伟", "孙阿姨", listed)
    world.taps("张伟", "正常", next(b for b in world.chat("张伟") if b.kind == "wards"))
    assert world.figures("区局/一站").silent == 4
    world.at("7:35", TUESDAY)
    assert "刘大爷 · 准假" in next(b for b in reversed(world.chat("张伟")) if b.kind == "wards").text


@pytest.mark.sqlite
def test_shift_workers_are_excused_on_their_rest_days(database: Database) -> None:
    world = World(database)
    lines = ROSTER.strip().split("\n")
    world.organisation("\n".join([lines[0] + ",休息日", *(f"{x},{'一 二' if '李梅' in x else ''}" for x in lines[1:])]))
    world.assign()
    world.at("7:35")
    assert world.report("李梅").excused == "rest"
    assert _excuses(world, "李梅") == ["rest"]
    assert world.chat("李梅") == []
    assert "准假" in world.says("李梅", "我的")
    assert "已收到零报告" in world.says("李梅", "零报告")
    assert world.figures("区局/一站").zero == 1
    world.at("7:35", WEDNESDAY)
    assert world.report("李梅", day=WEDNESDAY).excused is None
    assert world.last("李梅").kind == "ask"
    _sound(world)


def test_withdrawn_leave_on_a_rest_day_leaves_the_rest_day(database: Database) -> None:
    world = World(database)
    lines = ROSTER.strip().split("\n")
    world.organisation(
        "\n".join([lines[0] + ",rest_days", *(f"{x},{'mon' if '李梅' in x else ''}" for x in lines[1:])])
    )
    world.assign()
    world.at("7:35")
    world.says("王建国", "准假 李梅 1d 就医")
    assert world.report("李梅").excused == "leave: 就医 (1003)"
    world.taps("李梅", "撤回")
    assert world.report("李梅").excused == "rest"
    assert _excuses(world, "李梅") == ["rest", "leave: 就医 (1003)", "rest"]


@pytest.mark.sqlite
def test_a_leaver_owes_nothing_from_that_day_on(world: World) -> None:
    from handlers.absence import leave_requests
    from models.changes import departures
    from models.core.errors import Refusal

    with world.database.writing() as session:
        with pytest.raises(Refusal) as refused:
            departures.leave(session, people.find_person(session, "张伟"), MONDAY, None, world.clock.now())
        assert refused.value.key == "leaving.wards"
        assert refused.value.values["wards"] == ["刘大爷", "孙阿姨"]
        changed = departures.leave(session, people.find_person(session, "李梅"), MONDAY, None, world.clock.now())
        assert [(p.day, r.excused) for p, r in changed] == [(MONDAY, "left")]
        leave_requests.refresh(world.desk.context(session, world.clock.now()), changed)
    assert world.figures("区局/一站").excused == 1
    world.at("7:35", TUESDAY)
    assert world.figures("区局/一站", day=TUESDAY).expected == 5
    _sound(world)


def test_verify_finds_a_tampered_excuse(world: World) -> None:
    world.says("王建国", "准假 李梅 1d 就医")
    world.at("0:05", TUESDAY)
    _sound(world)
    for change in ({"words": "leave: 旅游 (1003)"}, {"by": None}, {"words": None}):
        with world.database.reading() as session:
            row = session.exec(select(Excuse)).one()
        with world.database.writing() as session:
            session.execute(update(Excuse).values(**change))  # past the ledger, as a forger would
        with world.database.reading() as session:
            kinds = {d[0] for d in verification.verify(session).differs}
        assert "seal_body" in kinds, change
        assert ("head" in kinds) == ("words" in change), change
        with world.database.writing() as session:
            session.execute(update(Excuse).values(words=row.words, by=row.by))
        _sound(world)


def test_a_row_excused_by_hand_is_found(world: World) -> None:
    with world.database.writing() as session:
        report = world.report("李梅")
        report.excused = "leave: 就医 (1003)"
        session.add(report)
    with world.database.reading() as session:
        assert {d[0] for d in verification.verify(session).differs} == {"head"}


@pytest.mark.sqlite
def test_leave_that_ends_yesterday_while_yesterday_is_open_excuses_it(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(lock="+1 12:00", opens="13:00", remind="", due="15:00", summary="15:05", summary_root="15:25",
                 escalate="")  # fmt: skip
    world.at("13:05")
    world.at("9:00", TUESDAY)
    world.says("王建国", "准假 李梅 昨天 病假")
    assert world.report("李梅").excused == "leave: 病假 (1003)"
    with database.reading() as session:
        assert [p.day for p in periods.running(session, world.clock.now())] == [MONDAY]
        person = session.exec(select(Person).where(Person.name == "李梅")).one()
        assert absences.away(session, [person.id], MONDAY) == {person.id}
        assert absences.away(session, [person.id], TUESDAY) == set()
