"""What happens to chats themselves: the bot is let in, put out or taken away, a group moves. No words, no roles."""

from collections.abc import Callable

from handlers import administering, asking, reaching
from handlers.turn import Event, Turn
from models import groups, people
from models.addresses import Reach
from models.people import Unit

SHOWN = 24  # units to choose from


def happened(turn: Turn) -> None:
    """One event. Those of people and groups nobody knows change nothing and say nothing."""
    event = turn.incoming.event
    if event is not None:
        HAPPENED[event](turn)


def blocked(turn: Turn) -> None:
    if turn.address is not None and turn.incoming.private:
        reaching.lost(turn.session, turn.house, turn.address, turn.now)


def back(turn: Turn) -> None:
    """What is still due is asked once more; where nothing was lost there is nothing to say."""
    if turn.incoming.private and turn.address is not None and turn.address.reach == Reach.UNREACHABLE:
        reaching.healed(turn.session, turn.here, turn.now)
        asking.ask_today(turn.session, turn.house, turn.person, turn.here, turn.now, only_due=True)


def added(turn: Turn) -> None:
    """The group can be bound; an admin who put the bot there is asked to which unit."""
    if turn.speaker is None:
        return
    incoming = turn.incoming
    group = groups.meet(turn.session, incoming.channel, incoming.chat, incoming.title or "", turn.now)
    if group.unit_id is None and people.administers(turn.session, turn.person):
        turn.say("group_added", group=group, units=administering.all_units(turn)[:SHOWN], new=True)


def removed(turn: Turn) -> None:
    for group in groups.with_topics(turn.session, turn.incoming.channel, turn.incoming.chat):
        unit = turn.session.get(Unit, group.unit_id) if group.unit_id else None
        known, group.unit_id, group.reach = group.reach == Reach.REACHABLE, None, Reach.UNREACHABLE
        turn.session.add(group)
        turn.session.flush()
        if unit and known:
            reaching.tell_of_group(turn.session, turn.house, group, unit, turn.now, removed=True)


def migrated(turn: Turn) -> None:
    if turn.incoming.moved_to:
        groups.move(turn.session, turn.incoming.channel, turn.incoming.chat, turn.incoming.moved_to)


HAPPENED: dict[Event, Callable[[Turn], None]] = {
    Event.BLOCKED: blocked,
    Event.BACK: back,
    Event.ADDED: added,
    Event.REMOVED: removed,
    Event.MIGRATED: migrated,
}
