"""Answer the button under “the machine's clock jumped”, by which an admin of the whole says that the clock is right."""

from handlers.core.access import ADMIN
from handlers.core.admin_arguments import refuse_unless_admin
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.core import audit, clock_jumps
from models.organisation import units

router = Router("clock", ADMIN)


@router.button("right")
def tap_right(turn: Turn) -> None:
    """Confirm that the machine's clock is right."""
    root = units.root(turn.session)
    refuse_unless_admin(turn, root.path if root else "")
    if clock_jumps.confirm(turn.session) is None:
        turn.toast("operations/clock_not_held")
        return
    audit.note(turn.session, turn.now, turn.person.staff_no, "clock.confirmed", "")
    turn.toast("operations/clock_confirmed")
