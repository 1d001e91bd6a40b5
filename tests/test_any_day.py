"""Play any day, said and tapped as people do it: figures add up, as at close never changes, no report is lost. A small
model, which knows nothing of the program but the names of the figures, says what should be there.

A failing day is reported as it was, without shrinking, because each example takes a second or more. Left out: alerts,
reports about units, and the exact instant after an outage."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import col, select

from models.core.database import Database
from models.evidence import verification
from models.organisation import people
from models.organisation.units import Unit
from models.reporting import figures, snapshots
from models.reporting.figures import Figures
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from tests.support.beginnings import Begun, without_groups
from tests.support.databases import Engines
from tests.support.world import MONDAY

EXAMPLES = 5
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # a failing day is told as it was: shrinking it takes minutes
TUESDAY = MONDAY + timedelta(days=1)
NUMBER = {
    "陈局": "1001", "周敏": "1002", "王建国": "1003", "张伟": "1004", "李梅": "1005", "Ann Lee": "1006",
    "刘大爷": "2001", "孙阿姨": "2002", "赵强": "1007", "钱丽": "1008",
}  # fmt: skip
UNIT = {
    "陈局": "区局",
    "周敏": "区局",
    "赵强": "区局/二站",
    "钱丽": "区局/二站",
}  # as frozen in the morning; the others 一站
WARDS = ("刘大爷", "孙阿姨")
SPEAKERS = tuple(who for who in NUMBER if who not in WARDS)
ENGLISH = ("Ann Lee",)  # who reads it
MEMBERS, LEAD = ("Ann Lee", "李梅", "钱丽"), "陈局"  # who leads them wherever they are transferred
WALLS = ("8:00", "9:20", "10:05", "10:30", "12:00", "18:00", "23:50", "24:10", "26:00")


class Model:
    """What a clerk with a sheet of paper would have: one line a person, kept at the deadline."""

    def __init__(self) -> None:
        self.state = dict.fromkeys(NUMBER, "due")
        self.filings: dict[str, list[str]] = {who: [] for who in NUMBER}
        self.proxy: set[str] = set()
        self.late: set[str] = set()
        self.uncontacted: set[str] = set()
        self.temperature: dict[str, str] = {}
        self.excused: set[str] = set()
        self.reopened: set[str] = set()
        self.left: set[str] = set()
        self.closed = self.locked = False
        self.kept: dict[str, tuple[int, ...]] = {}

    def open_to(self, who: str) -> bool:
        return (not self.locked or who in self.reopened) and who not in self.left

    def file(self, who: str, kind: str, *, proxy: bool = False) -> None:
        if self.state[who] == "due" and self.closed:
            self.late.add(who)
        self.state[who] = kind
        self.filings[who].append(kind)
        (self.proxy.add if proxy else self.proxy.discard)(who)

    def figures(self, path: str) -> tuple[int, ...]:
        """zero, filled, excused, due, missing, late, proxy, not reached."""
        rows = [who for who in NUMBER if (UNIT.get(who, "区局/一站") + "/").startswith(path + "/")]
        silent = [w for w in rows if self.state[w] == "due" and w not in self.excused]
        excused = [w for w in rows if self.state[w] == "due" and w in self.excused]
        filed = [sum(self.state[w] == kind for w in rows) for kind in ("zero", "filled")]
        due = (0, len(silent)) if self.locked else (len(silent), 0)
        marks = [sum(w in marked for w in rows) for marked in (self.late, self.proxy, self.uncontacted)]
        return (*filed, len(excused), *due, *marks)


class AnyDay(RuleBasedStateMachine):
    """One example: a copy of the morning, and what happens from then on until the night after the lock."""

    morning: Begun
    engines: Engines
    folder: Path

    @initialize()
    def the_day_is_open(self) -> None:
        self.path = self.morning.file(self.folder)
        self.database: Database = self.engines.on(f"sqlite:///{self.path}")
        self.world = self.morning.world(self.database)
        self.world.clock.at = self.world.local("7:31")
        self.world.tick()
        self.model = Model()
        self.walls = list(WALLS)

    def teardown(self) -> None:
        if not hasattr(self, "database"):
            return
        while self.walls:
            self.time_passes()
            self.it_holds()
        with self.database.reading() as session:
            assert verification.verify(session).differs == []
            assert self.world.period(session).locked_at is not None
        self.database.close()
        self.path.unlink()

    # what happens

    @rule(who=st.sampled_from(SPEAKERS))
    def somebody_says_zero(self, who: str) -> None:
        if self.model.locked or who in self.model.left:
            return  # after the lock the word is about the new day
        self.world.says(who, "零报告")
        if self.model.state[who] == "due" or (self.model.state[who] == "zero" and who in self.model.proxy):
            self.model.file(who, "zero")

    @rule(who=st.sampled_from(SPEAKERS), temperature=st.sampled_from(["36.5", "38.1"]))
    def somebody_fills_in_the_form(self, who: str, temperature: str) -> None:
        if self.model.locked or who in self.model.left:
            return
        change, submit = ("✏️ Temperature", "Submit") if who in ENGLISH else ("✏️ 体温", "提交")
        before = self.model.state[who]
        if before != "due" and who == "张伟" and any(self.model.state[ward] == "due" for ward in WARDS):
            self.world.taps(who, "✏️ 修改")  # the command would show the wards, who still owe a report
        else:
            self.world.says(who, "/report")
        if before == "filled":  # one's own is shown once more, to be changed
            self.world.taps(who, change)
            self.world.says(who, temperature)
        else:
            for words in (temperature, "2", "跳过"):
                self.world.says(who, words)
        self.world.taps(who, submit)
        if self.model.temperature.get(who) != temperature or self.model.state[who] != "filled":
            self.model.file(who, "filled")
        self.model.temperature[who] = temperature

    @rule()
    def the_reporter_says_that_all_are_well(self) -> None:
        due = [w for w in WARDS if self.model.state[w] == "due"]
        if self.model.locked or len(due) < 2:
            return  # a single one is tapped by name
        self.world.taps("张伟", "全部正常")
        self.world.taps("张伟", "是，全部正常")
        for who in due:
            self.model.file(who, "zero", proxy=True)

    @rule(who=st.sampled_from(WARDS))
    def the_reporter_does_not_reach_somebody(self, who: str) -> None:
        if self.model.locked or self.model.state[who] != "due":
            return
        self.world.taps("张伟", who)
        self.world.taps("张伟", "未联系上")
        self.model.file(who, "filled", proxy=True)
        self.model.uncontacted.add(who)

    @rule(who=st.sampled_from(MEMBERS))
    def a_lead_files_for_somebody(self, who: str) -> None:
        if self.model.locked or who in self.model.left:
            return
        self.world.says(LEAD, f"/proxy {NUMBER[who]} zero 电话确认")
        offered = any("确认" in label for label in self.world.last(LEAD).labels)
        free = self.model.state[who] == "due" or who in self.model.proxy
        assert offered == free, "nobody overwrites another's own report"
        if offered:
            self.world.taps(LEAD, "确认", self.world.last(LEAD))
            if who not in self.model.proxy:  # the same once more is no new version
                self.model.file(who, "zero", proxy=True)

    @rule(who=st.sampled_from(MEMBERS))
    def somebody_is_excused(self, who: str) -> None:
        if self.model.locked or who in self.model.left:
            return
        self.world.says(LEAD, f"/excuse {NUMBER[who]} 1d 病假")
        self.model.excused.add(who)

    @rule(who=st.sampled_from(MEMBERS))
    def somebody_leaves_the_organisation(self, who: str) -> None:
        if self.model.locked or who in self.model.left:
            return
        self.world.says("周敏", f"/people leave {NUMBER[who]} 今天")
        self.world.taps("周敏", "确认", self.world.last("周敏"))
        self.model.left.add(who)
        self.model.excused.add(who)

    @rule(who=st.sampled_from(MEMBERS), unit=st.sampled_from(["区局/一站", "区局/二站"]))
    def somebody_is_transferred(self, who: str, unit: str) -> None:
        """Transfer somebody, which moves no history: the day's row stays where it was asked."""
        if who in self.model.left:
            return
        self.world.says("周敏", f"/people move {NUMBER[who]} {unit} 今天")
        if any("确认" in label for label in self.world.last("周敏").labels):
            self.world.taps("周敏", "确认", self.world.last("周敏"))

    @rule(who=st.sampled_from(["李梅", "Ann Lee", "钱丽", "王建国"]))
    @precondition(lambda self: self.model.locked)
    def a_day_is_reopened_for_somebody_who_then_reports(self, who: str) -> None:
        if who in self.model.left or who in self.model.reopened:
            return
        self.world.says("周敏", f"/reopen {NUMBER[who]} 11-23 误报")
        self.world.taps("周敏", "确认", self.world.last("周敏"))
        self.model.reopened.add(who)
        before = self.model.state[who]
        self.world.taps(who, "零报告", self.world.last(who))
        if before == "due" or (before == "zero" and who in self.model.proxy):
            self.model.file(who, "zero")

    @rule()
    def time_passes(self) -> None:
        if self.walls:
            self._until(self.world.at, self.walls.pop(0))

    @rule(hours=st.integers(1, 4))
    def the_program_is_down_for_a_while(self, hours: int) -> None:
        later = self.world.clock.at + timedelta(hours=hours)
        if later < self.world.local("23:30", MONDAY):
            self.walls = [w for w in self.walls if self._instant(w) > later]
            self._until(lambda *_: self.world.sleep_until(f"{later:%H:%M}", later.date()), "")

    def _instant(self, wall: str) -> object:
        hours, minutes = map(int, wall.split(":"))
        return self.world.local("0:00", MONDAY) + timedelta(hours=hours, minutes=minutes)

    def _until(self, wait: Callable[..., object], wall: str) -> None:
        """Nothing but the clock's own steps happens meanwhile; at a close the paper is copied."""
        hour = int(wall.partition(":")[0] or 0)
        day: date = TUESDAY if hour >= 24 else MONDAY
        wait(f"{hour % 24}:{wall.partition(':')[2]}", day) if wall else wait()
        with self.database.reading() as session:
            period = self.world.period(session)
            if period.closed_at and not self.model.closed:
                self.model.closed = True
                self.model.kept = {path: self.model.figures(path) for path in ("区局", "区局/一站", "区局/二站")}
            self.model.locked = period.locked_at is not None

    # what always holds

    @invariant()
    def it_holds(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as session:
            period = self.world.period(session)
            units = {u.path: u for u in session.exec(select(Unit)).all()}
            for path in ("区局", "区局/一站", "区局/二站"):
                now = figures.now(session, period, units[path])
                assert now == Figures(*self.model.figures(path)), path
                assert figures.by_place(session, period)[path][1] == now, path
                assert now.received + now.silent == now.expected
                kept = snapshots.at_close(session, period, units[path])
                assert (kept.counts() if kept else None) == self.model.kept.get(path), path
            for who, filings in self.model.filings.items():
                about = people.find_person(session, NUMBER[who])
                made = select(Revision.kind).join(Report, col(Report.id) == col(Revision.report_id))
                made = made.where(Report.period_id == period.id, Report.person_id == about.id)
                assert list(session.exec(made.order_by(col(Revision.number))).all()) == filings, who


@pytest.mark.world(begin=without_groups)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whatever_happens_in_a_day_is_what_the_paper_says(begun: Begun, engines: Engines, tmp_path: Path) -> None:
    AnyDay.morning, AnyDay.engines, AnyDay.folder = begun, engines, tmp_path
    run_state_machine_as_test(
        AnyDay,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
