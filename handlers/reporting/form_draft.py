"""Describe the draft at hand: whose it is, what it is about, how far it has come."""

from dataclasses import dataclass

from handlers.core.turn import Turn
from models.conversations.drafts import Draft
from models.forms.answers import relevant
from models.forms.spec import FormSpec, Question
from models.organisation.people import Person
from models.reporting.report_context import ReportContext


@dataclass
class FormSession:
    """A draft at hand: whose it is, what it is about, and how far it has come."""

    turn: Turn
    asked: ReportContext
    draft: Draft

    @property
    def form(self) -> FormSpec:
        return self.asked.form

    @property
    def question(self) -> Question | None:
        return self.form.question(self.draft.question) if self.draft.question else None

    @property
    def stands_for(self) -> Person | None:
        """Return the person a lead files for."""
        return self.turn.session.get(Person, self.asked.report.person_id) if self.draft.proxy else None

    @property
    def about_report(self) -> bool:
        """Say whether it is about a stored report: neither a preview nor the answers to a survey."""
        return self.draft.report_id is not None

    @property
    def quiz(self) -> bool:
        """Say whether it is an attempt at a quiz: every answer is final."""
        return self.draft.round_id is not None and self.form.quiz is not None

    def relevant(self) -> list[Question]:
        return relevant(self.form, self.draft.answers)


def next_question(dialogue: FormSession) -> str | None:
    return next((q.name for q in dialogue.relevant() if q.name not in dialogue.draft.answers), None)


def touch(dialogue: FormSession) -> None:
    dialogue.draft.revision += 1
    dialogue.draft.at = dialogue.turn.now
    dialogue.turn.session.add(dialogue.draft)
    dialogue.turn.session.flush()
