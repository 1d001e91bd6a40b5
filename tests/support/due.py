"""Find the next instants at which anything of an organisation is to happen."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from models.alerts.alerts import Alert
from models.changes.planned import Planned
from models.core.database import Database, ask
from models.core.failing_work import FailingWork
from models.cycle.assignments import Assignment
from models.cycle.steps import Step
from models.honours.honours import Honour
from models.messaging.cards import Card
from models.questions.questions import Question
from models.rounds.rounds import Round
from models.runbooks.runs import RunbookStep
from models.summaries import posts
from models.summaries.posts import SummaryPost


def _earliest(at: Any, *only: Any) -> Any:
    return select(func.min(at)).where(at > bindparam("now"), *only).scalar_subquery()


_DUE = select(
    _earliest(Step.at, col(Step.done_at).is_(None)),
    _earliest(Assignment.next_at),
    _earliest(Card.not_before, col(Card.pending).is_(True)),
    _earliest(Alert.climbs_at),
    _earliest(Question.climbs_at),
    _earliest(RunbookStep.climbs_at),
    _earliest(RunbookStep.look_at),
    _earliest(Honour.post_at),
    _earliest(Planned.at, col(Planned.done_at).is_(None)),
    _earliest(FailingWork.retry_at),
    _earliest(Round.next_at),
    select(func.min(SummaryPost.written_at)).where(col(SummaryPost.stale_at).is_not(None)).scalar_subquery(),
)  # type: ignore[call-overload]


def after(database: Database, now: datetime) -> list[datetime]:
    """Return those after `now`."""
    with database.reading() as session:
        *found, stale = ask(session, _DUE, now=now).one()
    return [at for at in [*found, stale and stale + posts.THROTTLE] if at is not None and at > now]
