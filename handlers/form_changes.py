"""Another version of a form as a change: what differs, whom it reaches, from when."""

from collections.abc import Sequence

from sqlmodel import col, select

from handlers import administering, changing
from handlers.turn import Turn
from models import assignments, versions
from models.assignments import Assignment
from models.errors import Refusal
from models.people import Unit


def tasks(turn: Turn, code: str) -> list[Assignment]:
    """The assignments that ask this form."""
    query = select(Assignment).where(Assignment.form_code == code).order_by(col(Assignment.code))
    return list(turn.session.exec(query).all())


def propose(turn: Turn, source: str, digest: str, notes: Sequence[str] = ()) -> None:
    """A form that was sent as a file, or an older version: what changes, for whom, from when.

    Refusals: `changes.same_form`, and `people.not_administered` where others' tasks use the form.
    """
    spec = versions.parsed(source)
    newest = versions.latest(turn.session, spec.code)
    if newest and newest.source == source:
        raise Refusal("changes.same_form", code=spec.code, number=str(newest.number))
    asked = [a for a in tasks(turn, spec.code) if a.ended_at is None]
    units = [turn.session.get_one(Unit, a.unit_id) for a in asked]
    count = sum(assignments.reach(turn.session, a) for a in asked)
    number = newest.number if newest else 0
    before = {q.name for q in newest.spec.questions} if newest else set()
    after = [q.name for q in spec.questions]
    arguments = {
        "code": spec.code, "digest": digest, "number": number + 1, "title": dict(spec.title),
        "added": [n for n in after if n not in before], "gone": sorted(before - set(after)),
    }  # fmt: skip
    undo = f"/form back {spec.code} {number}" if newest else ""
    day = None if asked else administering.today(turn)  # nobody is asked a form that is new
    changing.propose(
        turn, "form.store", arguments, day, units or administering.units(turn)[:1],
        tasks=asked, count=count, undo=undo, notes=notes,
    )  # fmt: skip
