"""Take answers to surveys, and say what may be seen of them (docs/rules.md 30)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.core.errors import Refusal
from models.forms import points
from models.forms.spec import MEDIA, FormSpec, Question
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import ballots, replies, rounds, tally
from models.rounds.ballots import FEWEST, Ballot
from models.rounds.open_answers import OpenAnswer
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from models.rounds.tally import Numbers, Source


@dataclass(frozen=True)
class Result:
    """What came back to one question: how often each choice or other value was given, in the form's order; of numbers
    what they come to; of texts the first few, each with who wrote it, None where nobody may know. `right` is how many
    answered a quiz's question right, None where there is no right answer."""

    question: Question
    answered: int
    values: Mapping[str, int]
    numbers: Numbers | None = None
    texts: Sequence[tuple[str, Person | None]] = ()
    right: int | None = None


@dataclass(frozen=True)
class Results:
    """What may be seen of a survey in some units: `sheets` answers, and how many from each of the `sources`; `hidden`
    where they are too few or the survey is anonymous and not over; `closed` boxes that the key does not open: then
    nothing is shown, because those that are open may be too few."""

    sheets: int = 0
    hidden: bool = False
    closed: int = 0
    each: Sequence[Result] = field(default=())
    sources: Mapping[Source, int] = field(default_factory=dict)


def form_of(session: Session, it: Round) -> FormSpec:
    return session.get_one(FormVersion, it.form_id).spec


def refuse_form(form: FormSpec, *, anonymous: bool = False) -> None:
    """Raise `surveys.media` for a form that asks for files and, of an anonymous survey, `surveys.place` for one that
    asks where somebody is, `quizzes.anonymous` for a quiz: who passed has a name."""
    if anonymous and form.quiz:
        raise Refusal("quizzes.anonymous")
    for question in form.questions:
        if question.type in MEDIA:
            raise Refusal("surveys.media", label=question.label)
        if anonymous and question.type == "geopoint":
            raise Refusal("surveys.place", label=question.label)


def refuse_over(session: Session, it: Round, now: datetime) -> None:
    """Raise `surveys.withdrawn` or `surveys.over` for a survey that takes no answers any more."""
    if it.withdrawn_at is not None:
        raise Refusal("surveys.withdrawn")
    due = rounds.newest(session, it).due_at
    if it.ended or (due is not None and now >= due):
        raise Refusal("surveys.over")


def refuse_answers(session: Session, it: Round, reply: Reply, now: datetime) -> None:
    """Raise `surveys.withdrawn`, `surveys.over`, or `surveys.answered` where an anonymous answer was given: it belongs
    to nobody any more, so that it cannot be changed."""
    refuse_over(session, it, now)
    if it.anonymous and reply.number == it.number:
        raise Refusal("surveys.answered")


def take(session: Session, it: Round, reply: Reply, answers: Mapping[str, Any], now: datetime, key: str) -> None:
    """Take somebody's answers; those to a named survey replace the ones before. Raises as `refuse_answers`
    and, of an anonymous survey, `surveys.key`."""
    refuse_answers(session, it, reply, now)
    if it.anonymous:
        ballots.put(session, it, reply.place_id, answers, key)
    else:
        before = [(reply.place_id, reply.answers, -1)] if reply.answers is not None else []
        tally.add(session, it, form_of(session, it), [*before, (reply.place_id, answers, 1)], source_of(reply))
        reply.answers, reply.at = dict(answers), now
    reply.number = it.number
    session.add(reply)
    session.flush()


def source_of(reply: Reply) -> Source:
    return Source.OUTSIDE if reply.outside else Source.STAFF


def results(
    session: Session, it: Round, tops: Sequence[Unit], most: int = 10, source: Source | None = None
) -> Results:  # fmt: skip
    """Return what may be seen of the answers in these units and below, from one source or all, of texts at most so many
    each."""
    if it.anonymous and not it.ended:
        return Results(hidden=True)
    found = tally.results(session, it, tops, source)
    sources = tally.sources(session, it, tops)
    sheets = found.get(tally.SHEETS, {}).get(tally.SAID, 0)
    closed = ballots.waiting(session, it) if it.anonymous else 0
    if it.anonymous and (closed or sheets < FEWEST):
        return Results(sheets=0, hidden=True, closed=closed)
    form = form_of(session, it)
    asked = [question for question in form.questions if question.type != "note"]
    each = [_result(session, it, tops, q, found.get(q.name, {}), most, source) for q in asked]
    right = {q.name: found.get(q.name + tally.RIGHT, {}).get(tally.SAID, 0) for q in points.scored(form)}
    each = [replace(one, right=right.get(one.question.name)) for one in each]
    return Results(sheets, False, closed, each, sources)


def _result(
    session: Session, it: Round, tops: Sequence[Unit], question: Question, values: dict[str, int], most: int,
    source: Source | None,
) -> Result:  # fmt: skip
    if question.choices:
        return Result(question, sum(values.values()), {c.name: values.get(c.name, 0) for c in question.choices})
    if question.type in tally.NUMERIC:
        return Result(question, sum(values.values()), {}, tally.numbers(values))
    if question.type == "text":
        said = values.get(tally.SAID, 0)
        return Result(question, said, {}, texts=_texts(session, it, tops, question.name, most, source) if said else ())
    return Result(question, sum(values.values()), dict(sorted(values.items())))


def _texts(
    session: Session, it: Round, tops: Sequence[Unit], name: str, most: int, source: Source | None
) -> list[tuple[str, Person | None]]:  # fmt: skip
    if it.anonymous:
        said = col(Ballot.answers)[name].as_string()
        where = (Ballot.round_id == it.id, said.is_not(None), replies.of_places(col(Ballot.place_id), tops))
        query = select(said).where(*where, *([Ballot.source == source] if source else []))
        return [(text, None) for text in session.execute(query.order_by(col(Ballot.id)).limit(most)).scalars()]
    found: list[tuple[str, Person | None]] = []
    if source != Source.OPEN:
        said = col(Reply.answers)[name].as_string()
        named = select(said, Person).join(Person, col(Person.id) == col(Reply.person_id))
        named = named.where(Reply.round_id == it.id, said.is_not(None), replies.inside(tops))
        named = named.where(col(Reply.outside) == (source == Source.OUTSIDE)) if source else named
        found += [(text, by) for text, by in session.execute(named.order_by(col(Reply.id)).limit(most)).all()]
    if source in (None, Source.OPEN) and len(found) < most:
        said = col(OpenAnswer.answers)[name].as_string()
        open_ = select(said).where(OpenAnswer.round_id == it.id, said.is_not(None))
        open_ = open_.where(replies.of_places(col(OpenAnswer.place_id), tops)).order_by(col(OpenAnswer.id))
        found += [(text, None) for text in session.execute(open_.limit(most - len(found))).scalars()]
    return found
