"""What happens to chats themselves: the bot is let in, put out or taken away, a group moves. No words, no roles."""

from collections.abc import Callable

from handlers.core import admin_arguments
from handlers.core.incoming import Event
from handlers.core.turn import Turn
from handlers.messaging import enrolment, reachability
from handlers.prompts import prompts
from models.authority import permissions
from models.messaging import groups
from models.messaging.addresses import Reach

KICKED = "bot was kicked"  # as the platform says it to who writes there all the same


def happened(turn: Turn) -> None:
    """One event. Those of people and groups nobody knows change nothing and say nothing."""
    event = turn.incoming.event
    if event is not None:
        HAPPENED[event](turn)


def blocked(turn: Turn) -> None:
    if turn.address is not None and turn.incoming.private:
        reachability.lost(turn.session, turn.house, turn.address, turn.now)


def back(turn: Turn) -> None:
    """What is still due is asked once more; where nothing was lost there is nothing to say."""
    if turn.address is not None and turn.address.unopened:
        enrolment.opened(turn)
    elif turn.incoming.private and turn.address is not None and turn.address.reach == Reach.UNREACHABLE:
        reachability.healed(turn.session, turn.here, turn.now)
        prompts.ask_today(turn.session, turn.house, turn.person, turn.here, turn.now, only_due=True)


def joined(turn: Turn) -> None:
    """Messages arrive again; what is due is asked by the next wave, for thousands may come in the same moment."""
    if turn.address is not None and turn.address.reach == Reach.UNREACHABLE:
        turn.address.reach = Reach.REACHABLE
        turn.session.add(turn.address)


def added(turn: Turn) -> None:
    """A group that is bound gets its posts again, whoever let the bot in. Another can be bound; an admin who put the
    bot there is asked to which unit."""
    incoming = turn.incoming
    for known in groups.with_topics(turn.session, incoming.channel, incoming.chat):
        if known.unit_id and known.reach == Reach.UNREACHABLE:
            reachability.healed(turn.session, known, turn.now)
    if turn.speaker is None:
        return
    group = groups.meet(turn.session, incoming.channel, incoming.chat, incoming.title or "", turn.now)
    if group.unit_id is None and permissions.administers(turn.session, turn.person):
        turn.say("messaging/group_added", group=group, **admin_arguments.choice(turn), new=True)


def removed(turn: Turn) -> None:
    """It stays bound: who took the bot out by mistake lets it in again, and that is all."""
    for group in groups.with_topics(turn.session, turn.incoming.channel, turn.incoming.chat):
        if group.unit_id:
            reachability.lost(turn.session, turn.house, group, turn.now, KICKED)
        else:
            group.reach = Reach.UNREACHABLE
            turn.session.add(group)


def migrated(turn: Turn) -> None:
    if turn.incoming.moved_to:
        groups.move(turn.session, turn.incoming.channel, turn.incoming.chat, turn.incoming.moved_to)


HAPPENED: dict[Event, Callable[[Turn], None]] = {
    Event.BLOCKED: blocked,
    Event.BACK: back,
    Event.JOINED: joined,
    Event.ADDED: added,
    Event.REMOVED: removed,
    Event.MIGRATED: migrated,
}
