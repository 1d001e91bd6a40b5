"""Read what the fields of a form in a page hold, and say what such a field shows for an answer. Words are read as the
chat reads them; a choice is its name, because that is what the page's field carries."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models.core.errors import Refusal
from models.core.typed_text import written
from models.forms.answers import place_words, read_answer
from models.forms.spec import Question

Fields = Mapping[str, Sequence[str]]  # what was entered, by the question's name


def read(question: Question, entered: Sequence[str], today: date) -> object:
    """Return the answer, None for an empty field. Raises as `read_answer`, and `forms.not_a_choice` for a name that the
    form does not have."""
    given = [it for it in entered if it.strip()]
    if not given:
        return None
    if question.type == "select_one":
        return _chosen(question, given[:1])[0]
    if question.type == "select_multiple":
        return _chosen(question, given)
    return read_answer(question, given[0], today)


def _chosen(question: Question, given: Sequence[str]) -> list[str]:
    for name in given:
        if question.choice(name) is None:
            raise Refusal("forms.not_a_choice", typed=name[:30], most=len(question.choices))
    return [choice.name for choice in question.choices if choice.name in given]


def shown(question: Question, value: Any) -> list[str]:
    """Return what the question's field shows for an answer; `read` returns the same answer for it."""
    if value in (None, "", []):
        return []
    if isinstance(value, list):
        return [str(it) for it in value]
    if question.type == "geopoint" and str(value).endswith(" 0 0"):
        return [place_words(value)]
    return [value if isinstance(value, str) else written(value)]


def mark(value: Any) -> str:
    """Return a short mark of an answer; no answer has one too. Equal answers have equal marks."""
    said = json.dumps(None if value in (None, "", []) else value, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:10]
