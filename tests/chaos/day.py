"""Play the day: a bureau on Telegram, two programs, and blows that fall on them while people report."""

import contextlib
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import col, select

from models.changes import roster_import
from models.core.database import Database, connect
from models.core.leases import Lease
from models.core.schema import migrate
from models.cycle import assignment_changes
from models.cycle.steps import Step
from models.forms import versions
from models.messaging import enrolment
from models.organisation.people import Kind
from models.organisation.people import Person as Somebody
from models.organisation.units import unit_at
from models.time.times import Times
from tests.chaos.clock import FILE, Winder
from tests.chaos.slots import Slot
from tests.fakes.telegram import TOKEN, BotApi, Group, Person
from tests.support.cluster import Cluster
from tests.support.program import Office, until
from tests.support.tomorrow import NEXT
from tests.support.world import HEALTH, ZONE

TIMES = Times.make(opens="07:30", remind="08:00", due="08:40", summary="08:45", escalate="08:55", lock="11:00")
STATIONS = 4
Blow = Callable[[], None]
FAST = 600.0  # how fast the rest of the day goes by


def at(wall: str) -> datetime:
    return datetime.combine(NEXT, datetime.strptime(wall, "%H:%M").time(), ZONE)  # noqa: DTZ007


@dataclass
class Day:
    """Who takes part, and what has to be known at the end."""

    office: Office
    api: BotApi
    winder: Winder
    people: list[Person]
    groups: list[Group]
    slots: list[Slot]
    server: Cluster | None = None
    ended: list[int] = field(default_factory=list)  # exit codes of programs that nobody killed
    blows: list[str] = field(default_factory=list)
    long: list[datetime] = field(default_factory=list)  # moments at which the database had been away for an outage
    queries: dict[int, list[object]] = field(default_factory=dict)

    # the blows

    def kill_a_program(self) -> None:
        slot = random.choice(self.slots)
        slot.kill()
        time.sleep(random.uniform(0.2, 2))
        slot.start()

    def freeze_a_program(self) -> None:
        slot = random.choice(self.slots)
        assert slot.process
        slot.process.send_signal(signal.SIGSTOP)
        time.sleep(8)
        slot.process.send_signal(signal.SIGCONT)

    def stop_the_database(self) -> None:
        assert self.server
        self.server.primary.stop()
        time.sleep(random.uniform(1, 7))
        self.server.primary.start()

    def stop_the_database_for_long(self) -> None:
        assert self.server
        self.server.primary.stop()
        time.sleep(12)
        self.long.append(self.winder.true())
        self.server.primary.start()

    def freeze_the_database(self) -> None:
        assert self.server
        self.server.primary.freeze(on=True)
        time.sleep(random.uniform(1, 7))
        self.server.primary.freeze(on=False)

    def fail_over(self) -> None:
        assert self.server
        if self.server.primary is not self.server.standby:
            self.server.fail_over()

    def fill_the_disk(self) -> None:
        """Let no file of the programs grow any more: every write fails, as on a full disk."""
        import resource

        for slot in self.slots:
            assert slot.process
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(slot.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        time.sleep(random.uniform(1, 7))
        for slot in self.slots:
            assert slot.process
            with contextlib.suppress(ProcessLookupError):
                unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
                resource.prlimit(slot.process.pid, resource.RLIMIT_FSIZE, unlimited)

    def set_the_clock_ahead(self) -> None:
        self._set_the_clock(timedelta(days=1))

    def set_the_clock_back(self) -> None:
        self._set_the_clock(timedelta(days=-1))

    def _set_the_clock(self, by: timedelta) -> None:
        self.winder.set_wrong(by)
        time.sleep(random.uniform(1, 4))
        self.winder.set_wrong(timedelta(0))

    def lose_replies(self) -> None:
        for method in ("sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates"):
            self.api.fail(method, times=random.randrange(1, 4), lost=True)

    def flood(self) -> None:
        self.api.flood(random.uniform(1, 3))

    def cut_the_network(self) -> None:
        with self.api.cut():
            time.sleep(random.uniform(1, 5))

    def all_blows(self) -> list[Blow]:
        common = [
            self.kill_a_program, self.freeze_a_program, self.set_the_clock_ahead, self.set_the_clock_back,
            self.lose_replies, self.flood, self.cut_the_network,
        ]  # fmt: skip
        on_server = [self.stop_the_database, self.stop_the_database_for_long, self.freeze_the_database, self.fail_over]
        return common + (on_server if self.server else [self.fill_the_disk])

    # the course of it

    def suffer(self, blows: Sequence[Blow], pause: float = 1.0) -> None:
        """Strike one blow after the other, while everybody reports, some of them three times."""
        hands = threading.Thread(target=self._tap_all, args=(len(blows) * (pause + 3),))
        hands.start()
        for blow in blows:
            self.blows.append(f"{self.winder.true().astimezone(ZONE):%H:%M:%S} {blow.__name__}")
            blow()
            time.sleep(pause)
            self.ended += [code for slot in self.slots if (code := slot.supervise()) is not None]
        hands.join()

    def _tap_all(self, seconds: float) -> None:
        """Let each tap at a moment of their own; every fifth types, every seventh taps three times."""
        left = random.sample(self.people, len(self.people))
        for n, person in enumerate(left):
            time.sleep(seconds / len(left))
            if n % 5 == 4:
                person.say("零报告")
            else:
                times = 3 if n % 7 == 6 else 1
                self.api.until(lambda p=person: any("零报告" in w for m in p.seen for w in m.buttons), 60)
                self.queries[person.id] = [person.tap("零报告") for _ in range(times)]

    def told(self) -> set[int]:
        """Return who was told that a report is recorded: by the toast, or by a receipt in the chat."""
        by_toast = {
            number
            for number, made in self.queries.items()
            if any("已" in (q.answer or "") for q in made)  # type: ignore[attr-defined]
        }
        return by_toast | {p.id for p in self.people if any("回执" in m.text for m in p.seen)}


def organisation(database: Database, api: BotApi, count: int) -> list[Person]:
    """Make an organisation of that many people in a few stations, each enrolled with a Telegram account; an admin and a
    lead for each station."""
    role = dict.fromkeys(range(1, STATIONS + 1), "lead")
    lines = ["0000,周敏,区局,admin"]
    lines += [f"{n:04},员工{n},区局/{n % STATIONS + 1}站,{role.get(n, '')}" for n in range(1, count)]
    now = datetime.now(ZONE)
    with database.writing() as session:
        roster_import.take(session, roster_import.read("\n".join(["staff_no,name,unit,role", *lines]).encode()))
        staff = session.exec(select(Somebody).where(Somebody.kind == Kind.STAFF).order_by(Somebody.staff_no)).all()  # type: ignore[arg-type]
        for who in staff:
            enrolment.enrol(session, who, "telegram", str(10_000 + who.id), str(10_000 + who.id), now)
        version, _ = versions.store(session, HEALTH, now)
        assignment_changes.assign(
            session, version, unit_at(session, "区局"), now, calendar=f"once:{NEXT}", times=TIMES,
            timezone="Asia/Shanghai",
        )  # fmt: skip
        return [Person(api, 10_000 + who.id, who.name) for who in staff]


@contextmanager
def begun(folder: Path, url: str, count: int, speed: float, server: Cluster | None = None) -> Iterator[Day]:
    """Begin the morning: everybody has a prompt, the groups are bound, two programs run."""
    office = Office(folder, url)
    database = connect(url)
    migrate(database)
    with ExitStack() as stack:
        stack.callback(database.close)
        api = stack.enter_context(BotApi())
        people = organisation(database, api, count)
        winder = Winder(folder / "clock.json")
        winder.begin(at("07:29"), speed)
        api.call(lambda: setattr(api, "now", winder.true))
        told = {
            "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "TELEGRAM_PER_SECOND": "200",
            "REPORT_AT": "11:10", FILE: str(winder.file),
        }  # fmt: skip
        slots = [Slot(office, told, name) for name in ("one", "two")]
        for slot in slots:
            stack.callback(slot.end)
            slot.start()
        groups = [Group(api, -1001112223330 - n, f"{n}站群") for n in range(1, STATIONS + 1)]
        day = Day(office, api, winder, people, groups, slots, server)
        api.until(lambda: api.bot.polls, 60)
        for n, group in enumerate(groups, 1):
            people[0].add_bot(group)
            people[0].say(f"/bind 区局/{n}站", to=group)
        api.until(lambda: all(group.seen for group in groups), 60)
        api.until(lambda: all(any("零报告" in w for m in p.seen for w in m.buttons) for p in people), 60)
        yield day


def leader(database: Database) -> str | None:
    with database.reading() as session:
        return session.exec(select(Lease.holder).where(Lease.name == "clock")).first()


def finish(day: Day, url: str, seconds: float = 240) -> None:
    """Wait for quiet: everything that was reported is answered, and the day runs on to its end."""
    day.api.until(lambda: not day.api.bot.updates, seconds)
    day.api.until(lambda: all(any("回执" in m.text for m in p.seen) for p in day.people), seconds)
    day.winder.run(FAST)
    database = connect(url)

    def over() -> bool:
        day.ended.extend(code for slot in day.slots if (code := slot.supervise()) is not None)
        with database.reading() as session:
            return not session.exec(select(Step.id).where(col(Step.done_at).is_(None))).first()

    try:
        until(over, seconds, 0.5)
    finally:
        database.close()
