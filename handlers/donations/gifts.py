"""Thank a donor who has a chat, and let them choose how they are shown (docs/rules.md 34.3)."""

from typing import Literal

from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.core.ids import DonationEntryId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.donations import collections, entries
from models.donations.collections import Collection
from models.donations.entries import DonationEntry, Shown
from models.messaging import live_messages
from models.messaging.addresses import reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.time.times import awake

router = Router("gift", MEMBER)


def thank(context: Context, entry: DonationEntry) -> None:
    """Show somebody of the organisation what was recorded of their gift."""
    if entry.person_id is not None:
        _stand(context, entry, below=True)


def refresh(context: Context, entry: DonationEntry) -> None:
    """Show it as it stands now."""
    if entry.person_id is not None:
        _stand(context, entry, below=False)


def _stand(context: Context, entry: DonationEntry, *, below: bool) -> None:
    session, donor = context.session, context.session.get_one(Person, entry.person_id)
    address = reachable(session, donor)
    if address is None:
        return
    it = session.get_one(Collection, entry.collection_id)
    content = context.words_for(donor).content(
        "donations/gift", one=entry, it=it, unit=collections.unit_of(session, it),
        initials=entries.initials(entry.donor), undone=bool(entries.undone(session, [entry.id])),
    )  # fmt: skip
    at = awake(context.now, donor.timezone or context.defaults.zone) if below else None
    slot = Slot.of(Subject.GIFT, address, entry.id)
    live_messages.show(session, slot, Kind.NOTICE, content, context.now, below=below, not_before=at)


@router.button("shown")
def tap_shown(turn: Turn, entry_id: DonationEntryId, how: Literal["name", "initials", "hidden"]) -> None:
    """Choose how one is shown as a donor."""
    entry = turn.session.get(DonationEntry, entry_id)
    if entry is None or entry.person_id != turn.person.id:
        turn.toast("core/not_yours", alert=True)
        return
    entries.show_as(turn.session, entry, Shown(how))
    _stand(turn, entry, below=False)
    turn.toast("donations/shown")
