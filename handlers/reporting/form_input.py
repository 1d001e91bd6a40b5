"""Take what is typed, sent, shared or edited while a form is being filled in."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.incoming import Location
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import BACK, CANCEL, bare
from handlers.prompts import prompts
from handlers.reporting.form_dialogue import about, answer, drop, step_back
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
from models.reporting import report_context, reports
from models.reporting.reports import Report
from models.time.times import day_at

router = Router("typed_answer", MEMBER)


def typed(turn: Turn, draft: Draft, text: str) -> None:
    """Take words typed while a form is being filled in: an answer, 返回 or 取消, and nothing else."""
    dialogue = _under_way(turn, draft)
    word = bare(text)
    if dialogue.quiz and word in (*BACK, *CANCEL):
        show(dialogue, below=True, wrong=turn.words.line("reporting/quiz_final"))
    elif word in BACK:
        step_back(dialogue, below=True)
    elif word in CANCEL:
        drop(dialogue, below=True)
    elif dialogue.question is None or dialogue.question.type == "note":
        show(dialogue, below=True, wrong=turn.words.line("reporting/form_use_buttons"))
    else:
        _typed_answer(dialogue, dialogue.question, text)


def reads(turn: Turn, draft: Draft, text: str) -> bool:
    """Say whether the question that is open takes these words, rightly or wrongly answered; a choice, a number, a day,
    a file or the review page takes no other words. 返回 and 取消 are always taken."""
    question = _under_way(turn, draft).question
    if bare(text) in (*BACK, *CANCEL):
        return True
    if question is None:
        return False
    try:
        read_answer(question, text, day_at(turn.now, turn.defaults.zone))
    except Refusal:
        return False
    return True


def _under_way(turn: Turn, draft: Draft) -> FormSession:
    """Return the form that input goes to now."""
    # otherwise every word from now on would be refused
    turn.on_refusal = partial(drafts.discard, turn.session, draft)
    found = FormSession(turn, about(turn, draft), draft)
    turn.on_refusal = None
    return found


def _typed_answer(dialogue: FormSession, question: Question, text: str) -> None:
    turn, message = dialogue.turn, dialogue.turn.incoming.message
    if dialogue.about_report and message:
        answered_messages.note(turn.session, turn.here, message, dialogue.asked.report, question.name, turn.now)
    try:
        answer(dialogue, question.name, read_answer(question, text, today(dialogue)))
    except Refusal as refusal:
        show(dialogue, below=True, wrong=dialogue.turn.words.refusal(refusal))
        return
    show(dialogue, below=True, answered=question)


def edited(turn: Turn) -> None:
    """Change the answer that an edited message gave. Any other edited message is ignored."""
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
        it = report_context.context_of(turn.session, period, report)
        prompts.ask(turn, it, turn.person, turn.here)


def _edit(dialogue: FormSession, name: str, text: str) -> None:
    """Replace the answer and leave the form where it is; ask again for one that is wrong."""
    question, at = dialogue.form.question(name), dialogue.draft.question
    if question is None:
        return
    try:
        answer(dialogue, name, read_answer(question, text, today(dialogue)))
    except Refusal as refusal:
        dialogue.draft.question = name
        touch(dialogue)
        show(dialogue, below=True, wrong=dialogue.turn.words.refusal(refusal))
        return
    if at != name and at in {q.name for q in dialogue.relevant()}:
        dialogue.draft.question = at
    show(dialogue)


@router.file
def received(turn: Turn) -> bool:
    """Take a file that came in while a form is being filled in, as the answer if a file is asked for."""
    draft, file = drafts.active(turn.session, turn.person), turn.incoming.file
    if draft is None or not draft.takes_answers:
        return False
    dialogue = _under_way(turn, draft)
    question = dialogue.question
    if question is None or question.type not in MEDIA or file is None:
        return False
    try:
        answer(dialogue, question.name, read_file(question, file, turn.incoming.text))
    except Refusal as refusal:
        show(dialogue, below=True, wrong=turn.words.refusal(refusal))
        return True
    show(dialogue, below=True)
    return True


def attach(turn: Turn, draft: Draft, files: Sequence[FileRecord]) -> None:
    """Add files that answer no question to the form, which goes on below."""
    dialogue = _under_way(turn, draft)
    dialogue.draft.attachments = attachments.added(dialogue.draft.attachments, files)
    touch(dialogue)
    show(dialogue, below=True)


def located(turn: Turn, draft: Draft, place: Location) -> None:
    """Take a place that was shared while a form is being filled in."""
    dialogue = _under_way(turn, draft)
    question = dialogue.question
    if question is None or question.type != "geopoint":
        show(dialogue, below=True, wrong=turn.words.line("reporting/place_unasked"))
        return
    try:
        answer(dialogue, question.name, read_place(place.latitude, place.longitude, place.accuracy))
    except Refusal as refusal:
        show(dialogue, below=True, wrong=turn.words.refusal(refusal))
        return
    show(dialogue, below=True)


def today(dialogue: FormSession) -> Any:
    return day_at(dialogue.turn.now, dialogue.asked.period.timezone)
