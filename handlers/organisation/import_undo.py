"""Undo an import within the hour, by the button below its receipt."""

import json
from typing import Any

from handlers.core import admin_arguments, confirmations, settling
from handlers.core.access import ADMIN
from handlers.core.ids import ConfirmationId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.changes import roster_undo
from models.changes.import_records import LASTS
from models.conversations import confirmations as pending
from models.conversations.confirmations import Confirmation
from models.core.errors import Refusal
from models.files import blobs

router = Router("import_undo", ADMIN)

DONE = "import done"  # the action of what is kept about an import that can be undone
SHOWN = 10


def offer(turn: Turn, name: str, kept: dict[str, Any]) -> int:
    """Keep what undoes an import for an hour; return what its button carries."""
    data = json.dumps(kept, ensure_ascii=False).encode()
    blob = blobs.keep(turn.session, f"{name}.undo", "application/json", data)
    return pending.ask(
        turn.session, turn.person, DONE, {"digest": blob.digest, "name": name}, turn.now, lasts=LASTS
    ).id  # fmt: skip


def _kept(turn: Turn, pending_id: int) -> tuple[Confirmation, dict[str, Any]]:
    """Return what undoes the import. Raises `roster.undo_late`."""
    found = turn.session.get(Confirmation, pending_id)
    mine = found is not None and found.action == DONE and found.person_id == turn.person.id
    if found is not None and not mine:
        raise Refusal("pending.gone")
    if found is None or found.expires_at <= turn.now:
        raise Refusal("roster.undo_late")
    return found, json.loads(blobs.data_of(turn.session, found.arguments["digest"]))


@router.button("ask")
def tap_ask(turn: Turn, pending_id: ConfirmationId) -> None:
    """Ask whether to undo the import, saying how many people go."""
    found, kept = _kept(turn, pending_id)
    count = sum(before is None for before, _ in kept["people"].values())
    confirmations.ask(
        turn, "import.undo", {"import": found.id}, "organisation/import_undo_question",
        name=found.arguments["name"], count=count,
    )  # fmt: skip


@router.confirmed("import.undo")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Undo it: what has changed since stays, and is named. Raises `people.not_administered`, `roster.undo_admin`."""
    found, kept = _kept(turn, confirmation.arguments["import"])
    for path in sorted(roster_undo.touched(kept)):
        admin_arguments.refuse_unless_admin(turn, path)
    done = roster_undo.undo(turn.session, kept, turn.today)
    name = found.arguments["name"]
    turn.session.delete(found)
    done.note(turn.session, turn.now, turn.person.staff_no, name)
    settling.organisation_moved(turn)
    turn.say(
        "organisation/import_undone", name=name, undone=done, more=max(0, len(done.stays) - SHOWN),
        stays=[turn.words.refusal(it) for it in done.stays[:SHOWN]],
    )  # fmt: skip
