"""Find a task by what people call it: its code, or the title of its form."""

from sqlmodel import Session, col, select

from models.core import characters
from models.core.errors import Refusal
from models.cycle import assignments
from models.cycle.assignments import Assignment
from models.forms import versions


def find(session: Session, words: str) -> Assignment:
    """Return the task of this code, or the only one that runs whose form has this title in any language. Raises
    `assignments.unknown`."""
    try:
        return assignments.by_code(session, words)
    except Refusal:
        running = select(Assignment).where(col(Assignment.ended_at).is_(None)).order_by(col(Assignment.code))
        found = [it for it in session.exec(running).all() if _called(session, it, words)]
        if len(found) != 1:
            raise
        return found[0]


def _called(session: Session, assignment: Assignment, words: str) -> bool:
    form = versions.latest(session, assignment.form_code)
    names = [assignment.code, *(form.spec.title.values() if form else ())]
    return characters.key(words).casefold() in {characters.key(it).casefold() for it in names}
