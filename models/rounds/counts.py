"""Count a round's replies by unit, in the database (docs/rules.md 27.5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy
from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from models.core.database import in_chunks
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import Unit, above, is_below
from models.reporting.silence import KIND, KINDS, NAMED, Silent
from models.rounds import replies
from models.rounds.replies import Reply
from models.rounds.rounds import Round


@dataclass(frozen=True)
class Count:
    """How a round stands in a unit. `replied` of `asked` replied, `late` of them after the due time; `away` and `left`
    have not replied and are not asked any more. `answers` counts each choice, by its place. None of these counts people
    `outside`, of whom `outside_replied` answered."""

    asked: int = 0
    replied: int = 0
    late: int = 0
    away: int = 0
    left: int = 0
    answers: Mapping[int, int] = field(default_factory=dict)
    outside: int = 0
    outside_replied: int = 0

    @property
    def expected(self) -> int:
        """Return of how many a reply is expected, or came."""
        return self.asked - self.away - self.left

    @property
    def silent(self) -> int:
        return self.expected - self.replied

    @property
    def completeness(self) -> float | None:
        """Return replied ÷ expected, 0 to 1; None if nothing is expected."""
        return self.replied / self.expected if self.expected else None

    def __add__(self, other: "Count") -> "Count":
        answers = {n: self.answers.get(n, 0) + other.answers.get(n, 0) for n in {*self.answers, *other.answers}}
        return Count(
            self.asked + other.asked, self.replied + other.replied, self.late + other.late, self.away + other.away,
            self.left + other.left, dict(sorted(answers.items())), self.outside + other.outside,
            self.outside_replied + other.outside_replied,
        )  # fmt: skip


def by_place(session: Session, it: Round, day: date) -> dict[int, Count]:
    """Return the count of each place through which somebody is asked, by its id. All rows are counted as the covering
    index has them, so nothing is sorted; who is away or has left are few, and counted apart."""
    groups = (col(Reply.place_id), col(Reply.number), col(Reply.answer), col(Reply.late), col(Reply.outside))
    rows = sqlalchemy.select(*groups, func.count()).where(col(Reply.round_id) == it.id).group_by(*groups)
    found: dict[int, Count] = {}
    for place, number, said, late, outside, n in session.execute(rows).all():
        replied = number == it.number
        answers = {said: n} if replied and said is not None else {}
        one = Count(n, n * replied, n * (replied and late), answers=answers)
        one = Count(outside=n, outside_replied=n * replied) if outside else one
        found[place] = found.get(place, Count()) + one
    left, away = replies.left(day), replies.excused(it, day)
    own = col(Reply.outside).is_(False)
    for place, n in _without_reply(session, it, and_(left, own)):
        found[place] += Count(left=n)
    for place, n in _without_reply(session, it, and_(left, ~own)):
        found[place] += Count(outside=-n)
    for place, n in _without_reply(session, it, and_(away, ~left, own)):
        found[place] += Count(away=n)
    return found


def _without_reply(session: Session, it: Round, which: ColumnElement[bool]) -> Sequence[tuple[int, int]]:
    """Return how many of these have not replied, by place."""
    rows = sqlalchemy.select(col(Reply.place_id), func.count()).where(col(Reply.round_id) == it.id, which)
    found = session.execute(rows.where(~replies.replied(it)).group_by(col(Reply.place_id))).all()
    return [(place, n) for place, n in found]


def by_unit(session: Session, it: Round, day: date, tops: Sequence[Unit]) -> list[tuple[Unit, Count]]:
    """Return the counts of units and all below them, in the roster's order: of each unit at or under `tops` in which
    somebody is asked, and of those between. A unit is counted under its present path."""
    counted = by_place(session, it, day)
    own = session.execute(
        select(Place.id, Unit.path).join(Unit, col(Unit.id) == col(Place.unit_id)).where(col(Place.id).in_(counted))
    ).all()
    sums: dict[str, Count] = {}
    for place, path in own:
        for one in above(path):
            if any(is_below(one, top.path) for top in tops):
                sums[one] = sums.get(one, Count()) + counted[place]
    found = session.exec(select(Unit).where(col(Unit.path).in_(sums)).order_by(col(Unit.rank))).all()
    return [(unit, sums[unit.path]) for unit in found]


def silent_units(session: Session, it: Round, day: date) -> Sequence[Unit]:
    """Return the units through which somebody is asked who owes a reply, or is outside and has not answered, in the
    roster's order."""
    which = or_(replies.owed(it, day), replies.owed_outside(it, day))
    owing = select(Place.unit_id).join(Reply, col(Reply.place_id) == col(Place.id)).where(which)
    return session.exec(select(Unit).where(col(Unit.id).in_(owing)).order_by(col(Unit.rank))).all()


def total(counted: Iterable[Count]) -> Count:
    return sum(counted, Count())


def of_units(session: Session, it: Round, day: date, tops: Sequence[Unit]) -> Count:
    """Return the count of these units and all below them, none of them inside another."""
    found = {unit.id: count for unit, count in by_unit(session, it, day, tops)}
    return total(found[top.id] for top in tops if top.id in found)


def silent(session: Session, it: Round, day: date, where: ColumnElement[bool]) -> dict[str, Silent]:
    """Return who owes a reply there (`replies.inside`, `replies.at`), by kind of silence (docs/rules.md 8.1): how many,
    and the first by name."""
    owed = (replies.owed(it, day), where)
    found = {kind: Silent() for kind in KINDS}
    kinds = select(KIND.label("kind")).select_from(Reply).join(Person, col(Person.id) == col(Reply.person_id))
    each = kinds.where(*owed).subquery()
    for kind, n in session.execute(sqlalchemy.select(each.c.kind, func.count()).group_by(each.c.kind)).all():
        names = select(Person.name).join(Reply, col(Reply.person_id) == col(Person.id)).where(*owed, kind == KIND)
        found[kind] = Silent(n, list(session.exec(names.order_by(col(Person.staff_no)).limit(NAMED)).all()))
    return found


def outside(session: Session, it: Round, day: date, where: ColumnElement[bool], most: int) -> tuple[int, list[Person]]:
    """Return how many people outside have not answered there, and the first of them."""
    which = (replies.owed_outside(it, day), where)
    query = select(Person).join(Reply, col(Reply.person_id) == col(Person.id)).where(*which)
    total = session.exec(select(func.count()).select_from(Reply).where(*which)).one()
    return total, list(session.exec(query.order_by(col(Person.staff_no)).limit(most)).all()) if total else []


def owing_of(session: Session, it: Round, day: date, units: Sequence[Unit]) -> int:
    """Return how many owe a reply of those asked through exactly these units."""
    total = 0
    for some in in_chunks([unit.id for unit in units]):
        places = select(Place.id).where(col(Place.unit_id).in_(some))
        rows = select(func.count()).select_from(Reply).where(replies.owed(it, day), col(Reply.place_id).in_(places))
        total += session.exec(rows).one()
    return total


def owing(session: Session, it: Round, day: date, tops: Sequence[Unit], after: int, most: int) -> Sequence[Reply]:
    """Return the next who owe a reply in these units, by id."""
    rows = select(Reply).where(replies.owed(it, day), replies.inside(tops), Reply.id > after)
    return session.exec(rows.order_by(col(Reply.id)).limit(most)).all()


def listed(
    session: Session, it: Round, tops: Sequence[Unit], most: int | None = None, after: int = 0
) -> Sequence[tuple[Reply, Person, Place]]:
    """Return the recipients in these units with their place, by the place's path and the staff number, from the place
    `after` on."""
    query = (
        select(Reply, Person, Place)
        .join(Person, col(Person.id) == col(Reply.person_id))
        .join(Place, col(Place.id) == col(Reply.place_id))
        .where(Reply.round_id == it.id, replies.inside(tops))
        .order_by(col(Place.path), col(Person.staff_no))
    )
    return session.exec(query.offset(after).limit(most)).all()


def each_listed(
    session: Session, it: Round, tops: Sequence[Unit], size: int = 1000
) -> Iterator[Sequence[tuple[Reply, Person, Place]]]:  # fmt: skip
    """Yield all recipients in these units as `listed` does, so many at a time: memory holds no more of them."""
    after = 0
    while some := listed(session, it, tops, size, after):
        yield some
        after += len(some)
