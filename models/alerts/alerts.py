"""Alerts: a report that met a rule, or an incident. An alert is open until a lead takes it and climbs a level each time
nobody does (docs/rules.md 17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, bindparam, text
from sqlmodel import Field, Session, col, or_, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import Unit, below
from models.reporting.reports import Report

INCIDENT = "incident"
NOT_REACHED = "not-reached"  # not the name of any form's rule, because those have no hyphen
LONGEST_NOTE = 500  # characters
MOST_RINGS = 3  # how often the top level is told again before the admins are
KEPT = timedelta(days=7)  # for which closed alerts are listed
MARKS = {"red": "🔴", "orange": "🟠", "yellow": "🟡"}


class Alert(Table, table=True):
    """`report_id` or `incident_id` says what the alert is about, `person_id` whom (None: the unit of the place), `by`
    who reported it. `label` and `title` are words per locale. `climbs_at` is when it climbs if nobody takes it, None
    once it no longer does; `height` counts the levels it has climbed, `rings` how often the top was told again. `round`
    grows when the alert is reopened, so that its messages are new ones. `corrected`: the report no longer meets the
    rule."""

    __table_args__ = (
        UniqueConstraint("report_id", "rule"),
        Index("alert_climbing", "climbs_at", sqlite_where=text("climbs_at IS NOT NULL"),
              postgresql_where=text("climbs_at IS NOT NULL")),
        Index("alert_open", "id", sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    rule: str
    level: str
    label: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    minutes: int
    report_id: int | None = Field(default=None, foreign_key="report.id")
    period_id: int | None = Field(default=None, foreign_key="period.id", index=True)
    incident_id: int | None = Field(default=None, foreign_key="incident.id", unique=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    place_id: int = Field(foreign_key="place.id")
    by: int = Field(foreign_key="person.id")
    opened_at: datetime = Field(sa_type=Instant)
    climbs_at: datetime | None = Field(default=None, sa_type=Instant)
    height: int = 0
    rings: int = 0
    round: int = 1
    taken_by: int | None = Field(default=None, foreign_key="person.id")
    taken_at: datetime | None = Field(default=None, sa_type=Instant)
    note: str | None = None
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    closed_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    corrected: bool = False

    @property
    def waits(self) -> bool:
        """Say whether nobody has taken it yet."""
        return self.taken_at is None and self.closed_at is None

    @property
    def mark(self) -> str:
        return MARKS[self.level]


@dataclass(frozen=True)
class MatchedRule:
    """A rule that a report meets, in the words of every language."""

    rule: str
    level: str
    label: Mapping[str, str]
    title: Mapping[str, str]
    minutes: int


def begin(session: Session, met: MatchedRule, now: datetime, **about: Any) -> Alert:
    """Raise a new alert; `about` are the columns that say about what, whom and where, and who reported it."""
    alert = Alert(
        rule=met.rule, level=met.level, label=dict(met.label), title=dict(met.title), minutes=met.minutes,
        opened_at=now, climbs_at=now + timedelta(minutes=met.minutes), **about,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    return alert


def reopen(alert: Alert, by: Person, now: datetime) -> None:
    """Reopen the alert as if it had just been raised; what was done about it before stays in the audit."""
    alert.by, alert.opened_at, alert.climbs_at = by.id, now, now + timedelta(minutes=alert.minutes)
    alert.height = alert.rings = 0
    alert.round += 1
    alert.taken_by = alert.taken_at = alert.note = alert.closed_by = alert.closed_at = None
    alert.corrected = False


def take(alert: Alert, person: Person, now: datetime) -> bool:
    """Give the alert to the first person who takes it; False if somebody was first, or it is closed."""
    if not alert.waits:
        return False
    alert.taken_by, alert.taken_at, alert.climbs_at = person.id, now, None
    return True


def close(alert: Alert, person: Person, now: datetime, *, corrected: bool = False) -> None:
    alert.closed_by, alert.closed_at, alert.climbs_at, alert.corrected = person.id, now, None, corrected


def climb(alert: Alert, left: int, now: datetime) -> int:
    """Advance the alert to `now` and return how many of the `left` levels above are to be told; 0 if there are none and
    the top, or at last the admins, are told again (`rings`). What fell due during an outage climbs in one go as far as
    there are levels, and then has its full time again."""
    if alert.climbs_at is None:
        return 0
    step, levels = timedelta(minutes=alert.minutes), 0
    while levels < left and alert.climbs_at <= now:
        levels, alert.climbs_at = levels + 1, alert.climbs_at + step
    alert.height += levels
    if not levels:
        alert.rings += 1
        alert.climbs_at += step
    if alert.climbs_at <= now:
        alert.climbs_at = now + step
    if alert.rings > MOST_RINGS:
        alert.climbs_at = None
    return levels


_TO_CLIMB = col(Alert.climbs_at) <= bindparam("now")
ANY_DUE = select(Alert.id).where(_TO_CLIMB).exists()
_DUE = (
    select(Alert)
    .where(
        _TO_CLIMB,
        col(Alert.id).not_in(bindparam("aside", expanding=True)),
    )
    .order_by(col(Alert.climbs_at), col(Alert.id))
    .limit(1)
)


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Alert | None:
    """Return the alert that nobody took in time and that is to climb first, leaving out those set aside."""
    return session.exec(_DUE, params={"now": now, "aside": list(aside)}).first()


def of_report(session: Session, report: Report) -> dict[str, Alert]:
    """Return every alert this report ever raised, by rule."""
    return {a.rule: a for a in session.exec(select(Alert).where(Alert.report_id == report.id)).all()}


def of_incident(session: Session, incident_id: int) -> Alert:
    return session.exec(select(Alert).where(Alert.incident_id == incident_id)).one()


def open_in_period(session: Session, period_id: int) -> Sequence[Alert]:
    """Return a period's open alerts, the oldest first."""
    return session.exec(
        select(Alert).where(Alert.period_id == period_id, col(Alert.closed_at).is_(None)).order_by(col(Alert.id))
    ).all()


def open_incidents(session: Session, top: Unit) -> Sequence[Alert]:
    """Return the open incidents of a subtree, the oldest first."""
    return [a for a in listed(session, [top]) if a.incident_id is not None]


def listed(session: Session, tops: Sequence[Unit], since: datetime | None = None) -> list[Alert]:
    """Return the open alerts of these subtrees, the oldest first; with `since`, also those closed after it."""
    state = col(Alert.closed_at).is_(None)
    found = session.exec(
        select(Alert)
        .join(Place, col(Place.id) == col(Alert.place_id))
        .join(Unit, col(Unit.id) == col(Place.unit_id))
        .where(or_(*(below(top.path) for top in tops)), state if since is None else or_(state, Alert.closed_at > since))  # type: ignore[operator]
        .order_by(col(Alert.opened_at), col(Alert.id))
    ).all()
    return list(found)


def since(session: Session, closed: datetime) -> Sequence[Alert]:
    """Return the alerts that are open or were closed after this."""
    return session.exec(
        select(Alert).where(or_(col(Alert.closed_at).is_(None), col(Alert.closed_at) > closed)).order_by(col(Alert.id))
    ).all()


def taken_by(session: Session, person: Person) -> list[Alert]:
    """Return the open alerts that this person has taken."""
    return list(
        session.exec(
            select(Alert).where(col(Alert.closed_at).is_(None), Alert.taken_by == person.id).order_by(col(Alert.id))
        ).all()
    )
