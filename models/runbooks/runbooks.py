"""Runbooks (预案): what is to be done when something happens, step by step, by whom and by when; a changed one is a new
version (docs/rules.md 37)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, Session, col, or_, select

from models.core import characters
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Person
from models.organisation.units import Unit, above, below

LONGEST_TITLE, LONGEST_STEP, MOST_STEPS, MOST_MINUTES = 40, 300, 30, 30 * 24 * 60


class Who(StrEnum):
    """Who is asked for a step: a person, or whoever has a role in a unit on the day."""

    PERSON = "person"
    LEAD = "lead"
    DEPUTY = "deputy"
    ADMIN = "admin"


class Proof(StrEnum):
    """What counts as done: a tap, words, or a photo or file."""

    TICK = "tick"
    NOTE = "note"
    FILE = "file"


@dataclass(frozen=True)
class PlanStep:
    """One step of a runbook. `target` is the id of the person or of the unit; 0 is the unit for which it is started.
    The step is due `minutes` after the start or, if it `waits`, after the step before was done, until which nobody is
    asked for it."""

    words: str
    who: str = Who.LEAD
    target: int = 0
    minutes: int = 30
    waits: bool = False
    proof: str = Proof.TICK

    def stored(self) -> dict[str, Any]:
        return asdict(self)


class Runbook(Table, table=True):
    """A runbook for a unit and all below. `number` is that of the newest version, whose title it has too; incidents of
    these `kinds` start it."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    title: str
    kinds: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    number: int = 1
    retired_at: datetime | None = Field(default=None, sa_type=Instant)
    retired_by: int | None = Field(default=None, foreign_key="person.id")


class RunbookVersion(Table, table=True):
    """What a runbook says, never changed: a run keeps the version it began with."""

    __table_args__ = (UniqueConstraint("runbook_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    runbook_id: int = Field(foreign_key="runbook.id")
    number: int
    title: str
    steps: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)

    @property
    def plan(self) -> list[PlanStep]:
        return [PlanStep(**it) for it in self.steps]


def make(
    session: Session, unit: Unit, title: str, steps: Sequence[PlanStep], by: Person, now: datetime
) -> Runbook:  # fmt: skip
    """Store a new runbook. Raises `runbooks.taken`."""
    made = Runbook(unit_id=unit.id, title=read_title(title))
    _refuse_taken(session, made)
    session.add(made)
    session.flush()
    _add(session, made, steps, by, now)
    return made


def change(
    session: Session, it: Runbook, title: str, steps: Sequence[PlanStep], by: Person, now: datetime
) -> None:  # fmt: skip
    """Give a runbook a new version. Raises `runbooks.taken`."""
    it.title, it.number = read_title(title), it.number + 1
    _refuse_taken(session, it)
    _add(session, it, steps, by, now)


def _add(session: Session, it: Runbook, steps: Sequence[PlanStep], by: Person, now: datetime) -> None:
    session.add(it)
    session.add(
        RunbookVersion(
            runbook_id=it.id,
            number=it.number,
            title=it.title,
            steps=[step.stored() for step in steps],
            by=by.id,
            at=now,
        )
    )
    session.flush()


def read_title(typed: str) -> str:
    """Return a title without blanks around and between lines. Raises `runbooks.no_title`, `runbooks.long_title`."""
    title = " ".join(characters.text(typed).split())
    if not title:
        raise Refusal("runbooks.no_title")
    if len(title) > LONGEST_TITLE:
        raise Refusal("runbooks.long_title", most=LONGEST_TITLE)
    return title


def _refuse_taken(session: Session, it: Runbook) -> None:
    """Raise `runbooks.taken` if the unit has another runbook of this title: alert rules name it."""
    with session.no_autoflush:
        same = select(Runbook.id).where(
            Runbook.unit_id == it.unit_id, Runbook.title == it.title, col(Runbook.retired_at).is_(None)
        )
        if any(number != it.id for number in session.exec(same).all()):
            raise Refusal("runbooks.taken", title=it.title)


def retire(session: Session, it: Runbook, by: Person, now: datetime) -> None:
    """End a runbook: it is started no more. What runs goes on."""
    it.retired_at, it.retired_by = now, by.id
    session.add(it)
    session.flush()


def restore(session: Session, it: Runbook) -> None:
    """Let a retired runbook hold again. Raises `runbooks.taken`."""
    _refuse_taken(session, it)
    it.retired_at = it.retired_by = None
    session.add(it)
    session.flush()


def newest(session: Session, it: Runbook) -> RunbookVersion:
    return session.exec(
        select(RunbookVersion).where(RunbookVersion.runbook_id == it.id, RunbookVersion.number == it.number)
    ).one()


def here(session: Session, path: str) -> list[Runbook]:
    """Return the runbooks that hold for a unit: its own and those of the units above, the nearest first."""
    query = select(Runbook, Unit.path).join(Unit, col(Unit.id) == col(Runbook.unit_id))
    rows = session.exec(query.where(col(Runbook.retired_at).is_(None), col(Unit.path).in_(above(path)))).all()
    return [it for it, _ in sorted(rows, key=lambda row: (-len(row[1]), row[0].id))]


def visible(session: Session, tops: Sequence[Unit]) -> list[Runbook]:
    """Return the runbooks that hold for these units or for units below them, the highest units first."""
    paths = [path for top in tops for path in above(top.path)]
    query = select(Runbook).join(Unit, col(Unit.id) == col(Runbook.unit_id)).where(
        col(Runbook.retired_at).is_(None), or_(col(Unit.path).in_(paths), *(below(top.path) for top in tops))
    )  # fmt: skip
    return list(session.exec(query.order_by(col(Unit.rank), col(Runbook.id))).all())


def named(session: Session, title: str, path: str) -> Runbook | None:
    """Return the runbook of this title that holds for a unit, the nearest."""
    title = " ".join(title.split())
    return next((it for it in here(session, path) if it.title == title), None)


def of_kind(session: Session, kind: str, path: str) -> list[Runbook]:
    """Return the runbooks that an incident of this kind in a unit starts: of the same title only the nearest."""
    found: dict[str, Runbook] = {}
    for it in here(session, path):
        found.setdefault(it.title, it)
    return [it for it in found.values() if kind in it.kinds]
