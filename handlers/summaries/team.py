"""`/team`, 进度: show who filed; silent, unreachable and never enrolled apart."""

from handlers.core import lead_arguments
from handlers.core.access import LEAD
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.summaries import contents
from models.summaries import view

MOST = 40  # units below that a message has room for
router = Router("team", LEAD)


@router.command("team", word="进度")
def team(turn: Turn, words: str) -> None:
    unit = lead_arguments.chosen_unit(turn, words, "team")
    if unit is None:
        return
    found = lead_arguments.about(turn, unit, turn.today)
    for period in found:
        it = view.summary(turn.session, period, unit)
        names = view.silent_by_kind(turn.session, it)
        below, others = view.below(it, MOST)
        turn.say("summaries/team", **contents.values(it), names=names, parts_below=below, others=others)
    if not found:
        turn.say("core/no_period", unit=unit, about=turn.today)
