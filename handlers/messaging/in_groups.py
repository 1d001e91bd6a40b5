"""Answer what is said in a group. Nothing personal is said there: answers go to the person's own chat, and if there is
none the group gets one line. A code shown in a group ends."""

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
    """End the enrolment codes in what was said; say whether there were any. The people whose codes they are, those who
    had them made, those who showed them and the admins are told in private."""
    found = credentials.end_shown(turn.session, turn.incoming.text or "", turn.now)
    for it in found:
        by = turn.speaker.staff_no if turn.speaker else it.person.staff_no
        note(turn.session, turn.now, by, "code shown", it.person.staff_no, group=turn.incoming.title or "")
        _tell(turn, it)
    if found:
        incoming = turn.incoming
        _line(turn, groups.meet(turn.session, incoming.channel, incoming.chat, incoming.title, turn.now), "code_shown")
    return bool(found)


def _tell(turn: Turn, presented: Presented) -> None:
    home = people.home(turn.session, presented.person)
    admins = [p for p, _ in addresses.of_admins(turn.session) if permissions.may_admin(turn.session, p, home.path)]
    concerned = [presented.person, presented.by, turn.speaker, *admins]
    for one in {p.id: p for p in concerned if p is not None}.values():
        address = addresses.reachable(turn.session, one)
        if address:
            content = turn.words_for(one).content(
                "messaging/code_shown_told",
                person=presented.person,
                you=one.id == presented.person.id,
                group=turn.incoming.title or "",
            )
            slot = Slot.of(Subject.CODE_SHOWN, address, presented.person.id, *turn.incoming.id)
            cards.want(turn.session, slot, Kind.NOTICE, content, turn.now)


def reachable(turn: Turn) -> bool:
    """Say whether the speaker has a chat of their own that takes an answer; if not, tell the group how to get one."""
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


def answered(turn: Turn) -> None:
    """Say in the group that a command typed there was answered in private; not in an answer to the group itself."""
    incoming = turn.incoming
    group = groups.at(turn.session, incoming.channel, incoming.chat)
    if group and turn.typed and turn.typed[0] != "bind":
        _line(turn, group, "answered_in_private")


def _line(turn: Turn, group: Address, template: str) -> None:
    """Say the same line at most once an hour, in the organisation's language."""
    content = turn.words_for(None).content(f"messaging/{template}")
    slot = Slot.of(Subject.GROUP_LINE, group, template, f"{turn.now:%Y%m%d%H}")
    cards.want_once(turn.session, slot, Kind.LINE, content, turn.now)
