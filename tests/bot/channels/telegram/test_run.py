"""The real program on Telegram: a whole day, two programs one of which dies, killed while people tap, no network."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import func, select

from bot.lease import alone
from models.changes import roster_import
from models.core.database import Database
from models.core.errors import Refusal
from models.core.leases import Lease
from models.messaging import enrolment
from models.organisation.people import Kind
from models.organisation.people import Person as Somebody
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision
from tests.fakes.telegram import TOKEN, BotApi, Group, Person
from tests.support.program import SOON, Office, Program, running
from tests.support.tomorrow import NEXT, clock
from tests.support.world import ZONE

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MODES = pytest.mark.parametrize("mode", ["polling", "webhook"])


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


def telling(api: BotApi, mode: str = "polling", port: int = 0) -> dict[str, str]:
    told = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "TELEGRAM_MODE": mode, "PORT": str(port)}
    return told | ({"PUBLIC_URL": f"http://127.0.0.1:{port}"} if mode == "webhook" else {})


def free_port() -> int:
    from bot.web.server import listen

    with listen("127.0.0.1", 0) as free:
        return int(free.getsockname()[1])


def staff(database: Database, api: BotApi, count: int) -> list[Person]:
    """Make an organisation of that many people, each enrolled with a Telegram account of their own."""
    lines = [f"{n:04},员工{n},区局/{n % 5}站" for n in range(count)]
    with database.writing() as session:
        roster_import.take(session, roster_import.read("\n".join(["staff_no,name,unit", *lines]).encode()))
        people = session.exec(select(Somebody).where(Somebody.kind == Kind.STAFF)).all()
        for who in people:
            chat = str(10_000 + who.id)
            enrolment.enrol(session, who, "telegram", chat, chat, datetime.now(ZONE))
    return [Person(api, 10_000 + who.id, who.name) for who in people]


def asked(api: BotApi, people: list[Person], *, seconds: float = 40) -> None:
    """Wait until everybody has a prompt."""
    api.until(lambda: all(any("零报告" in w for m in p.seen for w in m.buttons) for p in people), seconds)


@MODES
def test_the_program_asks_takes_and_sums_up_by_itself(
    office: Office, api: BotApi, database: Database, mode: str
) -> None:
    office("import", office.write("roster.csv", "staff_no,name,unit,role\n1,周敏,区局,admin\n2,李梅,区局/一站,\n"))
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    group = Group(api, -1001112223334, "区局群")
    zhou, li = Person(api, 41, "周敏"), Person(api, 42, "李梅")
    with running(office, "run", *clock("07:29", 60), **telling(api, mode, free_port())) as program:
        api.until(lambda: api.bot.polls or api.bot.webhook)
        for person, number in ((zhou, "1"), (li, "2")):
            link = next(w for w in office("invite", number, **telling(api)).stdout.split() if "t.me" in w)
            person.start(link.partition("start=")[2])
        api.until(lambda: zhou.seen and li.seen, 40)
        zhou.add_bot(group)
        zhou.say("/bind 区局", to=group)
        asked(api, [zhou, li])
        queries = [person.tap("零报告") for person in (zhou, li)]
        api.until(lambda: all("已" in (q.answer or "") for q in queries), 40)
        api.until(lambda: any("回执" in m.text for m in li.seen), 40)
        api.until(lambda: any("截至" in m.text for m in group.seen), 60)  # all have answered: at once
        assert program.stop() < SOON
        assert program.process.returncode == 0
        assert TOKEN not in program.output
    assert not [r for r in api.refused if r[0] == "sendMessage"]


def test_the_leader_killed_another_program_takes_over_within_ten_seconds(
    office: Office, api: BotApi, database: Database
) -> None:
    (li, zhang) = staff(database, api, 2)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:30:50", 1), **telling(api)) as first:
        api.until(lambda: api.bot.polls)
        with running(office, "run", *clock("07:30:55", 1), **telling(api)) as second:
            asked(api, [li, zhang], seconds=60)
            query = li.tap("零报告")
            api.until(lambda: query.answer)
            leader = _leader(database)
            first.kill()
            later = zhang.tap("零报告")
            api.until(lambda: later.answer)
            assert _leader(database) != leader
            api.until(lambda: any("回执" in m.text for m in zhang.seen))
            assert second.get("/healthz").status == 200
    assert _counts(database) == (2, 2)
    assert not [r for r in api.refused if r[1] == 409 and r[0] != "getUpdates"]


def test_another_bot_on_the_same_database_is_refused_while_the_first_runs(office: Office, api: BotApi) -> None:
    other = telling(api) | {"TELEGRAM_TOKEN": "987654321:AAE-the-token-of-another-bot-0123456789"}
    with running(office, "run", **telling(api)) as first:
        api.until(lambda: api.bot.polls)
        assert "telegram：123456789" in office("run", code=2, **other | {"LANG": "zh_CN.UTF-8"}).stderr
        assert "Stop it first" in office("run", code=2, **other).stderr
        assert "✗ other_bot (telegram:123456789)" in office("check", code=1, **other).stdout
        assert "✓ other_bot" in office("check", code=1, **telling(api)).stdout  # a second one of the same settings
        assert first.process.poll() is None


def test_the_lease_of_a_program_that_died_is_waited_for(database: Database) -> None:
    names, soon = ["clock", "telegram:2"], datetime.now(UTC) + timedelta(seconds=0.5)
    with database.writing() as session:
        session.add(Lease(name="telegram:1", holder="dead", epoch=1, until=soon))
        session.add(Lease(name="wecom:a.1", holder="another channel", epoch=1, until=soon + timedelta(hours=1)))
    alone(database, names)
    assert datetime.now(UTC) > soon
    with database.writing() as session:
        session.get_one(Lease, "telegram:1").until = datetime.now(UTC) + timedelta(seconds=5)
    renewing = threading.Timer(0.5, _renew, (database,))
    renewing.start()
    with pytest.raises(Refusal) as refused:
        alone(database, names)
    renewing.join()
    assert refused.value.values == {"channel": "telegram", "bot": "1"}


def _renew(database: Database) -> None:
    with database.writing() as session:
        session.get_one(Lease, "telegram:1").until += timedelta(seconds=1)


def _leader(database: Database) -> str | None:
    with database.reading() as session:
        return session.exec(select(Lease.holder).where(Lease.name == "clock")).first()


def _counts(database: Database) -> tuple[int, int]:
    """Return how many have filed, and in how many revisions."""
    with database.reading() as session:
        filed = session.exec(select(func.count()).select_from(Report).where(Report.state == State.ZERO)).one()
        return filed, session.exec(select(func.count()).select_from(Revision)).one()


def test_killed_again_and_again_while_people_tap_nothing_answered_is_lost(
    office: Office, api: BotApi, database: Database
) -> None:
    people = staff(database, api, 30)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:50", 10), **telling(api)) as program:
        asked(api, people)
        _tap_and_kill(program, api, people[:15], random.randrange(1, 10))
    with running(office, "run", *clock("08:10", 10), **telling(api)) as program:
        _tap_and_kill(program, api, people[15:], random.randrange(1, 10))
    with running(office, "run", *clock("08:40", 10), **telling(api)) as program:
        api.until(lambda: not api.bot.updates, 60)
        api.until(lambda: all(any("回执" in m.text for m in p.seen) for p in people), 60)
        program.stop()
    assert _counts(database) == (30, 30)
    assert "30 revisions" in office("verify").stdout


def _tap_and_kill(program: Program, api: BotApi, people: list[Person], after: int) -> None:
    made = {p.id: p.tap("零报告") for p in people}
    api.until(lambda: sum(bool(q.answer) for q in made.values()) >= after, 60)
    program.kill()


def test_a_network_cut_in_the_middle_of_a_wave_leaves_nobody_out(
    office: Office, api: BotApi, database: Database
) -> None:
    people = staff(database, api, 90)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:50", 60), **telling(api)) as program:
        api.until(lambda: sum(bool(p.seen) for p in people) >= 30, 40)
        with api.cut():
            time.sleep(2)  # the cut itself
        asked(api, people, seconds=60)
        program.stop()
    twice = sum(len(p.seen) > 1 for p in people)
    assert twice <= 30  # only what was under way at that moment may have come twice
    assert not [r for r in api.refused if r[1] == 429]
