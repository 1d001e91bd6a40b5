"""Show a form's question or its review."""

from typing import Any

from handlers.core.rendering import Content
from handlers.prompts import answers_in_words, frames, proposed_words
from handlers.reporting.form_draft import FormSession
from handlers.rounds import quiz_taking, survey_answers
from models.core.typed_text import written
from models.forms.spec import Question
from models.messaging import enrolment_links, live_messages
from models.messaging.cards import Kind
from models.reporting import proposals, report_context
from models.reporting.proposals import Proposal


def show(
    dialogue: FormSession, *, below: bool = False, wrong: str | None = None, answered: Question | None = None
) -> None:
    """Show the question being asked, or the review page, in the live message; a quiz ends instead. The question that
    typed words answered stays above them as one line."""
    question = dialogue.question
    if question is None and dialogue.quiz:
        quiz_taking.finish(dialogue.turn, dialogue.draft, below=below or not dialogue.turn.incoming.pressed)
        return
    stand(
        dialogue,
        _review(dialogue, wrong) if question is None else _question(dialogue, question, wrong),
        below=below,
        instead=_line(dialogue, answered) if answered else None,
    )


def _line(dialogue: FormSession, question: Question) -> Content:
    given = {question.name: dialogue.draft.answers.get(question.name)}
    lines = answers_in_words.answer_lines(dialogue.form, given, dialogue.turn.words.locale)
    return dialogue.turn.words.content("reporting/form_answered", lines=lines)


def stand(dialogue: FormSession, content: Content, *, below: bool, instead: Content | None = None) -> None:
    turn, draft = dialogue.turn, dialogue.draft
    below = below or not turn.incoming.pressed  # what is typed is answered below it
    if draft.round_id is None:
        slot = report_context.report_slot(dialogue.asked.report, turn.here)
        live_messages.show(turn.session, slot, Kind.ASK, content, turn.now, below=below, instead=instead)
        return
    hidden = survey_answers.anonymous(turn, draft)
    slot, kept = survey_answers.slot(turn, draft), None if hidden else instead
    card = live_messages.show(turn.session, slot, Kind.ASK, content, turn.now, below=below, instead=kept)
    if hidden:
        survey_answers.stood(turn, draft, card)


def on_page(dialogue: FormSession) -> int | None:
    """Return the id of the report, or of the named survey, if its form can be filled in on a page as well: where the
    program has an address that this chat's phone reaches."""
    turn, draft = dialogue.turn, dialogue.draft
    named = draft.round_id is not None and not dialogue.quiz and not survey_answers.anonymous(turn, draft)
    if not dialogue.about_report and not named:
        return None
    here = turn.here.channel == "web" and enrolment_links.page(turn.session)
    return (draft.round_id or dialogue.asked.report.id) if turn.defaults.public_url or here else None


def common(dialogue: FormSession, wrong: str | None) -> dict[str, Any]:
    return frames.frame(dialogue.asked.period, dialogue.form) | {
        "draft": dialogue.draft,
        "unit": dialogue.asked.unit,
        "ward": dialogue.asked.ward or dialogue.stands_for,
        "wrong": wrong,
        "anonymous": survey_answers.anonymous(dialogue.turn, dialogue.draft),
        "page": on_page(dialogue),
        "of_survey": dialogue.draft.round_id is not None,
        "quiz": dialogue.quiz,
        "feedback": _feedback(dialogue),
    }


def _feedback(dialogue: FormSession) -> dict[str, Any] | None:
    draft = dialogue.draft
    return quiz_taking.feedback(dialogue.form, draft.answers, draft.question) if dialogue.quiz else None


def _question(dialogue: FormSession, question: Question, wrong: str | None) -> Content:
    answers = dialogue.draft.answers
    asked_for = [q.name for q in dialogue.relevant()]
    ticked = answers.get(question.name) or []
    bits = sum(1 << n for n, c in enumerate(question.choices) if c.name in ticked)
    current = dict(
        answers_in_words.answer_lines(
            dialogue.form, {question.name: answers.get(question.name)}, dialogue.turn.words.locale
        )
    )
    return dialogue.turn.words.content(
        "reporting/form_question",
        **common(dialogue, wrong),
        question=question,
        index=dialogue.form.questions.index(question),
        number=asked_for.index(question.name) + 1 if question.name in asked_for else 1,
        total=len(asked_for),
        bits=bits,
        ticked=ticked,
        current=next(iter(current.values()), None),
        proposal=question.default if answers.get(question.name) is None else None,
        added_up=_added_up(dialogue, question),
    )


def _added_up(dialogue: FormSession, question: Question) -> tuple[str, str] | None:
    """Return what other reports come to for this question, alone and with its source, and keep it as shown."""
    found = proposals.of(dialogue.turn.session, dialogue.asked, question) if question.source else None
    if found is None:
        return None
    remember(dialogue, {question.name: found})
    value = written(found["value"])
    return value, proposed_words.beside(dialogue.turn.words, value, found["value"], found)


def remember(dialogue: FormSession, shown: dict[str, Proposal]) -> None:
    """Keep what was shown as proposed, so that nobody files beside a sum that they have not seen."""
    if shown:
        dialogue.draft.proposed = dialogue.draft.proposed | shown
        dialogue.turn.session.add(dialogue.draft)


def _review(dialogue: FormSession, wrong: str | None) -> Content:
    shown = {q.name for q in dialogue.relevant() if q.type != "note"}
    answers = {k: v for k, v in dialogue.draft.answers.items() if k in shown and v is not None}
    proposed = proposals.of_form(dialogue.turn.session, dialogue.asked, answers)
    remember(dialogue, proposed)
    lines = proposed_words.lines(dialogue.turn.words, dialogue.form, answers, proposed)
    indexes = [n for n, q in enumerate(dialogue.form.questions) if q.name in shown]
    labels = [(n, dialogue.form.questions[n].label) for n in indexes]
    files = dialogue.draft.attachments
    return dialogue.turn.words.content(
        "reporting/form_review", **common(dialogue, wrong), answers=lines, labels=labels, files=files
    )
