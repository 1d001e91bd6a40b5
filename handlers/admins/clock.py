"""The button under “the machine's clock jumped”: an admin of the whole says that it is right."""

from handlers.administering import refuse_unless_admin
from handlers.turn import Turn
from models import audit, jumps, people


def tap_right(turn: Turn, *_: object) -> None:
    root = people.root(turn.session)
    refuse_unless_admin(turn, root.path if root else "")
    if jumps.confirm(turn.session) is None:
        turn.toast("clock_not_held")
        return
    audit.note(turn.session, turn.now, turn.person.staff_no, "clock.confirmed", "")
    turn.toast("clock_confirmed")
