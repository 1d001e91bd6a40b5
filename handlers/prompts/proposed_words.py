"""Say with an answer from which reports it was proposed, and what it was proposed as if it was changed
(docs/rules.md 41)."""

from collections.abc import Mapping
from typing import Any

from handlers.core.rendering import Renderer
from handlers.prompts.answers_in_words import answer_lines
from models.core.typed_text import written
from models.forms.spec import FormSpec, say
from models.reporting.proposals import Proposal


def lines(
    words: Renderer, form: FormSpec, answers: dict[str, Any], proposed: Mapping[str, Proposal] | None
) -> list[tuple[str, str]]:
    """Return (question, answer) in the form's order, in words, each proposed answer with its source."""
    found = answer_lines(form, answers, words.locale)
    if not proposed:
        return found
    names = [q.name for q in form.questions if answers.get(q.name) is not None]
    return [
        (question, answer if name not in proposed else beside(words, answer, answers[name], proposed[name]))
        for name, (question, answer) in zip(names, found, strict=True)
    ]


def beside(words: Renderer, answer: str, value: object, proposal: Proposal) -> str:
    """Return an answer with what was proposed: `12 = sum of 14 reports`, `13 (was 12 = …)`."""
    return words.line(
        "prompts/proposed", answer=answer, changed=value != proposal["value"], was=written(proposal["value"]),
        it=proposal, title=say(proposal["title"], words.locale),
    )  # fmt: skip
