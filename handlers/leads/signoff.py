"""`/signoff`, 核对: the lead looks at the figures and says with one tap that they are right."""

from handlers import leading, posting
from handlers.turn import Turn
from models import audit, posts
from models.errors import Refusal
from models.people import Unit, may_lead
from models.periods import Period


def signoff(turn: Turn, words: str) -> None:
    unit = leading.chosen_unit(turn, words, "signoff")
    if unit is None:
        return
    found = leading.about(turn, unit, leading.today(turn))
    for period in found:
        it = posting.summary(turn.session, period, unit)
        turn.say("signoff", **posting.values(it))
    if not found:
        turn.say("no_period", unit=unit, about=leading.today(turn))


def tap_sign(turn: Turn, period_id: int, unit_id: int) -> None:
    """核对无误: the posts then show who checked and when."""
    period, unit = turn.session.get(Period, period_id), turn.session.get(Unit, unit_id)
    if period is None or unit is None or not may_lead(turn.session, turn.person, unit.path):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    post = posts.get(turn.session, period, unit) or posts.put(turn.session, period, unit, turn.now)
    posts.sign(turn.session, post, turn.person, turn.now)
    audit.note(turn.session, turn.now, turn.person.staff_no, "signoff", unit.path, day=str(period.day))
    posting.post_unit(turn.session, turn.house, period, unit, turn.now)
    turn.toast("signed", at=turn.now, unit=unit)
