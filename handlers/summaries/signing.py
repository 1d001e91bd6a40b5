"""Sign a unit's figures as they stand (docs/rules.md 9)."""

from handlers.core.turn import Turn
from handlers.summaries import publishing
from models.core import audit
from models.cycle.periods import Period
from models.organisation.units import Unit
from models.summaries import posts


def sign(turn: Turn, period: Period, unit: Unit) -> None:
    """Sign: the posts then show who checked and when, and the level above that this one is checked."""
    post = posts.get(turn.session, period, unit) or posts.put(turn.session, period, unit, turn.now)
    posts.sign(turn.session, post, turn.person, turn.now)
    audit.note(turn.session, turn.now, turn.person.staff_no, "signoff", unit.path, day=str(period.day))
    publishing.post_unit(turn, period, unit)
    if unit.parent_id is not None:
        posts.mark_stale_of(turn.session, period, [unit.parent_id], turn.now)
