"""Fill in a report's form on a page: the draft is the one of the chat, and what the page sends is taken as the chat
takes answers (docs/rules.md 26)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.core.incoming import FilledPage
from handlers.core.turn import Turn
from handlers.reporting import filing, form_dialogue, own_reports
from handlers.reporting.form_draft import FormSession, next_question, touch
from handlers.reporting.form_pages import remember, show
from models.conversations import drafts, expected_input
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.files import attachments
from models.files.records import FileRecord, told
from models.forms import fields
from models.forms.answers import check, clean, faults, read_file, relevant
from models.forms.spec import MEDIA, FormSpec, Question, say
from models.reporting import proposals, revisions
from models.reporting.proposals import Proposal
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision
from models.time.times import day_at

NEW = "*"  # the mark of what this page has just sent itself


@dataclass
class Judged:
    """What a page's fields come to. `answers` are those that stood with what the page changed, `changed` the questions
    it changed, `wrong` what could not be taken and why, `elsewhere` what was changed elsewhere since the page was
    shown, and `unseen` what applies now and was not on the page."""

    answers: dict[str, Any]
    changed: list[str] = field(default_factory=list)
    wrong: dict[str, Refusal] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def find(turn: Turn, report_id: int) -> tuple[ReportContext, Draft | None]:
    """Return the report and this person's draft of it, if they have begun one. Raises `dashboard.no_report`, the same
    for another's report as for one that there is not."""
    report = turn.session.get(Report, report_id)
    if report is None:
        raise Refusal("dashboard.no_report")
    draft = drafts.started(turn.session, report, turn.person)
    head = turn.session.get(Revision, report.head_id) if report.head_id else None
    if own := own_reports.answered_by(turn, report, turn.person):
        return own, draft
    if (draft and draft.fills_for_other) or (head and head.reason and head.by == turn.person.id):
        try:
            return own_reports.member_report(turn, report_id), draft
        except Refusal:
            pass
    raise Refusal("dashboard.no_report")


def standing(turn: Turn, asked: ReportContext, draft: Draft | None) -> tuple[dict[str, Any], list[FileRecord]]:
    """Return the answers and the files as they are now: those of the draft, otherwise those that were filed."""
    if draft:
        return draft.answers, draft.attachments
    return form_dialogue.filed_answers(turn, asked), form_dialogue.filed_files(turn, asked)


def judge(form: FormSpec, stood: dict[str, Any], sent: FilledPage, today: Any) -> Judged:
    """Return what the page's fields come to over the answers that stood. The last answer to a question counts; one that
    this page did not change is never put back."""
    it = Judged(dict(stood))
    for question in _on_page(form, sent):
        name, seen, now = question.name, sent.shown[question.name], fields.mark(stood.get(question.name))
        try:
            entered = sent.fields.get(name, ())
            value = stood.get(name) if question.type in MEDIA else fields.read(question, entered, today)
        except Refusal as refusal:
            it.wrong[name] = refusal
            continue
        given = fields.mark(value)
        if question.type not in MEDIA and given not in (seen, now):
            it.changed.append(name)
            it.answers[name] = value
        elif now != seen and (seen != NEW if question.type in MEDIA else now != given):
            it.elsewhere.append(name)
    _refuse_changed(form, it, stood)
    it.unseen = [q.name for q in relevant(form, it.answers) if q.name not in sent.shown]
    return it


def _on_page(form: FormSpec, sent: FilledPage) -> Iterable[Question]:
    return (it for it in form.questions if it.type != "note" and it.name in sent.shown)


def _refuse_changed(form: FormSpec, it: Judged, stood: dict[str, Any]) -> None:
    """Put back what the form's constraints refuse, as the chat does not take it either; and take an emptied answer to a
    required question away, so that the chat asks it again."""
    for name in list(it.changed):
        question, value = form.question(name), it.answers[name]
        if question is None:
            continue
        if value is None and question.required:
            it.answers.pop(name)
            continue
        try:
            if value is not None:
                check(question, value, it.answers)
        except Refusal as refusal:
            it.wrong[name] = refusal
            it.changed.remove(name)
            it.answers.pop(name)
            it.answers |= {name: stood[name]} if name in stood else {}


def taken(turn: Turn, sent: FilledPage) -> None:
    """Take what a page sent: keep the answers that changed, show in the chat where the form stands, and do what was
    pressed."""
    asked, draft = find(turn, sent.report)
    revisions.refuse_if_not_theirs(turn.session, asked.period, asked.report, turn.person)
    if sent.version and sent.version != asked.period.version_id:
        raise Refusal("forms.page_changed")
    stood, _ = standing(turn, asked, draft)
    it = judge(asked.form, stood, sent, day_at(turn.now, asked.period.timezone))
    if sent.do == "drop":
        if draft:
            form_dialogue.drop(FormSession(turn, asked, draft))
        return
    before = sent.head == (asked.report.head_id or 0)
    if draft is None and before is False and not it.changed and sent.do != "file":
        return  # it was filed meanwhile, as this page shows it
    if it.changed or sent.do in ("file", "remove", "drop_file") or (draft is None and sent.do == "submit"):
        draft = _woken(turn, asked, draft)
    if draft is None:
        return
    dialogue, seen = FormSession(turn, asked, draft), dict(draft.proposed)
    _keep(dialogue, it, sent)
    if sent.do == "submit":
        _submit(dialogue, it, sent, seen, before=before)


def _woken(turn: Turn, asked: ReportContext, draft: Draft | None) -> Draft:
    """Return the draft, begun as the chat would, to which typed words go from now on. Words that somebody is about to
    type for something else keep their place."""
    session, waits = turn.session, turn.defaults.waits(expected_input.LASTS)
    waiting = expected_input.current(session, turn.person, turn.now, waits) is not None
    if draft and (draft.active or waiting):
        return draft
    answers, files = standing(turn, asked, draft)
    made = drafts.begin(session, asked.report, turn.person, answers, turn.now, files)
    if draft is None:
        made.question = next_question(FormSession(turn, asked, made))
    if waiting:
        drafts.rest(session, turn.person)
    return made


def _keep(dialogue: FormSession, it: Judged, sent: FilledPage) -> None:
    """Store what changed; the chat goes on from there."""
    draft = dialogue.draft
    answers, files, changed = dict(it.answers), list(draft.attachments), list(it.changed)
    if sent.do == "file":
        answers, files = _with_file(dialogue, sent, answers, files)
        changed.append(sent.about)
    elif sent.do == "remove" and (question := dialogue.form.question(sent.about)) and question.type in MEDIA:
        answers.pop(sent.about, None)
        if not question.required:
            answers[sent.about] = None
        changed.append(sent.about)
    elif sent.do == "drop_file":
        files = [file for file in files if file["digest"] != sent.about]
    if (answers, files) == (draft.answers, draft.attachments):
        return
    draft.answers, draft.attachments = answers, files
    looked_at = draft.question in answers and draft.question not in changed
    if not looked_at or draft.question not in {q.name for q in dialogue.relevant()}:
        draft.question = next_question(dialogue)
    touch(dialogue)
    show(dialogue)


def _with_file(
    dialogue: FormSession, sent: FilledPage, answers: dict[str, Any], files: list[FileRecord]
) -> tuple[dict[str, Any], list[FileRecord]]:
    """Return the answers and the files with the one that came along."""
    file, question = dialogue.turn.incoming.file, dialogue.form.question(sent.about)
    if file is None:
        return answers, files
    if question is None or question.type not in MEDIA:
        return answers, attachments.added(files, [told(file)])
    return answers | {question.name: read_file(question, file, None)}, files


def _submit(dialogue: FormSession, it: Judged, sent: FilledPage, seen: Mapping[str, Proposal], *, before: bool) -> None:
    """File the draft, if it is what the page shows and nothing in it is wrong; otherwise say why not. `seen`: what was
    shown as proposed so far."""
    turn, draft, asked = dialogue.turn, dialogue.draft, dialogue.asked
    wrong = it.wrong | {name: why for name, why in faults(asked.form, it.answers).items() if name not in it.wrong}
    files = draft.attachments
    if not before:
        by = turn.session.get(Revision, asked.report.head_id)
        turn.toast("reporting/page_filed_meanwhile", at=by.at if by else turn.now, alert=True)
    elif it.elsewhere or sent.files not in (NEW, fields.mark(files)):
        names = [say(q.label, turn.words.locale) for q in asked.form.questions if q.name in it.elsewhere]
        turn.toast("reporting/page_changed_elsewhere", names=names, alert=True)
    elif wrong:
        turn.toast("reporting/page_wrong", alert=True)
    elif it.unseen:
        turn.toast("reporting/page_more", alert=True)
    elif not ((answers := clean(asked.form, draft.answers)) or files):
        turn.toast("reporting/form_empty", alert=True)
    elif proposals.moved(answers, seen, now := proposals.of_form(turn.session, asked, answers)):
        remember(dialogue, now)
        turn.toast("reporting/sum_moved", alert=True)
    else:
        made = filing.file_filled(turn, asked, answers, draft.reason, files)
        turn.toast("reporting/filed", at=made.at, report=asked.report, late=asked.report.late)


def correctable(turn: Turn, asked: ReportContext) -> bool:
    """Say whether this person may still change the report."""
    try:
        revisions.refuse_if_not_theirs(turn.session, asked.period, asked.report, turn.person)
    except Refusal:
        return False
    return asked.report.state != State.DUE and not asked.report.uncontacted
