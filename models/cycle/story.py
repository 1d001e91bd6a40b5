"""Tell the timeline of tasks: their first day, and their end (docs/rules.md 39.2)."""

from datetime import datetime

from sqlmodel import Session

from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.forms import versions
from models.forms.versions import FormVersion
from models.time.times import day_at
from models.timeline import entries
from models.timeline.sources import TASK, TASK_END


def opened(session: Session, assignment: Assignment, period: Period) -> None:
    """Write the first day of a task."""
    title = session.get_one(FormVersion, period.version_id).spec.title
    entries.once(session, TASK, assignment.unit_id, period.day, assignment.id, title=title)


def ended(session: Session, assignment: Assignment, now: datetime) -> None:
    """Write that a task ended; `resumed` takes it away again."""
    version = versions.latest(session, assignment.form_code)
    day = day_at(now, assignment.timezone)
    entries.once(
        session, TASK_END, assignment.unit_id, day, assignment.id, title=version.spec.title if version else None
    )


def resumed(session: Session, assignment: Assignment) -> None:
    entries.take_away(session, TASK_END, assignment.id)
