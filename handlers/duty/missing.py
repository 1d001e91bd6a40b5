"""Take back the alert about a check-in that was missing: it came after all, or is not due any more."""

from handlers.alerts import notifying
from handlers.core.turn import Turn
from models.alerts import alerts
from models.alerts.alerts import Alert
from models.duty.shifts import Duty


def withdraw(turn: Turn, duty: Duty) -> None:
    """Close the alert about a duty, if there is one that is open."""
    alert = turn.session.get(Alert, duty.alert_id) if duty.alert_id else None
    if alert and alert.closed_at is None:
        alerts.close(alert, turn.person, turn.now, corrected=True)
        notifying.changed(turn, alert, turn.person, "corrected")
