"""Let an alert climb that nobody took: to the leads above, at the top again and again, at last to the admins."""

from collections.abc import Sequence

from handlers.alerts import levels, notifying, recipients
from handlers.core.context import Context
from models.alerts import alerts
from models.alerts.alerts import Alert

PENDING = alerts.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Alert | None:
    return alerts.due(context.session, context.now, aside)


def climb(context: Context, alert: Alert) -> None:
    """Advance one alert whose time has come, at any hour of the night."""
    known = recipients.told(context.session, alert)
    whom = levels.climb(context, alert, recipients.levels(context, alert), known)
    notifying.ring(context, alert, recipients.admins(context, alert) if whom is None else whom)
