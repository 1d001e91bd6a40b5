"""Calls to wards (电话随访): who called whom and what came of it, and who is to be called next (docs/rules.md 36).

A ward's row holds its place in the order and its tries, so that a list costs the same however many calls there were."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, UniqueConstraint
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, col, func, not_, or_, select

from models.alerts.alerts import Alert
from models.authority import permissions, responsibility
from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.places import Place
from models.organisation import people
from models.organisation.people import Kind, Membership, Person, here
from models.organisation.units import Unit, below
from models.reporting.reports import Report


class Outcome(StrEnum):
    NOTHING = "nothing"  # reached, and the zero of the ward's reports was filed
    SOMETHING = "something"  # reached, and the form was begun
    REACHED = "reached"  # reached, and there was nothing to file
    MISSED = "missed"  # a try


class PhoneCall(Table, table=True):
    """A call to the ward `person_id`. A day holds one call that reached the ward and one try at most. `report_id` is
    the report that was filed or begun with it, the first of several."""

    __table_args__ = (
        UniqueConstraint("person_id", "day", "reached"),
        Index("phone_call_by", "by", "day"),
        Index("phone_call_day", "day", "id"),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    by: int = Field(foreign_key="person.id")
    day: date
    at: datetime = Field(sa_type=Instant)
    reached: bool
    outcome: str
    report_id: int | None = None


class CalledWard(Table, table=True):
    """Where a ward who was ever called stands. `since` is the place in the order, the longest ago first; None before
    the first call that counted. `last_id` is the last call, `called_on` its day, `unit_id` the ward's home then, and
    `tries` how many days running nobody answered there; `alert_id` is the last alert about that."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    since: datetime | None = Field(default=None, sa_type=Instant)
    called_on: date
    tries: int = 0
    last_id: int = Field(foreign_key="phone_call.id")
    unit_id: int = Field(foreign_key="unit.id")
    alert_id: int | None = None


@dataclass(frozen=True)
class Listed:
    """A ward to be called, or who was called, with the home unit, and where the ward stands; None if never called."""

    ward: Person
    unit: Unit
    state: CalledWard | None

    @property
    def tries(self) -> int:
        """Return how many days running nobody answered since the ward is in this unit (docs/rules.md 36.6)."""
        return self.state.tries if self.state and self.state.unit_id == self.unit.id else 0


def theirs(session: Session, caller: Person, day: date) -> ColumnElement[bool]:
    """Match the wards that somebody may call: those they report for that day, also as a deputy, and those of the units
    they lead (docs/rules.md 36.1)."""
    own = [it.id for it in responsibility.wards(session, caller, day)]
    tops = permissions.leads(session, caller, day)
    which: ColumnElement[bool] = col(Person.id).in_(own)
    if tops:
        which = or_(which, inside(tops, day))
    return (col(Person.kind) == Kind.WARD) & here(day) & which


def inside(tops: Sequence[Unit], day: date) -> ColumnElement[bool]:
    """Match the wards of these subtrees who have not left."""
    homes = select(Membership.person_id).join(Unit, col(Unit.id) == col(Membership.unit_id))
    homes = homes.where(col(Membership.home).is_(True), or_(*(below(it.path) for it in tops)))
    return (col(Person.kind) == Kind.WARD) & here(day) & col(Person.id).in_(homes)


def may_call(session: Session, caller: Person, ward: Person, day: date) -> bool:
    """Say whether the ward is on this person's list."""
    found = select(Person.id).where(Person.id == ward.id, theirs(session, caller, day))
    return session.exec(found).first() is not None


def any_to_call(session: Session, caller: Person, day: date) -> bool:
    """Say whether somebody has a list of wards at all."""
    return session.exec(select(Person.id).where(theirs(session, caller, day)).limit(1)).first() is not None


def _wards(which: ColumnElement[bool]):  # type: ignore[no-untyped-def]
    return (
        select(Person, Unit, CalledWard)
        .join(Membership, (col(Membership.person_id) == col(Person.id)) & col(Membership.home).is_(True))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .outerjoin(CalledWard, col(CalledWard.person_id) == col(Person.id))
        .where(which)
    )


def to_call(session: Session, which: ColumnElement[bool], day: date, most: int) -> list[Listed]:
    """Return who is to be called next of these wards: never called first, then who was not called longest; nobody who
    was called that day. Who did not answer keeps the place until the last try (docs/rules.md 36.2)."""
    rows = session.execute(
        _wards(which)
        .where(or_(col(CalledWard.called_on).is_(None), col(CalledWard.called_on) < day))
        .order_by(col(CalledWard.since).nulls_first(), col(Person.staff_no))
        .limit(most)
    ).all()
    return [Listed(*row) for row in rows]


def count_to_call(session: Session, which: ColumnElement[bool], day: date) -> int:
    """Return how many of these wards were not called that day."""
    called = select(CalledWard.person_id).where(CalledWard.called_on >= day)
    query = select(func.count()).select_from(Person).where(which, col(Person.id).not_in(called))
    return session.exec(query).one()


def trying(session: Session, which: ColumnElement[bool], most: int) -> list[Listed]:
    """Return those of these wards who did not answer, the most tries first."""
    rows = session.execute(
        _wards(which).where(CalledWard.tries > 0, CalledWard.unit_id == Unit.id)
        .order_by(col(CalledWard.tries).desc(), col(Person.staff_no)).limit(most)
    ).all()  # fmt: skip
    return [Listed(*row) for row in rows]


def last_call(session: Session, it: Listed) -> PhoneCall | None:
    return session.get(PhoneCall, it.state.last_id) if it.state else None


def on(session: Session, ward: Person, day: date) -> PhoneCall | None:
    """Return the call of that day: the one that reached the ward, else the try."""
    query = select(PhoneCall).where(PhoneCall.person_id == ward.id, PhoneCall.day == day)
    return session.exec(query.order_by(col(PhoneCall.reached).desc())).first()


def by_caller(session: Session, caller: Person, day: date) -> Sequence[tuple[PhoneCall, Person]]:
    """Return whom somebody called that day, in order."""
    query = select(PhoneCall, Person).join(Person, col(Person.id) == col(PhoneCall.person_id))
    return session.exec(query.where(PhoneCall.by == caller.id, PhoneCall.day == day).order_by(col(PhoneCall.id))).all()


@dataclass(frozen=True)
class Made:
    """A call with whom it went to, the unit the ward is in now, who called, and the receipt of what was filed with
    it."""

    call: PhoneCall
    ward: Person
    unit: Unit
    by: Person
    receipt: str | None


def listed(
    session: Session, which: ColumnElement[bool], since: date, most: int, below: int | None = None
) -> list[Made]:  # fmt: skip
    """Return the calls to these wards from this day on, the newest first; of those with numbers below the one given."""
    caller = aliased(Person)
    rows = session.execute(
        select(PhoneCall, Person, Unit, caller)
        .add_columns(col(Report.receipt))
        .join(Person, col(Person.id) == col(PhoneCall.person_id))
        .join(Membership, (col(Membership.person_id) == col(Person.id)) & col(Membership.home).is_(True))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .join(caller, col(caller.id) == col(PhoneCall.by))
        .outerjoin(Report, col(Report.id) == col(PhoneCall.report_id))
        .where(which, col(PhoneCall.day) >= since, *([] if below is None else [col(PhoneCall.id) < below]))
        .order_by(col(PhoneCall.id).desc())
        .limit(most)
    ).all()
    return [Made(*row) for row in rows]


def each_listed(session: Session, which: ColumnElement[bool], since: date, size: int = 500) -> Iterator[Made]:
    """Yield all of them; memory holds so many at a time."""
    below = None
    while found := listed(session, which, since, size, below):
        yield from found
        if len(found) < size:
            return
        below = found[-1].call.id


def number(session: Session, which: ColumnElement[bool], since: date) -> int:
    """Return how many calls to these wards there were from this day on."""
    query = select(func.count()).select_from(PhoneCall).join(Person, col(Person.id) == col(PhoneCall.person_id))
    return session.exec(query.where(which, col(PhoneCall.day) >= since)).one()


def file(
    session: Session, ward: Person, by: Person, outcome: Outcome, day: date, now: datetime, most: int,
    report: int | None = None,
) -> CalledWard:  # fmt: skip
    """Put a call on record and move the ward's place: to the end when reached, and with the try after which `most` were
    made; in another unit the tries begin anew. The caller has asked `on` whether the day already holds it; a second one
    at the same instant is refused by the database."""
    reached, home = outcome != Outcome.MISSED, people.home(session, ward).id
    made = PhoneCall(
        person_id=ward.id, by=by.id, day=day, at=now, reached=reached, outcome=outcome, report_id=report
    )  # fmt: skip
    session.add(made)
    session.flush()
    state = session.get(CalledWard, ward.id)
    state = state or CalledWard(person_id=ward.id, called_on=day, last_id=made.id, unit_id=home)
    before = state.tries if state.unit_id == home else 0
    state.called_on, state.last_id, state.unit_id = day, made.id, home
    state.tries = 0 if reached else before + 1
    if reached or exhausted(state, most):
        state.since = now
    session.add(state)
    session.flush()
    return state


def exhausted(state: CalledWard, most: int) -> bool:
    """Say whether `most` tries running were made, or twice as many, and so on."""
    return state.tries > 0 and state.tries % most == 0


NO_ANSWER = "no-answer"  # the rule of the alerts; not the name of any form's rule, because those have no hyphen
_AT_HOME = select(Membership.id).where(
    Membership.person_id == Person.id, Membership.unit_id == Place.unit_id, col(Membership.home).is_(True)
)
_OF_OTHERS = (
    select(Alert)
    .join(Person, col(Person.id) == col(Alert.person_id))
    .join(Place, col(Place.id) == col(Alert.place_id))
    .where(col(Alert.closed_at).is_(None), Alert.rule == NO_ANSWER)
    .where(or_(col(Person.left_on).is_not(None), Person.kind != Kind.WARD, not_(_AT_HOME.exists())))
)
ANY_OF_OTHERS = _OF_OTHERS.exists()


def alert_of_others(session: Session, aside: Sequence[int]) -> Alert | None:
    """Return an open alert about somebody who has left, is no ward any more, or is at home in another unit than the
    alert, through whatever door that changed; not those set aside."""
    query = _OF_OTHERS.where(col(Alert.id).not_in(aside)).order_by(col(Alert.id))
    return session.exec(query.limit(1)).first()


@dataclass(frozen=True)
class Standing:
    """How many wards were called that day, how many of them `reached`, and how many do not answer (`trying`)."""

    called: int
    reached: int
    trying: int


def standing(session: Session, tops: Sequence[Unit], day: date) -> Standing | None:
    """Return how calls stand in these units; None where there is nothing to say."""
    if not tops:
        return None
    those = select(Person.id).where(inside(tops, day))
    of_day = (PhoneCall.day == day, col(PhoneCall.person_id).in_(those))
    called = session.exec(select(func.count(func.distinct(PhoneCall.person_id))).where(*of_day)).one()
    reached = session.exec(select(func.count()).where(*of_day, col(PhoneCall.reached).is_(True))).one()
    home = select(Membership.unit_id).where(
        Membership.person_id == CalledWard.person_id, col(Membership.home).is_(True)
    )  # fmt: skip
    still = select(func.count()).where(
        CalledWard.tries > 0, col(CalledWard.person_id).in_(those), CalledWard.unit_id == home.scalar_subquery()
    )  # fmt: skip
    tried = session.exec(still).one()
    return Standing(called, reached, tried) if called or tried else None
