"""Say who answers a question, and who may see it: who asked, who answers for it today, and those it was brought to as
long as they answer for it at some level (docs/rules.md 22.2)."""

from datetime import date, datetime

from sqlmodel import Session

from models.authority import permissions, responsibility
from models.organisation.people import Person
from models.organisation.units import Unit
from models.questions import questions, topics
from models.questions.questions import Question
from models.questions.topics import Topic


def levels(session: Session, question: Question, day: date) -> list[list[Person]]:
    """Return who is asked, then who is above, up to the top, without the asker: the unit's leads, or a topic's people
    and then the leads of the topic's unit."""
    asker = session.get_one(Person, question.person_id)
    topic = session.get_one(Topic, question.topic_id) if question.topic_id else None
    return asked(session, asker, topic, day, questions.unit_of(session, question))


def asked(session: Session, asker: Person, topic: Topic | None, day: date, unit: Unit) -> list[list[Person]]:
    """Return the same for a question that somebody of this unit is about to ask."""
    found = [topics.persons(session, topic, day)] if topic else []
    found += responsibility.chain(session, session.get_one(Unit, topic.unit_id) if topic else unit, day)
    others = [[it for it in level if it.id != asker.id] for level in found]
    return [level for level in others if level]


def may_answer(session: Session, person: Person, question: Question, day: date) -> bool:
    """Say whether somebody may see and answer a question of somebody else."""
    if person.id == question.person_id:
        return False
    every = levels(session, question, day)
    if every and any(it.id == person.id for it in every[0]):
        return True
    if person.id not in questions.readers(session, question):
        return False
    stands = any(it.id == person.id for level in every for it in level)
    return stands or permissions.may_admin(session, person, home_of_answer(session, question).path)


def may_see(session: Session, person: Person, question: Question, day: date) -> bool:
    return person.id == question.person_id or may_answer(session, person, question, day)


def home_of_answer(session: Session, question: Question) -> Unit:
    """Return the unit whose leads and admins are above whoever answers: the topic's, or that of the asker."""
    topic = session.get_one(Topic, question.topic_id) if question.topic_id else None
    return session.get_one(Unit, topic.unit_id) if topic else questions.unit_of(session, question)


def answerable(session: Session, person: Person, day: date, since: datetime) -> list[Question]:
    """Return the questions that somebody may answer, open or closed after `since`, the newest first: those brought to
    them, and those of the units they lead themselves, also as a new lead or a deputy."""
    led = [it.id for it in permissions.leads_themselves(session, person, day)]
    found = questions.near(session, person, led, topics.answered_by(session, person), since)
    return [it for it in found if may_answer(session, person, it, day)]
