"""Follow what happens to chats themselves: the bot is let in, put out or blocked, a group moves. No words, no roles.

Events of unknown people and groups change nothing and say nothing."""

from handlers.core import admin_arguments
from handlers.core.access import ANYBODY
from handlers.core.incoming import Event
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.messaging import enrolment, reachability
from handlers.prompts import prompts
from models.authority import permissions
from models.messaging import groups
from models.messaging.addresses import Reach

router = Router("chat", ANYBODY)
KICKED = "bot was kicked"  # as the platform says it to whoever writes there all the same


@router.event(Event.BLOCKED)
def blocked(turn: Turn) -> None:
    if turn.address is not None and turn.incoming.private:
        reachability.lost(turn, turn.address)


@router.event(Event.BACK)
def back(turn: Turn) -> None:
    """Ask again for what is still due; if nothing was lost there is nothing to say."""
    if turn.address is not None and turn.address.unopened:
        enrolment.opened(turn)
    elif turn.incoming.private and turn.address is not None and turn.address.reach == Reach.UNREACHABLE:
        reachability.healed(turn.session, turn.here, turn.now)
        prompts.ask_today(turn, turn.person, turn.here, only_due=True)


@router.event(Event.JOINED)
def joined(turn: Turn) -> None:
    """Note that messages arrive again. What is due is asked by the next wave, because thousands may join in the same
    moment."""
    if turn.address is not None and turn.address.reach == Reach.UNREACHABLE:
        turn.address.reach, turn.address.lost_at = Reach.REACHABLE, None
        turn.session.add(turn.address)


@router.event(Event.ADDED)
def added(turn: Turn) -> None:
    """Send a bound group its posts again, whoever let the bot in. Any other group can be bound; an admin who added the
    bot is asked to which unit."""
    incoming = turn.incoming
    for known in groups.with_topics(turn.session, incoming.channel, incoming.chat):
        if known.unit_id and known.reach == Reach.UNREACHABLE:
            reachability.healed(turn.session, known, turn.now)
    if turn.speaker is None:
        return
    group = groups.meet(turn.session, incoming.channel, incoming.chat, incoming.title or "", turn.now)
    if group.unit_id is None and permissions.administers(turn.session, turn.person):
        turn.say("messaging/group_added", group=group, **admin_arguments.choice(turn), new=True)


@router.event(Event.REMOVED)
def removed(turn: Turn) -> None:
    """Keep the group bound: whoever removed the bot by mistake adds it again, and that is all."""
    for group in groups.with_topics(turn.session, turn.incoming.channel, turn.incoming.chat):
        if group.unit_id:
            reachability.lost(turn, group, KICKED)
        else:
            group.reach = Reach.UNREACHABLE
            turn.session.add(group)


@router.event(Event.MIGRATED)
def migrated(turn: Turn) -> None:
    if turn.incoming.moved_to:
        groups.move(turn.session, turn.incoming.channel, turn.incoming.chat, turn.incoming.moved_to)
