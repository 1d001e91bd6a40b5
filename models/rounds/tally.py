"""Count the answers to a survey's questions as they come in, by place, so that results cost the same however many
answers there are (docs/rules.md 30.6)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Index, Insert, UniqueConstraint, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, col, or_, select

from models.core.table import Table
from models.core.typed_text import written
from models.cycle.places import Place
from models.forms import points
from models.forms.spec import FormSpec, Question
from models.organisation.units import Unit, above, below, is_below
from models.rounds.rounds import Round

SHEETS = ""  # the “question” under which whole answers are counted
SAID = ""  # the value of a text: only that there is one
NUMERIC = ("integer", "decimal")
RIGHT = " right"  # after a question's name: how many answered it right, in a quiz


class Source(StrEnum):
    """From whom answers came; they are counted apart (docs/rules.md 32.8)."""

    STAFF = "staff"
    OUTSIDE = "outside"
    OPEN = "open"  # by an open link, from nobody known


Values = Mapping[str, int]  # how often each value was given


class Tally(Table, table=True):
    """How often `value` answered a question of a survey in one place: a choice's name, a number, a day or time as
    written, or `SAID`. Derived from the answers."""

    __table_args__ = (
        UniqueConstraint("round_id", "question", "value", "place_id", "source"),
        Index("tally_counted", "round_id", "question", "value", "place_id", "source", "n"),
    )

    id: int = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id")
    question: str
    value: str
    place_id: int = Field(foreign_key="place.id")
    source: str = Source.STAFF
    n: int


@dataclass(frozen=True)
class Numbers:
    """What the numbers given come to."""

    mean: float
    median: float
    least: float
    most: float
    total: float


def add(
    session: Session, it: Round, form: FormSpec, sheets: Iterable[tuple[int, Mapping[str, Any], int]],
    source: Source = Source.STAFF,
) -> None:  # fmt: skip
    """Count answers: each the place, the answers, and 1, or -1 for those that are replaced; all from one source."""
    rows = [
        {"round_id": it.id, "question": question, "value": value, "place_id": place, "source": str(source), "n": n}
        for (question, value, place), n in sorted(counted(form, sheets).items())
        if n
    ]
    if rows:
        session.connection().execute(_adding(session.get_bind().dialect.name), rows)


def counted(form: FormSpec, sheets: Iterable[tuple[int, Mapping[str, Any], int]]) -> Counter[tuple[str, str, int]]:
    """Return how often each value was given, by question, value and place, in what `add` counts."""
    found: Counter[tuple[str, str, int]] = Counter()
    for place, answers, n in sheets:
        found[SHEETS, SAID, place] += n
        for question in form.questions:
            for value in _values(question, answers.get(question.name)):
                found[question.name, value, place] += n
        for question in points.scored(form):
            if points.right(question, answers):
                found[question.name + RIGHT, SAID, place] += n
    return found


def _values(question: Question, value: Any) -> Sequence[str]:
    if value in (None, "", []):
        return ()
    if question.type == "text":
        return (SAID,)
    return [str(it) for it in value] if isinstance(value, list) else (written(value),)


@cache
def _adding(dialect: str) -> Insert:
    module: Any = postgresql if dialect == "postgresql" else sqlite
    adding = module.insert(Tally)
    known = ["round_id", "question", "value", "place_id", "source"]
    made: Insert = adding.on_conflict_do_update(index_elements=known, set_={"n": col(Tally.n) + adding.excluded.n})
    return made


def results(
    session: Session, it: Round, tops: Sequence[Unit], source: Source | None = None
) -> dict[str, dict[str, int]]:  # fmt: skip
    """Return how often each value was given in these units and below, from one source or all, by question; under
    `SHEETS` all answers."""
    query = select(Tally.question, Tally.value, func.sum(Tally.n)).where(Tally.round_id == it.id)
    if not any(top.id == it.unit_id or is_below(_path(session, it), top.path) for top in tops):
        places = select(Place.id).join(Unit, col(Unit.id) == col(Place.unit_id))
        query = query.where(col(Tally.place_id).in_(places.where(or_(*(below(top.path) for top in tops)))))
    if source is not None:
        query = query.where(Tally.source == source)
    found: dict[str, dict[str, int]] = {}
    for question, value, n in session.execute(query.group_by(col(Tally.question), col(Tally.value))).all():
        if n:
            found.setdefault(question, {})[value] = n
    return found


def sources(session: Session, it: Round, tops: Sequence[Unit]) -> dict[Source, int]:
    """Return how many answers came from each source, in these units and below."""
    found = ((source, results(session, it, tops, source)) for source in Source)
    return {source: one[SHEETS][SAID] for source, one in found if SHEETS in one}


def _path(session: Session, it: Round) -> str:
    return session.get_one(Unit, it.unit_id).path


def by_unit(
    session: Session, it: Round, tops: Sequence[Unit], question: str, source: Source | None = None
) -> list[tuple[Unit, int, dict[str, int]]]:  # fmt: skip
    """Return a question's values by unit, from one source or all, in the roster's order: of each unit at or under
    `tops` in which anything was answered and of those between, all answers there, and how often each value was
    given."""
    query = (
        select(Unit.path, Tally.question, Tally.value, func.sum(Tally.n))
        .join(Place, col(Place.id) == col(Tally.place_id))
        .join(Unit, col(Unit.id) == col(Place.unit_id))
        .where(Tally.round_id == it.id, col(Tally.question).in_((question, SHEETS)))
        .group_by(col(Unit.path), col(Tally.question), col(Tally.value))
    )
    rows = session.execute(query.where(Tally.source == source) if source else query).all()
    sheets: Counter[str] = Counter()
    values: dict[str, Counter[str]] = {}
    for path, asked, value, n in rows:
        for one in above(path):
            if any(is_below(one, top.path) for top in tops):
                if asked == SHEETS:
                    sheets[one] += n
                else:
                    values.setdefault(one, Counter())[value] += n
    found = session.exec(select(Unit).where(col(Unit.path).in_(sheets)).order_by(col(Unit.rank))).all()
    return [
        (unit, sheets[unit.path], {value: n for value, n in values.get(unit.path, Counter()).items() if n})
        for unit in found
        if sheets[unit.path]
    ]


def numbers(values: Values) -> Numbers | None:
    """Return what the numbers given come to, None if there are none."""
    found = sorted((float(value), n) for value, n in values.items() if n > 0)
    count = sum(n for _, n in found)
    if not count:
        return None
    total = sum(value * n for value, n in found)
    return Numbers(total / count, _median(found, count), found[0][0], found[-1][0], total)


def _median(found: Sequence[tuple[float, int]], count: int) -> float:
    middle, passed, low = (count - 1) // 2, 0, None
    for value, n in found:
        passed += n
        if low is None and passed > middle:
            low = value
        if passed > count // 2:
            return (value + (value if low is None else low)) / 2
    return found[-1][0]
