"""The guided form: one question at a time in the live message, back and forth, to a review page and the receipt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core import lead_arguments
from handlers.core.rendering import Content
from handlers.core.turn import Location, Turn
from handlers.forms import preview
from handlers.prompts import prompts
from handlers.prompts.prompts import Asked
from handlers.reporting import filing
from models.conversations import answered_messages, drafts, expected_input
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.files import attachments
from models.files.records import Told
from models.forms.answers import check, clean, default, read_answer, read_file, read_place, relevant
from models.forms.spec import MEDIA, FormSpec, Question
from models.messaging.cards import Kind
from models.organisation.people import Person
from models.reporting import reports
from models.reporting.reports import Report, State
from models.time.calendars import zone

BACK = ("返回", "back")
CANCEL = ("取消", "cancel")


@dataclass
class Talk:
    """A draft in hand: whose, about what, and how far it has come."""

    turn: Turn
    it: Asked
    draft: Draft

    @property
    def form(self) -> FormSpec:
        return self.it.form

    @property
    def question(self) -> Question | None:
        return self.form.question(self.draft.question) if self.draft.question else None

    @property
    def stands_for(self) -> Person | None:
        """Whom a lead files for."""
        return self.turn.session.get(Person, self.it.report.person_id) if self.draft.proxy else None

    def relevant(self) -> list[Question]:
        return relevant(self.form, self.draft.answers)


def begin(turn: Turn, it: Asked, *, below: bool = False, files: Sequence[Told] = ()) -> None:
    """Starts the form, or goes on where it was left; over a filled report it starts on the review page. `files` are
    added to it."""
    reports.refuse_if_not_theirs(turn.session, it.period, it.report, turn.person)
    expected_input.lay_down(turn.session, turn.person, turn.now)
    answers, attached = filed_answers(turn, it), filed_files(turn, it)
    talk = Talk(turn, it, drafts.begin(turn.session, it.report, turn.person, answers, turn.now, attached))
    if not talk.draft.answers:
        talk.draft.question = _next(talk)
    if files:
        talk.draft.attachments = attachments.added(talk.draft.attachments, files)
        _touch(talk)
    show(talk, below=below)


def rehearse(turn: Turn, draft_id: int) -> None:
    """The form's first question, on an admin's own phone, about nothing."""
    draft = preview.mine(turn, draft_id)
    if draft and draft.rehearsal:
        preview.wake(turn, draft)
        talk = Talk(turn, preview.asked(turn, draft.rehearsal), draft)
        draft.question = draft.question or _next(talk)
        show(talk)


def filed_answers(turn: Turn, it: Asked) -> dict[str, Any]:
    if it.report.state != State.FILLED or it.report.head_id is None:
        return {}
    filed = dict(turn.session.get_one(reports.Revision, it.report.head_id).answers or {})
    return {q.name: filed.get(q.name) for q in relevant(it.form, filed)}  # what was left out then is not asked again


def filed_files(turn: Turn, it: Asked) -> list[Told]:
    """The files of the filled report as it stands that answer no question."""
    filled = it.report.state == State.FILLED and it.report.head_id is not None
    return list(turn.session.get_one(reports.Revision, it.report.head_id).attachments or []) if filled else []


def resume(turn: Turn, draft_id: int, revision: int) -> Talk | None:
    """The draft a button belongs to. A stale one redraws what stands now and says so; a gone one tells."""
    draft = turn.session.get(Draft, draft_id)
    if draft is None or draft.author_id != turn.person.id or (draft.proxy and not draft.fills_for_other):
        turn.toast("form_gone")
        return None
    talk = Talk(turn, _about(turn, draft), draft)
    if draft.rehearsal:
        preview.wake(turn, draft)
    elif not draft.active:
        expected_input.lay_down(turn.session, turn.person, turn.now)
        drafts.begin(turn.session, talk.it.report, turn.person, draft.answers, turn.now)
    if draft.revision != revision:
        show(talk)
        turn.toast("form_stale")
        return None
    return talk


def _about(turn: Turn, draft: Draft) -> Asked:
    """What the draft is about, which this person may still file, or nothing in a rehearsal. Refusals as
    `reports.refuse_if_not_theirs` and, for what a lead files for somebody, `leading.member_report`."""
    if draft.rehearsal:
        return preview.asked(turn, draft.rehearsal)
    report = turn.session.get_one(Report, draft.report_id)
    period = turn.session.get_one(Period, report.period_id)
    reports.refuse_if_not_theirs(turn.session, period, report, turn.person)
    if draft.proxy:
        lead_arguments.member_report(turn, report.id)
    return prompts.asked(turn.session, period, report)


def answer(talk: Talk, name: str, value: object) -> None:
    """Takes an answer (None is a question left out) and goes on to the first one not yet seen, else to the review."""
    if value is not None:
        question = talk.form.question(name)
        if question:
            check(question, value, talk.draft.answers)
    talk.draft.answers = {**talk.draft.answers, name: value}
    talk.draft.question = _next(talk)
    _touch(talk)


def _next(talk: Talk) -> str | None:
    return next((q.name for q in talk.relevant() if q.name not in talk.draft.answers), None)


def _touch(talk: Talk) -> None:
    talk.draft.revision += 1
    talk.draft.at = talk.turn.now
    talk.turn.session.add(talk.draft)
    talk.turn.session.flush()


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
        _touch(talk)
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
        _try(talk, asked_for.name, default(asked_for, _today(talk)))


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
        _touch(talk)
        show(talk)


def jump(turn: Turn, draft_id: int, revision: int, question: int) -> None:
    """From the review page back to one question."""
    talk, asked_for = _at(turn, draft_id, revision, question)
    if talk and asked_for:
        talk.draft.question = asked_for.name
        _touch(talk)
        show(talk)


def _at(turn: Turn, draft_id: int, revision: int, question: int) -> tuple[Talk | None, Question | None]:
    """The draft and the question a button names; a forged number names none."""
    talk = resume(turn, draft_id, revision)
    if talk is None or question >= len(talk.form.questions):
        return talk, None
    return talk, talk.form.questions[question]


def _try(talk: Talk, name: str, value: object) -> None:
    try:
        answer(talk, name, value)
    except Refusal as refusal:
        talk.turn.toast("refused", sentence=talk.turn.words.refusal(refusal), alert=True)
        return
    show(talk)


def back(turn: Turn, draft_id: int, revision: int) -> None:
    talk = resume(turn, draft_id, revision)
    if talk:
        step_back(talk)


def step_back(talk: Talk, *, below: bool = False) -> None:
    """To the question before; from the first one back to the prompt, where the form is shown as started."""
    names = [q.name for q in talk.relevant()]
    at = names.index(talk.draft.question) if talk.draft.question in names else len(names)
    if at == 0:
        drafts.rest(talk.turn.session, talk.turn.person)
        _leave(talk, below=below)
        return
    talk.draft.question = names[at - 1]
    _touch(talk)
    show(talk, below=below)


def cancel(turn: Turn, draft_id: int, revision: int) -> None:
    talk = resume(turn, draft_id, revision)
    if talk:
        drop(talk)


def drop(talk: Talk, *, below: bool = False) -> None:
    """The draft goes, the prompt or the receipt stands again."""
    drafts.discard(talk.turn.session, talk.draft)
    _leave(talk, below=below)
    if not below:
        talk.turn.toast("form_cancelled")


def _leave(talk: Talk, *, below: bool) -> None:
    turn, it = talk.turn, talk.it
    if talk.draft.rehearsal:
        content = turn.words.content("rehearsal_over", form=talk.form, answers=[])
    elif talk.draft.proxy:
        content = turn.words.content("proxy_left", **_common(talk, None), report=it.report)
    elif it.report.state != State.DUE:
        content = prompts.receipt(turn.session, turn.words, it, turn.person)
    elif it.ward:
        content = turn.words.content("ward", **prompts.frame(it.period, it.form), report=it.report, ward=it.ward)
    else:
        started = drafts.started(turn.session, it.report, turn.person) is not None
        report = it.report if it.unit else None
        content = prompts.prompt(turn.words, it.period, it.form, report, it.unit, started=started)
    _stand(talk, content, below=below)


def submit(turn: Turn, draft_id: int, revision: int) -> None:
    talk = resume(turn, draft_id, revision)
    if not talk:
        return
    try:
        answers = clean(talk.form, talk.draft.answers)
    except Refusal as refusal:
        talk.draft.question = str(refusal.values["name"])
        _touch(talk)
        show(talk, wrong=turn.words.refusal(refusal))
        return
    files = talk.draft.attachments
    if not (answers or files):
        turn.toast("form_empty", alert=True)
        return
    if talk.draft.rehearsal:
        lines = prompts.answer_lines(talk.form, answers, turn.words.locale)
        drafts.discard(turn.session, talk.draft)
        _stand(talk, turn.words.content("rehearsal_over", form=talk.form, answers=lines), below=False)
        return
    revision_made = filing.file_filled(turn, talk.it, answers, talk.draft.reason, files)
    turn.toast("filed", at=revision_made.at, report=talk.it.report, late=talk.it.report.late)


def typed(turn: Turn, draft: Draft, text: str) -> None:
    """Words typed while a form is under way: an answer, 返回 or 取消, and nothing else."""
    talk = _under_way(turn, draft)
    word = text.strip().lower().lstrip("/")
    if word in BACK:
        step_back(talk, below=True)
    elif word in CANCEL:
        drop(talk, below=True)
    elif talk.question is None or talk.question.type == "note":
        show(talk, below=True, wrong=turn.words.line("form_use_buttons"))
    else:
        _typed_answer(talk, talk.question, text)


def _under_way(turn: Turn, draft: Draft) -> Talk:
    """The form that what comes in now goes to."""
    try:
        return Talk(turn, _about(turn, draft), draft)
    except Refusal:
        drafts.discard(turn.session, draft)  # or every word from now on would be refused
        raise


def _typed_answer(talk: Talk, question: Question, text: str) -> None:
    turn, message = talk.turn, talk.turn.incoming.message
    if message and not talk.draft.rehearsal:
        answered_messages.note(turn.session, turn.here, message, talk.it.report, question.name, turn.now)
    try:
        answer(talk, question.name, read_answer(question, text, _today(talk)))
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
        _edit(Talk(turn, _about(turn, draft), draft), found.question, (incoming.text or "").strip())
    elif report.submitted_by == turn.person.id and reports.takes(turn.session, period, report):
        turn.say("edited_after")
        it = prompts.asked(turn.session, period, report)
        prompts.ask(turn.session, turn.house, it, turn.person, turn.here, turn.now)


def _edit(talk: Talk, name: str, text: str) -> None:
    """Takes the answer's place, and leaves the form where it is; one that is wrong is asked for again."""
    question, at = talk.form.question(name), talk.draft.question
    if question is None:
        return
    try:
        answer(talk, name, read_answer(question, text, _today(talk)))
    except Refusal as refusal:
        talk.draft.question = name
        _touch(talk)
        show(talk, below=True, wrong=talk.turn.words.refusal(refusal))
        return
    if at != name and at in {q.name for q in talk.relevant()}:
        talk.draft.question = at
    show(talk)


def received(turn: Turn, draft: Draft) -> bool:
    """A file that came in while a form is under way: the answer, where a file is asked for; says whether it was."""
    talk = _under_way(turn, draft)
    question, file = talk.question, turn.incoming.file
    if question is None or question.type not in MEDIA or file is None:
        return False
    try:
        answer(talk, question.name, read_file(question, file, turn.incoming.text))
    except Refusal as refusal:
        show(talk, below=True, wrong=turn.words.refusal(refusal))
        return True
    show(talk, below=True)
    return True


def attach(turn: Turn, draft: Draft, files: Sequence[Told]) -> None:
    """Adds files that answer no question to the form under way, which goes on below."""
    talk = _under_way(turn, draft)
    talk.draft.attachments = attachments.added(talk.draft.attachments, files)
    _touch(talk)
    show(talk, below=True)


def located(turn: Turn, draft: Draft, place: Location) -> None:
    """A place that was shared while a form is under way."""
    talk = _under_way(turn, draft)
    question = talk.question
    if question is None or question.type != "geopoint":
        show(talk, below=True, wrong=turn.words.line("place_unasked"))
        return
    try:
        answer(talk, question.name, read_place(place.latitude, place.longitude, place.accuracy))
    except Refusal as refusal:
        show(talk, below=True, wrong=turn.words.refusal(refusal))
        return
    show(talk, below=True)


def _today(talk: Talk) -> Any:
    return talk.turn.now.astimezone(zone(talk.it.period.timezone)).date()


def show(talk: Talk, *, below: bool = False, wrong: str | None = None) -> None:
    """The question being asked, or the review page, in the live message."""
    question = talk.question
    _stand(talk, _review(talk, wrong) if question is None else _question(talk, question, wrong), below=below)


def _stand(talk: Talk, content: Content, *, below: bool) -> None:
    prefix = prompts.ask_prefix(talk.it.report, talk.turn.here)
    prompts.stand(talk.turn.session, prefix, talk.turn.here, Kind.ASK, content, talk.turn.now, below=below)


def _common(talk: Talk, wrong: str | None) -> dict[str, Any]:
    return prompts.frame(talk.it.period, talk.form) | {
        "draft": talk.draft, "unit": talk.it.unit, "ward": talk.it.ward or talk.stands_for, "wrong": wrong,
    }  # fmt: skip


def _question(talk: Talk, question: Question, wrong: str | None) -> Content:
    answers = talk.draft.answers
    asked_for = [q.name for q in talk.relevant()]
    ticked = answers.get(question.name) or []
    bits = sum(1 << n for n, c in enumerate(question.choices) if c.name in ticked)
    current = dict(prompts.answer_lines(talk.form, {question.name: answers.get(question.name)}, talk.turn.words.locale))
    return talk.turn.words.content(
        "form_question",
        **_common(talk, wrong),
        question=question,
        index=talk.form.questions.index(question),
        number=asked_for.index(question.name) + 1 if question.name in asked_for else 1,
        total=len(asked_for),
        bits=bits,
        ticked=ticked,
        current=next(iter(current.values()), None),
        proposal=question.default if answers.get(question.name) is None else None,
    )


def _review(talk: Talk, wrong: str | None) -> Content:
    shown = {q.name for q in talk.relevant() if q.type != "note"}
    answers = {k: v for k, v in talk.draft.answers.items() if k in shown and v is not None}
    lines = prompts.answer_lines(talk.form, answers, talk.turn.words.locale)
    indexes = [n for n, q in enumerate(talk.form.questions) if q.name in shown]
    labels = [(n, talk.form.questions[n].label) for n in indexes]
    files = talk.draft.attachments
    return talk.turn.words.content("form_review", **_common(talk, wrong), answers=lines, labels=labels, files=files)
