"""Judge whether a change is somebody's to make: when it is asked for, when it is confirmed, and when it takes effect
(docs/decisions/0060-changes-begin-with-a-day.md).

What a change reaches is looked up each time and never taken from what was stored, because roles are lost, people rise
and units move."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlmodel import Session

from models.authority import permissions, standing
from models.changes import planned, staff_changes
from models.changes.planned import Planned
from models.core.errors import Refusal
from models.cycle import assignments
from models.cycle.assignments import Assignment
from models.forms import versions
from models.organisation import people
from models.organisation.people import Person, Role
from models.organisation.units import Unit, is_below

Arguments = Mapping[str, Any]


class Reach(NamedTuple):
    """Everything a change reaches: all the units must be the author's, and every role of the persons must be under
    them."""

    units: list[Unit]
    persons: list[Person] = []  # noqa: RUF012


def judge(session: Session, by: Person, what: str, arguments: Arguments, day: date) -> None:
    """Raise `changes.author_left`, `changes.gone`, `people.not_administered`, `people.holds_role`,
    `changes.not_your_form`, or as `versions.refuse_elsewhere`, if the change is not the author's to make."""
    if by.left_by(day):
        raise Refusal("changes.author_left", name=by.name)
    reach = reached(session, what, arguments)
    for unit in reach.units:
        if not permissions.may_admin(session, by, unit.path):
            raise _refusal(session, what, arguments, unit)
    for person in reach.persons:
        refuse_unless_over(session, by, person, day)


def may(session: Session, by: Person, what: str, arguments: Arguments, day: date) -> bool:
    try:
        judge(session, by, what, arguments, day)
    except Refusal:
        return False
    return True


def waiting(session: Session, by: Person, day: date, *families: str, subject: str | None = None) -> list[Planned]:
    """Return what is planned of these families of changes, about this subject or any, that `by` may take back."""
    found = [it for family in families for it in planned.waiting(session, f"{family}.", subject)]
    return [it for it in found if may(session, by, it.what, it.arguments, day)]


def refuse_unless_over(session: Session, by: Person, person: Person, day: date) -> None:
    """Raise `people.holds_role` if the person is lead, admin or somebody's deputy in a unit outside the author's."""
    for role, path in standing.held_by(session, person, day):
        if role is not Role.MEMBER and not permissions.may_admin(session, by, path):
            raise Refusal("people.holds_role", name=person.name, path=path)


def refuse_undo(session: Session, by: Person, author: Person, what: str, arguments: Arguments, day: date) -> None:
    """Raise as `judge` unless `by` may take back a planned change: somebody who might make it and stands over whoever
    planned it; the author always may."""
    if by.id == author.id:
        return
    judge(session, by, what, arguments, day)
    if not author.left_by(day):
        refuse_unless_over(session, by, author, day)


def reached(session: Session, what: str, arguments: Arguments) -> Reach:
    """Return what a change of this kind reaches as things are; raises `changes.gone` if its subject is gone."""
    return REACHED[what](session, arguments)


def _refusal(session: Session, what: str, a: Arguments, unit: Unit) -> Refusal:
    if what.startswith("form.") and unit == _form_unit(session, a):
        return Refusal("changes.not_your_form", code=a["code"], path=unit.path)
    return Refusal("people.not_administered", path=unit.path)


def _unit(session: Session, number: object) -> Unit:
    found = session.get(Unit, number) if number else None
    if found is None:
        raise Refusal("changes.gone")
    return found


def _person(session: Session, number: object) -> Person:
    found = session.get(Person, number) if number else None
    if found is None:
        raise Refusal("changes.gone")
    return found


def _join(session: Session, a: Arguments) -> Reach:
    reporters = [_person(session, a["reporter"])] if a.get("reporter") else []
    before = staff_changes.numbered(session, a["no"])
    back = [before] if before else []
    return Reach([_unit(session, a["unit"]), *(people.home(session, p) for p in [*reporters, *back])], back)


def _move(session: Session, a: Arguments) -> Reach:
    person = _person(session, a["person"])
    return Reach([people.home(session, person), _unit(session, a["unit"])], [person])


def _leave(session: Session, a: Arguments) -> Reach:
    person = _person(session, a["person"])
    return Reach([people.home(session, person)], [person])


def _reporter(session: Session, a: Arguments) -> Reach:
    both = [_person(session, a["person"]), _person(session, a["reporter"])]
    return Reach([people.home(session, person) for person in both], both)


def _assign(session: Session, a: Arguments) -> Reach:
    unit = _unit(session, a["unit"])
    versions.refuse_elsewhere(session, a["form"], unit)
    return Reach([unit])


def _task(session: Session, a: Arguments) -> Reach:
    it = session.get(Assignment, a["assignment"])
    return Reach([_unit(session, it.unit_id if it else None)])


def _resume(session: Session, a: Arguments) -> Reach:
    reach = _task(session, a)
    versions.refuse_elsewhere(session, session.get_one(Assignment, a["assignment"]).form_code, reach.units[0])
    return reach


def _form_unit(session: Session, a: Arguments) -> Unit:
    """Return the unit that owns a form, or will."""
    return versions.owner(session, a["code"]) or _unit(session, a["unit"])


def _store(session: Session, a: Arguments) -> Reach:
    """Return a form's own unit, and all that are asked it or will be."""
    units = [_form_unit(session, a), *(unit for _, unit in asking(session, a["code"]))]
    return Reach(list({unit.id: unit for unit in units}.values()))


def _give(session: Session, a: Arguments) -> Reach:
    """Return the form's unit and the one it is to belong to; raises `changes.form_asked` if others are asked it."""
    before, after = versions.owner(session, a["code"]), _unit(session, a["unit"])
    if before is None:
        raise Refusal("changes.gone")
    for _, unit in asking(session, a["code"]):
        if not is_below(unit.path, after.path):
            raise Refusal("changes.form_asked", code=a["code"], path=unit.path)
    return Reach([before, after])


def asking(session: Session, form: str) -> list[tuple[str, Unit]]:
    """Return who is asked a form or will be, by paused tasks and plans too: `persons` or `units`, and their
    top unit."""
    rows = [(it.about, session.get_one(Unit, it.unit_id)) for it in assignments.asking(session, form)]
    plans = [p.arguments for p in planned.waiting(session, "assign.new") if p.arguments["form"] == form]
    plans = [p for p in plans if session.get(Unit, p["unit"])]
    return [*rows, *((p["about_"], session.get_one(Unit, p["unit"])) for p in plans)]


def touches(session: Session, what: str, a: Arguments, day: date) -> int | None:
    """Return how many people or units a change of a task or a form affects as things are; None for a change of a
    person."""
    if what == "form.store":
        return assignments.count(session, asking(session, a["code"]), day)
    if what.startswith("assign."):
        it = session.get(Assignment, a["assignment"]) if "assignment" in a else None
        about = it.about if it else a.get("about_", "persons")
        return assignments.count(session, [(about, reached(session, what, a).units[0])], day)
    return None


REACHED: Mapping[str, Callable[[Session, Arguments], Reach]] = {
    "people.add": _join,
    "people.move": _move,
    "people.role": _move,  # the role's unit and the person's
    "people.reporter": _reporter,
    "people.leave": _leave,
    "assign.new": _assign,
    "assign.times": _task,
    "assign.pause": _task,
    "assign.resume": _resume,
    "assign.end": _task,
    "form.store": _store,
    "form.give": _give,
}
