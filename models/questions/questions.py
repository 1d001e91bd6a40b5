"""Questions (提问): to the lead or to a topic's people, taken like an alert, answered and followed up in the chat,
closed by either (docs/rules.md 28)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Index, UniqueConstraint, text
from sqlmodel import Field, Session, col, func, or_, select

from models.alerts import climbing, tellings
from models.alerts.climbing import Climbing
from models.alerts.tellings import Telling, Told
from models.core.database import Instant, in_chunks
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.places import Place, place_of
from models.organisation.people import Person, home
from models.organisation.units import Unit, below
from models.questions.topics import Topic
from models.reporting import receipt_numbers
from models.time.times import ClockTime, instant, zone

MINUTES = 24 * 60  # for which a level has time to answer
LONGEST = 1000  # characters of a question or an answer, as many as one message shows
LETTERS = 5  # between those of a report's receipt and of an incident's
MOST = 10  # questions of one person in an hour, and as many additions
HOUR, KEPT = timedelta(hours=1), timedelta(days=7)  # KEPT: for which closed questions are listed in the chat


class Question(Climbing, table=True):
    """Who asked, at which place, and about which topic (None: the unit's lead is asked); the words are in its tellings.
    It waits for an answer, and climbs, while `answered_at` is None; whoever asks further makes it wait again.
    `opened_at` is since when it waits. A request (请示) `decides`: its answer is a `decision`, approved or refused, and
    `decided_in` the number of the telling that says so."""

    __table_args__ = (
        Index("question_climbing", "climbs_at", sqlite_where=text("climbs_at IS NOT NULL"),
              postgresql_where=text("climbs_at IS NOT NULL")),
        Index("question_open", "id", sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    receipt: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    place_id: int = Field(foreign_key="place.id")
    topic_id: int | None = Field(default=None, foreign_key="topic.id")
    channel: str
    at: datetime = Field(sa_type=Instant, index=True)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    decides: bool = False
    decision: str | None = None
    decided_in: int | None = None


class QuestionReader(Table, table=True):
    """Somebody to whom a question was brought."""

    __table_args__ = (UniqueConstraint("question_id", "person_id"), Index("reader_person", "person_id", "question_id"))

    id: int = Field(default=None, primary_key=True)
    question_id: int = Field(foreign_key="question.id")
    person_id: int = Field(foreign_key="person.id")


def ask(
    session: Session, told: Told, asker: Person, topic: Topic | None, channel: str, now: datetime, *,
    decides: bool = False,
) -> Question:  # fmt: skip
    """Store a new question, or a request that is to be decided. Raises `questions.many`."""
    lately = select(func.count()).where(Question.person_id == asker.id, Question.at > now - HOUR)
    if session.exec(lately).one() >= MOST:
        raise Refusal("questions.many", most=MOST)
    made = Question(
        receipt=receipt_numbers.mint_one(session, col(Question.receipt), LETTERS), person_id=asker.id,
        place_id=place_of(session, home(session, asker)).id, topic_id=topic.id if topic else None, channel=channel,
        at=now, decides=decides, minutes=MINUTES, opened_at=now, climbs_at=now + timedelta(minutes=MINUTES),
    )  # fmt: skip
    session.add(made)
    session.flush()
    tellings.add(session, told, now, question_id=made.id)
    return made


def take(question: Question, person: Person, now: datetime) -> bool:
    """Give a question to the first who wants to answer it, who has a level's full time; False if somebody was first."""
    if not climbing.take(question, person, now):
        return False
    question.climbs_at = now + question.step
    return True


def answer(session: Session, question: Question, told: Told, now: datetime) -> Telling:
    """Add an answer: the question climbs no more, and the asker can ask further."""
    made = tellings.add(session, told, now, question_id=question.id)
    question.answered_at, question.climbs_at = now, None
    session.add(question)
    session.flush()
    return made


def decide(session: Session, question: Question, told: Told, decision: str, now: datetime) -> None:
    """Decide a request, with words that say so."""
    question.decision = decision
    question.decided_in = answer(session, question, told, now).number
    session.add(question)
    session.flush()


def ask_further(session: Session, question: Question, told: Told, now: datetime) -> None:
    """Add what the asker says; a question that was answered, or closed, waits again. Raises `questions.many_more`."""
    lately = select(func.count()).select_from(Telling).where(
        col(Telling.question_id).is_not(None), Telling.by == told.by, Telling.at > now - HOUR
    )  # fmt: skip
    if session.exec(lately).one() >= 2 * MOST:
        raise Refusal("questions.many_more", most=MOST)
    taker, taken_at = question.taken_by, question.taken_at
    waited = question.answered_at is None and question.closed_at is None
    tellings.add(session, told, now, question_id=question.id)
    if not waited:
        climbing.restart(question, now)
        question.answered_at, question.taken_by, question.taken_at = None, taker, taken_at
        # what was decided stands in the words; it is to be decided again
        question.decision = question.decided_in = None
    session.add(question)
    session.flush()


def close(session: Session, question: Question, by: Person, now: datetime) -> None:
    climbing.close(question, by, now)
    session.add(question)
    session.flush()


def wait_until(session: Session, question: Question, day: date, zone_name: str) -> None:
    """Let a question climb on that day instead, at the same hour."""
    if question.climbs_at is not None:
        wall = question.climbs_at.astimezone(zone(zone_name))
        question.climbs_at = instant(day, ClockTime(wall.hour * 60 + wall.minute), zone_name)
        session.add(question)


def release(question: Question) -> None:
    """Take a question from whoever took it and did not answer, so that somebody else can."""
    question.taken_by = question.taken_at = None


def said(session: Session, question: Question) -> list[Telling]:
    """Return the question, the answers and what was asked further, in their order."""
    return tellings.about(session, col(Telling.question_id) == question.id)


ANY_DUE = climbing.any_due(Question)


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Question | None:
    """Return the question that nobody answered in time and that is to climb first, leaving out those set aside."""
    return climbing.due(session, Question, now, aside)


def unit_of(session: Session, question: Question) -> Unit:
    """Return the unit through which it was asked."""
    return session.get_one(Unit, session.get_one(Place, question.place_id).unit_id)


def brought(session: Session, question: Question, persons: Sequence[int]) -> None:
    """Note to whom a question was brought."""
    for number in sorted(set(persons) - readers(session, question)):
        session.add(QuestionReader(question_id=question.id, person_id=number))
    session.flush()


def readers(session: Session, question: Question) -> set[int]:
    """Return the ids of those to whom it was brought."""
    return set(session.exec(select(QuestionReader.person_id).where(QuestionReader.question_id == question.id)).all())


def brought_to(session: Session, person: Person, ids: Sequence[int]) -> set[int]:
    """Return those of these questions that were brought to somebody."""
    found = select(QuestionReader.question_id).where(QuestionReader.person_id == person.id)
    return {
        it for some in in_chunks(ids) for it in session.exec(found.where(col(QuestionReader.question_id).in_(some)))
    }


def with_receipt(session: Session, typed: str) -> Question | None:
    """Return the question of this number, however its letters are typed."""
    code = typed.upper()
    if len(code) != LETTERS:
        return None
    return session.exec(select(Question).where(Question.receipt == code)).first()


def said_of(session: Session, ids: Sequence[int]) -> dict[int, list[Telling]]:
    """Return what was said about each of these questions, by its id."""
    found: dict[int, list[Telling]] = {}
    for some in in_chunks(ids):
        for it in tellings.about(session, col(Telling.question_id).in_(some)):
            found.setdefault(it.question_id or 0, []).append(it)
    return found


def asked_by(session: Session, person: Person, since: datetime) -> list[Question]:
    """Return somebody's own questions that are open or were closed after this, the newest first."""
    return _listed(session, Question.person_id == person.id, since)  # type: ignore[arg-type]


def near(
    session: Session, person: Person, led: Sequence[int], about: Sequence[int], since: datetime,
    most: int | None,
) -> list[Question]:  # fmt: skip
    """Return the questions that were brought to somebody, or were asked through these units or about these topics, and
    are open or were closed after this, the newest first; whether the person may see each says `reach.may_answer`."""
    return _listed(session, _concern(person, led, about), since, most)


def number_near(session: Session, person: Person, led: Sequence[int], about: Sequence[int]) -> int:
    """Return how many these are, however long ago they were closed."""
    return session.exec(select(func.count()).select_from(Question).where(_concern(person, led, about))).one()


def _concern(person: Person, led: Sequence[int], about: Sequence[int]) -> ColumnElement[bool]:
    mine = select(QuestionReader.question_id).where(QuestionReader.person_id == person.id)
    theirs = col(Question.topic_id).is_(None) & col(Question.place_id).in_(
        select(Place.id).where(col(Place.unit_id).in_(led))
    )
    return or_(col(Question.id).in_(mine), theirs, col(Question.topic_id).in_(about))


def _listed(
    session: Session, which: ColumnElement[bool], since: datetime, most: int | None = 200
) -> list[Question]:  # fmt: skip
    state = or_(col(Question.closed_at).is_(None), col(Question.closed_at) > since)
    return list(session.exec(select(Question).where(which, state).order_by(col(Question.id).desc()).limit(most)).all())


def counted(session: Session, tops: Sequence[Unit], now: datetime) -> tuple[int, int]:
    """Return how many questions of these subtrees are not closed, and how many of them have waited for an answer longer
    than a level has."""
    query = (
        select(func.count(), func.count().filter(_late(now)))
        .select_from(Question)
        .join(Place, col(Place.id) == col(Question.place_id))
        .join(Unit, col(Unit.id) == col(Place.unit_id))
        .where(col(Question.closed_at).is_(None), or_(*(below(top.path) for top in tops)))
    )
    found = session.execute(query).one()
    return found[0], found[1]


def _late(now: datetime) -> ColumnElement[bool]:
    return col(Question.answered_at).is_(None) & (col(Question.opened_at) <= now - timedelta(minutes=MINUTES))
