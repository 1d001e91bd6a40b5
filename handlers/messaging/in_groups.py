"""What is said in a group. Nothing that is anybody's own is said there: answers go to the person's own chat, and where
there is none the group gets one line. A code that stands in a group is nobody's any more."""

from handlers.core.turn import Turn
from models.authority import permissions
from models.changes import credentials
from models.changes.credentials import Presented
from models.core.audit import note
from models.messaging import addresses, cards, groups
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people


def codes_ended(turn: Turn) -> bool:
    """Ends the enrolment codes that stand in what was said; says whether there were any. Whose they are, who had them
    made, who showed them and the admins hear of it in private."""
    found = credentials.end_shown(turn.session, turn.incoming.text or "", turn.now)
    for it in found:
        by = turn.speaker.staff_no if turn.speaker else it.person.staff_no
        note(turn.session, turn.now, by, "code shown", it.person.staff_no, group=turn.incoming.title or "")
        _tell(turn, it)
    if found:
        incoming = turn.incoming
        _line(turn, groups.meet(turn.session, incoming.channel, incoming.chat, incoming.title, turn.now), "code_shown")
    return bool(found)


def _tell(turn: Turn, it: Presented) -> None:
    home = people.home(turn.session, it.person)
    admins = [p for p, _ in addresses.of_admins(turn.session) if permissions.may_admin(turn.session, p, home.path)]
    concerned = [it.person, it.by, turn.speaker, *admins]
    for one in {p.id: p for p in concerned if p is not None}.values():
        address = addresses.reachable(turn.session, one)
        if address:
            content = turn.words_for(one).content(
                "messaging/code_shown_told",
                person=it.person,
                you=one.id == it.person.id,
                group=turn.incoming.title or "",
            )
            slot = Slot.of(Subject.CODE_SHOWN, address, it.person.id, *turn.incoming.id)
            cards.want(turn.session, slot, Kind.NOTICE, content, turn.now)


def reachable(turn: Turn) -> bool:
    """Whether who speaks has a chat of their own that takes an answer; else the group is told how to get one."""
    if turn.speaker is not None and turn.here.reach == Reach.REACHABLE:
        return True
    incoming = turn.incoming
    group = groups.at(turn.session, incoming.channel, incoming.chat)
    if incoming.anonymous:
        group = group or groups.passing(turn.session, incoming.channel, incoming.chat, turn.now)
        _line(turn, group, "anonymous")
    elif group:
        _line(turn, group, "in_private")
    return False


def _line(turn: Turn, group: Address, template: str) -> None:
    """The same line at most once an hour, in the default language."""
    content = turn.words_for(None).content(f"messaging/{template}")
    slot = Slot.of(Subject.GROUP_LINE, group, template, f"{turn.now:%Y%m%d%H}")
    cards.want_once(turn.session, slot, Kind.LINE, content, turn.now)
