"""What a clerk at another program does with the one mask of the depot, in a process of its own."""

import os
import signal
from collections.abc import Callable
from decimal import Decimal
from multiprocessing.connection import Connection

from sqlmodel import Session

from models.core.database import connect
from models.core.errors import Refusal
from models.supplies import handouts, transfers
from models.supplies.handouts import Handing
from models.supplies.movements import Movement
from tests.models.supplies import depot

ONE = Decimal(1)


def _hand_out(session: Session) -> None:
    item, store, _, unit = depot.things(session)
    handouts.to_one(session, item, store, unit, ONE, depot.told(session))


def _send(session: Session) -> None:
    item, store, *_ = depot.things(session)
    transfers.send(session, item, store, depot.other(session), ONE, depot.told(session))


def _confirm(session: Session) -> None:
    if transfers.arrive(session, session.get_one(Handing, 1), depot.keeper(session), depot.NOW) is None:
        raise Refusal("again")


def _take_back(session: Session) -> None:
    handouts.take_back(session, session.get_one(Handing, 1), ONE, depot.told(session))


def _reverse(session: Session) -> None:
    transfers.undo(session, session.get_one(Movement, 3), depot.told(session))


DOES: dict[str, Callable[[Session], None]] = {
    "hand out": _hand_out, "send": _send, "confirm": _confirm, "take back": _take_back, "reverse": _reverse,
}  # fmt: skip


def run(url: str, dies: str, does: str, door: Connection) -> None:
    """Do one thing when told to, and say what came of it; die before the commit or after it."""
    database = connect(url)
    door.send("ready")
    door.recv()
    try:
        with database.writing() as session:
            DOES[does](session)
            if dies == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        door.send("done")
    except Refusal as refusal:
        door.send(refusal.key)
    if dies == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    database.close()
