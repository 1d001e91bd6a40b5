"""Send a lead's reminders to more people than one transaction may hold: a few at a time, and at the end the lead learns
how many."""

from sqlmodel import Session, col, select

from handlers.core.context import Context
from handlers.prompts import urging
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.messaging import addresses, cards
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import owed_reports
from models.reporting.reports import Report
from models.summaries.urges import Urge

CHUNK = 20


def urge(context: Context, period: Period, step: Step) -> bool:
    """Remind one chunk of those who still owe a report. Whoever reported meanwhile is left alone, and so is everybody
    after the lock."""
    session = context.session
    it = session.get_one(Urge, step.number)
    lead = session.get_one(Person, it.by)
    found = _next(session, period, session.get_one(Unit, it.unit_id), step.cursor) if period.takes_reports else []
    told: set[int] = set()
    for report in found:
        owing = session.get_one(Unit, report.unit_id) if report.unit_id else session.get_one(Person, report.person_id)
        urging.remind(context, period, report, owing, lead, it.at, told, Lane.BULK)
        step.cursor = report.id
    it.told += len(told)
    session.add(it)
    if len(found) == CHUNK:
        return False
    _tell(context, it, lead)
    return True


def _next(session: Session, period: Period, unit: Unit, cursor: int) -> list[Report]:
    query = select(Report).where(owed_reports.owed(session, period, unit), Report.id > cursor)
    return list(session.exec(query.order_by(col(Report.id)).limit(CHUNK)).all())


def _tell(context: Context, urge: Urge, lead: Person) -> None:
    address = addresses.reachable(context.session, lead)
    if address:
        content = context.words_for(lead).content("summaries/urged", count=urge.told)
        cards.want(context.session, Slot.of(Subject.URGE, address, urge.id), Kind.REPLY, content, context.now)
