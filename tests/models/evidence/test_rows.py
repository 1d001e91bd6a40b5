"""Behind every figure stand exactly as many rows as it says, whatever happened that day."""

from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from models.core.errors import Refusal
from models.cycle.periods import Period, Phase
from models.evidence import rows as evidence_rows
from models.evidence import seals
from models.evidence.rows import FIGURES
from models.organisation import people, units
from models.reporting import figures, reports, revisions
from models.reporting.reports import Report, State
from models.reporting.revisions import Filing
from tests.support.world import World

EXAMPLES = {"sqlite": 60, "postgresql": 5}  # the search is for days that do not add up, which both would count alike
UNITS = ("区局", "区局/一站", "区局/二站", "区局/防疫专班")
FILED = st.tuples(
    st.sampled_from(["zero", "filled"]), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, "病假"])
)
SILENT = st.tuples(
    st.just("due"), st.just(False), st.just(False), st.just(False), st.sampled_from([None, "病假", "外出"])
)
DAY = st.tuples(
    st.lists(st.one_of(FILED, SILENT), min_size=10, max_size=10), st.sampled_from([Phase.OPEN, Phase.LOCKED])
)


def test_the_rows_behind_a_figure_number_exactly_the_figure(world: World, database_kind: str) -> None:
    @settings(max_examples=EXAMPLES[database_kind], deadline=None, suppress_health_check=list(HealthCheck))
    @given(DAY)
    def check(day: tuple[list[tuple[str, bool, bool, bool, str | None]], Phase]) -> None:
        states, phase = day
        with world.database.writing() as session:
            period = world.period(session)
            period.phase = phase
            session.add(period)
            rows = session.exec(select(Report).order_by(Report.id)).all()  # type: ignore[arg-type]
            for report, (state, late, proxy, uncontacted, excused) in zip(rows, states, strict=True):
                report.state, report.late, report.proxy, report.excused = state, late, proxy, excused
                report.uncontacted = uncontacted and state == "filled"
                session.add(report)
            session.flush()
            for path in UNITS:
                unit = units.unit_at(session, path)
                now = figures.now(session, period, unit)
                found = {f: len(evidence_rows.rows(session, period, unit, f, 100)) for f in FIGURES}
                assert found == {f: getattr(now, f) for f in FIGURES}, path
            session.rollback()

    check()


WHO = ("李梅", "张伟", "钱丽", "陈局", "刘大爷")
EVENTS = st.lists(st.tuples(st.sampled_from(WHO), st.sampled_from(["zero", "filled"]), st.booleans()), max_size=10)


def test_what_left_a_figure_since_the_close_are_those_who_counted_then_and_do_not_now(
    world: World, database_kind: str
) -> None:
    @settings(max_examples=EXAMPLES[database_kind], deadline=None, suppress_health_check=list(HealthCheck))
    @given(EVENTS, EVENTS)
    def check(before: list[tuple[str, str, bool]], after: list[tuple[str, str, bool]]) -> None:
        with world.database.writing() as session:
            period = world.period(session)
            for event in before:
                _file(session, period, *event, world.local("8:00"))
            period.closed_at, period.close_revision = world.local("10:00"), seals.boundary(session).revision
            then = _counted(session, period)
            for event in after:
                _file(session, period, *event, world.local("10:30"))
            now = _counted(session, period)
            top = units.unit_at(session, "区局")
            for figure in ("zero", "filled", "silent", "proxy"):
                gone = {row.report.id for row in evidence_rows.left(session, period, top, figure, 100)}
                assert gone == then[figure] - now[figure], figure
            session.rollback()

    check()


def _file(session: Session, period: Period, who: str, kind: str, proxy: bool, at: datetime) -> None:
    """File for somebody, by a lead or by themselves; what is refused is left out."""
    person = people.find_person(session, who)
    by = people.find_person(session, "周敏") if proxy else person
    report = reports.of_person(session, period, person)
    filing = Filing(
        State(kind), by, "web", at, answers={"temperature": 38} if kind == "filled" else None,
        statement="无" if kind == "zero" else None, reason="电话" if proxy else None,
    )  # fmt: skip
    try:
        revisions.file(session, period, report, filing) if report else None
    except Refusal as refusal:
        assert refusal.key == "reports.own"


def _counted(session: Session, period: Period) -> dict[str, set[int]]:
    rows = session.exec(select(Report).where(Report.period_id == period.id)).all()
    return {
        "zero": {r.id for r in rows if r.state == "zero"},
        "filled": {r.id for r in rows if r.state == "filled"},
        "silent": {r.id for r in rows if r.state == "due"},
        "proxy": {r.id for r in rows if r.proxy},
    }
