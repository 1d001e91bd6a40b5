"""Events: what happens in one domain and has reactions in others. `Context.emit` runs the reactions that
`handlers/registry.py` lists; an event without a reaction is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.alerts.alerts import Alert
from models.cycle.periods import Period
from models.handup.requests import PartnerRequest
from models.messaging.addresses import Address
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report
from models.reporting.revisions import Revision


@dataclass(frozen=True, slots=True)
class Filed:
    """One report with the revision that was just added to it, and who filed it."""

    asked: ReportContext
    revision: Revision
    by: Person


@dataclass(frozen=True, slots=True)
class ReportsFiled:
    """Reports of one period were filed or revised: one, or many whose zeros were tapped at the same moment."""

    period: Period
    filed: Sequence[Filed]


@dataclass(frozen=True, slots=True)
class ExcuseChanged:
    """A report was excused, or is owed again."""

    period: Period
    report: Report


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """An alert about this unit was opened, or something was done about it: `what`, as the audit says it."""

    alert: Alert
    unit: Unit
    what: str


@dataclass(frozen=True, slots=True)
class PeriodClosed:
    """The figures as at close are kept and sealed."""

    period: Period


@dataclass(frozen=True, slots=True)
class PeriodLocked:
    """Nothing is filed any more, and the period is sealed again."""

    period: Period


@dataclass(frozen=True, slots=True)
class ReopeningEnded:
    """One report of a locked period was open again, and is sealed."""

    period: Period


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody came in by a code, or opened the app for the first time, and was welcomed."""

    person: Person
    address: Address


@dataclass(frozen=True, slots=True)
class QuizPassed:
    """Somebody passed the quiz of a form, by its code, for the first time in this round."""

    person: Person
    form: str


@dataclass(frozen=True, slots=True)
class AskedAbove:
    """Somebody asks the superior's program for a decision."""

    request: PartnerRequest


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """Somebody chose a language: what stands in their chat and may still be acted on is shown in it."""

    person: Person
    address: Address


@dataclass(frozen=True, slots=True)
class SetupMoved:
    """The organisation, its tasks or its backups changed: what the admins' first steps show may be out of date."""
