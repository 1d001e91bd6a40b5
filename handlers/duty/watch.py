"""Keep duty going by the clock: make shifts ahead, tell leads a day ahead what is missing, tell people of their shift,
raise an alert where nobody has checked in."""

from collections.abc import Sequence

from handlers.alerts import notifying
from handlers.core.context import Context
from handlers.core.locales import LOCALES
from handlers.core.rendering import Renderer
from handlers.duty import shift_cards
from models.alerts import alerts
from models.alerts.alerts import MatchedRule
from models.cycle.places import place_of
from models.duty import availability, making, rotas, shifts
from models.duty.rotas import Rota
from models.duty.shifts import GRACE, Duty, Shift, Stage
from models.organisation.people import Person
from models.organisation.units import Unit

PENDING, ROTAS_PENDING = shifts.ANY_DUE, rotas.ANY_DUE
NO_CHECK_IN = "no-check-in"  # not the name of any form's rule, because no question is called so
MINUTES = 15  # for which a level has time to take the alert


def rota_due(context: Context, aside: Sequence[int]) -> Rota | None:
    return rotas.due(context.session, context.now, aside)


def make(context: Context, rota: Rota) -> None:
    """Make the shifts of the next day."""
    making.make_day(context.session, rota, context.now)


def due(context: Context, aside: Sequence[int]) -> Shift | None:
    return shifts.due(context.session, context.now, aside)


def take(context: Context, shift: Shift) -> None:
    """Do what a shift's time has come for, and set what comes next."""
    if context.now >= shift.ends_at:
        shift.stage, shift.next_at = Stage.DONE, None
    elif shift.stage == Stage.GAPS:
        shift.stage = Stage.CALL
        early = shift.starts_at - shifts.EARLY
        shift.next_at = making.evening_before(early, shift_cards.rota_of(context, shift).timezone)
        shift_cards.show_gaps(context, shift, ring=True)
    elif shift.stage == Stage.CALL:
        # what came late by an outage leaves the people their time
        shift.stage, shift.next_at = Stage.CHECK, max(shift.starts_at, context.now) + GRACE
        for duty in _there(context, shift):
            shift_cards.show(context, duty, below=True)
        shift_cards.show_gaps(context, shift, ring=_more_missing(context, shift))
    else:
        shift.stage, shift.next_at = Stage.END, shift.ends_at
        for duty in _there(context, shift):
            if duty.checked_at is None and duty.alert_id is None:
                _raise(context, shift, duty)
    context.session.add(shift)
    context.session.flush()


def _there(context: Context, shift: Shift) -> list[Duty]:
    """Return who is on duty in a shift and not away that day: whoever is on leave is neither rung nor missing."""
    held = shifts.of_shift(context.session, shift)
    away = availability.away(context.session, shift, held)
    return [it for it in held if it.person_id not in away]


def _more_missing(context: Context, shift: Shift) -> bool:
    held = shifts.of_shifts(context.session, [shift.id]).get(shift.id, [])
    return availability.gap(context.session, shift, held).missing > 0


def _raise(context: Context, shift: Shift, duty: Duty) -> None:
    """Raise an alert about one who has not checked in; it climbs like any other."""
    session = context.session
    person, unit = session.get_one(Person, duty.person_id), session.get_one(Unit, shift.unit_id)
    zone = shift_cards.rota_of(context, shift).timezone
    said = {it: Renderer(it, zone).line("duty/no_check_in", shift=shift) for it in LOCALES}
    short = {it: Renderer(it, zone).line("duty/no_check_in", shift=None) for it in LOCALES}
    met = MatchedRule(NO_CHECK_IN, "yellow", said, short, MINUTES)
    alert = alerts.begin(
        session, met, context.now, person_id=person.id, place_id=place_of(session, unit).id, by=person.id
    )
    duty.alert_id = alert.id
    session.add(duty)
    session.flush()
    notifying.announce(context, alert)
