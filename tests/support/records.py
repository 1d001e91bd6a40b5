"""Look at what is on record about an organisation."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.alerts.alerts import Alert
from models.alerts.incidents import Incident
from models.alerts.tellings import Telling
from models.changes.planned import Planned
from models.conversations import drafts
from models.core import audit
from models.core.database import Database
from models.cycle import assignments, periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.donations.collections import CollectionSum
from models.donations.entries import DonationEntry
from models.forms import versions
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, unit_at
from models.questions.faq import FaqEntry
from models.questions.questions import Question
from models.questions.topics import Topic, TopicPerson
from models.reporting import figures, reports, snapshots
from models.reporting.figures import Figures
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from models.rounds.replies import Reply
from models.rounds.rounds import Round, RoundVersion
from models.summaries import urges
from models.summaries.posts import SummaryPost
from models.supplies.handouts import Handing
from models.supplies.movements import Movement, Stock

MONDAY = date(2026, 11, 23)


@dataclass
class Records:
    """The records in a database."""

    database: Database

    def period(self, session: Session, code: str = "health", day: date = MONDAY) -> Period:
        return periods.of_day(session, day, assignments.by_code(session, code))[0]

    def report(self, about: str, code: str = "health", day: date = MONDAY) -> Report:
        """Return the row about a person, by name, or about a unit, by path."""
        with self.database.reading() as session:
            period = self.period(session, code, day)
            person = session.exec(select(Person).where(Person.name == about)).first()
            found = (
                reports.of_person(session, period, person)
                if person
                else reports.of_unit(session, period, unit_at(session, about))
            )
        assert found, f"nothing is expected of {about}"
        return found

    def revisions(self, about: str, code: str = "health", day: date = MONDAY) -> list[Revision]:
        report = self.report(about, code, day)
        with self.database.reading() as session:
            query = select(Revision).where(Revision.report_id == report.id).order_by(col(Revision.number))
            return list(session.exec(query).all())

    def figures(self, unit: str, code: str = "health", day: date = MONDAY) -> Figures:
        with self.database.reading() as session:
            return figures.now(session, self.period(session, code, day), unit_at(session, unit))

    def at_close(self, unit: str, code: str = "health", day: date = MONDAY) -> Figures | None:
        with self.database.reading() as session:
            return snapshots.at_close(session, self.period(session, code, day), unit_at(session, unit))

    def steps(self, code: str = "health", day: date = MONDAY) -> dict[str, Step]:
        """Return the steps of a day by kind and number: `remind2`."""
        with self.database.reading() as session:
            assignment = assignments.by_code(session, code)
            period = session.exec(
                select(Period).where(Period.assignment_id == assignment.id, Period.day == day)
            ).one()  # fmt: skip
            found = session.exec(select(Step).where(Step.period_id == period.id)).all()
        return {f"{s.kind}{s.number}": s for s in found}

    def records(self) -> list[str]:
        """Return everything that is on record, to see that nothing of it changed."""
        tables = (
            Report, Revision, drafts.Draft, SummaryPost, urges.Urge, Person, Unit, Membership, Assignment, Planned,
            versions.FormVersion, audit.AuditEntry, Alert, Incident, Telling, Question, FaqEntry, Topic, TopicPerson,
            Round, RoundVersion, Reply, Movement, Handing, Stock, DonationEntry, CollectionSum,
        )  # fmt: skip
        with self.database.reading() as session:
            return [repr(row.model_dump()) for t in tables for row in session.exec(select(t).order_by(t.id)).all()]  # type: ignore[attr-defined, call-overload]
