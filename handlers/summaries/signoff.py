"""`/signoff`, 核对: show the lead the figures and who below has checked theirs, and take the lead's check."""

from handlers.core import lead_arguments
from handlers.core.access import LEAD
from handlers.core.ids import PeriodId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.summaries import contents, signing
from models.authority import permissions
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.organisation.units import Unit
from models.reporting import figures
from models.summaries import posts, view

router = Router("signoff", LEAD)


@router.command("signoff", word="核对")
def signoff(turn: Turn, words: str) -> None:
    """Show a unit's figures today; without a unit, what waits for this lead's check, one at once, several as
    buttons."""
    if words.strip():
        unit = lead_arguments.chosen_unit(turn, words, "signoff")
        found = [(period, unit) for period in lead_arguments.about(turn, unit, turn.today)] if unit else []
        if unit and not found:
            turn.say("core/no_period", unit=unit, about=turn.today)
    else:
        found = _waiting(turn)
        if len(found) != 1:
            rows = [view.summary(turn.session, period, unit) for period, unit in found]
            turn.say("summaries/signoff_waiting", rows=rows)
            return
    for period, unit in found:
        _show(turn, period, unit)


def _waiting(turn: Turn) -> list[tuple[Period, Unit]]:
    """Return the summaries of today that are out about the lead's own units and that nobody has checked as they are."""
    return [
        (period, unit)
        for unit in permissions.leads(turn.session, turn.person, turn.today)
        for period in lead_arguments.about(turn, unit, turn.today)
        if (post := posts.get(turn.session, period, unit)) and not post.checked
    ]


def _show(turn: Turn, period: Period, unit: Unit) -> None:
    it = view.summary(turn.session, period, unit)
    turn.say("summaries/signoff", **contents.values(it), below=view.checks(turn.session, it))


def _about(turn: Turn, period_id: int, unit_id: int) -> tuple[Period, Unit]:
    unit, period = lead_arguments.led_unit(turn, unit_id), turn.session.get(Period, period_id)
    if period is None:
        raise Refusal("why.gone")
    return period, unit


@router.button("show")
def tap_show(turn: Turn, period_id: PeriodId, unit_id: UnitId) -> None:
    """Show a unit's figures to check."""
    _show(turn, *_about(turn, period_id, unit_id))


@router.button("sign")
def tap_sign(turn: Turn, period_id: PeriodId, unit_id: UnitId, stamp: int) -> None:
    """Sign: the posts then show who checked and when, and the level above that this one is checked. If
    something changed since the button was shown, show that first."""
    period, unit = _about(turn, period_id, unit_id)
    if figures.now(turn.session, period, unit).stamp != stamp:
        _show(turn, period, unit)
        turn.toast("summaries/changed_since", alert=True)
        return
    signing.sign(turn, period, unit)
    turn.toast("summaries/signed", at=turn.now, unit=unit)
