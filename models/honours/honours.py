"""Honours (荣誉) of units: milestones of a zero-case streak, and what an admin awards (docs/rules.md 38.5 to 38.7)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, bindparam, text
from sqlmodel import Field, Session, col, or_, select

from models.core import characters
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.periods import Period
from models.forms.versions import FormVersion
from models.honours import streaks
from models.honours.streaks import ZeroStreak
from models.messaging import cards
from models.organisation.people import Person
from models.organisation.units import Unit, above, below
from models.time.times import awake
from models.timeline import entries
from models.timeline.sources import HONOUR

LONGEST, LONGEST_REASON = 40, 200  # characters of a title and of a reason


class HonourKind(StrEnum):
    MILESTONE = "milestone"
    AWARD = "award"


class Lost(StrEnum):
    """Why a milestone does not hold any more, if nobody withdrew it."""

    REPORT = "report"  # a report of one of its days was corrected after the lock
    INCIDENT = "incident"  # an incident was told about one of its days


class Honour(Table, table=True):
    """What a unit was honoured for, on `day`. A milestone has its task, its `days` and in `reached` the streak's total
    with its last day; an award its title, its reason and who made it. `post_at` is when the certificate goes to the
    unit's group, None once it went. One that was withdrawn stays, with who did it (None: the program) and why."""

    __table_args__ = (
        Index("honour_unit", "unit_id", "id"),
        Index("honour_made", "made_at"),
        Index("honour_withdrawn", "withdrawn_at"),
        Index("honour_post", "post_at", sqlite_where=text("post_at IS NOT NULL"),
              postgresql_where=text("post_at IS NOT NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    kind: str
    unit_id: int = Field(foreign_key="unit.id")
    assignment_id: int | None = Field(default=None, foreign_key="assignment.id")
    days: int | None = None
    reached: int | None = None
    title: str = ""
    reason: str = ""
    by: int | None = Field(default=None, foreign_key="person.id")
    day: date
    made_at: datetime = Field(sa_type=Instant)
    post_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: int | None = Field(default=None, foreign_key="person.id")
    withdrawn_why: str | None = None


def reach(
    session: Session, period: Period, grown: Iterable[ZeroStreak], steps: Sequence[int], now: datetime
) -> list[Honour]:
    """Note the milestones that these streaks reached with a period's day, and write them in their units' timelines."""
    made = [
        Honour(
            kind=HonourKind.MILESTONE, unit_id=it.unit_id, assignment_id=period.assignment_id, days=it.days,
            reached=it.total, day=period.day, made_at=now, post_at=_post_at(now, period.timezone, it.unit_id),
        )
        for it in grown if it.unit_id is not None and it.days in steps
    ]  # fmt: skip
    if made:
        keep(session, made, session.get_one(FormVersion, period.version_id).spec.title)
    return made


def keep(session: Session, made: Sequence[Honour], title: str | Mapping[str, str]) -> None:
    """Store honours, and write them in their units' timelines: neither the reason nor who awarded them. `title` is the
    award's own, or the task's in every language."""
    session.add_all(made)
    session.flush()
    session.add_all(entries.new(HONOUR, it.unit_id, it.day, it.id, title=title, days=it.days) for it in made)
    session.flush()


def _post_at(now: datetime, zone: str, spread: int) -> datetime:
    """Return when a certificate goes out: never at night, and not all at the same moment (docs/rules.md 1.3, 1.4)."""
    return cards.off_the_hour(awake(now, zone), spread)


def award(
    session: Session, unit: Unit, title: str, reason: str, by: Person, day: date, now: datetime, zone: str
) -> Honour:
    """Honour a unit for something else. Raises as `refuse_words`."""
    refuse_words(title, reason)
    made = Honour(
        kind=HonourKind.AWARD, unit_id=unit.id, title=characters.name(title), reason=" ".join(reason.split()),
        by=by.id, day=day, made_at=now, post_at=awake(now, zone),
    )  # fmt: skip
    keep(session, [made], made.title)
    return made


def refuse_words(title: str, reason: str) -> None:
    """Raise `honours.title` or `honours.reason` for words that are missing or too long."""
    if not 0 < len(characters.name(title)) <= LONGEST:
        raise Refusal("honours.title", most=LONGEST)
    if not 0 < len(" ".join(reason.split())) <= LONGEST_REASON:
        raise Refusal("honours.reason", most=LONGEST_REASON)


def withdraw(session: Session, it: Honour, why: str, by: Person | None, now: datetime) -> None:
    """Withdraw an honour, which stays on record. Raises `honours.withdrawn`."""
    if it.withdrawn_at is not None:
        raise Refusal("honours.withdrawn", number=it.id)
    it.withdrawn_at, it.withdrawn_by, it.withdrawn_why = now, by.id if by else None, why
    it.post_at = None
    session.add(it)
    entries.renew(session, HONOUR, it.id, withdrawn=True)


def contradict(session: Session, streak: ZeroStreak, day: date, why: Lost, now: datetime) -> list[Honour]:
    """Break a streak at a day that does not hold any more, and withdraw the milestones that rest on it; return
    these."""
    at = streaks.contradict(session, streak, day)
    if streak.unit_id is None:
        return []
    resting = select(Honour).where(
        Honour.unit_id == streak.unit_id, Honour.assignment_id == streak.assignment_id, col(Honour.reached) >= at[-1],
        col(Honour.reached) - col(Honour.days) < at[0], col(Honour.withdrawn_at).is_(None),
    )  # fmt: skip
    found = list(session.exec(resting.order_by(col(Honour.id))).all())
    for it in found:
        withdraw(session, it, why, None, now)
    return found


ANY_DUE = select(Honour.id).where(col(Honour.post_at) <= bindparam("now")).exists()


def to_post(session: Session, now: datetime, aside: Sequence[int]) -> Honour | None:
    """Return the next honour whose certificate is to go out; not one set aside."""
    query = select(Honour).where(col(Honour.post_at) <= now, col(Honour.id).not_in(aside))
    return session.exec(query.order_by(col(Honour.post_at), col(Honour.id)).limit(1)).first()


def newest(session: Session, most: int | None) -> list[tuple[Honour, Unit]]:
    """Return the newest honours of the organisation."""
    query = select(Honour, Unit).join(Unit, col(Unit.id) == col(Honour.unit_id))
    return [(it, unit) for it, unit in session.exec(query.order_by(col(Honour.id).desc()).limit(most)).all()]


def board(session: Session, home: Unit, tops: Sequence[Unit], most: int | None) -> list[tuple[ZeroStreak, Unit]]:
    """Return the streaks of somebody's units: their own, those above it, and those they lead with what is below; the
    longest first, equal ones in the roster's order."""
    seen = or_(col(Unit.path).in_(above(home.path)), *(below(it.path) for it in tops))
    query = select(ZeroStreak, Unit).join(Unit, col(Unit.id) == col(ZeroStreak.unit_id)).where(seen)
    order = ((col(ZeroStreak.total) - col(ZeroStreak.base)).desc(), col(Unit.rank), col(ZeroStreak.assignment_id))
    return [(it, unit) for it, unit in session.exec(query.order_by(*order).limit(most)).all()]
