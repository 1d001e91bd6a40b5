"""The page *Seals*: which seals somebody sees, and what a check of the records says, untouched and tampered with."""

import asyncio
import csv
import io
from collections.abc import Sequence

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from bot.lease import Lease
from bot.workers import child, verifier
from bot.workers.verifier import Verifier
from models.core.audit import AuditEntry
from models.cycle.periods import Period
from models.evidence import one_period, seal_lists, verification
from models.evidence.seals import Seal
from models.operations.jobs import Job
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from tests.bot.web.dashboard.conftest import Board
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def sealed(board: Board) -> Board:
    """Return a board on which a day with reports was sealed at close."""
    for who in ("李梅", "钱丽"):
        board.world.taps(who, "零报告")
    board.world.at("10:06")
    return board


def _check(world: World) -> None:
    """Do the checks that were asked for."""
    lease = Lease()
    lease.leading = True
    while asyncio.run(Verifier(world.database, world.desk, lease).once()):
        world.deliver()
    world.deliver()


def _period(world: World) -> int:
    with world.database.reading() as session:
        return session.exec(select(Period.id)).one()


def _tamper(world: World, name: str = "李梅") -> None:
    """Change what somebody reported, behind the program's back."""
    report = world.report(name)
    with world.database.write.begin() as connection:
        change = update(Revision).where(col(Revision.report_id) == report.id).values(statement="别的话")
        connection.execute(change)


def test_a_lead_and_the_director_see_the_seals_that_cover_their_figures(sealed: Board) -> None:
    with sealed.world.database.reading() as session:
        made = session.exec(select(Seal)).one()
    for who in ("陈局", "王建国", "周敏"):
        token = sealed.sign_in(who)
        (line,) = sealed.data(token, "seals")["seals"]
        assert (line["number"], line["digest"], line["reports"], line["occasion"]) == (1, made.digest, 10, "close")
        assert made.short in sealed.text(token, "seals")
        one = sealed.data(token, "seals?seal=1")["seal"]
        assert one["revisions"] == 2
        assert made.digest in sealed.text(token, "seals?seal=1")
    rows = list(csv.DictReader(io.StringIO(sealed.get(token, "seals?as=csv").body.decode("utf-8-sig"))))
    assert [it["digest"] for it in rows] == [made.digest]


def test_a_member_sees_none_and_a_lead_none_of_other_units(sealed: Board) -> None:
    member = sealed.sign_in("李梅")
    for asked in ("seals", "seals?as=json", "seals?as=csv", "seals?seal=1"):
        assert sealed.get(member, asked).status == 403
    sealed.world.says("周敏", "/assign new health 区局/二站 08:00 09:00 二站自查")
    lead = sealed.sign_in("王建国")
    for asked in ("seal=0", "seal=2", "seal=999999999", "seal=x", "seal=" + "9" * 40):
        assert sealed.get(lead, f"seals?{asked}").status == 404
    for asked in ("before=0", "before=1", "before=x"):
        assert sealed.data(lead, f"seals?{asked}")["seals"] == []


def test_before_anything_is_sealed_the_page_says_so(board: Board) -> None:
    page = board.text(board.sign_in("王建国"), "seals")
    assert "还没有封存" in page
    assert "verify." not in page


def test_an_untouched_day_and_untouched_records_are_found_right(sealed: Board) -> None:
    token, number = sealed.sign_in("周敏"), _period(sealed.world)
    assert "正在核验" in sealed.press(token, f"verify.period.{number}", page="/dashboard/seals").body.decode()
    waiting = sealed.data(token, "seals")["checks"]
    assert [(it["done_at"], it["percent"]) for it in waiting] == [(None, 0)]
    assert 'hx-trigger="every 2s"' in sealed.text(token, "seals")
    _check(sealed.world)
    (found,) = sealed.data(token, "seals")["checks"]
    assert (found["differences"], found["counts"]["seals"], found["counts"]["revisions"]) == (0, 1, 2)
    assert "✅" in sealed.text(token, "seals")
    assert "记录已核验" in sealed.world.last("周敏").text
    sealed.press(token, "verify.all")
    _check(sealed.world)
    whole = sealed.data(token, "seals")["everything"]
    assert (whole["differences"], whole["counts"]["reports"]) == (0, 10)
    assert whole["counts"]["entries"] > 10
    assert 'hx-trigger="every 15s"' in sealed.text(token, "seals")
    with sealed.world.database.reading() as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.what == "verify")).all()
    assert [(it.about, (it.detail or {})["differs"]) for it in noted] == [("health", 0), ("", 0)]


def test_a_tampered_day_is_named_with_the_place(sealed: Board) -> None:
    _tamper(sealed.world)
    token, number = sealed.sign_in("周敏"), _period(sealed.world)
    for button, name in ((f"verify.period.{number}", "checks"), ("verify.all", "everything")):
        sealed.press(token, button)
        _check(sealed.world)
        found = sealed.data(token, "seals")[name]
        shown = found[0]["shown"] if name == "checks" else found["shown"]
        assert [it["what"] for it in shown] == ["content"]
        assert "health 2026-11-23 区局/一站 1005" in shown[0]["where"]
    page = sealed.text(token, "seals")
    assert "发现1处不符" in page
    assert "区局/一站 1005" in page
    assert "发现1处不符" in sealed.world.last("周敏").text


def test_a_lead_reads_where_in_their_own_units_and_of_others_only_how_many(sealed: Board) -> None:
    _tamper(sealed.world)
    _tamper(sealed.world, "钱丽")
    token = sealed.sign_in("王建国")
    sealed.press(token, f"verify.period.{_period(sealed.world)}")
    _check(sealed.world)
    for kind in ("", "?as=json", "?as=csv"):
        page = sealed.text(token, "seals" + kind)
        assert "二站" not in page
        assert "1008" not in page
    (found,) = sealed.data(token, "seals")["checks"]
    assert found["differences"] == 2
    assert [it["where"].split()[-1] for it in found["shown"]] == ["1005"]
    assert "另有1处不符" in sealed.text(token, "seals")
    said = sealed.world.last("王建国").text
    assert "1005" in said
    assert "二站" not in said


def test_checks_are_refused_to_who_may_not_ask_for_them(sealed: Board) -> None:
    member, lead, number = sealed.sign_in("李梅"), sealed.sign_in("王建国"), _period(sealed.world)
    before = sealed.world.records()
    for token, buttons in (
        (member, (f"verify.period.{number}", "verify.all", "verify.stop")),
        (lead, ("verify.all", "verify.period.999", "verify.period.x", "verify.stop")),
    ):
        for button in buttons:
            sealed.press(token, button)
    assert sealed.world.records() == before
    page = sealed.text(lead, "seals")
    assert f"verify.period.{number}" in page
    assert "verify.all" not in page


def test_one_check_at_a_time_and_it_can_be_stopped(sealed: Board) -> None:
    token, number = sealed.sign_in("周敏"), _period(sealed.world)
    sealed.press(token, "verify.all")
    assert "上一次核验仍在进行" in sealed.press(token, f"verify.period.{number}").body.decode()
    assert "verify.stop" in sealed.text(token, "seals")
    assert "核验已停止" in sealed.press(token, "verify.stop").body.decode()
    _check(sealed.world)
    assert sealed.data(token, "seals")["everything"]["stopped"] == "asked"
    assert "核验已停止" in sealed.text(token, "seals")


def _broken(sealed: Board, monkeypatch: pytest.MonkeyPatch, **changed: object) -> tuple[str, Sequence[Job]]:
    for name, value in changed.items():
        monkeypatch.setattr(child if name == "LONGEST" else verifier, name, value)
    token = sealed.sign_in("周敏")
    sealed.press(token, "verify.all")
    _check(sealed.world)
    with sealed.world.database.reading() as session:
        return token, session.exec(select(Job)).all()


def test_a_check_that_takes_too_long_is_ended_and_said_to_have_failed(
    sealed: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, (job,) = _broken(sealed, monkeypatch, LONGEST=0.01)
    assert job.result is not None
    assert job.result["stopped"] == "failed"
    assert job.result["number"] in sealed.world.last("周敏").text
    assert "程序出错" in sealed.text(token, "seals")


def test_a_check_that_breaks_down_is_tried_three_times(sealed: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (job,) = _broken(sealed, monkeypatch, CHILD="bot.workers.nothing")
    assert (job.tries, job.done_at is not None) == (3, True)


@pytest.mark.parametrize("wrong", ["content", "row", "seal_chain", "seal_missing", "gap"])
def test_the_check_of_one_day_finds_what_the_check_of_all_finds_there(sealed: Board, wrong: str) -> None:
    report = sealed.world.report("李梅")
    changes = {
        "content": update(Revision).where(col(Revision.report_id) == report.id).values(answers={"x": 1}),
        "row": update(Period).values(name_silent=True),
        "seal_chain": update(Seal).values(rows=9),
        "seal_missing": Seal.__table__.delete(),  # type: ignore[attr-defined]
        "gap": update(Revision).where(col(Revision.report_id) == report.id).values(number=2),
    }
    with sealed.world.database.write.begin() as connection:
        connection.execute(changes[wrong])
    with sealed.world.database.reading() as session:
        one = one_period.verify(session, report.period_id).differs
        whole = verification.verify(session).differs
    assert wrong in {what for what, *_ in one}
    assert {(what, where) for what, where, _ in one} <= {(what, where) for what, where, _ in whole}


def test_a_page_looks_through_a_bounded_number_of_seals(sealed: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    with sealed.world.database.writing() as session:
        made, period = session.exec(select(Seal)).one(), session.exec(select(Period)).one()
        for number in range(2, 100):
            values = made.model_dump() | {"id": number, "digest": str(number), "period_id": period.id}
            session.add(Seal(**values))
    token = sealed.sign_in("陈局")
    first = sealed.data(token, "seals")
    assert [it["number"] for it in first["seals"]] == list(range(99, 59, -1))
    second = sealed.data(token, first["older"].removeprefix("/dashboard/"))
    assert second["seals"][0]["number"] == 59
    monkeypatch.setattr(seal_lists, "LOOKED_THROUGH", 10)
    with sealed.world.database.reading() as session:
        lines, older = seal_lists.page(session, [], None, 40)
        assert (lines, older) == ([], 90)
        assert session.exec(select(Report.id)).first()
