"""`/team`, 进度: who filed; silent, unreachable and never enrolled apart."""

from handlers import leading, posting
from handlers.turn import Turn


def team(turn: Turn, words: str) -> None:
    unit = leading.chosen_unit(turn, words, "team")
    if unit is None:
        return
    found = leading.about(turn, unit, leading.today(turn))
    for period in found:
        it = posting.summary(turn.session, period, unit)
        names = posting.silent_by_kind(turn.session, it)
        turn.say("team", **posting.values(it), names=names, parts_below=posting.children(turn.session, period, unit))
    if not found:
        turn.say("no_period", unit=unit, about=leading.today(turn))
