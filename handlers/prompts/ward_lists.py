"""Show the list of a reporter's wards."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.prompts.frames import frame
from models.authority import responsibility
from models.cycle.periods import Period, Phase
from models.messaging.addresses import Address, reachable
from models.messaging.cards import Kind, Lane
from models.messaging.live_messages import current, show
from models.organisation.people import Person
from models.reporting import reports
from models.reporting.report_context import form_of, wards_slot
from models.reporting.reports import Report


def show_wards(
    context: Context,
    period: Period,
    reporter: Person,
    address: Address,
    *,
    below: bool = False,
    remind: bool = False,
    lane: Lane = Lane.REPLY,
    not_before: datetime | None = None,
) -> int:
    """Show the list of those a reporter reports for, each with its state; return 1 if there is one, else 0."""
    session = context.session
    rows = reports.of_wards(session, period, reporter)
    if not rows:
        return 0
    content = wards_content(session, context.words_for(reporter, period.timezone), period, rows, remind=remind)
    show(session, wards_slot(period, address), Kind.WARDS, content, context.now,
          below=below, lane=lane, not_before=not_before)  # fmt: skip
    return 1


def redraw_wards(context: Context, period: Period, ward: Person, *, but: Person | None = None) -> None:
    """Bring the lists that contain a ward up to date, if they were sent; nobody's phone rings."""
    session = context.session
    reporter = session.get_one(Person, ward.reporter_id)
    for one in {p.id: p for p in [reporter, *responsibility.speakers(session, ward, period.day)]}.values():
        address = reachable(session, one) if but is None or one.id != but.id else None
        if address and current(session, wards_slot(period, address)):
            show_wards(context, period, one, address, lane=Lane.BULK)


def wards_content(
    session: Session, words: Renderer, period: Period, rows: Sequence[tuple[Report, Person]], *, remind: bool = False
) -> Content:
    form = form_of(session, period)
    silent = [person for report, person in rows if report.owed]
    locked = period.phase == Phase.LOCKED
    return words.content("prompts/wards", **frame(period, form), rows=rows, silent=silent, remind=remind, locked=locked)
