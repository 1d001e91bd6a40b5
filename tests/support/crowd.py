"""An organisation of many people, each with a browser of their own: what they are asked, and what they filed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from bot.web.entry import account_of
from models.changes import roster_import
from models.channels.webchat import Message
from models.core.database import Database
from models.messaging import addresses, enrolment
from models.organisation.people import Kind, Person
from models.reporting.reports import Report, State
from tests.support.program import Phone, until


def hire(session: Session, count: int, stations: int = 10) -> Sequence[Person]:
    """Make an organisation of that many people in so many stations of 区局; return them."""
    lines = [f"{n:05},员工{n},区局/{n % stations}站" for n in range(count)]
    roster_import.take(session, roster_import.read("\n".join(["staff_no,name,unit", *lines]).encode()))
    return session.exec(select(Person).where(Person.kind == Kind.STAFF)).all()


def staff(database: Database, count: int) -> list[Phone]:
    """Make an organisation of that many people, each with a browser that is kept by its cookie."""
    now = datetime.now(UTC)
    with database.writing() as session:
        people = hire(session, count)
        for person in people:
            account = account_of(person.staff_no)
            enrolment.enrol(session, person, "web", account, account, now)
    return [Phone(0, f"zeroreport={person.staff_no}") for person in people]


def me(phone: Phone) -> str:
    return account_of(phone.cookie.partition("=")[2])


def prompts(database: Database, count: int) -> dict[str, tuple[int, str]]:
    """Return each chat's prompt and the data of its first button, once all are there."""

    def arrived() -> dict[str, tuple[int, str]] | None:
        with database.reading() as session:
            found = session.exec(select(Message).where(col(Message.author).is_(None))).all()
        there = {m.chat: (m.id, m.buttons[0][0]["data"]) for m in found if m.buttons}
        return there if len(there) == count else None

    return until(arrived, every=0.2)


def filed(database: Database) -> set[str]:
    with database.reading() as session:
        rows = session.exec(
            select(addresses.Address.account)
            .join(Report, col(Report.person_id) == addresses.Address.person_id)
            .where(Report.state == State.ZERO, col(Report.head_id).is_not(None))
        ).all()
    assert len(rows) == len(set(rows))
    return set(rows)
