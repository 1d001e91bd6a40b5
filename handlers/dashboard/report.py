"""Gather the dashboard's page *Report*: what `/why` shows of one report, with the alerts it raised."""

from dataclasses import dataclass
from typing import Any

from handlers.alerts import notifying, recipients
from handlers.core.context import Context
from handlers.dashboard.looks import REPORT, Look
from handlers.dashboard.pages import View, opens, within
from handlers.evidence import one_report
from handlers.evidence.one_report import OneReport
from models.alerts import alerts
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.cycle.places import Place
from models.evidence import rows
from models.organisation.units import Unit
from models.reporting.reports import Report

MOST = 20  # revisions on one page


@dataclass(frozen=True)
class ReportPage:
    """What the page shows: everything on record; `unit` is where the report was asked, `led` whether the reader answers
    for it, `person` whether the reader may open the page of whom it is about."""

    it: OneReport
    unit: Unit
    led: bool
    person: bool
    alerts: list[dict[str, Any]]
    page: int


def gather(context: Context, view: View) -> ReportPage:
    """Return the page. Raises `dashboard.no_report` for one that the reader may not see."""
    session = context.session
    report = session.get(Report, view.query.number("id") or 0)
    period = session.get_one(Period, report.period_id) if report else None
    if report is None or period is None or not rows.may_see(session, view.reader, report, period, context.today):
        raise Refusal("dashboard.no_report")
    view.words = context.words_for(view.reader, period.timezone)
    page = view.query.page("page")
    it = one_report.gather(session, report, period, view.words, MOST, page)
    own = it.subject is not None and it.subject.id == view.reader.id
    if not own:
        newest = it.versions[-1][0].revision.number if it.versions else 0
        said = {"receipt": report.receipt, "day": str(period.day), "revision": newest}
        view.look = Look(REPORT, it.about, said)
    unit = session.get_one(Unit, session.get_one(Place, report.place_id).unit_id)
    person = it.subject is not None and (own or opens(view, session, it.subject))
    raised = alerts.of_report(session, report).values()
    shown = [
        notifying.view(session, view.words, alert)
        for alert in sorted(raised, key=lambda alert: alert.id)
        if within(view, recipients.unit_of(session, alert))
    ]
    return ReportPage(it, unit, within(view, unit), person, shown, page)
