"""Lead through the form: one question at a time in the live message, back and forth, to a review page and
the receipt."""

from collections.abc import Sequence
from typing import Any

from handlers.core.turn import Turn
from handlers.forms import preview
from handlers.prompts import frames, prompts, receipts
from handlers.reporting import own_reports
from handlers.reporting.form_draft import FormSession, next_question, touch
from handlers.reporting.form_pages import common, show, stand
from handlers.rounds import survey_answers
from models.conversations import drafts, expected_input
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.files import attachments
from models.files.records import FileRecord
from models.forms.answers import check, clean, relevant
from models.reporting import proposals, report_context, revisions
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report, State


def begin(turn: Turn, asked: ReportContext, *, below: bool = False, files: Sequence[FileRecord] = ()) -> None:
    """Start the form, or go on where it was left; over a filled report start on the review page. `files` are added to
    it."""
    revisions.refuse_if_not_theirs(turn.session, asked.period, asked.report, turn.person)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    answers, attached = filed_answers(turn, asked), filed_files(turn, asked)
    dialogue = FormSession(
        turn, asked, drafts.begin(turn.session, asked.report, turn.person, answers, turn.now, attached)
    )
    if not dialogue.draft.answers:
        dialogue.draft.answers = _prefilled(dialogue)
        dialogue.draft.question = next_question(dialogue)
    if files:
        dialogue.draft.attachments = attachments.added(dialogue.draft.attachments, files)
        touch(dialogue)
    show(dialogue, below=below)


def _prefilled(dialogue: FormSession) -> dict[str, Any]:
    """Return the form filled in with what other reports come to, where that answers all that has to be answered: the
    review page is shown at once. Otherwise nothing, and the questions are asked one by one."""
    found = {it.name: proposals.of(dialogue.turn.session, dialogue.asked, it) for it in dialogue.form.questions}
    answers: dict[str, Any] = {name: it["value"] if it else None for name, it in found.items()}
    if not any(found.values()):
        return {}
    try:
        clean(dialogue.form, answers)
    except Refusal:
        return {}
    return answers


def draft_for_other(turn: Turn, asked: ReportContext, kind: State, reason: str | None = None) -> Draft:
    """Return the draft of what a lead is about to file for somebody; buttons of its older screens are stale. Without
    a reason no answers are taken yet."""
    draft = drafts.begin(turn.session, asked.report, turn.person, filed_answers(turn, asked), turn.now)
    draft.proxy, draft.reason = kind, reason
    draft.revision += 1
    turn.session.add(draft)
    return draft


def filed_answers(turn: Turn, asked: ReportContext) -> dict[str, Any]:
    if asked.report.state != State.FILLED or asked.report.head_id is None:
        return {}
    filed = dict(turn.session.get_one(revisions.Revision, asked.report.head_id).answers or {})
    return {
        q.name: filed.get(q.name) for q in relevant(asked.form, filed)
    }  # questions left out then are not asked again


def filed_files(turn: Turn, asked: ReportContext) -> list[FileRecord]:
    """Return the files of the filled report that answer no question."""
    filled = asked.report.state == State.FILLED and asked.report.head_id is not None
    return list(turn.session.get_one(revisions.Revision, asked.report.head_id).attachments or []) if filled else []


def resume(turn: Turn, draft_id: int, revision: int) -> FormSession | None:
    """Return the draft a button belongs to. For an old button, show the current screen and say so; if the draft is
    gone, say so."""
    draft = turn.session.get(Draft, draft_id)
    if draft is None or draft.author_id != turn.person.id or (draft.proxy and not draft.fills_for_other):
        turn.toast("core/form_gone")
        return None
    dialogue = FormSession(turn, about(turn, draft), draft)
    if not dialogue.about_report:
        preview.wake(turn, draft)
    elif not draft.active:
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
        drafts.begin(turn.session, dialogue.asked.report, turn.person, draft.answers, turn.now)
    if draft.revision != revision:
        show(dialogue)
        turn.toast("core/form_stale")
        return None
    return dialogue


def about(turn: Turn, draft: Draft) -> ReportContext:
    """Return the report of the draft, which this person may still file, or none stored in a preview and a survey.
    Raises as `survey_answers.asked`, as `revisions.refuse_if_not_theirs` and, for what a lead files for somebody, as
    `own_reports.member_report`."""
    if draft.rehearsal:
        return preview.context_of(turn, draft.rehearsal)
    if draft.round_id is not None:
        return survey_answers.asked(turn, draft)
    report = turn.session.get_one(Report, draft.report_id)
    period = turn.session.get_one(Period, report.period_id)
    revisions.refuse_if_not_theirs(turn.session, period, report, turn.person)
    if draft.proxy:
        own_reports.member_report(turn, report.id)
    return report_context.context_of(turn.session, period, report)


def answer(dialogue: FormSession, name: str, value: object) -> None:
    """Take an answer (None leaves the question out) and go on to the first question not yet seen, otherwise to the
    review."""
    if value is not None:
        question = dialogue.form.question(name)
        if question:
            check(question, value, dialogue.draft.answers)
    dialogue.draft.answers = {**dialogue.draft.answers, name: value}
    dialogue.draft.question = next_question(dialogue)
    touch(dialogue)


def step_back(dialogue: FormSession, *, below: bool = False) -> None:
    """Go to the question before; from the first one back to the prompt, where the form is shown as started."""
    names = [q.name for q in dialogue.relevant()]
    at = names.index(dialogue.draft.question) if dialogue.draft.question in names else len(names)
    if at == 0:
        drafts.rest(dialogue.turn.session, dialogue.turn.person)
        _leave(dialogue, below=below)
        return
    dialogue.draft.question = names[at - 1]
    touch(dialogue)
    show(dialogue, below=below)


def drop(dialogue: FormSession, *, below: bool = False) -> None:
    """Delete the draft and show the prompt or the receipt again."""
    if dialogue.draft.round_id is not None:
        survey_answers.drop(dialogue.turn, dialogue.draft, below=below)
    else:
        drafts.discard(dialogue.turn.session, dialogue.draft)
        _leave(dialogue, below=below)
    if not below:
        dialogue.turn.toast("reporting/form_cancelled", state=dialogue.asked.report.state)


def _leave(dialogue: FormSession, *, below: bool) -> None:
    turn, it = dialogue.turn, dialogue.asked
    if dialogue.draft.round_id is not None:
        survey_answers.leave(turn, dialogue.draft, below=below)
        return
    if dialogue.draft.rehearsal:
        content = turn.words.content("forms/rehearsal_over", form=dialogue.form, answers=[])
    elif dialogue.draft.proxy:
        content = turn.words.content("reporting/proxy_left", **common(dialogue, None), report=it.report)
    elif it.report.state != State.DUE:
        content = receipts.receipt(turn.session, turn.words, it, turn.person)
    elif it.ward:
        content = turn.words.content("prompts/ward", **frames.frame(it.period, it.form), report=it.report, ward=it.ward)
    else:
        started = drafts.started(turn.session, it.report, turn.person) is not None
        report = it.report if it.unit else None
        content = prompts.prompt(turn.words, it.period, it.form, report, it.unit, started=started)
    stand(dialogue, content, below=below)
