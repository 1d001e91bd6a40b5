"""Say who answers a question, and who may see it: who asked, who answers for it today, and those it was brought to as
long as they answer for it at some level (docs/rules.md 28.2)."""

from datetime import date, datetime

from sqlmodel import Session

from models.authority import permissions, responsibility
from models.organisation.people import Person
from models.organisation.units import Unit
from models.questions import questions, topics
from models.questions.questions import Question
from models.questions.topics import Topic

MOST = 500  # questions in one list


def levels(session: Session, question: Question, day: date) -> list[list[Person]]:
    """Return who is asked, then who is above, up to the top, without the asker: the unit's leads, or a topic's people
    and then the leads of the topic's unit."""
    return _without(_every(session, question, day), question.person_id)


def asked(session: Session, asker: Person, topic: Topic | None, day: date, unit: Unit) -> list[list[Person]]:
    """Return the same for a question that somebody of this unit is about to ask."""
    return _without(_of(session, topic, unit, day), asker.id)


def _every(session: Session, question: Question, day: date) -> list[list[Person]]:
    topic = session.get_one(Topic, question.topic_id) if question.topic_id else None
    return _of(session, topic, questions.unit_of(session, question), day)


def _of(session: Session, topic: Topic | None, unit: Unit, day: date) -> list[list[Person]]:
    found = [topics.persons(session, topic, day)] if topic else []
    return found + responsibility.chain(session, session.get_one(Unit, topic.unit_id) if topic else unit, day)


def _without(every: list[list[Person]], but: int) -> list[list[Person]]:
    others = [[it for it in level if it.id != but] for level in every]
    return [level for level in others if level]


def may_answer(session: Session, person: Person, question: Question, day: date) -> bool:
    """Say whether somebody may see and answer a question of somebody else."""
    brought = bool(questions.brought_to(session, person, [question.id]))
    return _answers(session, person, question, _every(session, question, day), brought=brought)


def _answers(
    session: Session, person: Person, question: Question, every: list[list[Person]], *, brought: bool
) -> bool:  # fmt: skip
    ids = [{it.id for it in level} for level in _without(every, question.person_id)]
    if person.id == question.person_id:
        return False
    if ids and person.id in ids[0]:
        return True
    stands = any(person.id in level for level in ids)
    return brought and (stands or permissions.may_admin(session, person, home_of_answer(session, question).path))


def may_see(session: Session, person: Person, question: Question, day: date) -> bool:
    return person.id == question.person_id or may_answer(session, person, question, day)


def home_of_answer(session: Session, question: Question) -> Unit:
    """Return the unit whose leads and admins are above whoever answers: the topic's, or that of the asker."""
    topic = session.get_one(Topic, question.topic_id) if question.topic_id else None
    return session.get_one(Unit, topic.unit_id) if topic else questions.unit_of(session, question)


def answerable(
    session: Session, person: Person, day: date, since: datetime, most: int | None = MOST
) -> list[Question]:  # fmt: skip
    """Return the questions that somebody may answer, open or closed after `since`, the newest first: those brought to
    them, and those of the units they lead themselves, also as a new lead or a deputy."""
    led = [it.id for it in permissions.leads_themselves(session, person, day)]
    found = questions.near(session, person, led, topics.answered_by(session, person), since, most)
    brought = questions.brought_to(session, person, [it.id for it in found])
    every: dict[tuple[int | None, int], list[list[Person]]] = {}
    mine: list[Question] = []
    for question in found:
        key = question.topic_id, question.place_id
        if key not in every:
            every[key] = _every(session, question, day)
        if _answers(session, person, question, every[key], brought=question.id in brought):
            mine.append(question)
    return mine


def number_near(session: Session, person: Person, day: date) -> int:
    """Return how many questions concern somebody, of all times: no fewer than they may answer."""
    led = [it.id for it in permissions.leads_themselves(session, person, day)]
    return questions.number_near(session, person, led, topics.answered_by(session, person))
