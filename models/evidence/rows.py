"""Find the rows behind a figure, and the versions behind a receipt (docs/rules.md 20.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, func
from sqlmodel import Session, and_, col, or_, select

from models.authority.permissions import leads
from models.core.database import in_chunks
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.evidence import seals
from models.evidence.seals import Seal
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures
from models.reporting.reports import OWED, Report, State
from models.reporting.revisions import Revision

FIGURES = (
    "expected", "received", "zero", "filled", "late", "proxy", "uncontacted", "excused", "silent", "missing",
)  # fmt: skip
NAMED = {
    "应报": "expected", "已报": "received", "零报告": "zero", "有情况": "filled", "迟报": "late", "代报": "proxy",
    "未联系上": "uncontacted", "准假": "excused", "未报": "silent", "漏报": "missing",
    "unreported": "silent",
} | {name: name for name in FIGURES}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row behind a figure, with its subject. `changed`: something was filed about it after the close."""

    report: Report
    person: Person | None
    unit: Unit | None
    changed: bool

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.unit.name if self.unit else ""


@dataclass(frozen=True)
class Version:
    """One revision, its author, the form it answered, and the first seal that covers it (None before there is one)."""

    revision: Revision
    by: Person
    form: FormVersion
    seal: Seal | None


def condition(figure: str, period: Period) -> ColumnElement[bool]:
    """Return which rows a figure counts as they stand; `silent` includes the missing, as `Figures.silent` does."""
    due = col(Report.state) == State.DUE
    excused = and_(due, col(Report.excused).is_not(None))
    return {
        "expected": or_(~due, col(Report.excused).is_(None)),
        "received": ~due,
        "zero": col(Report.state) == State.ZERO,
        "filled": col(Report.state) == State.FILLED,
        "late": col(Report.late).is_(True),
        "proxy": col(Report.proxy).is_(True),
        "uncontacted": col(Report.uncontacted).is_(True),
        "excused": excused,
        "silent": OWED,
        "missing": OWED if period.phase == Phase.LOCKED else false(),
    }[figure]


def rows(session: Session, period: Period, unit: Unit, figure: str, limit: int) -> list[Row]:
    """Return the rows that make up this figure of a unit now, in the order in which the period was frozen. The ids are
    queried first, ordered by an expression, so that the period's index is used: ordered by the key, SQLite would walk
    the table."""
    return _rows(session, period, figures.rows_of(session, period, unit), condition(figure, period), limit=limit)


def left(session: Session, period: Period, unit: Unit, figure: str, limit: int) -> list[Row]:
    """Return the rows that counted in this figure at the close and do not any more, because something was
    filed since."""
    if period.close_revision is None:
        return []
    newest = (
        select(func.max(Revision.id))
        .where(Revision.report_id == Report.id, Revision.id <= period.close_revision)
        .correlate(Report)
        .scalar_subquery()
    )
    then = select(Revision.id).where(Revision.id == newest)
    was = {
        "zero": then.where(Revision.kind == State.ZERO).exists(),
        "filled": then.where(Revision.kind == State.FILLED).exists(),
        "uncontacted": then.where(col(Revision.uncontacted).is_(True)).exists(),
        "proxy": then.where(Revision.by != Report.person_id).exists(),
        "silent": and_(newest.is_(None), col(Report.excused).is_(None)),
        "excused": and_(newest.is_(None), col(Report.excused).is_not(None)),
    }.get(figure, false())
    changed = col(Report.head_id) > period.close_revision
    inside = figures.rows_of(session, period, unit)
    return _rows(session, period, inside, changed, was, ~condition(figure, period), limit=limit)


def _rows(session: Session, period: Period, *where: ColumnElement[bool], limit: int) -> list[Row]:
    first = (
        select(Report.id).where(*where).order_by(col(Report.id) + 0).limit(limit)
    )  # by the period's index, not by id
    found = session.exec(
        select(Report, Person, Unit)
        .join(Person, col(Person.id) == col(Report.person_id), isouter=True)
        .join(Unit, col(Unit.id) == col(Report.unit_id), isouter=True)
        .where(col(Report.id).in_(session.exec(first).all()))
        .order_by(col(Report.id))
    ).all()
    close = period.close_revision
    return [Row(r, p, u, close is not None and (r.head_id or 0) > close) for r, p, u in found]


def counted(session: Session, period: Period, unit: Unit, report: Report) -> bool:
    """Say whether this report is among those that make up a unit's figures."""
    inside = figures.rows_of(session, period, unit)
    return session.exec(select(Report.id).where(inside, Report.id == report.id)).first() is not None


def may_see(session: Session, person: Person, report: Report, period: Period, day: date) -> bool:
    """Say whether a person may see a report: their own, their ward's, or one that counts in figures they answer for."""
    return bool(seen_by(session, person, [(report, period)], day))


def seen_by(
    session: Session, person: Person, found: Iterable[tuple[Report, Period]], day: date
) -> list[tuple[Report, Period]]:
    """Return those of these reports that a person may see, as `may_see` says."""
    tops: list[Unit] | None = None
    seen = []
    for report, period in found:
        subject = session.get_one(Person, report.person_id) if report.person_id is not None else None
        own = subject is not None and person.id in (subject.id, subject.reporter_id)
        if not own and tops is None:
            tops = leads(session, person, day)
        if own or any(counted(session, period, unit, report) for unit in tops or ()):
            seen.append((report, period))
    return seen


def with_receipt(session: Session, code: str, day: date | None) -> list[tuple[Report, Period]]:
    """Return the reports of this receipt number, the newest day first. It is unique in its period only, so it is looked
    up period by period."""
    days = select(Period.id).order_by(col(Period.day).desc(), col(Period.id))
    ids = session.exec(days if day is None else days.where(Period.day == day)).all()
    found: list[tuple[Report, Period]] = []
    for some in in_chunks(ids):
        query = select(Report).where(col(Report.period_id).in_(some), Report.receipt == code)
        found += [(r, session.get_one(Period, r.period_id)) for r in session.exec(query).all()]
    return sorted(found, key=lambda it: (-it[1].day.toordinal(), it[1].id))


def versions(session: Session, report: Report) -> list[Version]:
    """Return every revision of a report, the first one first."""
    period = session.get_one(Period, report.period_id)
    sealed = seals.of_period(session, period)
    found = session.exec(
        select(Revision, Person, FormVersion)
        .join(Person, col(Person.id) == col(Revision.by))
        .join(FormVersion, col(FormVersion.id) == col(Revision.version_id))
        .where(Revision.report_id == report.id)
        .order_by(col(Revision.number))
    ).all()
    return [Version(r, p, f, next((s for s in sealed if s.upto >= r.id), None)) for r, p, f in found]


def place_of(session: Session, report: Report) -> Place:
    """Return where the report was asked, under the path of that time."""
    return session.get_one(Place, report.place_id)
