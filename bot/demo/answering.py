"""Answer a survey in the demo: what somebody types or taps next, whatever its form asks. The answers differ from person
to person, so that the results have something to show; what is typed in words is in templates/demo."""

import re
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from handlers.core.locales import TEMPLATES
from handlers.registry import ROUTES
from handlers.reporting import form_buttons
from models.conversations.drafts import Draft
from models.forms.spec import Question
from models.organisation.people import Person
from models.rounds import surveys
from models.rounds.rounds import Round

Step = tuple[str, str]  # "type" and the words, or "tap" and a pattern for what the button carries


def tap(run: object) -> Step:
    """Return the step of tapping a button that calls this function."""
    return "tap", rf"^{re.escape(next(name for name, it in ROUTES.buttons.items() if it.run is run))}\."


BEGIN, SUBMIT, ON = (tap(run) for run in (form_buttons.begin_survey, form_buttons.submit, form_buttons.go_on))


def step(session: Session, person: Person, number: int, now: datetime, locale: str) -> Step | None:
    """Return what somebody does next about the survey that they are answering, None if they are answering none.
    `number` is theirs, and decides what they say."""
    draft = session.exec(
        select(Draft).where(
            Draft.author_id == person.id, col(Draft.round_id).is_not(None), col(Draft.active).is_(True)
        )
    ).first()  # fmt: skip
    if draft is None:
        return None
    if draft.question is None:
        return SUBMIT
    form = surveys.form_of(session, session.get_one(Round, draft.round_id))
    question = form.question(draft.question)
    return _said(question, number, now, locale) if question else None


def _said(question: Question, number: int, now: datetime, locale: str) -> Step:
    if question.choices:
        return "type", str(1 + number % len(question.choices))
    if question.type in ("integer", "decimal"):
        return "type", str(1 + number % 9)
    if question.type == "date":
        return "type", f"{now.date() + timedelta(days=1 + number % 9)}"
    if question.type == "time":
        return "type", f"{9 + number % 8:02}:00"
    if question.type == "text" and (question.required or number % 3 == 0):
        words = (TEMPLATES / "demo" / f"words.{locale}.txt").read_text("utf-8").split("\n")
        return "type", words[number % (len(words) - 1)]
    return ON
