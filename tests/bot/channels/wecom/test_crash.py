"""What WeCom was told is recorded is on disk: killed in the middle of everybody's taps, and gone on with."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from models.changes import roster_import
from models.channels.wecom import WecomInbox
from models.core.database import Database, connect
from models.messaging import enrolment
from models.organisation.people import Kind, Person
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision
from tests.fakes import wecom
from tests.fakes.wecom import Member, WeComServer
from tests.support.program import Office, Program, running, until
from tests.support.tomorrow import NEXT, clock

MANY, AT_ONCE = 60, 8
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


def staff(database: Database, server: WeComServer) -> dict[str, Member]:
    """Enrol everybody on WeCom; return them by user id."""
    lines = [f"{n:04},员工{n},区局/{n % 5}站" for n in range(MANY)]
    now = datetime.now(UTC)
    members = {}
    with database.writing() as session:
        roster_import.take(session, roster_import.read("\n".join(["staff_no,name,unit", *lines]).encode()))
        for person in session.exec(select(Person).where(Person.kind == Kind.STAFF)).all():
            account = f"u{person.staff_no}"
            enrolment.enrol(session, person, "wecom", account, account, now)
            server.join(account)
            members[account] = Member(server, account)
    return members


def filed(database: Database) -> set[str]:
    with database.reading() as session:
        rows = session.exec(
            select(Person.staff_no)
            .join(Report, col(Report.person_id) == col(Person.id))
            .where(Report.state == State.ZERO)
        ).all()
    return {f"u{number}" for number in rows}


def tap_until_killed(program: Program, members: list[Member], after: int) -> set[str]:
    """Let all tap, and kill the program after that many acknowledgements; return whose taps were acknowledged."""
    told: list[str] = []
    enough = threading.Event()

    def tap(member: Member) -> None:
        if program.process.poll() is None and member.tap("零报告").status == 200:
            told.append(member.account)
        if len(told) >= after:
            enough.set()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        taps = [pool.submit(tap, member) for member in members]
        assert enough.wait(30)
        program.kill()
        for one in taps:
            one.result()
    return set(told)


def test_killed_in_the_middle_of_everybodys_taps_every_acknowledged_report_is_filed_once(office: Office) -> None:
    database = connect(office.url)
    with wecom.wecom() as server:
        members = staff(database, server)
        office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
        after = random.randrange(MANY // 6, MANY * 2 // 3)
        with running(office, "run", *clock("07:29:45", 60), **wecom.settings(server)) as program:
            server.callback = f"http://127.0.0.1:{program.port}/wecom/callback"
            until(lambda: all(member.card("零报告") for member in members.values()), 30)
            told = tap_until_killed(program, list(members.values()), after)
        assert after <= len(told) < MANY
        with running(office, "run", *clock("07:45", 60), **wecom.settings(server)) as program:
            server.callback = f"http://127.0.0.1:{program.port}/wecom/callback"
            until(lambda: told <= filed(database))  # nobody of these had to do it again
            for account in members.keys() - filed(database):
                assert members[account].say("零报告").status == 200
            until(lambda: len(filed(database)) == MANY)
            program.stop()
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == MANY
        assert session.exec(select(WecomInbox)).all() == []
    database.close()
