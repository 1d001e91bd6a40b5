"""Days as people type them, rest days in a roster, and figures that add up whatever order things happen in."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from models.absence.leave import Absence
from models.changes import roster_import
from models.core import typed_spans
from models.core.database import Database
from models.core.errors import Refusals
from models.evidence import verification
from models.organisation import people, units
from models.reporting import figures
from models.reporting.figures import Figures
from models.reporting.reports import Report
from tests.support.beginnings import Begun, without_groups
from tests.support.databases import Engines
from tests.support.world import MONDAY, World

TODAY = date(2026, 11, 23)


def _day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


@pytest.mark.parametrize(
    ("words", "first", "last", "rest"),
    [
        ("3d 就医", _day(11, 23), _day(11, 25), "就医"),
        ("1天", _day(11, 23), _day(11, 23), ""),
        ("３天 就医", _day(11, 23), _day(11, 25), "就医"),
        ("明天 2d 看 病", _day(11, 24), _day(11, 25), "看 病"),
        ("12-01 12-05 就医", _day(12, 1), _day(12, 5), "就医"),
        ("12月1日至12月5日 就医", _day(12, 1), _day(12, 5), "就医"),
        ("12-01~12-05", _day(12, 1), _day(12, 5), ""),
        ("12-30 1-2 探亲", _day(12, 30), _day(1, 2, 2027), "探亲"),
        ("今天 就医", _day(11, 23), _day(11, 23), "就医"),
        ("12-05 12-01", _day(12, 5), _day(12, 1), ""),
    ],
)
def test_days_are_read_as_people_type_them(words: str, first: date, last: date, rest: str) -> None:
    found = typed_spans.span(words.split(), TODAY)
    assert found is not None
    assert (found[0], " ".join(found[1])) == ((first, last), rest)


@pytest.mark.parametrize("words", ["", "就医", "3", "3 就医", "13-45 就医", "至"])
def test_what_names_no_days_is_not_read(words: str) -> None:
    assert typed_spans.span(words.split(), TODAY) is None


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("sat,sun", "sat,sun"), ("六 日", "sat,sun"), ("周日、周六", "sat,sun"), ("六日", "sat,sun"), ("Saturday", "sat"),
     ("星期一，星期天", "mon,sun"), ("无", ""), ("", None)],
)  # fmt: skip
def test_rest_days_are_read_in_both_languages(cell: str, kept: str | None) -> None:
    source = f'staff_no,name,unit,休息日\n1,甲,局,"{cell}"\n'
    assert roster_import.read(source.encode())[0].rest_days == kept


@pytest.mark.parametrize("cell", ["someday", "周八", "sa"])
def test_other_rest_days_are_refused(cell: str) -> None:
    with pytest.raises(Refusals) as refused:
        roster_import.read(f"staff_no,name,unit,rest_days\n1,甲,局,{cell}\n".encode())
    assert [r.key for r in refused.value.refusals] == ["roster.rest_days"]


WHO = ("李梅", "Ann Lee", "孙阿姨", "刘大爷")
ACTS = st.lists(st.tuples(st.sampled_from(("excuse", "withdraw", "zero", "missed")), st.sampled_from(WHO)), max_size=12)
CLOSES = ("8:00", "9:45", "10:02", "10:40", "15:00", "23:58")


def _mirror(world: World) -> Figures:
    """Return the figures of the unit, counted one by one."""
    with world.database.reading() as session:
        period = world.period(session)
        unit = units.unit_at(session, "区局/一站")
        rows = session.exec(select(Report).where(figures.rows_of(session, period, unit))).all()
    silent = [r for r in rows if r.state == "due"]
    excused = sum(1 for r in silent if r.excused)
    return Figures(
        zero=sum(r.state == "zero" for r in rows), filled=sum(r.state == "filled" for r in rows), excused=excused,
        due=len(silent) - excused, late=sum(r.late for r in rows), proxy=sum(r.proxy for r in rows),
        uncontacted=sum(r.uncontacted for r in rows),
    )  # fmt: skip


def _act(world: World, act: str, who: str) -> None:
    """Do it; what cannot be done then is refused, and changes nothing."""
    ward = who in ("孙阿姨", "刘大爷")
    if act == "excuse":
        world.says("王建国", f"准假 {who} 1d 就医")
    elif act == "withdraw":
        with world.database.reading() as session:
            last = session.exec(select(func.max(Absence.id)).where(Absence.person_id == world.report(who).person_id))
            world.forges("王建国", f"leave.withdraw.{last.one() or 0}")
    elif ward:
        world.forges("张伟", f"wards.{'zero' if act == 'zero' else 'uncontacted'}.{world.report(who).id}")
    elif act == "zero":
        world.says(who, "零报告")


@pytest.mark.world(begin=without_groups)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(ACTS, min_size=len(CLOSES), max_size=len(CLOSES)))
def test_figures_add_up_and_as_at_close_never_changes(
    begun: Begun, engines: Engines, tmp_path: Path, plan: list[list[tuple[str, str]]]
) -> None:  # fmt: skip
    world = begun.world(engines.on(f"sqlite:///{begun.file(tmp_path)}"))
    kept: Figures | None = None
    for wall, acts in zip(CLOSES, plan, strict=True):
        world.at(wall)
        for act, who in acts:
            _act(world, act, who)
            now = world.figures("区局/一站")
            assert now == _mirror(world)
            assert now.expected + now.excused == 6
            kept = kept or world.at_close("区局/一站")
            assert world.at_close("区局/一站") == kept
    world.at("0:05", MONDAY + timedelta(days=1))
    assert kept is None or world.at_close("区局/一站") == kept
    with world.database.reading() as session:
        assert verification.verify(session).differs == []
    world.database.close()


def test_a_roster_brings_and_takes_rest_days(database: Database) -> None:
    def take(cell: str) -> str | None:
        with database.writing() as session:
            roster_import.take(session, roster_import.read(f"staff_no,name,unit,rest_days\n1,甲,局,{cell}\n".encode()))
            return people.find_person(session, "1").rest_days

    assert [take(c) for c in ("sat", "", "日", "none")] == ["sat", "sat", "sun", ""]
