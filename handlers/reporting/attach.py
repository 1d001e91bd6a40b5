"""A photo or a voice message without a question: attached to 有情况, or to an incident, after asking."""

from handlers.core import held_files
from handlers.core.ids import ConfirmationId, ReportId
from handlers.core.router import MEMBER, Router
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
from models.reporting import asked
from models.reporting.asked import ReportContext
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision

router = Router("attach", MEMBER)


@router.file
def offer(turn: Turn) -> bool:
    """A photo or a voice message: asks where it belongs; nothing of any report changes by that."""
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
    """The reports it may belong to: the one whose form is under way first."""
    form = drafts.active(turn.session, turn.person)
    report = turn.session.get(Report, form.report_id) if form and form.report_id and form.takes_answers else None
    filling = [asked.asked(turn.session, turn.session.get_one(Period, report.period_id), report)] if report else []
    return list(
        {
            it.report.id: it
            for it in [*filling, *own_reports.mine(turn), *own_reports.units(turn), *own_reports.filled_wards(turn)]
        }.values()
    )


def _about(turn: Turn, it: ReportContext) -> str | None:
    """Whom or which unit a report is about, where that is not the reader."""
    if it.unit:
        return it.unit.name
    subject = turn.session.get_one(Person, it.report.person_id)
    return None if subject.id == turn.person.id else subject.name


@router.button("report")
def tap_report(turn: Turn, pending_id: ConfirmationId, report_id: ReportId) -> None:
    """附上: into the form that is under way, into the filled report as a new revision, or into a form begun with it."""
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


def _revisable(turn: Turn, it: ReportContext) -> dict[str, object] | None:
    """The answers of one's own filled report, where it can be filed anew as it is; else the form asks."""
    head = turn.session.get(Revision, it.report.head_id) if it.report.head_id else None
    if head is None or head.kind != State.FILLED or head.uncontacted or head.by != turn.person.id or head.reason:
        return None
    if drafts.started(turn.session, it.report, turn.person):
        return None
    try:
        return clean(it.form, head.answers or {})
    except Refusal:
        return None


def _revise(turn: Turn, it: ReportContext, answers: dict[str, object], files: list[FileRecord]) -> None:
    every = attachments.added(form_dialogue.filed_files(turn, it), files)
    revision = filing.file_filled(turn, it, answers, files=every)
    prompts.ask(turn, it, turn.person, turn.here)
    turn.toast("reporting/filed", at=revision.at, report=it.report, late=it.report.late)


@router.button("nowhere")
def tap_nowhere(turn: Turn, pending_id: ConfirmationId) -> None:
    """No: what was sent is part of nothing."""
    held_files.take(turn, pending_id)
    turn.toast("reporting/attach_nothing")


def place(turn: Turn) -> None:
    """A place without a question is part of nothing, and that is said."""
    turn.say("reporting/place_received")
