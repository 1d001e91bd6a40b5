"""Reactions of the summaries: what counts the thing that changed is written anew."""

from collections.abc import Sequence

from sqlmodel import col, select

from handlers.core.context import Context
from handlers.core.events import AlertChanged, ExcuseChanged, PeriodClosed, PeriodLocked, ReopeningEnded, ReportsFiled
from handlers.summaries import publishing
from models.cycle import periods
from models.cycle.periods import Period
from models.organisation.units import Unit, above
from models.reporting import figures
from models.reporting.reports import Report
from models.summaries import posts, tree


def reports_filed(context: Context, event: ReportsFiled) -> None:
    _recount(context, event.period, [it.asked.report for it in event.filed])


def excuse_changed(context: Context, event: ExcuseChanged) -> None:
    _recount(context, event.period, [event.report])


def _recount(context: Context, period: Period, found: Sequence[Report]) -> None:
    """Have the summaries written anew that count these reports, and put out those of units in which nobody owes any."""
    session = context.session
    over = tree.units_over_all(session, period, {report.place_id for report in found})
    units = {unit.id for line in over.values() for unit in line}
    posts.mark_stale(session, period, [report.id for report in found], units, context.now, moved=True)
    for place in figures.settled(session, period, list(over)):
        for unit in over[place]:  # from the reports' own unit upwards: where one is not complete, none above is
            if not figures.complete(session, period, unit):
                break
            if posts.get(session, period, unit) is None:
                publishing.post_unit(context, period, unit)


def alert_changed(context: Context, event: AlertChanged) -> None:
    """Have the summaries written anew that count this alert: its period's, and today's of all units it lies in, for
    each says how many are open."""
    session, alert = context.session, event.alert
    if alert.report_id and alert.period_id:
        period = session.get_one(Period, alert.period_id)
        over = tree.units_over(session, period, alert.place_id)
        posts.mark_stale(session, period, [alert.report_id], [u.id for u in over], context.now)
    units = list(session.exec(select(Unit.id).where(col(Unit.path).in_(above(event.unit.path)))).all())
    for period in periods.of_day(session, context.today):
        posts.mark_stale_of(session, period, units, context.now)


def figures_sealed(context: Context, event: PeriodClosed | PeriodLocked | ReopeningEnded) -> None:
    """Have everything written anew that is out about the period."""
    posts.all_stale(context.session, event.period, context.now)
