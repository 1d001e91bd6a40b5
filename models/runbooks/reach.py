"""Decide whose a run is to see and to steer (docs/rules.md 37.8)."""

from datetime import date

from sqlmodel import Session

from models.authority import permissions
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks.runs import RunbookRun


def may_see(session: Session, run: RunbookRun, person: Person, day: date) -> bool:
    """Say whether a run is somebody's to see: leads and admins over its unit. Who started it was one, and is not
    for ever."""
    return permissions.may_lead(session, person, session.get_one(Unit, run.unit_id).path, day)
