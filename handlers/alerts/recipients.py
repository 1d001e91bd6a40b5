"""Say who is told of an alert, level by level, and who was told already."""

from sqlmodel import Session

from handlers.alerts import levels as climbing_levels
from handlers.alerts.levels import Reached
from handlers.core.context import Context
from models.alerts.alerts import Alert
from models.cycle.places import Place
from models.messaging.addresses import Address
from models.messaging.slots import Slot, Subject, subject_id
from models.organisation.units import Unit


def unit_of(session: Session, alert: Alert) -> Unit:
    return session.get_one(Unit, session.get_one(Place, alert.place_id).unit_id)


def levels(context: Context, alert: Alert) -> list[list[Reached]]:
    """Return who answers for the subject's unit, then who is above, up to the top: those who can be reached, and never
    the subject, because nobody handles their own alert."""
    return climbing_levels.answering(context, unit_of(context.session, alert), alert.person_id)


def admins(context: Context, alert: Alert) -> list[Reached]:
    """Return the admins over the alert's unit, who are told if nobody else is left."""
    return climbing_levels.admins(context, unit_of(context.session, alert).path, alert.person_id)


def alert_slot(alert: Alert, address: Address) -> Slot:
    """Return the slot of an alert's message; a reopened alert has new messages."""
    return Slot.of(Subject.ALERT, address, alert.id, alert.round)


def told(session: Session, alert: Alert) -> list[Reached]:
    """Return everybody in whose chat the alert is shown since it was last opened."""
    return climbing_levels.told(session, Subject.ALERT, subject_id(alert.id, alert.round))
