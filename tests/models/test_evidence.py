"""Behind every figure stand exactly as many rows as it says, whatever happened that day."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from models import evidence, figures, people
from models.database import Database
from models.evidence import FIGURES
from models.periods import Phase
from models.reports import Report
from tests.world import World

UNITS = ("区局", "区局/一站", "区局/二站", "区局/防疫专班")
FILED = st.tuples(
    st.sampled_from(["zero", "filled"]), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, "病假"])
)
SILENT = st.tuples(
    st.just("due"), st.just(False), st.just(False), st.just(False), st.sampled_from([None, "病假", "外出"])
)
DAY = st.tuples(st.lists(st.one_of(FILED, SILENT), min_size=10, max_size=10), st.sampled_from([Phase.OPEN, Phase.LOCKED]))


def test_the_rows_behind_a_figure_number_exactly_the_figure(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.at("7:30")

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(DAY)
    def check(day: tuple[list[tuple[str, bool, bool, bool, str | None]], Phase]) -> None:
        states, phase = day
        with database.writing() as session:
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
                unit = people.unit_at(session, path)
                now = figures.now(session, period, unit)
                found = {f: len(evidence.rows(session, period, unit, f, 100)) for f in FIGURES}
                assert found == {f: getattr(now, f) for f in FIGURES}, path
            session.rollback()

    check()


def test_what_left_a_figure_and_what_stayed_add_up_to_the_close(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.at("7:30")

    events = st.lists(st.tuples(st.sampled_from(["李梅", "张伟", "钱丽", "陈局"]), st.booleans()), max_size=8)
    for who in ("李梅", "钱丽"):
        world.taps(who, "零报告")
    world.at("10:30")

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(events)
    def check(happened: list[tuple[str, bool]]) -> None:
        for who, filled in happened:
            report = world.report(who).id
            if filled:
                world.forges(who, f"fr.{report}")
                world.says(who, "38")
                world.forges(who, world.button(who, "无", None)[0].data) if _offers(world, who, "无") else None
                world.taps(who, "跳过") if _offers(world, who, "跳过") else None
                world.taps(who, "提交") if _offers(world, who, "提交") else None
            else:
                world.says(who, "零报告")
        with database.reading() as session:
            period = world.period(session)
            for path in UNITS:
                unit = people.unit_at(session, path)
                close = figures.at_close(session, period, unit)
                for figure in ("zero", "filled", "silent"):
                    rows = evidence.rows(session, period, unit, figure, 100)
                    gone = evidence.left(session, period, unit, figure, 100)
                    stayed = [r for r in rows if not _joined(session, period, figure, r)]
                    assert len(stayed) + len(gone) == getattr(close, figure), (path, figure)

    check()
