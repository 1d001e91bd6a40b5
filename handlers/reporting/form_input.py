"""Takes what is typed, sent, shared or edited while a form is being filled in."""

from collections.abc import Sequence
from typing import Any

from handlers.core.incoming import Location
from handlers.core.router import MEMBER, Router
from handlers.core.turn import Turn
from handlers.prompts import prompts
from handlers.reporting.form_dialogue import BACK, CANCEL, about, answer, drop, step_back
from handlers.reporting.form_draft import FormSession, touch
from handlers.reporting.form_pages import show
from models.conversations import answered_messages, drafts
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.files import attachments
from models.files.records import FileRecord
from models.forms.answers import read_answer, read_file, read_place
from models.forms.spec import MEDIA, Question
from models.reporting import asked, reports
from models.reporting.reports import Report
from models.time.times import day_at

router = Router("typed_answer", MEMBER)


def typed(turn: Turn, draft: Draft, text: str) -> None:
    """Words typed while a form is under way: an answer, 返回 or 取消, and nothing else."""
    talk = _under_way(turn, draft)
    word = text.strip().lower().lstrip("/")
    if word in BACK:
        step_back(talk, below=True)
    elif word in CANCEL:
        drop(talk, below=True)
    elif talk.question is None or talk.question.type == "note":
        show(talk, below=True, wrong=turn.words.line("reporting/form_use_buttons"))
    else:
        _typed_answer(talk, talk.question, text)


def _under_way(turn: Turn, draft: Draft) -> FormSession:
    """The form that what comes in now goes to."""
    try:
        return FormSession(turn, about(turn, draft), draft)
    except Refusal:
        drafts.discard(turn.session, draft)  # or every word from now on would be refused
        raise


def _typed_answer(talk: FormSession, question: Question, text: str) -> None:
    turn, message = talk.turn, talk.turn.incoming.message
    if message and not talk.draft.rehearsal:
        answered_messages.note(turn.session, turn.here, message, talk.it.report, question.name, turn.now)
    try:
        answer(talk, question.name, read_answer(question, text, today(talk)))
    except Refusal as refusal:
        show(talk, below=True, wrong=talk.turn.words.refusal(refusal))
        return
    show(talk, below=True)


def edited(turn: Turn) -> None:
    """A message was changed in which an answer was typed: that answer is meant. Any other is nobody's business."""
    incoming = turn.incoming
    found = (
        answered_messages.by(turn.session, turn.here, incoming.message or "")
        if incoming.private and incoming.text
        else None
    )
    report = turn.session.get(Report, found.report_id) if found else None
    if found is None or report is None:
        return
    draft = drafts.started(turn.session, report, turn.person)
    period = turn.session.get_one(Period, report.period_id)
    if draft:
        _edit(FormSession(turn, about(turn, draft), draft), found.question, (incoming.text or "").strip())
    elif report.submitted_by == turn.person.id and reports.takes(turn.session, period, report):
        turn.say("reporting/edited_after")
        it = asked.asked(turn.session, period, report)
        prompts.ask(turn, it, turn.person, turn.here)


def _edit(talk: FormSession, name: str, text: str) -> None:
    """Takes the answer's place, and leaves the form where it is; one that is wrong is asked for again."""
    question, at = talk.form.question(name), talk.draft.question
    if question is None:
        return
    try:
        answer(talk, name, read_answer(question, text, today(talk)))
    except Refusal as refusal:
        talk.draft.question = name
        touch(talk)
        show(talk, below=True, wrong=talk.turn.words.refusal(refusal))
        return
    if at != name and at in {q.name for q in talk.relevant()}:
        talk.draft.question = at
    show(talk)


@router.file
def received(turn: Turn) -> bool:
    """A file that came in while a form is under way: the answer, where a file is asked for."""
    draft, file = drafts.active(turn.session, turn.person), turn.incoming.file
    if draft is None or not draft.takes_answers:
        return False
    talk = _under_way(turn, draft)
    question = talk.question
    if question is None or question.type not in MEDIA or file is None:
        return False
    try:
        answer(talk, question.name, read_file(question, file, turn.incoming.text))
    except Refusal as refusal:
        show(talk, below=True, wrong=turn.words.refusal(refusal))
        return True
    show(talk, below=True)
    return True


def attach(turn: Turn, draft: Draft, files: Sequence[FileRecord]) -> None:
    """Adds files that answer no question to the form under way, which goes on below."""
    talk = _under_way(turn, draft)
    talk.draft.attachments = attachments.added(talk.draft.attachments, files)
    touch(talk)
    show(talk, below=True)


def located(turn: Turn, draft: Draft, place: Location) -> None:
    """A place that was shared while a form is under way."""
    talk = _under_way(turn, draft)
    question = talk.question
    if question is None or question.type != "geopoint":
        show(talk, below=True, wrong=turn.words.line("reporting/place_unasked"))
        return
    try:
        answer(talk, question.name, read_place(place.latitude, place.longitude, place.accuracy))
    except Refusal as refusal:
        show(talk, below=True, wrong=turn.words.refusal(refusal))
        return
    show(talk, below=True)


def today(talk: FormSession) -> Any:
    return day_at(talk.turn.now, talk.it.period.timezone)
