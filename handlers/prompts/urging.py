"""Show a lead's own reminder in the chats of those who can answer what is owed."""

from datetime import datetime

from sqlmodel import Session

from handlers.core.context import Context
from handlers.prompts import prompts, ward_lists
from models.authority import responsibility
from models.conversations import drafts
from models.cycle.periods import Period
from models.messaging import addresses, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import report_context
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report


def remind(
    context: Context, period: Period, report: Report, owing: Person | Unit, lead: Person,
    since: datetime, told: set[int], lane: Lane = Lane.REPLY,
) -> None:  # fmt: skip
    """Send one message to each who can be reached, but for the lead who urges: the silent person, those asked about a
    silent ward (once since `since`, however many are missing), the others who answer for a silent unit. The people it
    reached are added to `told`."""
    session = context.session
    if isinstance(owing, Unit):
        for one in responsibility.responsible(session, owing, period.day)[1]:
            if one.id != lead.id:
                _one(context, period, report, one, owing, lead, told, lane)
    elif owing.reporter_id is not None:
        for speaker in responsibility.speakers(session, owing, period.day):
            known = speaker.id in told or speaker.id == lead.id
            address = addresses.reachable(session, speaker) if not known else None
            if address is not None and not _reminded(session, period, address, since):
                ward_lists.show_wards(context, period, speaker, address, below=True, remind=True, lane=lane)
                told.add(speaker.id)
    elif owing.id != lead.id:
        _one(context, period, report, owing, None, lead, told, lane)


def _reminded(session: Session, period: Period, address: Address, since: datetime) -> bool:
    """Say whether an earlier part of the same urging has shown them the list already."""
    standing = live_messages.current(session, report_context.wards_slot(period, address))
    return standing is not None and standing.created_at > since


def _one(
    context: Context, period: Period, report: Report, person: Person, unit: Unit | None, lead: Person, told: set[int],
    lane: Lane,
) -> None:  # fmt: skip
    session = context.session
    address = addresses.reachable(session, person)
    if address is None:
        return
    it = ReportContext(period, report, report_context.form_of(session, period), unit)
    words = context.words_for(person, period.timezone)
    started = drafts.started(session, report, person) is not None
    content = prompts.prompt(
        words, period, it.form, report if unit else None, unit, "summaries/urged_prompt", lead=lead, started=started
    )
    live_messages.show(
        session, report_context.report_slot(report, address), Kind.ASK, content, context.now, below=True, lane=lane
    )
    told.add(person.id)
