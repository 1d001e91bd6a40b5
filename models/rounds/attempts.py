"""Keep the attempts at a quiz (docs/rules.md 31.4): each is begun once, its answers are final, and the best counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint, func
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.ledger import LedgerEntry
from models.core.table import IDS_NOT_REUSED, Table
from models.forms import passes, points
from models.forms.answers import relevant
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.rounds import rounds, surveys, tally
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round

PASSED, FAILED = 0, 1  # a reply's `answer`


class QuizAttempt(Table, table=True):
    """An attempt at a quiz; `number` counts from 1 for each recipient. What was answered, the points and whether that
    passes are known from its end on. One that has begun counts, however it ends."""

    __table_args__ = (UniqueConstraint("reply_id", "number"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    reply_id: int = Field(foreign_key="reply.id")
    number: int
    begun_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    answers: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    score: int | None = None
    passed: bool | None = None


def used(session: Session, reply: Reply) -> int:
    """Count the attempts that somebody began."""
    return session.exec(select(func.count()).select_from(QuizAttempt).where(QuizAttempt.reply_id == reply.id)).one()


def counted(session: Session, it: Round) -> dict[int, int]:
    """Return how many attempts at a quiz each recipient began, by the reply's id; none where there are none."""
    query = select(QuizAttempt.reply_id, func.count()).join(Reply, col(Reply.id) == col(QuizAttempt.reply_id))
    return dict(session.execute(query.where(Reply.round_id == it.id).group_by(col(QuizAttempt.reply_id))).all())


def of_reply(session: Session, reply: Reply) -> Sequence[QuizAttempt]:
    """Return somebody's attempts, in order."""
    return session.exec(
        select(QuizAttempt).where(QuizAttempt.reply_id == reply.id).order_by(col(QuizAttempt.number))
    ).all()


def open_for(session: Session, person: Person, form: str, now: datetime) -> Round | None:
    """Return the newest quiz of a form that somebody was sent and can take now."""
    query = (
        select(Round)
        .join(Reply, col(Reply.round_id) == col(Round.id))
        .join(FormVersion, col(FormVersion.id) == col(Round.form_id))
        .where(Reply.person_id == person.id, FormVersion.code == form, Round.asks == Asks.QUIZ)
        .where(col(Round.withdrawn_at).is_(None), col(Round.ended).is_(False))
        .order_by(col(Round.id).desc())
    )
    found = session.exec(query.limit(1)).first()
    due = rounds.newest(session, found).due_at if found else None
    return found if due and now < due else None


def history(session: Session, reply: Reply) -> list[tuple[int, dict[str, Any]]]:
    """Return how somebody's attempts came about: each entry of the ledger with its number, times as instants."""
    keys = [str(one.id) for one in of_reply(session, reply)]
    which = (LedgerEntry.kind == QuizAttempt.__tablename__, col(LedgerEntry.key).in_(keys))
    entries = session.exec(select(LedgerEntry).where(*which).order_by(col(LedgerEntry.id))).all()
    told = [(one.id, one.content) for one in entries if one.content is not None]
    times = ("begun_at", "ended_at")
    return [
        (number, said | {it: datetime.fromisoformat(said[it]) if said[it] else None for it in times})
        for number, said in told
    ]


def begin(session: Session, it: Round, reply: Reply, now: datetime) -> QuizAttempt:
    """Begin the next attempt. Raises `quizzes.no_attempts` where all are used, and as `surveys.refuse_answers`."""
    surveys.refuse_answers(session, it, reply, now)
    quiz, before = surveys.form_of(session, it).quiz, used(session, reply)
    if quiz is None or before >= quiz.attempts:
        raise Refusal("quizzes.no_attempts", most=quiz.attempts if quiz else 0)
    attempt = QuizAttempt(reply_id=reply.id, number=before + 1, begun_at=now)
    session.add(attempt)
    session.flush()
    return attempt


def finish(
    session: Session, it: Round, reply: Reply, answers: Mapping[str, Any], now: datetime
) -> tuple[QuizAttempt, bool] | None:  # fmt: skip
    """End the attempt that began last, if it is running, with what was answered so far: what is missing gives no
    points; one before it whose answers were lost has none. The best attempt is the reply, the first of equal ones.
    Return it, and whether the quiz was passed for the first time; None if none is running."""
    attempt = next((one for one in reversed(of_reply(session, reply)) if one.ended_at is None), None)
    form = surveys.form_of(session, it)
    if attempt is None or form.quiz is None:
        return None
    asked = [question for question in relevant(form, answers) if question.type != "note"]
    given = {q.name: answers[q.name] for q in asked if answers.get(q.name) not in (None, "", [])}
    attempt.answers, attempt.ended_at = given, now
    attempt.score = points.total(form, given)
    attempt.passed = attempt.score >= form.quiz.pass_mark
    session.add(attempt)
    if reply.score is None or attempt.score > reply.score:
        before = [(reply.place_id, reply.answers, -1)] if reply.answers is not None else []
        tally.add(session, it, form, [*before, (reply.place_id, given, 1)])
        reply.answers, reply.score, reply.at = given, attempt.score, now
        reply.number, reply.answer = it.number, PASSED if attempt.passed else FAILED
    first = False
    if attempt.passed and reply.passed_at is None:
        reply.passed_at, first = now, True
        code = session.get_one(FormVersion, it.form_id).code
        passes.note(session, reply.person_id, code, it.id, now)
    session.add(reply)
    session.flush()
    return attempt, first
