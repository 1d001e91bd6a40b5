"""Count what comes by links to surveys, hour by hour, for the evening's report and `/system` (docs/rules.md 32.10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert, UniqueConstraint, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, and_, col, func, or_, select

from models.core.database import Instant
from models.core.table import Table
from models.organisation import units
from models.organisation.units import Unit, below
from models.rounds.links import SurveyLink
from models.rounds.rounds import Round, RoundKind, RoundVersion

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LASTS = timedelta(days=2)


class LinkCount(Table, table=True):
    """How many `answers` came by links to surveys of a unit in the hour that begins at `at`, and how many requests were
    `refused` by a limit; those that named no survey are the root's. Kept for two days."""

    __table_args__ = (UniqueConstraint("at", "unit_id"),)

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    answers: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Standing:
    """How many open links take answers now; how many `answers` came by links within a day, and how many requests were
    `refused` by a limit."""

    open: int
    answers: int
    refused: int

    def __bool__(self) -> bool:
        return bool(self.open or self.answers or self.refused)


def add(session: Session, unit_id: int, now: datetime, *, answers: int = 0, refused: int = 0) -> None:
    """Count what came just now; what is older than two days is forgotten."""
    row = {"at": _hour(now), "unit_id": unit_id, "answers": answers, "refused": refused}
    session.connection().execute(delete(LinkCount).where(col(LinkCount.at) < now - LASTS))
    session.connection().execute(_adding(session.get_bind().dialect.name), row)


def add_refused(session: Session, now: datetime, refused: Mapping[int, int]) -> None:
    """Count requests that a limit refused, by the survey's unit, 0 for those that named none."""
    top = units.root(session)
    if top is None:
        return  # nobody is there who would read it
    for unit_id, n in refused.items():
        add(session, unit_id or top.id, now, refused=n)


def standing(session: Session, tops: Sequence[Unit], now: datetime) -> Standing:
    """Return the counts of the surveys of these units and those below."""
    if not tops:
        return Standing(0, 0, 0)
    inside = or_(*(below(it.path) for it in tops))
    sums = select(func.coalesce(func.sum(LinkCount.answers), 0), func.coalesce(func.sum(LinkCount.refused), 0))
    sums = sums.join(Unit, col(Unit.id) == col(LinkCount.unit_id)).where(LinkCount.at > now - DAY - HOUR, inside)
    answers, refused = session.exec(sums).one()
    return Standing(_open(session, inside, now), int(answers), int(refused))


def _open(session: Session, inside: Any, now: datetime) -> int:
    """Count the open links of surveys that take answers; it costs as much as there are such surveys."""
    current = (RoundVersion.round_id == Round.id, RoundVersion.number == Round.number, col(RoundVersion.due_at) > now)
    query = select(func.count()).select_from(Round).join(RoundVersion, and_(*current))
    query = query.join(Unit, col(Unit.id) == col(Round.unit_id))
    query = query.join(SurveyLink, col(SurveyLink.round_id) == col(Round.id)).where(inside)
    taking = (Round.kind == RoundKind.SURVEY, col(Round.next_at).is_not(None), col(Round.withdrawn_at).is_(None))
    living = (col(SurveyLink.person_id).is_(None), col(SurveyLink.ended_at).is_(None))
    return session.exec(query.where(*taking, *living)).one()


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _adding(dialect: str) -> Insert:
    module: Any = postgresql if dialect == "postgresql" else sqlite
    adding = module.insert(LinkCount)
    more = {name: getattr(LinkCount, name) + adding.excluded[name] for name in ("answers", "refused")}
    made: Insert = adding.on_conflict_do_update(index_elements=["at", "unit_id"], set_=more)
    return made
