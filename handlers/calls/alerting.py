"""Raise an alert about a ward who was not reached on three days (`CALLS_TRIES`), and withdraw it when somebody reaches
them, or when they are no longer the unit's to call (docs/rules.md 36.6)."""

from handlers.alerts import notifying
from handlers.core.context import Context
from handlers.core.events import PeopleChanged
from handlers.core.locales import LOCALES
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from models.alerts import alerts
from models.alerts.alerts import Alert, MatchedRule
from models.calls import calls
from models.calls.calls import CalledWard
from models.cycle.places import place_of
from models.organisation import people
from models.organisation.people import Person

NO_ANSWER = "no-answer"  # not the name of any form's rule, because those have no hyphen
MINUTES = 60  # for which a level has time to take the alert, as for a ward not reached (docs/rules.md 5.2)


def follow(turn: Turn, ward: Person, state: CalledWard) -> None:
    """Do what follows from a call."""
    held = turn.session.get(Alert, state.alert_id) if state.alert_id else None
    is_open = held is not None and held.closed_at is None
    if held and is_open and not state.tries:
        _withdraw(turn, held, turn.person)
    elif calls.exhausted(state, turn.defaults.calls_tries) and not is_open:
        _raise(turn, ward, state)


def _withdraw(context: Context, alert: Alert, by: Person) -> None:
    alerts.close(alert, by, context.now, corrected=True)
    notifying.changed(context, alert, by, "corrected")


def people_changed(context: Context, event: PeopleChanged) -> None:
    """Withdraw the alerts about wards who left, are wards no longer, or have another unit than the alert: nobody there
    may call them any more."""
    for alert in calls.alerts_of_others(context.session, NO_ANSWER, context.today):
        _withdraw(context, alert, event.by)


def _raise(turn: Turn, ward: Person, state: CalledWard) -> None:
    said = {it: Renderer(it).line("calls/no_answer", tries=state.tries) for it in LOCALES}
    short = {it: Renderer(it).line("calls/no_answer", tries=0) for it in LOCALES}
    met = MatchedRule(NO_ANSWER, "orange", said, short, MINUTES)
    place = place_of(turn.session, people.home(turn.session, ward))
    alert = alerts.begin(turn.session, met, turn.now, person_id=ward.id, place_id=place.id, by=turn.person.id)
    state.alert_id = alert.id
    turn.session.add(state)
    turn.session.flush()
    notifying.announce(turn, alert)
