"""Draw how a round stands when it is due: who replied, by unit; of a survey, what was answered. Counts only, so that a
group may see it (docs/rules.md 27.5, 30.5)."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.rounds import messages, standing
from models.forms.spec import say
from models.organisation.units import Unit
from models.rounds import counts, rounds, surveys
from models.rounds.rounds import Asks, Round
from models.rounds.surveys import Result

UNITS, QUESTIONS, CHOICES = 12, 8, 12  # that a picture on a phone has room for


def of_units(context: Context, words: Renderer, it: Round, tops: Sequence[Unit], content: Content) -> Content:
    """Return a message with the picture of how many replied in these units, if a reply is asked for at all."""
    lines = counts.by_unit(context.session, it, standing.judged(context, it), tops)
    if it.asks == Asks.NOTHING or not lines:
        return content
    whole = {unit.id: count for unit, count in lines}
    count = counts.total(whole[top.id] for top in tops if top.id in whole)
    below = [line for line in lines if line[0].depth == lines[0][0].depth + 1] or lines
    worst = sorted(below, key=lambda line: (-line[1].silent, -line[1].expected))[:UNITS]
    shown = [line for line in below if line in worst]
    return replace(content, picture=words.picture(
        "round_units", alt=words.plain(content), **_head(context, words, it, tops), asks=it.asks,
        replied=count.replied, expected=count.expected, silent=count.silent, away=count.away, late=count.late,
        rows=[[unit.name, one.replied - one.late, one.late, one.silent, one.away] for unit, one in shown],
        others=len(below) - len(shown),
    ))  # fmt: skip


def of_results(context: Context, words: Renderer, it: Round, tops: Sequence[Unit], content: Content) -> Content:
    """Return a message with the picture of what was answered in these units, as far as that may be seen."""
    found = surveys.results(context.session, it, tops) if it.by_form else None
    if found is None or found.hidden or not found.sheets:
        return of_units(context, words, it, tops, content)
    return replace(content, picture=words.picture(
        "survey_results", alt=words.plain(content), **_head(context, words, it, tops), answered=found.sheets,
        questions=[_question(words, one) for one in found.each[:QUESTIONS]], more=len(found.each[QUESTIONS:]),
    ))  # fmt: skip


def _head(context: Context, words: Renderer, it: Round, tops: Sequence[Unit]) -> dict[str, Any]:
    version = rounds.newest(context.session, it)
    unit = tops[0] if len(tops) == 1 else context.session.get_one(Unit, it.unit_id)
    at = version.due_at.astimezone(words.zone) if version.due_at else None
    return {
        "title": messages.title(context, words, it, version), "unit": unit.name, "day": at.date() if at else None,
        "at": f"{at:%H:%M}" if at else "",
    }  # fmt: skip


def _question(words: Renderer, it: Result) -> dict[str, Any]:
    """Return what is drawn of a question: how often each choice was given, what numbers come to; of texts how many."""
    choices = [[say(one.label, words.locale), it.values[one.name]] for one in it.question.choices]
    return {
        "label": say(it.question.label, words.locale), "answered": it.answered, "choices": choices[:CHOICES],
        "others": len(choices[CHOICES:]), "numbers": asdict(it.numbers) if it.numbers else None,
    }  # fmt: skip
