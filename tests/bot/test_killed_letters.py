"""kill -9 of the real program while it sends the week and the official report: nobody twice, nobody forgotten."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from models.channels.webchat import Message
from models.core.database import Database, connect
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.slots import Subject
from models.operations.jobs import Job
from models.summaries.digests import Digest
from tests.support.program import Office, Program, running, until
from tests.support.world import ZONE, TestClock, World

pytestmark = pytest.mark.sqlite
STATIONS, FEW = 40, 4
Count = Callable[[Session], int]


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = connect(database_url)
    yield made
    made.close()


def bureau(database: Database, stations: int, at: datetime) -> World:
    """Make an organisation of that many stations with a lead each, and a task that is asked on this day."""
    world = World(database, clock=TestClock(at))
    lines = [f"{n:03},站长{n},区局/{n}站,lead" for n in range(1, stations + 1)]
    world.organisation("\n".join(["staff_no,name,unit,role", "000,周敏,区局,admin", *lines]), groups=False)
    world.assign(calendar=f"once:{at.date()}")
    return world


def cards(subject: Subject) -> Count:
    return lambda session: session.exec(select(func.count()).where(Card.subject == subject)).one()


def sent(subject: Subject) -> Count:
    """Count the messages of this subject that delivery has noted as sent."""
    noted = select(func.count()).where(Card.subject == subject, col(Card.message).is_not(None))
    return lambda session: session.exec(noted).one()


def under_way(database: Database, subject: Subject) -> set[str]:
    """Return the chats whose message may have left and is not noted: as every message but a group's, it comes again."""
    with database.reading() as session:
        claimed = select(Address.chat).join(Card, col(Card.address_id) == col(Address.id))
        return set(session.exec(claimed.where(Card.subject == subject, col(Card.claimed_at).is_not(None))).all())


def killed(office: Office, database: Database, wall: datetime, speed: int, count: Count, after: int) -> int:
    """Run the program until there are so many of something, and kill it; return how many there are then."""

    def far() -> bool:
        with database.reading() as session:
            return count(session) >= after

    with running(office, "run", "--clock", f"{wall:%Y-%m-%dT%H:%M:%S}×{speed}") as program:
        until(far, 60, 0.005)
        program.kill()
    with database.reading() as session:
        return count(session)


def messages(database: Database, words: str) -> Counter[str]:
    """Count the messages that say this, by chat."""
    with database.reading() as session:
        said = select(Message.chat).where(col(Message.text).contains(words), col(Message.author).is_(None))
        return Counter(session.exec(said).all())


def finished(program: Program, database: Database, count: Count, whole: int) -> None:
    def all_of_them() -> bool:
        assert program.process.poll() is None, program.output
        with database.reading() as session:
            return count(session) >= whole

    until(all_of_them, 90, 0.1)


def test_the_week_reaches_each_lead_although_the_program_is_killed_again_and_again(
    office: Office, database: Database
) -> None:
    saturday = datetime(2026, 11, 28, 7, tzinfo=ZONE)
    bureau(database, STATIONS, saturday).at("12:00", saturday.date() + timedelta(days=1))
    wall, seen = datetime(2026, 11, 30, 9, tzinfo=ZONE), []
    for after in (1, STATIONS // 2):
        seen.append(killed(office, database, wall, 1, cards(Subject.DIGEST), after))
        wall += timedelta(seconds=20)
    assert any(0 < it < STATIONS for it in seen), f"it was never killed in the middle: {seen}"
    killed(office, database, wall, 60, sent(Subject.DIGEST), 1)
    maybe = under_way(database, Subject.DIGEST)
    wall += timedelta(minutes=10)
    with running(office, "run", "--clock", f"{wall:%Y-%m-%dT%H:%M:%S}×60") as program:
        finished(program, database, sent(Subject.DIGEST), STATIONS)
        program.stop()
    with database.reading() as session:
        assert cards(Subject.DIGEST)(session) == STATIONS
        assert session.exec(select(Digest.done_at)).one() is not None
    got = messages(database, "周报：11月23日至11月29日")
    assert len(got) == STATIONS
    assert {chat for chat, n in got.items() if n > 1} <= maybe


def test_the_official_report_reaches_each_lead_although_the_program_is_killed_while_it_draws(
    office: Office, database: Database
) -> None:
    monday = datetime(2026, 11, 23, 7, tzinfo=ZONE)
    world = bureau(database, FEW, monday).at("08:00")
    with database.writing() as session:
        period = session.merge(world.period(session))
        period.document = "word"
        session.add(period)
    for n in range(1, FEW + 1):
        world.taps(f"站长{n}", "零报告")
    world.at("09:58")

    def done(session: Session) -> int:
        return session.exec(select(func.count()).where(Job.kind == "document", col(Job.done_at).is_not(None))).one()

    wall, maybe, seen = datetime(2026, 11, 23, 9, 59, tzinfo=ZONE), set[str](), []
    for count, after in ((done, 1), (done, FEW // 2), (sent(Subject.DOCUMENT), 1)):
        seen.append(killed(office, database, wall, 60, count, after))
        maybe |= under_way(database, Subject.DOCUMENT)
        wall += timedelta(minutes=15)
    assert 0 < seen[0] < FEW, f"it was never killed in the middle: {seen}"
    with running(office, "run", "--clock", f"{wall:%Y-%m-%dT%H:%M:%S}×60") as program:
        finished(program, database, sent(Subject.DOCUMENT), FEW)
        program.stop()
    with database.reading() as session:
        assert cards(Subject.DOCUMENT)(session) == FEW
        assert not session.exec(select(Job.id).where(col(Job.done_at).is_(None))).all()
        files = select(Message.chat).where(col(Message.file).is_not(None))
        got = Counter(session.exec(files).all())
    assert len(got) == FEW
    assert {chat for chat, n in got.items() if n > 1} <= maybe
