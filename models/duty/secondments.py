"""Secondment (下沉、借调): between two days somebody belongs to another unit, whose lead answers for them, and is back
by itself afterwards (docs/rules.md 35.8 to 35.11)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, bindparam, text
from sqlmodel import Field, Session, col, or_, select

from models.absence import deputies
from models.authority import leave_decisions, permissions
from models.changes import staff_changes
from models.changes.planned import midnight
from models.core import audit
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation import people
from models.organisation.people import Kind, Membership, Person, Role
from models.organisation.units import Unit, below
from models.time.times import day_at

MOST_DAYS = 366


class Stage(StrEnum):
    ASKED = "asked"  # the lead of the other unit has to agree
    AGREED = "agreed"
    RUNNING = "running"
    OVER = "over"
    REFUSED = "refused"
    CANCELLED = "cancelled"  # before it began


OPEN = (Stage.ASKED, Stage.AGREED, Stage.RUNNING)


class Secondment(Table, table=True):
    """`person_id` belongs to `unit_id` from `first` to `last`, both included. `home_id` is where they are at home
    otherwise, and `member` says whether they were in the other unit all along; both are known once it runs. `longer` is
    a later last day that somebody of the other unit has yet to agree to. `at` is the midnight at which it begins, or is
    over; None when there is nothing more to come."""

    __table_args__ = (
        Index("secondment_person", "person_id", "last"),
        Index("secondment_unit", "unit_id", "last"),
        Index("secondment_due", "at", sqlite_where=text("at IS NOT NULL"), postgresql_where=text("at IS NOT NULL")),
        IDS_NOT_REUSED,
    )

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    unit_id: int = Field(foreign_key="unit.id")
    home_id: int = Field(foreign_key="unit.id")
    member: bool = False
    first: date
    last: date
    longer: date | None = None
    by: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=Instant)
    state: str = Stage.ASKED
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    at: datetime | None = Field(default=None, sa_type=Instant)


def propose(
    session: Session, by: Person, person: Person, unit: Unit, span: tuple[date, date], today: date, now: datetime,
    zone: str,
) -> Secondment:  # fmt: skip
    """Store a secondment: agreed at once if `by` also leads the other unit, else for its lead to agree to. Raises as
    `refuse`."""
    refuse(session, by, person, unit, span, today)
    both = permissions.may_lead(session, by, unit.path, today)
    made = Secondment(
        person_id=person.id, unit_id=unit.id, home_id=people.home(session, person).id, first=span[0], last=span[1],
        by=by.id, made_at=now, at=midnight(session, span[0], zone), state=Stage.AGREED if both else Stage.ASKED,
        decided_by=by.id if both else None, decided_at=now if both else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _note(session, by, made, "secondment" if both else "secondment asked", now)
    return made


def refuse(
    session: Session, by: Person, person: Person, unit: Unit, span: tuple[date, date], today: date
) -> None:  # fmt: skip
    """Raise `seconding.not_over` about whose leave `by` does not decide, `seconding.ward`, `staffing.left`,
    `staffing.there`, `absences.backwards`, `seconding.past`, `seconding.too_long`, `seconding.overlap`."""
    first, last = span
    if not leave_decisions.may_decide(session, by, person, today):
        raise Refusal("seconding.not_over", name=person.name)
    if person.kind != Kind.STAFF:
        raise Refusal("seconding.ward", name=person.name)
    staff_changes.present(person)
    if people.home(session, person).id == unit.id:
        raise Refusal("staffing.there", name=person.name, path=unit.path)
    _refuse_days(first, last, today)
    refuse_overlap(session, person, first, last)


def _refuse_days(first: date, last: date, today: date) -> None:
    if last < first:
        raise Refusal("absences.backwards", first=first, last=last)
    if first < today:
        raise Refusal("seconding.past", first=first)
    if last >= today + timedelta(days=MOST_DAYS):
        raise Refusal("seconding.too_long", most=MOST_DAYS)


def refuse_overlap(session: Session, person: Person, first: date, last: date, but: int = 0) -> None:
    """Raise `seconding.overlap` if the person has another secondment between these days, one asked for included."""
    other = session.exec(
        select(Secondment).where(
            Secondment.person_id == person.id, col(Secondment.state).in_(OPEN), Secondment.first <= last,
            Secondment.last >= first, Secondment.id != but,
        )
    ).first()  # fmt: skip
    if other:
        unit = session.get_one(Unit, other.unit_id)
        raise Refusal("seconding.overlap", name=person.name, path=unit.path, first=other.first, last=other.last)


def agree(session: Session, it: Secondment, by: Person, now: datetime, zone: str) -> None:
    """Agree to what waits: the secondment or, of one that runs, the later last day."""
    if it.longer is not None:
        refuse_overlap(session, session.get_one(Person, it.person_id), it.first, it.longer, it.id)
        _last(session, it, it.longer, zone)
    elif it.state == Stage.ASKED:
        it.state = Stage.AGREED
    it.decided_by, it.decided_at, it.longer = by.id, now, None
    _kept(session, it)
    _note(session, by, it, "secondment", now)


def decline(session: Session, it: Secondment, by: Person, now: datetime) -> None:
    """Refuse what waits; one that runs keeps its last day."""
    if it.longer is None:
        it.state, it.at = Stage.REFUSED, None
    it.decided_by, it.decided_at, it.longer = by.id, now, None
    _kept(session, it)
    _note(session, by, it, "secondment refused", now)


def prolong(session: Session, it: Secondment, by: Person, last: date, today: date, now: datetime, zone: str) -> None:
    """Give it a later last day: at once if `by` leads the other unit too, else for somebody there to agree to.
    Raises `seconding.not_home` for who does not answer for where they come from, `seconding.earlier`,
    `seconding.too_long`, `seconding.overlap`."""
    if not may_recall(session, by, it, today):
        raise Refusal("seconding.not_home", path=session.get_one(Unit, it.home_id).path)
    if last <= it.last:
        raise Refusal("seconding.earlier", last=it.last)
    _refuse_days(today, last, today)
    refuse_overlap(session, session.get_one(Person, it.person_id), it.first, last, it.id)
    if permissions.may_lead(session, by, session.get_one(Unit, it.unit_id).path, today):
        _last(session, it, last, zone)
        it.longer = None
    else:
        it.longer = last
    _kept(session, it)
    _note(session, by, it, "secondment extended", now, to=str(last))


def cut(
    session: Session, it: Secondment, by: Person, last: date | None, today: date, now: datetime, zone: str
) -> None:  # fmt: skip
    """Let it end on an earlier day, `last`, whether it runs or is to begin. Where no day is named it ends today, or is
    taken back before it began. Raises `seconding.over`, `seconding.last` where it ends by itself no later,
    `seconding.later`."""
    if it.state not in OPEN or it.last < today:
        raise Refusal("seconding.over", name=session.get_one(Person, it.person_id).name)
    running = it.state == Stage.RUNNING
    earliest = today if running else max(today, it.first)
    if last is None and not running:
        it.state, it.at = Stage.CANCELLED, None
    elif earliest <= (last := last or today) < it.last:
        _last(session, it, last, zone)
    elif earliest == it.last:
        raise Refusal("seconding.last", last=it.last, withdraw=not running)
    else:
        raise Refusal("seconding.later", first=earliest, last=it.last, withdraw=not running)
    it.longer = None
    _kept(session, it)
    _note(session, by, it, "secondment ended", now, to=str(last or today))


def _last(session: Session, it: Secondment, last: date, zone: str) -> None:
    it.last = last
    if it.state == Stage.RUNNING:
        it.at = midnight(session, last + timedelta(days=1), zone)


def begin(session: Session, it: Secondment, zone: str) -> None:
    """Begin one whose first day has come: the other unit is the home now. One that nobody agreed to, whose person has
    left or is at home there meanwhile, or that is not theirs to decide any more who made it, is cancelled."""
    person, unit = session.get_one(Person, it.person_id), session.get_one(Unit, it.unit_id)
    home = people.home(session, person)
    agreed = it.state == Stage.AGREED and _holds(session, it, person, unit, zone)
    if not agreed or person.left_on is not None or home.id == unit.id:
        it.state, it.at = Stage.CANCELLED, None
    else:
        held = staff_changes.membership(session, person, unit)
        it.home_id, it.member = home.id, held is not None
        _live(session, person, home, unit)
        it.state, it.at = Stage.RUNNING, midnight(session, it.last + timedelta(days=1), zone)
    _kept(session, it)


def _holds(session: Session, it: Secondment, person: Person, unit: Unit, zone: str) -> bool:
    """Say whether on the first day it is still for who sent the person, and for who agreed, to decide (docs/rules.md
    35.8). What somebody decided as a deputy stands as long as the lead for whom they did."""
    day = it.first
    return any(
        leave_decisions.may_decide(session, by, person, day) for by in _deciders(session, it.by, it.made_at, day, zone)
    ) and any(
        permissions.may_lead(session, by, unit.path, day)
        for by in _deciders(session, it.decided_by, it.decided_at, day, zone)
    )


def _deciders(session: Session, by: int | None, at: datetime | None, day: date, zone: str) -> list[Person]:
    """Return who decided, and those for whom they stood in then; without those who have left by a day."""
    if by is None or at is None:
        return []
    ids = [by, *deputies.stood_in_for(session, by, at, day_at(at, zone))]
    return [it for it in (session.get_one(Person, one) for one in ids) if not it.left_by(day)]


def finish(session: Session, it: Secondment) -> None:
    """Bring somebody back whose last day is over. Whoever was moved or has left meanwhile stays where they are."""
    person, unit = session.get_one(Person, it.person_id), session.get_one(Unit, it.unit_id)
    if person.left_on is None and people.home(session, person).id == unit.id:
        _live(session, person, unit, session.get_one(Unit, it.home_id))
        held = staff_changes.membership(session, person, unit)
        if held and not it.member and held.role == Role.MEMBER:
            session.delete(held)
    it.state, it.at, it.longer = Stage.OVER, None, None
    _kept(session, it)


def _live(session: Session, person: Person, old: Unit, new: Unit) -> None:
    """Make another unit the home; the old one stays, with the role there."""
    was, held = (staff_changes.membership(session, person, it) for it in (old, new))
    if was:
        was.home = False
        session.add(was)
        session.flush()  # one home at a time
    held = held or Membership(person_id=person.id, unit_id=new.id)
    held.home = True
    session.add(held)
    session.flush()


def _kept(session: Session, it: Secondment) -> None:
    session.add(it)
    session.flush()


def _note(session: Session, by: Person, it: Secondment, what: str, now: datetime, **more: object) -> None:
    number, unit = session.get_one(Person, it.person_id).staff_no, session.get_one(Unit, it.unit_id)
    told = {"unit": unit.path, "first": str(it.first), "last": str(it.last)} | more
    audit.note(session, now, by.staff_no, what, number, **told)


def may_recall(session: Session, by: Person, it: Secondment, day: date) -> bool:
    """Say whether somebody answers for the unit that the person comes from."""
    return by.id != it.person_id and permissions.may_lead(session, by, session.get_one(Unit, it.home_id).path, day)


def may_host(session: Session, by: Person, it: Secondment, day: date) -> bool:
    """Say whether somebody answers for the unit that the person is sent to."""
    return by.id != it.person_id and permissions.may_lead(session, by, session.get_one(Unit, it.unit_id).path, day)


def open_ones(session: Session, tops: Sequence[Unit], person: Person) -> list[Secondment]:
    """Return what is not over of these units, at either end, and the person's own, by its first day."""
    inside = select(Unit.id).where(or_(*(below(top.path) for top in tops))) if tops else select(Unit.id).where(False)
    mine = (col(Secondment.unit_id).in_(inside)) | (col(Secondment.home_id).in_(inside))
    query = select(Secondment).where(
        col(Secondment.at).is_not(None), col(Secondment.state).in_(OPEN),
        or_(mine, Secondment.person_id == person.id),
    )  # fmt: skip
    return list(session.exec(query.order_by(col(Secondment.first), col(Secondment.id))).all())


def running(session: Session, persons: Sequence[int]) -> dict[int, Secondment]:
    """Return the secondments that run of these people, by the person's id."""
    found = select(Secondment).where(Secondment.state == Stage.RUNNING, col(Secondment.person_id).in_(persons))
    return {it.person_id: it for it in session.exec(found)}


ANY_DUE = select(Secondment.id).where(col(Secondment.at) <= bindparam("now")).exists()


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Secondment | None:
    """Return the secondment that is to begin or to end first by now, leaving out those set aside. At one midnight those
    that are over come first: whoever goes on to another unit is at home in between."""
    query = select(Secondment).where(col(Secondment.at) <= now, col(Secondment.id).not_in(aside))
    return session.exec(
        query.order_by(col(Secondment.at), col(Secondment.state) != Stage.RUNNING, col(Secondment.id)).limit(1)
    ).first()
