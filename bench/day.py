"""Play one working day of the organisation, on the code that runs it: what the clock does, what people do,
who reads."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bench import world
from bot.clock import Clock
from bot.desk import Desk
from handlers import sweep
from handlers.core.context import Defaults
from handlers.core.incoming import Incoming
from models.core.database import Database
from models.cycle import periods
from models.cycle.periods import Period
from models.cycle.places import Place
from models.cycle.steps import Heartbeat, StepKind, due_step
from models.messaging import cards, contents, delivery_queue, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.delivery_queue import Shown
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures, report_context, revisions
from models.reporting.reports import Report, State
from models.reporting.revisions import Filing
from models.summaries import view

MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ILL = {"who": "self", "temperature": 37.8, "symptoms": ["fever", "cough"], "contact": "no", "since": "2026-11-22"}
STATEMENT = "自上次报告至此刻，本人及同住家人无发热、无接触史。"
READS, TAPS = 25, 2000


class Hands(Clock):
    """A clock that is put forward by hand."""

    at = MORNING

    def now(self) -> datetime:
        return self.at


class Day:
    """One working day on a database, each of its transactions timed; milliseconds by the name of what was done."""

    def __init__(self, database: Database, day: datetime) -> None:
        self.database, self.day, self.clock = database, day, Hands()
        self.desk = Desk(database, Defaults(), self.clock, None)  # type: ignore[arg-type]
        self.took: dict[str, list[float]] = defaultdict(list)
        self.busy: dict[str, list[float]] = defaultdict(list)  # the same in processor time: other programs do not count
        self.updates = 0

    def transact(self, name: str, work: Callable[[Session, datetime], Any]) -> Any:
        start, busy = time.perf_counter(), time.thread_time()
        done = self.desk.transact(work)
        self.took[name].append((time.perf_counter() - start) * 1000)
        self.busy[name].append((time.thread_time() - busy) * 1000)
        return done

    def until(self, hour: int, minute: int = 0) -> None:
        """Do everything that is due until then, as bot/scheduler.py does it."""
        self.clock.at = max(self.clock.at, self.day.replace(hour=0, minute=0) + timedelta(hours=hour, minutes=minute))
        busy = True
        while busy:
            with self.database.reading() as session:
                step = due_step(session, self.clock.at)
            busy = self.transact(step.kind if step else "tick", self._tick)

    def _tick(self, session: Session, now: datetime) -> bool:
        return sweep.beat(session, now, timedelta.max) is not None or sweep.work(self.desk.context(session, now))

    def deliver(self) -> None:
        """Claim everything that waits and note it as shown, without a platform in between."""
        self.clock.at += timedelta(minutes=1)  # a wave has left its :00 by then
        while taken := self.transact("claim", self._claim):
            self.transact("note", lambda session, now: self._note(session, now, taken))

    def _claim(self, session: Session, now: datetime) -> list[Shown]:
        lanes = [delivery_queue.claim(session, now, world.CHANNEL, lane) for lane in Lane]
        return [Shown(it.card.id, now, it.card.wanted_id, str(it.card.id)) for taken in lanes for it in taken]

    def _note(self, session: Session, now: datetime, taken: list[Shown]) -> None:
        delivery_queue.note_shown(session, taken, now)

    def period(self) -> Period:
        with self.database.reading() as session:
            return periods.of_day(session, self.day.date())[0]

    def silent(self) -> list[int]:
        """Return the ids of the reports still due, in no order."""
        with self.database.reading() as session:
            period = self.period()
            due = select(Report.id).where(Report.period_id == period.id, Report.state == State.DUE)
            found = list(session.exec(due).all())
        random.Random(1).shuffle(found)
        return found

    def tap(self, ids: list[int]) -> None:
        """Let these people press 零报告, each in a transaction of its own."""
        period = self.period()
        for report_id in ids:
            with self.database.reading() as session:
                row = session.get_one(Report, report_id)
                address = session.exec(select(Address).where(Address.person_id == row.person_id)).one()
                card = live_messages.current(session, report_context.report_slot(row, address))
            self.updates += 1
            self.clock.at += timedelta(milliseconds=20)
            incoming = Incoming(
                channel=world.CHANNEL, bot="b", update=f"{period.id}.{self.updates}", account=address.account,
                chat=address.chat, private=True, at=self.clock.at, data=f"report.zero.{period.id}",
                message=card.message if card else None,
            )  # fmt: skip
            answer = self.transact("tap", lambda session, now: self.desk.handle(session, now, incoming))  # noqa: B023
            assert answer and not answer.alert, answer

    def file(self, ids: list[int]) -> None:
        """File for many without the conversation: 2 in 100 have something to report."""
        for at in range(0, len(ids), 500):
            with self.database.writing() as session:
                period = session.get_one(Period, self.period().id)
                for report_id in ids[at : at + 500]:
                    report = session.get_one(Report, report_id)
                    by = session.get_one(Person, report.person_id)
                    filing = Filing(State.ZERO, by, world.CHANNEL, self.clock.at, statement=STATEMENT)
                    if report_id % 50 == 0:
                        filing = Filing(State.FILLED, by, world.CHANNEL, self.clock.at, answers=ILL)
                    revisions.file(session, period, report, filing)

    def read(self, name: str, question: Callable[[Session, Period], object], times: int = READS) -> None:
        """Time a read that nobody waits behind, and that starts with an empty session each time."""
        period_id = self.period().id
        for _ in range(times):
            with self.database.reading() as session:
                start, busy = time.perf_counter(), time.thread_time()
                question(session, session.get_one(Period, period_id))
                self.took[name].append((time.perf_counter() - start) * 1000)
                self.busy[name].append((time.thread_time() - busy) * 1000)

    def live(self) -> None:
        """Play from the morning to the lock: open, ask, tap, half filed, remind the rest, close, summaries,
        escalations."""
        self.clock.at = self.day
        with self.database.writing() as session:
            session.merge(Heartbeat(at=self.day))
            self.clock.at += timedelta(minutes=1)
        self.until(7, 31)
        self.deliver()
        silent = self.silent()
        taps = min(TAPS, len(silent) // 10)
        self.tap(silent[:taps])
        self.file(silent[taps : len(silent) // 2])
        self.read("root summary", lambda s, p: view.summary(s, p, s.get_one(Unit, 1)).indicators)
        self.read("root figures", lambda s, p: figures.now(s, p, s.get_one(Unit, 1)))
        self.read("leaf summary", lambda s, p: view.summary(s, p, _leaf(s)).indicators)
        self.read("peer: rows counted in Python", _count_rows, 5)
        self.file(silent[len(silent) // 2 : len(silent) * 90 // 100])
        self.until(9, 31)
        self.file(silent[len(silent) * 90 // 100 : len(silent) * 98 // 100])
        for hour, minute in ((10, 1), (10, 6), (10, 16), (10, 26), (11, 1), (24, 1)):
            self.until(hour, minute)
        self.deliver()
        month_ago, place = self.clock.at - timedelta(days=30), [0]
        while self.transact("forget", lambda session, _: cards.forget(session, month_ago)):
            pass
        for _ in range(20):
            place[0] = self.transact("forget", lambda session, _: cards.forget_words(session, place[0]))

    def open_as_peer(self) -> None:
        """Time what one would write first: an object and an `add` for each row, one transaction; rolled back
        afterwards."""
        start = time.perf_counter()
        with Session(self.database.write) as session:
            last = self.period()
            period = Period(**last.model_dump(exclude={"id", "day"}), day=last.day - timedelta(days=9999))
            session.add(period)
            session.flush()
            places = {p.unit_id: p.id for p in session.exec(select(Place)).all()}
            wanted = contents.words(session, contents.Content(f"peer {period.id}"))
            query = select(Person, world.Membership, Address).join(world.Membership).join(Address)
            rows = [
                (Report(period_id=period.id, person_id=person.id, place_id=places[membership.unit_id]), address)
                for person, membership, address in session.exec(query.where(Address.reach == "reachable")).all()
            ]
            session.add_all(report for report, _ in rows)
            session.flush()  # the cards' keys need the reports' ids
            for report, address in rows:
                session.add(
                    Card(subject=Subject.REPORT, subject_id=subject_id(report.id), address_id=address.id,
                         channel=address.channel,
                         kind=Kind.ASK, lane=Lane.BULK, wanted_id=wanted, anew=False,
                         not_before=self.clock.at, created_at=self.clock.at)
                )  # fmt: skip
            session.flush()
            self.took["peer: an ORM object per row"].append((time.perf_counter() - start) * 1000)
            session.rollback()

    def table(self) -> dict[str, float]:
        """Return the figures of the README, in milliseconds."""
        t = self.took
        taps = quantiles(t["tap"], n=100)
        steps = [*StepKind]
        return {
            "opening": sum(t["open"] + t["ask"]), "opening, longest": max(t["open"] + t["ask"]),
            "opening, processor time": sum(self.busy["open"] + self.busy["ask"]),
            "root summary": median(t["root summary"]),
            "root summary, processor time": median(self.busy["root summary"]),
            "root figures": median(t["root figures"]),
            "leaf summary": median(t["leaf summary"]),
            **{f"{s}, all": sum(t[s]) for s in steps[3:] if t[s]},
            **{f"{s}, longest": max(t[s]) for s in steps[3:] if t[s]},
            "tap, median": median(t["tap"]), "tap, processor time": median(self.busy["tap"]), "tap, 99th": taps[98],
            "claim, median": median(t["claim"]), "claim, longest": max(t["claim"]), "note, longest": max(t["note"]),
            "forget, longest": max(t["forget"]),
            "longest, any step": max(x for s in steps for x in t[s]),
            "longest, processor time": max(x for took in self.busy.values() for x in took),
            **{name: median(took) for name, took in t.items() if name.startswith("peer") and took},
        }  # fmt: skip


def _leaf(session: Session) -> Unit:
    return session.exec(select(Unit).order_by(col(Unit.id).desc())).first()  # type: ignore[return-value]


def _count_rows(session: Session, period: Period) -> Counter[Any]:
    columns = (Report.state, Report.late, Report.proxy, Report.uncontacted, Report.excused)
    return Counter(session.execute(select(*columns).where(Report.period_id == period.id)).all())  # type: ignore[call-overload]
