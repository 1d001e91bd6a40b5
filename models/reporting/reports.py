"""Store reports: the expected rows of a period."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, UniqueConstraint, bindparam, text, true
from sqlmodel import Field, Session, col, select, update

from models.authority.responsibility import wards
from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle import reopenings
from models.cycle.periods import Period, Phase
from models.organisation.people import Person
from models.organisation.units import Unit


class State(StrEnum):
    DUE = "due"
    ZERO = "zero"
    FILLED = "filled"
    MISSING = "missing"  # the name of `due` after the lock; never stored


KINDS = {
    "zero": State.ZERO, "零报告": State.ZERO, "form": State.FILLED, "filled": State.FILLED, "有情况": State.FILLED,
}  # fmt: skip


class Report(Table, table=True):
    """One subject's row in a period, a person's or a unit's. `late` and `submitted_at` are those of the first filing,
    `proxy` says that the newest revision is not the subject's own, `uncontacted` that a ward was not reached, `excused`
    is a reason, which counts only while nothing is filed."""

    __table_args__ = (
        UniqueConstraint("period_id", "person_id"),
        Index(
            "report_figures", "period_id", "place_id", "state", "late", "proxy", "uncontacted", "excused",
        ),
        Index(
            "report_silent", "period_id", "id",
            sqlite_where=text("state = 'due' AND excused IS NULL"),
            postgresql_where=text("state = 'due' AND excused IS NULL"),
        ),
        Index(
            "report_late", "late", "period_id", "place_id", "excused", "person_id", "unit_id",
            sqlite_where=text("late = 1"), postgresql_where=text("late"),
        ),
        Index(
            "report_filled", "period_id", "place_id", "head_id",
            sqlite_where=text("state = 'filled'"), postgresql_where=text("state = 'filled'"),
        ),
        Index(
            "report_unit", "period_id", "unit_id", unique=True,
            sqlite_where=text("unit_id IS NOT NULL"), postgresql_where=text("unit_id IS NOT NULL"),
        ),
        Index(
            "report_receipt", "period_id", "receipt", unique=True,
            sqlite_where=text("receipt IS NOT NULL"), postgresql_where=text("receipt IS NOT NULL"),
        ),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    place_id: int = Field(foreign_key="place.id")
    state: str = State.DUE
    late: bool = False
    proxy: bool = False
    uncontacted: bool = False
    excused: str | None = None
    receipt: str | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    submitted_by: int | None = Field(default=None, foreign_key="person.id")
    head_id: int | None = None

    @property
    def owed(self) -> bool:
        """Say whether somebody still owes this report: nothing is filed, and no excuse holds."""
        return self.state == State.DUE and self.excused is None


OWED = (col(Report.state) == State.DUE) & col(Report.excused).is_(None)  # `Report.owed` as a condition
LATE = col(Report.late) == true()  # as the index `report_late` says it


def owing(session: Session, period: Period, after: int, most: int) -> Sequence[Report]:
    """Return the next reports of a period that are still owed, by id, for a step that works in chunks."""
    rows = select(Report).where(Report.period_id == period.id, Report.id > after, OWED)
    return session.exec(rows.order_by(col(Report.id)).limit(most)).all()


class ReportView(Table, table=True):
    """A report that a task force sees too, frozen with the period; never added to the tree's sum."""

    __table_args__ = (UniqueConstraint("period_id", "place_id", "report_id"),)

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    place_id: int = Field(foreign_key="place.id")
    report_id: int = Field(foreign_key="report.id", index=True)


def takes(session: Session, period: Period, report: Report) -> bool:
    """Say whether this report may be filed: until the lock or, if it was reopened, until that ends."""
    return period.takes_reports or (period.phase == Phase.LOCKED and reopenings.active(session, report.id) is not None)


def forgive(session: Session, period: Period) -> None:
    """Mark what came in before the new deadline as timely, after the deadline moved."""
    session.execute(
        update(Report)
        .where(
            col(Report.period_id) == period.id, col(Report.late).is_(True), col(Report.submitted_at) <= period.due_at
        )
        .values(late=False)
    )


_OF_PERSONS = select(Report).where(
    Report.period_id == bindparam("period"), col(Report.person_id).in_(bindparam("persons", expanding=True))
)


def of_person(session: Session, period: Period, person: Person) -> Report | None:
    return next(iter(of_persons(session, period, [person.id])), None)


def of_persons(session: Session, period: Period, persons: Iterable[int]) -> Sequence[Report]:
    """Return the rows of these persons, in no order."""
    return session.exec(_OF_PERSONS, params={"period": period.id, "persons": list(persons)}).all()


def of_people(
    session: Session, which: ColumnElement[bool], most: int, after: int = 0
) -> Sequence[tuple[Report, Person]]:
    """Return these reports that are about persons, by staff number: `most` of them, from the place `after` on."""
    rows = select(Report, Person).join(Person, col(Person.id) == col(Report.person_id)).where(which)
    return session.exec(rows.order_by(col(Person.staff_no)).offset(after).limit(most)).all()


def of_unit(session: Session, period: Period, unit: Unit) -> Report | None:
    return session.exec(select(Report).where(Report.period_id == period.id, Report.unit_id == unit.id)).first()


def of_wards(session: Session, period: Period, reporter: Person) -> list[tuple[Report, Person]]:
    """Return the rows of those a person reports for on the period's day, also as a deputy, by staff number."""
    ids = [ward.id for ward in wards(session, reporter, period.day)]
    return [
        (report, person)
        for report, person in session.exec(
            select(Report, Person)
            .join(Person, col(Person.id) == col(Report.person_id))
            .where(Report.period_id == period.id, col(Person.id).in_(ids))
            .order_by(col(Person.staff_no))
        ).all()
    ]


def of_units(session: Session, period: Period, units: list[Unit]) -> list[tuple[Report, Unit]]:
    """Return the rows about these units, in the roster's order."""
    return [
        (report, unit)
        for report, unit in session.exec(
            select(Report, Unit)
            .join(Unit, col(Unit.id) == col(Report.unit_id))
            .where(Report.period_id == period.id, col(Report.unit_id).in_([u.id for u in units]))
            .order_by(col(Unit.rank))
        ).all()
    ]


def shown_state(report: Report, period: Period) -> State:
    """Return the state as people know it: what is due at the lock is missing."""
    if report.owed and period.phase == Phase.LOCKED:
        return State.MISSING
    return State(report.state)
