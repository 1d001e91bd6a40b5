"""Write answers as people read them."""

from datetime import date
from typing import Any

from handlers.core.filters import day_of_year
from models.core.typed_text import written
from models.forms.answers import file_words, place_words
from models.forms.spec import MEDIA, FormSpec, Question, say


def answer_lines(form: FormSpec, answers: dict[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (question, answer) in the form's order, in words."""
    said = said_answers(form, answers, locale)
    return [(say(q.label, locale), said[q.name]) for q in form.questions if q.name in said]


def said_answers(form: FormSpec, answers: dict[str, Any], locale: str) -> dict[str, str]:
    """Return what was answered, in words, by the question's name."""
    found = {}
    for question in form.questions:
        value = answers.get(question.name)
        if value is None:
            continue
        names = value if isinstance(value, list) else [value]
        if question.choices:
            chosen = [question.choice(n) for n in names]
            said = ("、" if locale == "zh_CN" else ", ").join(say(c.label, locale) for c in chosen if c)
        else:
            said = _said(question, value, locale)
        found[question.name] = said
    return found


def _said(question: Question, value: Any, locale: str) -> str:
    if question.type == "date":
        return day_of_year(date.fromisoformat(value), locale)
    if question.type == "geopoint":
        return place_words(value)
    return file_words(value) if question.type in MEDIA else written(value)
