"""Show a form's question or its review."""

from typing import Any

from handlers.core.rendering import Content
from handlers.prompts import answers_in_words, frames
from handlers.reporting.form_draft import FormSession
from models.forms.spec import Question
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.reporting import asked


def show(talk: FormSession, *, below: bool = False, wrong: str | None = None) -> None:
    """Show the question being asked, or the review page, in the live message."""
    question = talk.question
    stand(talk, _review(talk, wrong) if question is None else _question(talk, question, wrong), below=below)


def stand(talk: FormSession, content: Content, *, below: bool) -> None:
    slot = asked.report_slot(talk.it.report, talk.turn.here)
    live_messages.show(talk.turn.session, slot, Kind.ASK, content, talk.turn.now, below=below)


def common(talk: FormSession, wrong: str | None) -> dict[str, Any]:
    return frames.frame(talk.it.period, talk.form) | {
        "draft": talk.draft, "unit": talk.it.unit, "ward": talk.it.ward or talk.stands_for, "wrong": wrong,
    }  # fmt: skip


def _question(talk: FormSession, question: Question, wrong: str | None) -> Content:
    answers = talk.draft.answers
    asked_for = [q.name for q in talk.relevant()]
    ticked = answers.get(question.name) or []
    bits = sum(1 << n for n, c in enumerate(question.choices) if c.name in ticked)
    current = dict(
        answers_in_words.answer_lines(talk.form, {question.name: answers.get(question.name)}, talk.turn.words.locale)
    )
    return talk.turn.words.content(
        "reporting/form_question",
        **common(talk, wrong),
        question=question,
        index=talk.form.questions.index(question),
        number=asked_for.index(question.name) + 1 if question.name in asked_for else 1,
        total=len(asked_for),
        bits=bits,
        ticked=ticked,
        current=next(iter(current.values()), None),
        proposal=question.default if answers.get(question.name) is None else None,
    )


def _review(talk: FormSession, wrong: str | None) -> Content:
    shown = {q.name for q in talk.relevant() if q.type != "note"}
    answers = {k: v for k, v in talk.draft.answers.items() if k in shown and v is not None}
    lines = answers_in_words.answer_lines(talk.form, answers, talk.turn.words.locale)
    indexes = [n for n, q in enumerate(talk.form.questions) if q.name in shown]
    labels = [(n, talk.form.questions[n].label) for n in indexes]
    files = talk.draft.attachments
    return talk.turn.words.content(
        "reporting/form_review", **common(talk, wrong), answers=lines, labels=labels, files=files
    )
