"""Assignments (tasks): a form asked of a unit's subtree, of each person or each unit, on a calendar, with a day's
times."""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint, distinct, func, or_
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.people import Membership, Person, had, here, own
from models.organisation.units import Unit, below, is_below
from models.time.times import Times


class Assignment(Table, table=True):
    """`next_day` is the next day to be opened and `next_at` the instant of its opening: none while the assignment is
    paused, or after its end. `on_leave` says whether people on leave or on a rest day are excused or asked all the
    same, `picture` whether groups get the summary as a picture, `document` as what the units' leads get the official
    report after the close: `word`, `pdf` or `off`. `requires` is the code of the form whose quiz must be passed before
    somebody is asked, "" for none (docs/rules.md 31.8)."""

    __table_args__ = (UniqueConstraint("form_code", "unit_id"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    form_code: str
    unit_id: int = Field(foreign_key="unit.id")
    about: str
    calendar: str
    times: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    timezone: str
    name_silent: bool = False
    on_leave: str = "excused"
    picture: bool = True
    document: str = "off"
    requires: str = ""
    next_day: date
    next_at: datetime | None = Field(sa_type=Instant, index=True)
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def schedule(self) -> Times:
        return Times.make(**self.times)


def refuse_unless_running(assignment: Assignment) -> None:
    if assignment.paused_at or assignment.ended_at:
        raise Refusal("assignments.not_running", code=assignment.code)


def over(session: Session, path: str) -> list[Assignment]:
    """Return the assignments that ask the unit of this path, or units below it, by code."""
    rows = session.exec(select(Assignment, Unit.path).join(Unit).order_by(col(Assignment.code))).all()
    return [a for a, top in rows if is_below(path, top) or is_below(top, path)]


def free_code(session: Session, wish: str, *, chosen: bool, promised: Collection[str] = ()) -> str:
    """Return the chosen code or, if a form's own is taken, one with a number. Raises `assignments.code_taken`,
    `assignments.bad_code`. `promised` are the codes of planned assignments."""
    if chosen and not re.fullmatch(r"[^\W\d_][\w.-]{0,63}", wish):
        raise Refusal("assignments.bad_code", code=wish[:40])
    taken = {*session.exec(select(Assignment.code)).all(), *promised}
    number = select(Person.id).where(Person.staff_no == wish)
    if chosen and (session.exec(number).first() is not None or had(session, wish)):
        raise Refusal("assignments.code_taken", code=wish)  # the audit names both
    if wish in taken and chosen:
        raise Refusal("assignments.code_taken", code=wish)
    n = 2
    code = wish
    while code in taken:
        code, n = f"{wish}-{n}", n + 1
    return code


def reach(session: Session, assignment: Assignment, day: date) -> int:
    """Return how many people, or units, the assignment asks on that day, as things are now."""
    return count(session, [(assignment.about, session.get_one(Unit, assignment.unit_id))], day)


def count(session: Session, tops: Iterable[tuple[str, Unit]], day: date) -> int:
    """Return how many people who have not left by the day, and how many units, are under these tops, each once; the
    first of a pair says which are asked."""
    tops = list(tops)
    persons = [below(unit.path) for about, unit in tops if about != "units"]
    units = [below(unit.path) for about, unit in tops if about == "units"]
    found = 0
    if persons:
        query = select(func.count(distinct(col(Membership.person_id)))).select_from(Membership).join(Unit).join(
            Person, col(Person.id) == col(Membership.person_id)
        )  # fmt: skip
        found += session.exec(query.where(or_(*persons), own(), here(day))).one()
    if units:
        found += session.exec(select(func.count()).select_from(Unit).where(or_(*units))).one()
    return found


def asking(session: Session, form: str) -> list[Assignment]:
    """Return the assignments that ask a form and have not ended."""
    query = select(Assignment).where(Assignment.form_code == form, col(Assignment.ended_at).is_(None))
    return list(session.exec(query.order_by(col(Assignment.code))).all())


def by_code(session: Session, code: str) -> Assignment:
    """Return the assignment of this code; raises `assignments.unknown`, which lists those there are."""
    found = session.exec(select(Assignment).where(Assignment.code == code)).first()
    if found is None:
        known = session.exec(select(Assignment.code).order_by(Assignment.code)).all()
        raise Refusal("assignments.unknown", code=code, known=list(known))
    return found
