"""Report for those without a chat: their reporter says how each is, or all normal for exactly the names shown."""

from typing import Any

from handlers.core.access import MEMBER
from handlers.core.ids import PeriodId, ReportId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import frames, prompts, ward_lists
from handlers.reporting import filing, marks
from handlers.reporting.marks import Mark
from models.cycle.periods import Period
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.organisation.people import Person
from models.reporting import report_context, reports
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report

router = Router("wards", MEMBER)


@router.button("all")
def tap_all(turn: Turn, period_id: PeriodId) -> None:
    """List the names, and ask the reporter to confirm having contacted each of them today."""
    period, rows = _rows(turn, period_id)
    if period is None:
        return
    due = [(report, person) for report, person in rows if report.owed]
    if not due:
        turn.toast("reporting/wards_done")
        ward_lists.show_wards(turn, period, turn.person, turn.here)
        return
    form = report_context.form_of(turn.session, period)
    _stand(
        turn, period, "reporting/wards_confirm", **frames.frame(period, form),
        silent=[person for _, person in due], mark=marks.mark(report for report, _ in due),
    )  # fmt: skip


@router.button("confirm")
def tap_confirm(turn: Turn, period_id: PeriodId, mark: Mark) -> None:
    """File all normal, for exactly the names above the button."""
    period, rows = _rows(turn, period_id)
    if period is None:
        return
    due = [(report, person) for report, person in rows if report.owed]
    if marks.mark(report for report, _ in due) != mark:
        turn.toast("reporting/wards_changed", alert=True)
    else:
        form = report_context.form_of(turn.session, period)
        for report, person in due:
            filing.file_zero(turn, ReportContext(period, report, form, ward=person))
        turn.toast("reporting/wards_filed", count=len(due), at=turn.now)
    ward_lists.show_wards(turn, period, turn.person, turn.here)


@router.button("one")
def tap_one(turn: Turn, report_id: ReportId) -> None:
    """Show the three answers for one name."""
    it = _ward(turn, report_id)
    if it:
        _stand(turn, it.period, "prompts/ward", **frames.frame(it.period, it.form), report=it.report, ward=it.ward)


@router.button("back")
def tap_back(turn: Turn, period_id: PeriodId) -> None:
    """Show the list of wards again."""
    period, _ = _rows(turn, period_id)
    if period:
        ward_lists.show_wards(turn, period, turn.person, turn.here)


@router.button("zero")
def tap_zero(turn: Turn, report_id: ReportId) -> None:
    """File a zero for one ward."""
    it = _ward(turn, report_id)
    if it and it.ward:
        filing.file_zero(turn, it)
        turn.toast("reporting/ward_filed", ward=it.ward, at=turn.now)


@router.button("uncontacted")
def tap_uncontacted(turn: Turn, report_id: ReportId) -> None:
    """File that one ward was not reached."""
    it = _ward(turn, report_id)
    if it and it.ward:
        filing.file_uncontacted(turn, it)
        turn.toast("reporting/ward_uncontacted", ward=it.ward, at=turn.now)


def _rows(turn: Turn, period_id: int) -> tuple[Period | None, list[tuple[Report, Person]]]:
    period = turn.session.get(Period, period_id)
    rows = reports.of_wards(turn.session, period, turn.person) if period else []
    if period is None or not rows:
        turn.toast("core/not_yours", alert=True)
        return None, []
    if not period.takes_reports:
        turn.toast("core/locked", day=period.day, alert=True)
        prompts.ask_today(turn, turn.person, turn.here)
        return None, []
    return period, rows


def _ward(turn: Turn, report_id: int) -> ReportContext | None:
    report = turn.session.get(Report, report_id)
    period, rows = _rows(turn, report.period_id) if report else (None, [])
    found = next(((r, p) for r, p in rows if r.id == report_id), None)
    if period is None or found is None:
        if turn.answer is None:
            turn.toast("core/not_yours", alert=True)
        return None
    return ReportContext(period, found[0], report_context.form_of(turn.session, period), ward=found[1])


def _stand(turn: Turn, period: Period, template: str, /, **values: Any) -> None:
    slot = report_context.wards_slot(period, turn.here)
    content = turn.words.content(template, **values)
    live_messages.show(turn.session, slot, Kind.WARDS, content, turn.now)
