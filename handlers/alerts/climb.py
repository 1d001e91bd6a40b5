"""An alert that nobody took climbs: to the leads above, at the top again and again, at last to the admins."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from handlers.alerts import notifying
from handlers.core.turn import Defaults
from models.alerts import alerts
from models.alerts.alerts import Alert


def due(session: Session, house: Defaults, now: datetime, aside: Sequence[int]) -> Alert | None:
    return alerts.due(session, now, aside)


def climb(session: Session, house: Defaults, alert: Alert, now: datetime) -> None:
    """One alert whose time has come, at any hour of the night. What an outage held up comes as one message."""
    above = notifying.untold(session, house, alert, now)
    levels = alerts.climb(alert, len(above), now)
    session.add(alert)
    session.flush()
    every = notifying.levels(session, house, alert, now)
    if levels:
        whom = [it for level in above[:levels] for it in level]
    elif every and alert.rings <= alerts.MOST_RINGS:
        whom = every[-1]
    else:
        alert.climbs_at = None
        whom = notifying.admins(session, house, alert, now)
    notifying.ring(session, house, alert, whom, now)
