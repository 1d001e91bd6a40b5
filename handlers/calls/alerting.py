"""Raise an alert about a ward who was not reached on three days (`CALLS_TRIES`), and withdraw it when somebody reaches
them, or when they are no longer the unit's to call (docs/rules.md 36.6)."""

from collections.abc import Sequence

from handlers.alerts import notifying
from handlers.core.context import Context
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

MINUTES = 60  # for which a level has time to take the alert, as for a ward not reached (docs/rules.md 5.2)


def follow(turn: Turn, ward: Person, state: CalledWard) -> None:
    """Do what follows from a call."""
    held = turn.session.get(Alert, state.alert_id) if state.alert_id else None
    is_open = held is not None and held.closed_at is None
    if held and is_open and not state.tries:
        alerts.close(held, turn.person, turn.now, corrected=True)
        notifying.changed(turn, held, turn.person, "corrected")
    elif calls.exhausted(state, turn.defaults.calls_tries) and not is_open:
        _raise(turn, ward, state)


PENDING = calls.ANY_OF_OTHERS


def due(context: Context, aside: Sequence[int]) -> Alert | None:
    """Return the next alert about somebody who left, is a ward no longer, or has another unit than the alert: nobody
    there may call them any more."""
    return calls.alert_of_others(context.session, aside)


def take(context: Context, alert: Alert) -> None:
    """Withdraw it. No door through which people change has to think of it."""
    alerts.withdraw(alert, context.now)
    notifying.changed(context, alert, None, "withdrawn")


def _raise(turn: Turn, ward: Person, state: CalledWard) -> None:
    said = {it: Renderer(it).line("calls/no_answer", tries=state.tries) for it in LOCALES}
    short = {it: Renderer(it).line("calls/no_answer", tries=0) for it in LOCALES}
    met = MatchedRule(calls.NO_ANSWER, "orange", said, short, MINUTES)
    place = place_of(turn.session, people.home(turn.session, ward))
    alert = alerts.begin(turn.session, met, turn.now, person_id=ward.id, place_id=place.id, by=turn.person.id)
    state.alert_id = alert.id
    turn.session.add(state)
    turn.session.flush()
    notifying.announce(turn, alert)
