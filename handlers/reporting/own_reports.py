"""Find the reports that somebody may file: their own, their wards', and those of units they answer for."""

from handlers.core.context import Context
from handlers.core.lead_arguments import led_unit
from handlers.core.turn import Turn
from handlers.prompts import prompts, ward_lists
from models.authority.permissions import leads
from models.authority.responsibility import wards
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.periods import Period
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import is_below
from models.reporting import audience, report_context, reports
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report, State


def mine(turn: Turn) -> list[ReportContext]:
    found = []
    for period in periods.current(turn.session, turn.now):
        report = reports.of_person(turn.session, period, turn.person)
        if report:
            found.append(ReportContext(period, report, report_context.form_of(turn.session, period)))
    return found


def units(turn: Turn) -> list[ReportContext]:
    return [
        ReportContext(period, report, report_context.form_of(turn.session, period), unit)
        for period in periods.current(turn.session, turn.now)
        for report, unit in audience.answered_for(turn.session, period, turn.person, turn.today)
    ]


def filled_wards(turn: Turn) -> list[ReportContext]:
    """Return the filled reports of one's wards."""
    return [
        ReportContext(period, report, report_context.form_of(turn.session, period), ward=ward)
        for period in periods.current(turn.session, turn.now)
        for report, ward in reports.of_wards(turn.session, period, turn.person)
        if report.state == State.FILLED and not report.uncontacted
    ]


def due(turn: Turn) -> list[ReportContext]:
    """Return what somebody still owes, of their own and of the units they answer for; wards have a list of
    their own."""
    return [it for it in [*mine(turn), *units(turn)] if it.report.owed]


def show_wards(turn: Turn, *, all_: bool = False) -> int:
    """Show the lists of wards at the end of the chat: those with somebody who still owes a report, or all. Return how
    many."""
    shown = 0
    for period in periods.current(turn.session, turn.now):
        rows = reports.of_wards(turn.session, period, turn.person)
        if any(all_ or r.owed for r, _ in rows):
            shown += ward_lists.show_wards(turn, period, turn.person, turn.here, below=True)
    return shown


def theirs(turn: Turn, report_id: int) -> ReportContext | None:
    """Return the report, if this person may file it: their own, their ward's, or that of a unit they answer for."""
    report = turn.session.get(Report, report_id)
    it = answered_by(turn, report, turn.person) if report else None
    if it is None:
        turn.toast("core/not_yours", alert=True)
        return None
    return opened(turn, it)


def answered_by(context: Context, report: Report, person: Person) -> ReportContext | None:
    """Return the report if it is this person's own, their ward's, or that of a unit they answer for."""
    session = context.session
    period = session.get_one(Period, report.period_id)
    it = report_context.context_of(session, period, report)
    unit = it.unit
    own = report.person_id == person.id
    ward = it.ward is not None and it.ward.id in {w.id for w in wards(session, person, period.day)}
    led = unit is not None and any(is_below(unit.path, top.path) for top in leads(session, person, context.today))
    return it if own or ward or led else None


def opened(turn: Turn, asked: ReportContext) -> ReportContext | None:
    """Return the report if it can be filed. Yesterday's button says that the day is over and shows today's card; a
    period that is not open any more takes nothing."""
    if reports.takes(turn.session, asked.period, asked.report):
        return asked
    turn.toast("core/locked", day=asked.period.day, alert=True)
    prompts.ask_today(turn, turn.person, turn.here)
    return None


def refuse_not_led(turn: Turn, report: Report) -> None:
    """Raise `people.not_yours` if the unit through which the report was asked is none that this person leads."""
    led_unit(turn, turn.session.get_one(Place, report.place_id).unit_id)


def member_report(turn: Turn, report_id: int) -> ReportContext:
    """Return a report that this lead may file for somebody: asked through a unit of the lead's subtree, about somebody
    other than the lead and the lead's own wards. Raises `people.not_yours`; `proxy.gone` if there is none;
    `proxy.yourself` and `proxy.your_ward`, which have ways of their own."""
    report = turn.session.get(Report, report_id)
    if report is None or report.person_id is None:
        raise Refusal("proxy.gone")
    refuse_not_led(turn, report)
    subject = turn.session.get_one(Person, report.person_id)
    if subject.id == turn.person.id:
        raise Refusal("proxy.yourself")
    if subject.reporter_id == turn.person.id:
        raise Refusal("proxy.your_ward", name=subject.name)
    return report_context.context_of(turn.session, turn.session.get_one(Period, report.period_id), report)
