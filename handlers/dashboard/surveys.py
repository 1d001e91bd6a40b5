"""Gather the dashboard's page *Surveys*: the list, and one survey with its results, a question by units, and who has
not answered. It shows what `/survey` shows, to the same people (docs/rules.md 30.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View, table
from handlers.dashboard.round_lists import Listing, listed
from handlers.rounds import standing, survey_file
from models.core.errors import Refusal
from models.forms.spec import Question, say
from models.organisation.units import Unit
from models.rounds import attempts, surveys, tally
from models.rounds.ballots import FEWEST
from models.rounds.counts import Count
from models.rounds.rounds import Round, RoundKind
from models.rounds.surveys import Results
from models.rounds.tally import Source

TEXTS = 50  # written answers to a question, on a page
COLUMNS = ("number", "text", "sent_at", "by", "due_at", "anonymous", "asked", "expected", "replied", "outside",
           "outside_replied", "by_open_link", "withdrawn_at")  # fmt: skip
ROW = ("question", "value", "count", "answered", "right")


@dataclass
class One:
    """A survey that is looked at: what may be seen of its answers, and the choices of the question `crossed` by unit:
    each unit, its answers, and how often each choice was given. `source`, where
    that is asked for, is whose answers alone are shown. `file` is its file where that is asked for."""

    it: Round
    values: Mapping[str, Any]
    results: Results
    own: bool
    source: Source | None = None
    choosable: Sequence[Question] = ()
    crossed: Question | None = None
    units: Sequence[tuple[Unit, int, Mapping[str, int]]] = ()
    file: tuple[str, bytes] | None = None


@dataclass
class Surveys(Listing):
    """The page: the list, and the one that is looked at."""

    one: One | None = None


def gather(context: Context, view: View) -> Surveys:
    """Return the page. Raises `rounds.not_yours`, and for a file `surveys.hidden` and `rounds.too_many`."""
    number = view.query.number("id")
    if number is not None:
        return Surveys(one=_one(context, view, number))
    return Surveys(*listed(context, view, RoundKind.SURVEY))


def _one(context: Context, view: View, number: int) -> One:
    it, tops = standing.seen(context, view.reader, number)
    if not it.by_form:
        raise Refusal("rounds.not_yours")
    asked = view.query.text("from")
    source = next((one for one in Source if one == asked), None)
    results = surveys.results(context.session, it, tops, TEXTS, source)
    own = standing.may_change(context, it, view.reader)
    made = One(it, standing.values(context, view.words, it, tops), results, own, source)
    if results.hidden:
        return made
    made.choosable = [result.question for result in results.each if result.question.choices]
    named = view.query.text("question")
    made.crossed = next((q for q in made.choosable if q.name == named), next(iter(made.choosable), None))
    if made.crossed:
        made.units = tally.by_unit(context.session, it, tops, made.crossed.name, source)
    if view.query.text("as") == "file":
        every = surveys.results(context.session, it, tops) if source else results  # the file has all answers
        if every.sheets > survey_file.MOST:
            raise Refusal("rounds.too_many", most=survey_file.MOST)
        made.file = survey_file.write(context, view.words, it, tops, every)
    return made


def _line(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a survey for programs."""
    it, version, count = told["it"], told["version"], told["count"]
    return {
        "number": it.id, "text": told["text"], "sent_at": version.at.isoformat(), "by": told["by"].name,
        "due_at": version.due_at.isoformat() if version.due_at else None, "anonymous": it.anonymous,
        "asked": count.asked, "expected": count.expected, "replied": count.replied,
        "outside": count.outside, "outside_replied": count.outside_replied, "by_open_link": it.opened,
        "withdrawn_at": it.withdrawn_at.isoformat() if it.withdrawn_at else None,
    }  # fmt: skip


def data(view: View, page: Surveys) -> dict[str, Any]:
    if page.one is None:
        found = [_line(it) for it in page.lines]
        return {"surveys": found, "page": page.number, "pages": page.pages, "total": page.total}
    one = page.one
    return _line(one.values) | _quiz(one) | {
        "hidden": one.results.hidden, "answers": one.results.sheets, "fewest": FEWEST,
        "sources": dict(one.results.sources),
        "results": [
            {
                "question": it.question.name, "label": say(it.question.label, view.words.locale),
                "answered": it.answered, "right": it.right, "values": dict(it.values),
                "numbers": vars(it.numbers) if it.numbers else None,
                "texts": [{"text": text, "by": by.name if by else None} for text, by in it.texts],
            }
            for it in one.results.each
        ],
        "crossed": one.crossed.name if one.crossed else None,
        "units": [{"unit": unit.path, "answers": n, "values": dict(values)} for unit, n, values in one.units],
    }  # fmt: skip


def _quiz(one: One) -> dict[str, Any]:
    """Return for programs what a quiz came to, by unit as well; nothing for a survey that is none."""
    terms = one.values["quiz"]
    if terms is None:
        return {}

    def told(count: Count) -> dict[str, int]:
        return {
            "passed": count.answers.get(attempts.PASSED, 0), "not_passed": count.answers.get(attempts.FAILED, 0),
            "not_taken": count.silent,
        }  # fmt: skip

    units = [{"unit": unit.path, "expected": count.expected} | told(count) for unit, count in one.values["units"]]
    asked = {it: terms[it] for it in ("pass_mark", "reachable", "attempts")}
    return {"quiz": asked | told(one.values["count"]) | {"units": units}}


def rows(view: View, page: Surveys) -> Iterator[list[object]]:
    """Return the list, or how often each value of the one survey was given, as a table."""
    if page.one is None:
        return table(COLUMNS, (_line(it) for it in page.lines))
    found = page.one.results.each
    return table(ROW, (
        {"question": it.question.name, "value": value, "count": n, "answered": it.answered, "right": it.right}
        for it in found for value, n in it.values.items()
    ))  # fmt: skip


def file(view: View, page: Surveys) -> tuple[str, bytes]:
    """Return the survey as an Excel file. Raises `surveys.hidden` where nothing may be seen or none is named."""
    if page.one is None or page.one.file is None:
        raise Refusal("surveys.hidden")
    return page.one.file


PAGE = Page("surveys", "surveys", LEAD, gather, data, rows, Group.WORD, file=file)
