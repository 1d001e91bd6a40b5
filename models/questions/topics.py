"""Topics: what people may ask about, and who answers for it instead of their lead (docs/rules.md 28)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, Session, col, select

from models.authority import responsibility
from models.core import characters
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person, here
from models.organisation.units import Unit, above

LONGEST = 20  # characters of a name, so that it fits on a button
MOST, MOST_PEOPLE = 12, 10  # topics of one unit, people of one topic


class Topic(Table, table=True):
    """A topic of a unit: everybody in and below the unit may ask about it, until it is ended."""

    __table_args__ = (
        Index("topic_running", "unit_id", "name", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    name: str
    made_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class TopicPerson(Table, table=True):
    """Somebody who answers for a topic."""

    __table_args__ = (UniqueConstraint("topic_id", "person_id"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    topic_id: int = Field(foreign_key="topic.id")
    person_id: int = Field(foreign_key="person.id")


def name_of(words: str) -> str:
    """Return a topic's name. Raises `questions.topic_name`."""
    name = characters.name(words)
    if not name or len(name) > LONGEST or not characters.is_name(name):
        raise Refusal("questions.topic_name", most=LONGEST)
    return name


def put(session: Session, unit: Unit, name: str, persons: Sequence[Person], now: datetime) -> Topic:
    """Make a topic, or give one of this name other people. Raises `questions.many_topics`, `questions.many_people`."""
    if not 0 < len(persons) <= MOST_PEOPLE:
        raise Refusal("questions.many_people", most=MOST_PEOPLE)
    running = of_unit(session, unit)
    topic = next((it for it in running if it.name == name), None)
    if topic is None:
        if len(running) >= MOST:
            raise Refusal("questions.many_topics", most=MOST)
        topic = Topic(unit_id=unit.id, name=name, made_at=now)
        session.add(topic)
        session.flush()
    wanted = {it.id for it in persons}
    held = session.exec(select(TopicPerson).where(TopicPerson.topic_id == topic.id)).all()
    for row in held:
        if row.person_id not in wanted:
            session.delete(row)
    for number in sorted(wanted - {row.person_id for row in held}):
        session.add(TopicPerson(topic_id=topic.id, person_id=number))
    session.flush()
    return topic


def end(session: Session, topic: Topic, now: datetime) -> None:
    """End a topic: nobody asks about it any more; what was asked is still answered."""
    topic.ended_at = now
    session.add(topic)
    session.flush()


def of_unit(session: Session, unit: Unit) -> list[Topic]:
    """Return the running topics of exactly this unit, by name."""
    return _running(session, [unit.path])


def for_unit(session: Session, unit: Unit) -> list[Topic]:
    """Return the running topics about which the people of a unit may ask: its own and those of the units above."""
    return _running(session, above(unit.path))


def _running(session: Session, paths: Iterable[str]) -> list[Topic]:
    query = select(Topic).join(Unit).where(col(Unit.path).in_(list(paths)), col(Topic.ended_at).is_(None))
    return list(session.exec(query.order_by(col(Topic.name))).all())


def persons(session: Session, topic: Topic, day: date) -> list[Person]:
    """Return who answers for a topic on a day: its people who are not away and their deputies, else all of them who
    have not left."""
    query = select(Person).join(TopicPerson).where(TopicPerson.topic_id == topic.id, here(day))
    named = list(session.exec(query.order_by(col(Person.staff_no))).all())
    return responsibility.present(session, named, None, day) or named


def answered_by(session: Session, person: Person) -> list[int]:
    """Return the ids of the topics this person answers for."""
    return list(session.exec(select(TopicPerson.topic_id).where(TopicPerson.person_id == person.id)).all())
