"""Runs (启动) of runbooks: one row for each step, asked of people, ticked, skipped or taken over; late ones climb
(docs/rules.md 37)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint, bindparam, text
from sqlmodel import Field, Session, col, false, func, or_, select

from models.alerts import climbing, tellings
from models.alerts.alerts import Alert
from models.alerts.climbing import Climbing
from models.alerts.tellings import Telling, Told
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person
from models.organisation.units import Unit, above, below
from models.reporting import receipt_numbers
from models.runbooks import runbooks
from models.runbooks.runbooks import PlanStep, Runbook, RunbookVersion

LETTERS = 7  # one more than an incident's receipt, so that the two are not confused
CLIMBS = 15  # minutes that a level has
UNDO = timedelta(minutes=10)  # in which a tick can be taken back
LONGEST_NOTE = 500  # characters
MOST, HOUR = 10, timedelta(hours=1)  # runs that one person may start in an hour


class State(StrEnum):
    """How a step stands. It waits for the step before, or was asked; dropped: the run was ended first."""

    WAITING = "waiting"
    ASKED = "asked"
    DONE = "done"
    SKIPPED = "skipped"
    DROPPED = "dropped"


OPEN = (State.WAITING, State.ASKED)
OVER = (State.DONE, State.SKIPPED)  # a step that waits for this one is asked


class RunbookRun(Table, table=True):
    """One run of a version for `unit_id`, started `by` somebody or by the alert `alert_id`, which starts a runbook
    once. A `drill` (演练) raises nothing and stands in no figure. `ended_by` is who ended it before all was done, for
    the `reason`."""

    __table_args__ = (
        UniqueConstraint("alert_id", "runbook_id"),
        Index("runbook_run_open", "id", sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    receipt: str = Field(unique=True)
    runbook_id: int = Field(foreign_key="runbook.id", index=True)
    version_id: int = Field(foreign_key="runbook_version.id")
    unit_id: int = Field(foreign_key="unit.id", index=True)
    by: int | None = Field(default=None, foreign_key="person.id", index=True)
    alert_id: int | None = Field(default=None, foreign_key="alert.id")
    drill: bool = False
    timezone: str
    begun_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: int | None = Field(default=None, foreign_key="person.id")
    reason: str | None = None


class RunbookStep(Climbing, table=True):
    """One step of a run. `persons` are the ids of those who are asked: the first to do it did it (`closed_by`). `why`
    says why they are asked instead of `instead_of`, who was meant: leave, left, unreachable, none. `holder_id` is the
    colleague who has it now. It climbs from `due_at` on: to those asked (`reminded`), then level by level, until
    somebody takes it over. `look_at` is when it is next looked whether those asked can still do it. A step has a
    `reason` if it was skipped."""

    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        Index("runbook_step_climbing", "climbs_at", sqlite_where=text("climbs_at IS NOT NULL"),
              postgresql_where=text("climbs_at IS NOT NULL")),
        Index("runbook_step_look", "look_at", sqlite_where=text("look_at IS NOT NULL"),
              postgresql_where=text("look_at IS NOT NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    run_id: int = Field(foreign_key="runbook_run.id")
    number: int
    state: str = State.WAITING
    persons: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    why: str = ""
    instead_of: int | None = Field(default=None, foreign_key="person.id")
    holder_id: int | None = Field(default=None, foreign_key="person.id")
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    look_at: datetime | None = Field(default=None, sa_type=Instant)
    reminded: bool = False
    reason: str | None = None

    def late(self, now: datetime) -> timedelta:
        """Return how late it is, or was done; nothing for a step in time, skipped or dropped."""
        if self.due_at is None or self.state not in (State.ASKED, State.DONE):
            return timedelta()
        return max(timedelta(), (self.closed_at or now) - self.due_at)


def begin(
    session: Session, it: Runbook, unit: Unit, timezone: str, now: datetime, *, by: Person | None = None,
    alert: Alert | None = None, drill: bool = False,
) -> RunbookRun:  # fmt: skip
    """Store a run of the newest version with all its steps, none asked yet."""
    version = runbooks.newest(session, it)
    made = RunbookRun(
        receipt=receipt_numbers.mint_one(session, col(RunbookRun.receipt), LETTERS), runbook_id=it.id,
        version_id=version.id, unit_id=unit.id, by=by.id if by else None, alert_id=alert.id if alert else None,
        drill=drill, timezone=timezone, begun_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add_all(
        RunbookStep(run_id=made.id, number=number, minutes=CLIMBS, opened_at=now)
        for number, _ in enumerate(version.steps, start=1)
    )
    session.flush()
    return made


def refuse_many(session: Session, person: Person, now: datetime) -> None:
    """Raise `runbooks.many` after too many in an hour: each wakes people at any hour."""
    lately = select(func.count()).select_from(RunbookRun).where(
        RunbookRun.by == person.id, RunbookRun.begun_at > now - HOUR
    )  # fmt: skip
    if session.exec(lately).one() >= MOST:
        raise Refusal("runbooks.many", most=MOST)


def under_way(session: Session, it: Runbook, unit: Unit, *, drill: bool) -> RunbookRun | None:
    """Return the open run of this runbook for this unit or one above; drills and others are apart."""
    query = select(RunbookRun).join(Unit, col(Unit.id) == col(RunbookRun.unit_id)).where(
        RunbookRun.runbook_id == it.id, col(RunbookRun.ended_at).is_(None), RunbookRun.drill == drill,
        col(Unit.path).in_(above(unit.path)),
    )  # fmt: skip
    return session.exec(query.order_by(col(RunbookRun.id)).limit(1)).first()


def started_by(session: Session, alert: Alert, it: Runbook) -> bool:
    """Say whether this alert has started this runbook before."""
    same = select(RunbookRun.id).where(RunbookRun.alert_id == alert.id, RunbookRun.runbook_id == it.id)
    return session.exec(same).first() is not None


def steps(session: Session, run: RunbookRun) -> list[RunbookStep]:
    """Return the steps of a run in their order."""
    found = select(RunbookStep).where(RunbookStep.run_id == run.id).order_by(col(RunbookStep.number))
    return list(session.exec(found).all())


def plan(session: Session, run: RunbookRun) -> list[PlanStep]:
    """Return what the steps of a run say, in their order."""
    return session.get_one(RunbookVersion, run.version_id).plan


def title(session: Session, run: RunbookRun) -> str:
    return session.get_one(RunbookVersion, run.version_id).title


def open_ones(session: Session, tops: Sequence[Unit] | None = None) -> Sequence[RunbookRun]:
    """Return the runs under way, drills too, the newest first; of these units and those below them only, if given."""
    query = select(RunbookRun).where(col(RunbookRun.ended_at).is_(None))
    if tops is not None:
        query = query.join(Unit, col(Unit.id) == col(RunbookRun.unit_id)).where(or_(*(below(it.path) for it in tops)))
    return session.exec(query.order_by(col(RunbookRun.id).desc())).all() if tops is None or tops else []


def newest(session: Session, tops: Sequence[Unit], most: int) -> Sequence[RunbookRun]:
    """Return the newest runs for these units and those below them."""
    query = select(RunbookRun).join(Unit, col(Unit.id) == col(RunbookRun.unit_id)).where(
        or_(false(), *(below(it.path) for it in tops))
    )  # fmt: skip
    return session.exec(query.order_by(col(RunbookRun.id).desc()).limit(most)).all()


def late_ones(session: Session, runs: Sequence[RunbookRun], now: datetime) -> int:
    """Return how many steps of these runs are asked and late."""
    late = select(func.count()).select_from(RunbookStep).where(
        col(RunbookStep.run_id).in_([it.id for it in runs]), RunbookStep.state == State.ASKED,
        col(RunbookStep.due_at) < now,
    )  # fmt: skip
    return session.exec(late).one() if runs else 0


def said(session: Session, step: RunbookStep) -> list[Telling]:
    """Return the notes on a step, with their files."""
    return tellings.about(session, col(Telling.runbook_step_id) == step.id)


def said_of(session: Session, found: Sequence[RunbookStep]) -> dict[int, list[Telling]]:
    """Return the notes on each of these steps, by its id."""
    each: dict[int, list[Telling]] = {it.id: [] for it in found}
    for it in tellings.about(session, col(Telling.runbook_step_id).in_(list(each))) if each else []:
        each[it.runbook_step_id or 0].append(it)
    return each


def tell(session: Session, step: RunbookStep, told: Told, now: datetime) -> Telling:
    """Add a note or files to a step."""
    return tellings.add(session, told, now, runbook_step_id=step.id)


def close(session: Session, step: RunbookStep, state: State, by: Person, now: datetime) -> None:
    """End a step as done or skipped."""
    climbing.close(step, by, now)
    step.state, step.look_at = state, None
    session.add(step)
    session.flush()


def end(session: Session, run: RunbookRun, now: datetime, by: Person | None = None, reason: str | None = None) -> None:
    """End a run; what is open is dropped."""
    run.ended_at, run.ended_by, run.reason = now, by.id if by else None, reason
    for step in steps(session, run):
        if step.state in OPEN:
            step.state, step.climbs_at, step.look_at = State.DROPPED, None, None
            session.add(step)
    session.add(run)
    session.flush()


_DUE = or_(col(RunbookStep.climbs_at) <= bindparam("now"), col(RunbookStep.look_at) <= bindparam("now"))
ANY_DUE = select(RunbookStep.id).where(_DUE).exists()


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> RunbookStep | None:
    """Return a step that is late and climbs, or is to be looked at, leaving out those set aside."""
    query = select(RunbookStep).where(_DUE, col(RunbookStep.id).not_in(aside)).order_by(col(RunbookStep.id)).limit(1)
    return session.exec(query, params={"now": now}).first()
