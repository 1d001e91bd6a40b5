"""What an organisation needs before its first day runs by itself. Nothing is stored: each point is read from what
there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, or_, select

from models.changes import planned
from models.core.audit import AuditEntry
from models.cycle.assignments import Assignment
from models.cycle.steps import Heartbeat
from models.forms import versions
from models.messaging import addresses, enrolment
from models.messaging.addresses import Address, Reach
from models.operations import lead_gaps, self_report
from models.organisation.people import Kind, Membership, Person, here
from models.organisation.units import Unit, below, is_below

HEARD = timedelta(hours=1)  # without a word from the watcher, after which nobody counts as watching
SKIPPED, AGAIN = "step skipped", "steps shown again"  # in the audit


@dataclass(frozen=True)
class Point:
    """One point: `id` names its words in `checklist.j2`, `facts` are what they say."""

    id: str
    done: bool
    facts: dict[str, Any]
    skipped: bool = False  # an admin of these units said that it is not needed here

    @property
    def open(self) -> bool:
        return not self.done and not self.skipped


def points(session: Session, tops: Sequence[Unit], day: date, now: datetime) -> list[Point]:
    """Return the points of an admin of these units, in the order in which one would act."""
    staff = _staff(session, tops, day)
    tasks, coming = _tasks(session, tops)
    codes = [it for it in versions.codes(session) if _concerns(versions.owner(session, it), tops)]
    titles = {it: _title(session, it) for it in {*codes, *(task.form_code for task, _ in tasks)}}
    gaps = lead_gaps.gaps(session, day, tops)
    coded = enrolment.given(session, [person.id for person, _ in gaps.strangers])
    uncoded = [person for person, _ in gaps.strangers if person.id not in coded]
    backup = self_report.backup(session, now)
    found = [
        Point("organisation", True, {"units": _count_units(session, tops), "name": tops[0].name}),
        Point("people", len(staff) > 1, {"n": len(staff)}),
        Point("form", bool(tasks or coming or codes), {"titles": [titles[it] for it in codes]}),
        Point("task", bool(tasks or coming), {"tasks": tasks, "titles": titles, "coming": coming}),
        _invitations(session, staff),
        _groups(session, tops),
        Point("leads", not gaps.units and not gaps.strangers, {"gaps": gaps, "uncoded": uncoded}),
        Point("backup", bool(backup.at) and not (backup.old or backup.failed or backup.differs), {"backup": backup}),
        Point("heartbeat", _watched(session, now), {}),
    ]
    skipped = _skipped(session, tops)
    return [replace(it, skipped=not it.done and it.id in skipped) for it in found]


def _skipped(session: Session, tops: Sequence[Unit]) -> set[str]:
    """Return the points that the admins of these units skipped, by the audit."""
    lines = select(AuditEntry).where(col(AuditEntry.what).in_([SKIPPED, AGAIN])).order_by(col(AuditEntry.id))
    found: set[str] = set()
    for line in session.exec(lines).all():
        if line.about == tops[0].path:
            found = found | {(line.detail or {})["step"]} if line.what == SKIPPED else set()
    return found


def _title(session: Session, code: str) -> Mapping[str, str]:
    version = versions.latest(session, code)
    return version.spec.title if version else {}


def _staff(session: Session, tops: Sequence[Unit], day: date) -> list[int]:
    """Return the ids of those who have a chat of their own, or are to have one; wards have none."""
    query = select(Person.id).join(Membership).join(Unit).where(Person.kind == Kind.STAFF, here(day))
    return sorted(set(session.exec(query.where(or_(*(below(top.path) for top in tops)))).all()))


def _count_units(session: Session, tops: Sequence[Unit]) -> int:
    query = select(func.count()).select_from(Unit).where(or_(*(below(top.path) for top in tops)))
    return session.exec(query).one()


def _tasks(session: Session, tops: Sequence[Unit]) -> tuple[list[tuple[Assignment, Unit]], list[planned.Planned]]:
    """Return the tasks that ask these units, and those that are to begin."""
    rows = session.exec(
        select(Assignment, Unit)
        .join(Unit, col(Unit.id) == col(Assignment.unit_id))
        .where(col(Assignment.ended_at).is_(None))
        .order_by(col(Assignment.id))
    ).all()
    running = [(task, unit) for task, unit in rows if _asks(unit.path, tops)]
    return running, [p for p in planned.waiting(session, "assign.new") if _asks(p.arguments["path"], tops)]


def _concerns(owner: Unit | None, tops: Sequence[Unit]) -> bool:
    """Say whether a form is of a unit above these, or below."""
    return owner is None or _asks(owner.path, tops)


def _asks(path: str, tops: Sequence[Unit]) -> bool:
    return any(is_below(path, top.path) or is_below(top.path, path) for top in tops)


def _invitations(session: Session, staff: Sequence[int]) -> Point:
    """Done when everybody has come in or has been given a code."""
    reach = addresses.silence(session, staff)
    never = [person for person, kind in reach.items() if kind == "never"]
    uncoded = len(never) - len(enrolment.given(session, never))
    return Point(
        "invitations", bool(len(staff) > 1 and not uncoded),
        {"n": len(staff), "inside": len(staff) - len(never), "waiting": len(never) - uncoded, "uncoded": uncoded},
    )  # fmt: skip


def _groups(session: Session, tops: Sequence[Unit]) -> Point:
    query = (
        select(func.count(func.distinct(Unit.id)))
        .join(Address, col(Address.unit_id) == col(Unit.id))
        .where(Address.reach == Reach.REACHABLE, or_(*(below(top.path) for top in tops)))
    )
    found = session.exec(query).one()
    return Point("groups", bool(found), {"n": found})


def _watched(session: Session, now: datetime) -> bool:
    """Say whether a watcher elsewhere would notice if this program stopped."""
    pulse = session.get(Heartbeat, 1)
    return pulse is not None and pulse.heard_at is not None and now - pulse.heard_at < HEARD
