"""Note in the audit that somebody looked at another's report or month on the dashboard (docs/rules.md 23.11).

An open page asks again and again; the same look is noted once an hour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from models.core import audit

LASTS = timedelta(hours=1)
REPORT, PERSON = "report opened", "person opened"


@dataclass(frozen=True)
class Look:
    """What somebody looks at: `what` is the verb of the audit, `about` a staff number or a unit's path, `detail` what
    makes it another look than the one before."""

    what: str
    about: str
    detail: Mapping[str, object] = field(default_factory=dict)


def noted(session: Session, by: str, look: Look, now: datetime) -> bool:
    """Say whether this look was noted within the last hour."""
    return audit.noted(session, now - LASTS, by, look.what, look.about, **look.detail)


def note(session: Session, by: str, look: Look, now: datetime) -> None:
    """Note a look, once an hour."""
    if not noted(session, by, look, now):
        audit.note(session, now, by, look.what, look.about, **look.detail)
