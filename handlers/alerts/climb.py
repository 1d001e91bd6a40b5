"""Let an alert climb that nobody took: to the leads above, at the top again and again, at last to the admins."""

from collections.abc import Sequence

from handlers.alerts import notifying, recipients
from handlers.core.context import Context
from models.alerts import alerts
from models.alerts.alerts import Alert

PENDING = alerts.ANY_DUE


def due(context: Context, aside: Sequence[int]) -> Alert | None:
    return alerts.due(context.session, context.now, aside)


def climb(context: Context, alert: Alert) -> None:
    """Advance one alert whose time has come, at any hour of the night. What an outage held up comes as one message."""
    above = recipients.untold(context, alert)
    levels = alerts.climb(alert, len(above), context.now)
    context.session.add(alert)
    context.session.flush()
    every = recipients.levels(context, alert)
    if levels:
        whom = [it for level in above[:levels] for it in level]
    elif every and alert.rings <= alerts.MOST_RINGS:
        whom = every[-1]
    else:
        alert.climbs_at = None
        whom = recipients.admins(context, alert)
    notifying.ring(context, alert, whom)
