"""Attach a photo or a voice message that no question asked for, to a filled report or to an incident, after asking."""

from handlers.core import held_files
from handlers.core.access import MEMBER
from handlers.core.ids import ConfirmationId, ReportId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import frames, prompts
from handlers.reporting import filing, form_dialogue, form_input, own_reports
from models.conversations import drafts
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.files import attachments
from models.files.records import FileRecord
from models.forms.answers import clean
from models.organisation.people import Person
from models.reporting import report_context
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision

router = Router("attach", MEMBER)


@router.file
def offer(turn: Turn) -> bool:
    """Ask where a photo or a voice message belongs; that alone changes no report."""
    file = turn.incoming.file
    if file is None or not file.mime.startswith(("image/", "audio/")):
        return False
    found = _open(turn)
    held = held_files.hold(turn, held_files.sent(turn))
    options = [frames.frame(it.period, it.form) | {"report": it.report, "about": _about(turn, it)} for it in found]
    values = {"pending": held.id, "files": held.arguments["files"], "options": options}
    held_files.stand(turn, held, turn.words.content("reporting/attach", **values))
    return True


def _open(turn: Turn) -> list[ReportContext]:
    """Return the reports it may belong to, first the one whose form is being filled in."""
    form = drafts.active(turn.session, turn.person)
    report = turn.session.get(Report, form.report_id) if form and form.report_id and form.takes_answers else None
    filling = (
        [report_context.context_of(turn.session, turn.session.get_one(Period, report.period_id), report)]
        if report
        else []
    )
    return list(
        {
            it.report.id: it
            for it in [*filling, *own_reports.mine(turn), *own_reports.units(turn), *own_reports.filled_wards(turn)]
        }.values()
    )


def _about(turn: Turn, asked: ReportContext) -> str | None:
    """Return whom or which unit a report is about, if that is not the reader."""
    if asked.unit:
        return asked.unit.name
    subject = turn.session.get_one(Person, asked.report.person_id)
    return None if subject.id == turn.person.id else subject.name


@router.button("report")
def tap_report(turn: Turn, pending_id: ConfirmationId, report_id: ReportId) -> None:
    """Attach it: to the form being filled in, to the filled report as a new revision, or to a form that begins
    with it."""
    form = drafts.active(turn.session, turn.person)
    if form and form.takes_answers and form.report_id == report_id:
        form_input.attach(turn, form, held_files.take(turn, pending_id))
        return
    it = own_reports.theirs(turn, report_id)
    if it is None:
        return
    files = held_files.take(turn, pending_id)
    answers = _revisable(turn, it)
    if answers is None:
        form_dialogue.begin(turn, it, below=True, files=files)
    else:
        _revise(turn, it, answers, files)


def _revisable(turn: Turn, asked: ReportContext) -> dict[str, object] | None:
    """Return the answers of one's own filled report, if it can be filed again as it is; otherwise the form asks."""
    head = turn.session.get(Revision, asked.report.head_id) if asked.report.head_id else None
    if head is None or head.kind != State.FILLED or head.uncontacted or head.by != turn.person.id or head.reason:
        return None
    if drafts.started(turn.session, asked.report, turn.person):
        return None
    try:
        return clean(asked.form, head.answers or {})
    except Refusal:
        return None


def _revise(turn: Turn, asked: ReportContext, answers: dict[str, object], files: list[FileRecord]) -> None:
    every = attachments.added(form_dialogue.filed_files(turn, asked), files)
    revision = filing.file_filled(turn, asked, answers, files=every)
    prompts.ask(turn, asked, turn.person, turn.here)
    turn.toast("reporting/filed", at=revision.at, report=asked.report, late=asked.report.late)


@router.button("nowhere")
def tap_nowhere(turn: Turn, pending_id: ConfirmationId) -> None:
    """Attach what was sent to nothing."""
    held_files.take(turn, pending_id)
    turn.toast("reporting/attach_nothing")


def place(turn: Turn) -> None:
    """Explain that a place without a question belongs to nothing."""
    turn.say("reporting/place_received")
