"""Plan, make and take back changes: at once when they are confirmed, or at the midnight they were planned for
(docs/decisions/0060-changes-begin-with-a-day.md)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from models.changes import change_rights, departures, staff_changes
from models.changes.planned import Arguments, Planned, about, end, midnight, promised, waiting
from models.core.audit import note
from models.core.errors import Refusal, Refusals
from models.cycle import assignment_changes
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.files import blobs
from models.forms import versions
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from models.reporting.reports import Report
from models.time.times import Times, day_at

Rows = list[tuple[Period, Report]]


class ChangeContext(NamedTuple):
    """How a change is made: the day from which it holds, who confirmed it, and the instant."""

    day: date
    by: Person
    now: datetime


def plan(session: Session, what: str, arguments: Arguments, day: date, zone: str, by: Person, now: datetime) -> Planned:
    """Have a change made when `day` begins. A later plan about the same subject replaces an earlier one of its kind;
    roles and new tasks in different units stand beside each other. Raises as `undo` for the plan that it replaces."""
    today = day_at(now, zone)
    for other in waiting(session, what, about(what, arguments)):
        if what not in ("people.role", "assign.new") or other.arguments["unit"] == arguments["unit"]:
            undo(session, other, by, today, now)
    made = Planned(
        what=what, arguments=dict(arguments), day=day, at=midnight(session, day, zone), by=by.id, made_at=now
    )
    session.add(made)
    session.flush()
    return made


def undo(session: Session, planned_change: Planned, by: Person, today: date, now: datetime) -> None:
    """Take a planned change back before it is made. Raises as `change_rights.refuse_undo`."""
    change_rights.refuse_undo(
        session, by, session.get_one(Person, planned_change.by), planned_change.what, planned_change.arguments, today
    )
    end(session, planned_change, "undone", now)


def take(session: Session, found: Planned, now: datetime) -> Rows:
    """Make a change that is due. One that cannot be made any more fails whole. Returns rows as `perform` does."""
    by, touched = session.get_one(Person, found.by), None
    try:
        with session.begin_nested():
            change_rights.judge(session, by, found.what, found.arguments, found.day)
            touched = change_rights.touches(session, found.what, found.arguments, found.day)
            rows = perform(session, found.what, found.arguments, found.day, by, now)
    except (Refusal, Refusals) as wrong:
        refusal = wrong if isinstance(wrong, Refusal) else wrong.refusals[0]
        found.why = {"key": refusal.key, "values": {k: _plain(v) for k, v in refusal.values.items()}}
        end(session, found, "failed", now)
        note(
            session, now, by.staff_no, "failed", about(found.what, found.arguments), change=found.what, why=refusal.key
        )
        return []
    grown = touched is not None and touched > found.arguments.get("count", touched)
    found.why = {"key": "changes.grown", "values": {"count": touched}} if grown else None
    end(session, found, "grown" if grown else "done", now)
    more = {"touched": touched} if touched is not None else {}
    note(session, now, by.staff_no, found.what, about(found.what, found.arguments), **found.arguments, **more)
    return rows


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | list) else str(value)


def perform(session: Session, what: str, arguments: Arguments, day: date, by: Person, now: datetime) -> Rows:
    """Make a change now; the models it touches raise if it does not fit any more. Returns the reports that are excused
    by it, so that messages about them can be brought up to date."""
    return PERFORMED[what](session, arguments, ChangeContext(day, by, now)) or []


def _person(session: Session, number: object) -> Person:
    return session.get_one(Person, number)


def _join(session: Session, a: Arguments, making: ChangeContext) -> None:
    reporter = _person(session, a["reporter"]) if a.get("reporter") else None
    staff_changes.join(session, a["no"], a["name"], session.get_one(Unit, a["unit"]), Role(a["role"]), reporter,
                       outside=bool(a.get("outside")))  # fmt: skip


def _move(session: Session, a: Arguments, making: ChangeContext) -> None:
    staff_changes.move(session, _person(session, a["person"]), session.get_one(Unit, a["unit"]))


def _role(session: Session, a: Arguments, making: ChangeContext) -> None:
    role = None if a["role"] == "none" else Role(a["role"])
    staff_changes.set_role(session, _person(session, a["person"]), session.get_one(Unit, a["unit"]), role)


def _reporter(session: Session, a: Arguments, making: ChangeContext) -> None:
    staff_changes.set_reporter(session, _person(session, a["person"]), _person(session, a["reporter"]))


def _leave(session: Session, a: Arguments, making: ChangeContext) -> Rows:
    return departures.leave(session, _person(session, a["person"]), making.day, making.by, making.now)


def _assign(session: Session, a: Arguments, making: ChangeContext) -> None:
    version, unit = versions.latest(session, a["form"]), session.get_one(Unit, a["unit"])
    there = select(Assignment).where(Assignment.form_code == a["form"], Assignment.unit_id == unit.id)
    if known := session.exec(there).first():
        raise Refusal("assignments.there", code=known.code, path=unit.path)
    if version is None and "digest" in a:
        version = _stored(session, a, making, None)
    if version is None:
        raise Refusal("changes.no_form", code=a["form"], known=versions.codes(session))
    assignment_changes.assign(
        session, version, unit, making.now, calendar=a["calendar"],
        times=Times.make(**a["times"]), timezone=a["timezone"], code=a["code"],
        picture=a["picture"], document=a["document"], requires=a["requires"],
    )  # fmt: skip


def _retime(session: Session, a: Arguments, making: ChangeContext) -> None:
    it = session.get_one(Assignment, a["assignment"])
    assignment_changes.retime(
        session, it, a["calendar"], Times.make(**a["times"]), making.now, picture=a["picture"], document=a["document"],
        requires=a["requires"],
    )  # fmt: skip


def _state(change: Callable[[Session, Assignment, datetime], None]) -> Callable[..., None]:
    def run(session: Session, a: Arguments, making: ChangeContext) -> None:
        change(session, session.get_one(Assignment, a["assignment"]), making.now)

    return run


def _store(session: Session, a: Arguments, making: ChangeContext) -> None:
    _stored(session, a, making, session.get_one(Unit, a["unit"]))


def _stored(session: Session, a: Arguments, making: ChangeContext, unit: Unit | None) -> versions.FormVersion:
    """Store a sent form as a version; a new form is the unit's, or the root's if it comes with the program."""
    return versions.store(session, blobs.data_of(session, a["digest"]).decode(), making.now, unit)[0]


def _give(session: Session, a: Arguments, making: ChangeContext) -> None:
    versions.give(session, a["code"], session.get_one(Unit, a["unit"]))


PERFORMED: Mapping[str, Callable[[Session, Arguments, ChangeContext], Rows | None]] = {
    "people.add": _join,
    "people.move": _move,
    "people.role": _role,
    "people.reporter": _reporter,
    "people.leave": _leave,
    "assign.new": _assign,
    "assign.times": _retime,
    "assign.pause": _state(assignment_changes.pause),
    "assign.resume": _state(assignment_changes.resume),
    "assign.end": _state(assignment_changes.end),
    "form.store": _store,
    "form.give": _give,
}


def state(session: Session, what: str, arguments: Arguments) -> str:
    """Return in a few words how the subject of a change stands; if that differs at the confirmation, the question is
    stale."""
    if "person" in arguments:
        person = _person(session, arguments["person"])
        held = session.exec(select(Membership).where(Membership.person_id == person.id).order_by(col(Membership.id)))
        places = [(m.unit_id, m.role, m.home) for m in held.all()]
        return str((places, person.reporter_id, person.left_on))
    if "assignment" in arguments:
        it = session.get_one(Assignment, arguments["assignment"])
        return str((it.calendar, it.times, it.picture, it.document, it.requires, it.paused_at, it.ended_at))
    if what == "assign.new":
        newest, code = versions.latest(session, arguments["form"]), arguments["code"]
        taken = session.exec(select(Assignment.id).where(Assignment.code == code)).first() is not None
        return str((newest.number if newest else 0, taken or code in promised(session, arguments["unit"])))
    if what == "form.store":
        newest = versions.latest(session, arguments["code"])
        return str(newest.number if newest else 0)
    if what == "form.give":
        owner = versions.owner(session, arguments["code"])
        return owner.path if owner else ""
    return ""
