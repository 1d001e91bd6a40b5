"""Report: one tap for zero, the guided form for anything else, and changes until the lock."""

from typing import Any

from handlers.core.access import MEMBER
from handlers.core.ids import AnyPeriodId, ReportId
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import frames, prompts, receipts
from handlers.reporting import filing, form_dialogue, own_reports, zero_batch
from models.conversations import drafts
from models.cycle.periods import Period
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.organisation.people import Person
from models.reporting import proposals, report_context, reports, revisions
from models.reporting.report_context import ReportContext
from models.reporting.reports import State
from models.reporting.revisions import Revision

router = Router("report", MEMBER)


@router.command("zero", word="零报告")
def zero(turn: Turn, words: str) -> None:
    """File a zero (`/zero`, 零报告) for every report of one's own that is due today, otherwise for that of the one unit
    about which one owes a report. Of several units, and of wards, ask which."""
    mine, of_units = own_reports.mine(turn), own_reports.units(turn)
    due = [it for it in mine if it.report.state == State.DUE]
    owed = [it for it in of_units if it.report.state == State.DUE]
    drafts.rest(turn.session, turn.person)
    if not due and len(owed) == 1:
        due, owed = owed, []
    for it in due:
        _file_or_ask(turn, it)
    if owed:
        turn.say("reporting/which_report", options=options(owed))
    wards = own_reports.show_wards(turn)
    if not (due or owed or wards):
        _nothing_due(turn, mine or of_units)


def _nothing_due(turn: Turn, found: list[ReportContext]) -> None:
    """Show what was filed, and ask whether a zero is to replace it; if nothing is asked, say so."""
    if len(found) == 1 or (found and found[0].unit is None):
        _confirm_or_repeat(turn, found)
    elif found:
        turn.say("reporting/which_report", options=options(found))
    elif not own_reports.show_wards(turn, all_=True):
        turn.say("reporting/nothing_due", person=turn.person)


def options(found: list[ReportContext]) -> list[dict[str, Any]]:
    """Return reports to choose from, as `which_report` and `maybe_zero` show them."""
    return [frames.frame(it.period, it.form) | {"report": it.report, "unit": it.unit} for it in found]


def _confirm_or_repeat(turn: Turn, mine: list[ReportContext]) -> None:
    for it in mine:
        own_zero = it.report.state == State.ZERO and it.report.submitted_by == turn.person.id
        if own_zero or _file_or_ask(turn, it):
            prompts.ask(turn, it, turn.person, turn.here)


def _file_or_ask(turn: Turn, asked: ReportContext) -> bool:
    """File a zero and return True, or ask whether it is meant."""
    doubt = _doubt(turn, asked)
    if doubt:
        turn.send(doubt)
    else:
        filing.file_zero(turn, asked)
    return doubt is None


@router.command("report", word="有情况")
def fill(turn: Turn, words: str) -> None:
    """Start the guided form (`/report`, 有情况) for the first report of one's own that is due, otherwise for that of
    the one unit about which one owes a report; of several, and of wards, ask which. What is filed already comes last.
    """
    mine, of_units = own_reports.mine(turn), own_reports.units(turn)
    owed = own_reports.due(turn)
    found = (
        owed[:1]
        if owed and owed[0].unit is None
        else owed or ([] if own_reports.show_wards(turn) else mine or of_units)
    )
    if len(found) == 1 or (found and found[0].unit is None):
        form_dialogue.begin(turn, found[0], below=True)
    elif found:
        turn.say("reporting/which_report", options=options(found))
    elif not (mine or of_units) and not own_reports.show_wards(turn, all_=True):
        turn.say("reporting/nothing_due", person=turn.person)


def maybe_zero(turn: Turn, words: str) -> None:
    """Ask for confirmation of 正常, 无, 0: meant as zero, but not its words."""
    found = own_reports.due(turn) or own_reports.mine(turn) or own_reports.units(turn)
    wards = own_reports.show_wards(turn) if found else own_reports.show_wards(turn, all_=True)
    if found or not wards:
        turn.say("reporting/maybe_zero", typed=words, prompts=options(found))


@router.button("zero", together=zero_batch.file_zeros)
def tap_zero(turn: Turn, period_id: AnyPeriodId) -> None:
    """File a zero from the bulk prompt: the button names the period, the chat says who tapped."""
    it = _own(turn, period_id)
    if it:
        _zero(turn, it)


@router.button("fill")
def tap_fill(turn: Turn, period_id: AnyPeriodId) -> None:
    """Start the form from the bulk prompt."""
    it = _own(turn, period_id)
    if it:
        form_dialogue.begin(turn, it)


@router.button("zero_of")
def tap_zero_of(turn: Turn, report_id: ReportId) -> None:
    """File a zero for one particular report: of a unit one answers for, of a ward, or one's own."""
    it = own_reports.theirs(turn, report_id)
    if it:
        _zero(turn, it)


@router.button("fill_of")
def tap_fill_of(turn: Turn, report_id: ReportId) -> None:
    """Start the form for one particular report: of a unit one answers for, of a ward, or one's own."""
    it = own_reports.theirs(turn, report_id)
    if it:
        form_dialogue.begin(turn, it, below=it.ward is not None and it.report.state == State.DUE)


@router.button("zero_over")
def tap_over(turn: Turn, report_id: ReportId) -> None:
    """Replace what was filed by a zero, after asking: the earlier revision stays on record."""
    it = own_reports.theirs(turn, report_id)
    if it:
        revision = filing.file_zero(turn, it)
        turn.toast("reporting/filed", at=revision.at, report=it.report, late=it.report.late)


def _own(turn: Turn, period_id: int) -> ReportContext | None:
    period = turn.session.get(Period, period_id)
    report = reports.of_person(turn.session, period, turn.person) if period else None
    if period is None or report is None:
        turn.toast("core/not_yours", alert=True)
        return None
    return own_reports.opened(turn, ReportContext(period, report, report_context.form_of(turn.session, period)))


def _zero(turn: Turn, asked: ReportContext) -> None:
    report = asked.report
    revisions.refuse_if_not_theirs(turn.session, asked.period, report, turn.person)
    doubt = _doubt(turn, asked)
    if doubt:
        live_messages.show(turn.session, report_context.report_slot(report, turn.here), Kind.ASK, doubt, turn.now)
        return
    before = report.head_id
    revision = filing.file_zero(turn, asked)
    turn.toast(
        "reporting/filed_before" if before == revision.id else "reporting/filed",
        at=revision.at,
        report=report,
        late=report.late,
    )


def _doubt(turn: Turn, asked: ReportContext) -> Content | None:
    """Return the question whether a zero is meant, where something stands against it: what was filed before, or what
    the reports below say (docs/rules.md 41.6)."""
    if asked.report.state == State.FILLED:
        return _over_filled(turn, asked)
    below = proposals.filled(turn.session, asked)
    if not below:
        return None
    values = frames.frame(asked.period, asked.form) | {"report": asked.report, "unit": asked.unit, "below": below}
    return turn.words.content("reporting/zero_over_below", **values)


def _over_filled(turn: Turn, asked: ReportContext) -> Content:
    """Return the question whether a zero is to replace what was filed, by oneself or by a lead."""
    by = turn.session.get_one(Person, asked.report.submitted_by)
    own = by.id == turn.person.id
    return turn.words.content(
        "reporting/zero_over_filled", **frames.frame(asked.period, asked.form), report=asked.report, by=by, own=own
    )


@router.button("correct")
def tap_correct(turn: Turn, report_id: ReportId) -> None:
    """Offer the choice again, so that the person can correct what the lead filed. What is filed then replaces it."""
    it = own_reports.theirs(turn, report_id)
    head = turn.session.get(Revision, it.report.head_id) if it and it.report.head_id else None
    if it is None or head is None:
        return
    slot = report_context.report_slot(it.report, turn.here)
    if head.reason is None or head.by == turn.person.id:
        content = receipts.receipt(turn.session, turn.words, it, turn.person)
    else:
        by = turn.session.get_one(Person, head.by)
        values = frames.frame(it.period, it.form) | {"report": it.report, "ward": it.ward, "by": by}
        content = turn.words.content("reporting/proxy_correct", **values)
    live_messages.show(turn.session, slot, Kind.ASK, content, turn.now)


@router.button("keep")
def tap_keep(turn: Turn, report_id: ReportId) -> None:
    """Keep what was filed and show the receipt again; if nothing was, the question."""
    it = own_reports.theirs(turn, report_id)
    if it and it.report.head_id is None:
        prompts.ask(turn, it, turn.person, turn.here)
    elif it:
        content = receipts.receipt(turn.session, turn.words, it, turn.person)
        slot = report_context.report_slot(it.report, turn.here)
        live_messages.show(turn.session, slot, Kind.ASK, content, turn.now)
