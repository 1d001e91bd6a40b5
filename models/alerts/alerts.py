"""Alerts: a report that met a rule, or an incident. An alert is open until a lead takes it and climbs a level each time
nobody does (docs/rules.md 17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, Session, col, or_, select

from models.alerts import climbing
from models.alerts.climbing import Climbing
from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import Unit, below
from models.reporting.reports import Report

INCIDENT = "incident"
NOT_REACHED = "not-reached"  # not the name of any form's rule, because those have no hyphen
LONGEST_NOTE = 500  # characters
KEPT = timedelta(days=7)  # for which closed alerts are listed
MARKS = {"red": "🔴", "orange": "🟠", "yellow": "🟡"}


class Alert(Climbing, table=True):
    """`report_id` or `incident_id` says what the alert is about, `person_id` whom (None: the unit of the place), `by`
    who reported it. `label` and `title` are words per locale. `raised_at` is when it was raised first; `round` grows
    when it is reopened, so that its messages are new ones. `corrected`: the report no longer meets the rule, or,
    closed by nobody, it is about somebody who is this unit's no longer."""

    __table_args__ = (
        UniqueConstraint("report_id", "rule"),
        Index("alert_climbing", "climbs_at", sqlite_where=text("climbs_at IS NOT NULL"),
              postgresql_where=text("climbs_at IS NOT NULL")),
        Index("alert_open", "id", sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    rule: str
    level: str
    label: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    report_id: int | None = Field(default=None, foreign_key="report.id")
    period_id: int | None = Field(default=None, foreign_key="period.id", index=True)
    incident_id: int | None = Field(default=None, foreign_key="incident.id", unique=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    place_id: int = Field(foreign_key="place.id")
    by: int = Field(foreign_key="person.id")
    raised_at: datetime = Field(sa_type=Instant)
    round: int = 1
    note: str | None = None
    corrected: bool = False

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
        raised_at=now, opened_at=now, climbs_at=now + timedelta(minutes=met.minutes), **about,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    return alert


def reopen(alert: Alert, by: Person, now: datetime) -> None:
    """Reopen the alert as if it had just been raised; what was done about it before stays in the audit."""
    climbing.restart(alert, now)
    alert.by, alert.round, alert.note, alert.corrected = by.id, alert.round + 1, None, False


def close(alert: Alert, person: Person, now: datetime, *, corrected: bool = False) -> None:
    climbing.close(alert, person, now)
    alert.corrected = corrected


def withdraw(alert: Alert, now: datetime) -> None:
    """Close an alert that nobody corrected or looked after, because it is this unit's no longer."""
    alert.closed_by, alert.closed_at, alert.climbs_at, alert.corrected = None, now, None, True


ANY_DUE = climbing.any_due(Alert)


def due(session: Session, now: datetime, aside: Sequence[int] = ()) -> Alert | None:
    """Return the alert that nobody took in time and that is to climb first, leaving out those set aside."""
    return climbing.due(session, Alert, now, aside)


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
