"""Gather a report with everything its messages need: form, period and subject."""

from dataclasses import dataclass

from sqlmodel import Session

from models.cycle.periods import Period
from models.forms.spec import FormSpec
from models.forms.versions import FormVersion
from models.messaging.addresses import Address
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.reports import Report


@dataclass(frozen=True)
class ReportContext:
    """A report with its form, its period and whom it is about."""

    period: Period
    report: Report
    form: FormSpec
    unit: Unit | None = None
    ward: Person | None = None


def form_of(session: Session, period: Period) -> FormSpec:
    return session.get_one(FormVersion, period.version_id).spec


def context_of(session: Session, period: Period, report: Report) -> ReportContext:
    person = session.get_one(Person, report.person_id) if report.person_id else None
    return ReportContext(
        period,
        report,
        form_of(session, period),
        unit=session.get_one(Unit, report.unit_id) if report.unit_id else None,
        ward=person if person and person.kind == people.Kind.WARD else None,
    )


def report_slot(report: Report, address: Address) -> Slot:
    """Return the slot of a report's question, its form and its receipt."""
    return Slot.of(Subject.REPORT, address, report.id)


def wards_slot(period: Period, address: Address) -> Slot:
    """Return the slot of a reporter's list of wards."""
    return Slot.of(Subject.WARDS, address, period.id)
