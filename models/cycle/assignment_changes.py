"""Assign a form to a unit; change the times of an assignment, pause, resume and end it."""

from datetime import date, datetime

from sqlmodel import Session, select

from models.core.errors import Refusal
from models.cycle import story
from models.cycle.assignments import Assignment, free_code, refuse_unless_running
from models.cycle.openings import begin, reschedule
from models.forms.versions import FormVersion, refuse_elsewhere
from models.organisation.units import Unit
from models.time import typed_calendars
from models.time.times import Times, day_at, zone


def retime(
    session: Session, assignment: Assignment, calendar: str, times: Times, now: datetime, *, picture: bool,
    document: str, requires: str,
) -> None:  # fmt: skip
    """Set other times or another calendar, whether groups get pictures and leads documents, and which quiz must be
    passed first, from the next period on."""
    assignment.calendar, assignment.times = str(typed_calendars.read(calendar)), times.stored()
    assignment.picture, assignment.document, assignment.requires = picture, document, requires
    reschedule(session, assignment, now)


def pause(session: Session, assignment: Assignment, now: datetime) -> None:
    """Create no new periods until the assignment is resumed; the open one goes on. Raises `assignments.not_running`."""
    refuse_unless_running(assignment)
    assignment.paused_at = now
    reschedule(session, assignment, now)


def resume(session: Session, assignment: Assignment, now: datetime) -> None:
    """Open again. Raises `assignments.running` if it does already."""
    if not (assignment.paused_at or assignment.ended_at):
        raise Refusal("assignments.running", code=assignment.code)
    assignment.paused_at = assignment.ended_at = None
    story.resumed(session, assignment)
    reschedule(session, assignment, now)


def end(session: Session, assignment: Assignment, now: datetime) -> None:
    """Create no new periods for good, though `resume` takes that back. Raises `assignments.not_running`."""
    if assignment.ended_at:
        refuse_unless_running(assignment)
    assignment.ended_at = now
    story.ended(session, assignment, now)
    reschedule(session, assignment, now)


def assign(
    session: Session,
    version: FormVersion,
    unit: Unit,
    now: datetime,
    *,
    calendar: str,
    times: Times,
    timezone: str,
    about: str | None = None,
    name_silent: bool = False,
    picture: bool | None = None,
    document: str | None = None,
    code: str | None = None,
    on_leave: str | None = None,
    requires: str | None = None,
) -> tuple[Assignment, bool]:
    """Ask this form of the unit's subtree. Called again for the same form and unit, it changes the times from the next
    period on. Returns the assignment and whether it is new. Raises `changes.form_elsewhere`, and as `free_code`."""
    zone(timezone)
    refuse_elsewhere(session, version.code, unit)
    rule = typed_calendars.read(calendar)
    found = session.exec(
        select(Assignment).where(Assignment.form_code == version.code, Assignment.unit_id == unit.id)
    ).first()
    fresh = found is None
    if found is None:
        found = Assignment(
            code=free_code(session, code or version.code, chosen=code is not None),
            form_code=version.code,
            unit_id=unit.id,
            about="",
            calendar="",
            times={},
            timezone="",
            next_day=date.min,
            next_at=None,
        )
    found.about = about or version.spec.about
    found.on_leave = on_leave or version.spec.on_leave
    found.calendar, found.times, found.timezone = str(rule), times.stored(), timezone
    found.name_silent = name_silent
    found.picture = found.picture if picture is None else picture
    found.document = found.document if document is None else document
    found.requires = found.requires if requires is None else requires
    found.ended_at = None
    begin(session, found, now, opened=not fresh and found.next_day > day_at(now, timezone))
    session.add(found)
    session.flush()
    return found, fresh
