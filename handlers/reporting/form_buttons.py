"""Answer every button of a form that is being filled in."""

from typing import Annotated

from handlers.core.access import MEMBER
from handlers.core.button_values import Letters
from handlers.core.ids import DraftId, RoundId
from handlers.core.router import InForm, Router
from handlers.core.turn import Turn
from handlers.forms import preview
from handlers.prompts import answers_in_words
from handlers.reporting import filing
from handlers.reporting.form_dialogue import answer, drop, resume, step_back
from handlers.reporting.form_draft import FormSession, next_question, touch
from handlers.reporting.form_input import today
from handlers.reporting.form_pages import show, stand
from handlers.rounds import quiz_taking, survey_answers
from models.conversations import drafts
from models.core.errors import Refusal
from models.forms.answers import clean, default
from models.forms.spec import Question
from models.reporting import proposals

router = Router("answer", MEMBER)
Bits = Annotated[str, Letters("[0-9a-f]", 16)]  # the ticked choices, as bits in hex


@router.button("rehearse")
def rehearse(turn: Turn, draft_id: DraftId) -> None:
    """Show the form's first question, on an admin's own phone, about no report."""
    draft = preview.mine(turn, draft_id)
    if draft and draft.rehearsal:
        preview.wake(turn, draft)
        dialogue = FormSession(turn, preview.context_of(turn, draft.rehearsal), draft)
        draft.question = draft.question or next_question(dialogue)
        show(dialogue)


@router.button("survey")
def begin_survey(turn: Turn, round_id: RoundId) -> None:
    """Show a survey's first question, or where its form was left; who answered a named one may answer anew."""
    draft = survey_answers.begin(turn, round_id)
    dialogue = FormSession(turn, survey_answers.asked(turn, draft), draft)
    if not draft.answers:
        draft.question = next_question(dialogue)
    show(dialogue)


@router.button("quiz")
def begin_quiz(turn: Turn, round_id: RoundId, attempt: int) -> None:
    """Begin an attempt at a quiz, or show where the one that is running was left."""
    draft = quiz_taking.begin(turn, round_id, attempt)
    if draft:
        dialogue = FormSession(turn, survey_answers.asked(turn, draft), draft)
        draft.question = draft.question or next_question(dialogue)
        show(dialogue)


@router.button("choose", in_form=InForm.CHOICE)
def choose(turn: Turn, draft_id: DraftId, revision: int, question: int, choice: int) -> None:
    """Take a tapped choice."""
    dialogue, asked_for = _at(turn, draft_id, revision, question)
    if dialogue and asked_for and choice < len(asked_for.choices):
        _try(dialogue, asked_for.name, asked_for.choices[choice].name)


@router.button("mark", in_form=InForm.CHOICE)
def mark(turn: Turn, draft_id: DraftId, revision: int, question: int, mask: Bits) -> None:
    """Tick or untick one of several choices: the button carries what is ticked then, as bits in hex."""
    dialogue, asked_for = _at(turn, draft_id, revision, question)
    if dialogue and asked_for:
        bits = int(mask, 16)
        ticked = [c.name for n, c in enumerate(asked_for.choices) if bits >> n & 1]
        others = {k: v for k, v in dialogue.draft.answers.items() if k != asked_for.name}
        dialogue.draft.answers = others | ({asked_for.name: ticked} if ticked else {})
        dialogue.draft.question = asked_for.name
        touch(dialogue)
        show(dialogue)


@router.button("next", in_form=InForm.OTHER)
def go_on(turn: Turn, draft_id: DraftId, revision: int, question: int) -> None:
    """Skip, continue after a note, keep the existing answer, or finish ticking."""
    dialogue, asked_for = _at(turn, draft_id, revision, question)
    if dialogue and asked_for:
        value = dialogue.draft.answers.get(asked_for.name)
        if value is None and asked_for.required and asked_for.type != "note":
            raise Refusal("forms.required", label=asked_for.label, name=asked_for.name)
        _try(dialogue, asked_for.name, value)


@router.button("default", in_form=InForm.OTHER)
def propose(turn: Turn, draft_id: DraftId, revision: int, question: int) -> None:
    """Take the form's own default."""
    dialogue, asked_for = _at(turn, draft_id, revision, question)
    if dialogue and asked_for and asked_for.default is not None:
        _try(dialogue, asked_for.name, default(asked_for, today(dialogue)))


@router.button("proposed", in_form=InForm.OTHER)
def take_proposed(turn: Turn, draft_id: DraftId, revision: int, question: int) -> None:
    """Take what other reports came to when the question was shown."""
    dialogue, asked_for = _at(turn, draft_id, revision, question)
    if dialogue and asked_for and asked_for.source and asked_for.name in dialogue.draft.proposed:
        _try(dialogue, asked_for.name, dialogue.draft.proposed[asked_for.name]["value"])


@router.button("clear")
def leave_out(turn: Turn, draft_id: DraftId, revision: int, question: int) -> None:
    """Remove the file or place that was sent from the form."""
    dialogue, asked_for = _at(turn, draft_id, revision, question)
    if dialogue and asked_for and not asked_for.required:
        _try(dialogue, asked_for.name, None)


@router.button("drop_file")
def drop_file(turn: Turn, draft_id: DraftId, revision: int, number: int) -> None:
    """Remove a file that answers no question from the form."""
    dialogue = resume(turn, draft_id, revision)
    if dialogue and number < len(dialogue.draft.attachments):
        dialogue.draft.attachments = [it for n, it in enumerate(dialogue.draft.attachments) if n != number]
        touch(dialogue)
        show(dialogue)


@router.button("jump", in_form=InForm.OTHER)
def jump(turn: Turn, draft_id: DraftId, revision: int, question: int) -> None:
    """Go from the review page back to one question."""
    dialogue, asked_for = _at(turn, draft_id, revision, question)
    if dialogue and asked_for:
        dialogue.draft.question = asked_for.name
        touch(dialogue)
        show(dialogue)


def _at(turn: Turn, draft_id: int, revision: int, question: int) -> tuple[FormSession | None, Question | None]:
    """Return the draft and the question a button names; a forged number names none, and in a quiz only the question
    that is being asked can be answered."""
    dialogue = resume(turn, draft_id, revision)
    if dialogue is None or question >= len(dialogue.form.questions):
        return dialogue, None
    named = dialogue.form.questions[question]
    return dialogue, None if dialogue.quiz and named.name != dialogue.draft.question else named


def _changing(turn: Turn, draft_id: int, revision: int) -> FormSession | None:
    """Return the draft of a button that goes back, cancels or submits; in a quiz there is none of this."""
    dialogue = resume(turn, draft_id, revision)
    if dialogue and dialogue.quiz:
        turn.toast("reporting/quiz_final", alert=True)
        return None
    return dialogue


def _try(dialogue: FormSession, name: str, value: object) -> None:
    try:
        answer(dialogue, name, value)
    except Refusal as refusal:
        dialogue.turn.toast("core/refused", sentence=dialogue.turn.words.refusal(refusal), alert=True)
        return
    show(dialogue)


@router.button("back", in_form=InForm.LEAVING)
def back(turn: Turn, draft_id: DraftId, revision: int) -> None:
    """Go to the question before."""
    dialogue = _changing(turn, draft_id, revision)
    if dialogue:
        step_back(dialogue)


@router.button("cancel", in_form=InForm.LEAVING)
def cancel(turn: Turn, draft_id: DraftId, revision: int) -> None:
    """Drop the form."""
    dialogue = _changing(turn, draft_id, revision)
    if dialogue:
        drop(dialogue)


@router.button("submit", in_form=InForm.SUBMIT)
def submit(turn: Turn, draft_id: DraftId, revision: int) -> None:
    """File what the review page shows."""
    dialogue = _changing(turn, draft_id, revision)
    if not dialogue:
        return
    try:
        answers = clean(dialogue.form, dialogue.draft.answers)
    except Refusal as refusal:
        dialogue.draft.question = str(refusal.values["name"])
        touch(dialogue)
        show(dialogue, wrong=turn.words.refusal(refusal))
        return
    files = dialogue.draft.attachments
    if dialogue.draft.round_id is not None and answers:
        survey_answers.submit(turn, dialogue.draft, answers)
        return
    if not (answers or files):
        turn.toast("reporting/form_empty", alert=True)
        return
    if dialogue.draft.rehearsal:
        lines = answers_in_words.answer_lines(dialogue.form, answers, turn.words.locale)
        drafts.discard(turn.session, dialogue.draft)
        stand(dialogue, turn.words.content("forms/rehearsal_over", form=dialogue.form, answers=lines), below=False)
        return
    now = proposals.of_form(turn.session, dialogue.asked, answers)
    if proposals.moved(answers, dialogue.draft.proposed, now):
        dialogue.draft.answers = dialogue.draft.answers | proposals.followed(answers, dialogue.draft.proposed, now)
        touch(dialogue)
        show(dialogue, wrong=turn.words.line("reporting/sum_moved"))
        return
    revision_made = filing.file_filled(turn, dialogue.asked, answers, dialogue.draft.reason, files)
    turn.toast("reporting/filed", at=revision_made.at, report=dialogue.asked.report, late=dialogue.asked.report.late)
