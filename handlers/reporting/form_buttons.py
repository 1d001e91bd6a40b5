"""Every button of a form that is being filled in."""

import re

from handlers.core.turn import Turn
from handlers.prompts import answers_in_words
from handlers.reporting import filing
from handlers.reporting.form_dialogue import answer, drop, resume, step_back
from handlers.reporting.form_draft import FormSession, touch
from handlers.reporting.form_input import today
from handlers.reporting.form_pages import show, stand
from models.conversations import drafts
from models.core.errors import Refusal
from models.forms.answers import clean, default
from models.forms.spec import Question


def choose(turn: Turn, draft_id: int, revision: int, question: int, choice: int) -> None:
    """A choice was tapped."""
    talk, asked_for = _at(turn, draft_id, revision, question)
    if talk and asked_for and choice < len(asked_for.choices):
        _try(talk, asked_for.name, asked_for.choices[choice].name)


def mark(turn: Turn, draft_id: int, revision: int, question: int, mask: str) -> None:
    """A choice of several was ticked or unticked: the button carries what is ticked then, as bits in hex."""
    talk, asked_for = _at(turn, draft_id, revision, question)
    if talk and asked_for:
        bits = int(mask, 16) if re.fullmatch(r"[0-9a-f]{1,16}", mask) else 0
        ticked = [c.name for n, c in enumerate(asked_for.choices) if bits >> n & 1]
        others = {k: v for k, v in talk.draft.answers.items() if k != asked_for.name}
        talk.draft.answers = others | ({asked_for.name: ticked} if ticked else {})
        talk.draft.question = asked_for.name
        touch(talk)
        show(talk)


def go_on(turn: Turn, draft_id: int, revision: int, question: int) -> None:
    """Skip, continue after a note, keep the answer there is, or done with ticking."""
    talk, asked_for = _at(turn, draft_id, revision, question)
    if talk and asked_for:
        value = talk.draft.answers.get(asked_for.name)
        if value is None and asked_for.required and asked_for.type != "note":
            raise Refusal("forms.required", label=asked_for.label, name=asked_for.name)
        _try(talk, asked_for.name, value)


def propose(turn: Turn, draft_id: int, revision: int, question: int) -> None:
    """The form's own default was tapped."""
    talk, asked_for = _at(turn, draft_id, revision, question)
    if talk and asked_for and asked_for.default is not None:
        _try(talk, asked_for.name, default(asked_for, today(talk)))


def leave_out(turn: Turn, draft_id: int, revision: int, question: int) -> None:
    """The file or place that was sent is taken out of the form again."""
    talk, asked_for = _at(turn, draft_id, revision, question)
    if talk and asked_for and not asked_for.required:
        _try(talk, asked_for.name, None)


def drop_file(turn: Turn, draft_id: int, revision: int, number: int) -> None:
    """A file without a question is taken out of the form again."""
    talk = resume(turn, draft_id, revision)
    if talk and number < len(talk.draft.attachments):
        talk.draft.attachments = [it for n, it in enumerate(talk.draft.attachments) if n != number]
        touch(talk)
        show(talk)


def jump(turn: Turn, draft_id: int, revision: int, question: int) -> None:
    """From the review page back to one question."""
    talk, asked_for = _at(turn, draft_id, revision, question)
    if talk and asked_for:
        talk.draft.question = asked_for.name
        touch(talk)
        show(talk)


def _at(turn: Turn, draft_id: int, revision: int, question: int) -> tuple[FormSession | None, Question | None]:
    """The draft and the question a button names; a forged number names none."""
    talk = resume(turn, draft_id, revision)
    if talk is None or question >= len(talk.form.questions):
        return talk, None
    return talk, talk.form.questions[question]


def _try(talk: FormSession, name: str, value: object) -> None:
    try:
        answer(talk, name, value)
    except Refusal as refusal:
        talk.turn.toast("core/refused", sentence=talk.turn.words.refusal(refusal), alert=True)
        return
    show(talk)


def back(turn: Turn, draft_id: int, revision: int) -> None:
    talk = resume(turn, draft_id, revision)
    if talk:
        step_back(talk)


def cancel(turn: Turn, draft_id: int, revision: int) -> None:
    talk = resume(turn, draft_id, revision)
    if talk:
        drop(talk)


def submit(turn: Turn, draft_id: int, revision: int) -> None:
    talk = resume(turn, draft_id, revision)
    if not talk:
        return
    try:
        answers = clean(talk.form, talk.draft.answers)
    except Refusal as refusal:
        talk.draft.question = str(refusal.values["name"])
        touch(talk)
        show(talk, wrong=turn.words.refusal(refusal))
        return
    files = talk.draft.attachments
    if not (answers or files):
        turn.toast("reporting/form_empty", alert=True)
        return
    if talk.draft.rehearsal:
        lines = answers_in_words.answer_lines(talk.form, answers, turn.words.locale)
        drafts.discard(turn.session, talk.draft)
        stand(talk, turn.words.content("forms/rehearsal_over", form=talk.form, answers=lines), below=False)
        return
    revision_made = filing.file_filled(turn, talk.it, answers, talk.draft.reason, files)
    turn.toast("reporting/filed", at=revision_made.at, report=talk.it.report, late=talk.it.report.late)
