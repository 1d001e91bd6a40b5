"""React to what changes figures: have the summaries rewritten that show them."""

from collections.abc import Sequence

from sqlmodel import col, select

from handlers.core.context import Context
from handlers.core.events import (
    AlertChanged,
    ExcuseChanged,
    LanguageChosen,
    PeriodClosed,
    PeriodLocked,
    ReopeningEnded,
    ReportsFiled,
)
from handlers.summaries import publishing
from models.cycle import periods
from models.cycle.periods import Period
from models.messaging import cards
from models.messaging.slots import Subject, subject_id
from models.organisation.units import Unit, above
from models.reporting import owed_reports
from models.reporting.reports import Report
from models.summaries import posts, tree


def reports_filed(context: Context, event: ReportsFiled) -> None:
    _recount(context, event.period, [it.asked.report for it in event.filed])


def excuse_changed(context: Context, event: ExcuseChanged) -> None:
    _recount(context, event.period, [event.report])


def _recount(context: Context, period: Period, found: Sequence[Report]) -> None:
    """Have the summaries rewritten that count these reports; publish one as soon as nobody in its unit owes any."""
    session = context.session
    over = tree.units_over_all(session, period, {report.place_id for report in found})
    units = {unit.id for line in over.values() for unit in line}
    posts.mark_stale(session, period, [report.id for report in found], units, context.now, moved=True)
    for place in owed_reports.settled(session, period, list(over)):
        for unit in over[place]:  # from the reports' own unit upwards: if one is not complete, none above is
            if not owed_reports.complete(session, period, unit):
                break
            if posts.get(session, period, unit) is None:
                publishing.post_unit(context, period, unit)


def alert_changed(context: Context, event: AlertChanged) -> None:
    """Have the summaries rewritten that count this alert: its period's, and today's of all units above it, because each
    says how many are open."""
    session, alert = context.session, event.alert
    if alert.report_id and alert.period_id:
        period = session.get_one(Period, alert.period_id)
        over = tree.units_over(session, period, alert.place_id)
        posts.mark_stale(session, period, [alert.report_id], [u.id for u in over], context.now)
    units = list(session.exec(select(Unit.id).where(col(Unit.path).in_(above(event.unit.path)))).all())
    for period in periods.of_day(session, context.today):
        posts.mark_stale_of(session, period, units, context.now)


def spoken(context: Context, event: LanguageChosen) -> None:
    """Have today's summaries rewritten that stand in the chat of somebody who chose a language."""
    session, address = context.session, event.address
    shown = cards.shown_in(session, address, Subject.SUMMARY)
    director = bool(cards.shown_in(session, address, Subject.DIRECTOR_SUMMARY))
    for period in periods.running(session, context.now):
        root = tree.root_of(session, period).id
        units = [
            post.unit_id for post in posts.all_of(session, period)
            if subject_id(period.id, post.unit_id) in shown or (director and post.unit_id == root)
        ]  # fmt: skip
        posts.mark_stale_of(session, period, units, context.now)


def figures_sealed(context: Context, event: PeriodClosed | PeriodLocked | ReopeningEnded) -> None:
    """Have all published summaries of the period rewritten."""
    posts.all_stale(context.session, event.period, context.now)
