"""`/bind`, 绑定: choose which group chats get a unit's summaries. A unit may have several, on several channels."""

import re
from urllib.parse import parse_qs, urlsplit

from sqlmodel import col, select

from handlers.core import admin_arguments, confirmations
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.ids import GroupId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import OFF, OPEN_CHAT
from models.conversations.confirmations import Confirmation
from models.core.audit import note
from models.core.errors import Refusal
from models.messaging import cards, groups
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.units import Unit

router = Router("bind", ADMIN)

SHOWN = 24
HOOK = "/cgi-bin/webhook/send"  # the path of a WeCom group robot's address, on whatever host
KEY = re.compile("[A-Za-z0-9-]{16,64}")


@router.command("bind", word="绑定")
def handle(turn: Turn, words: str) -> None:
    """Bind this very chat, in a group, to `unit`. In private: without words, `unit`, `unit off`, `unit WEBHOOK`, `unit
    chat`."""
    with guided(turn, "bind"):
        parts = words.split()
        if not parts:
            _overview(turn) if turn.incoming.private else _ask_unit(turn, _here(turn))
            return
        unit, rest = admin_arguments.unit(turn, parts)
        if not turn.incoming.private:
            _refuse_rest(rest)
            bind(turn, _here(turn), unit)
        elif rest and rest[0].lower() in OFF:
            _refuse_rest(rest[1:])
            _ask_off(turn, unit)
        elif rest and rest[0].lower() in OPEN_CHAT:
            _refuse_rest(rest[1:])
            bind(turn, groups.app_chat(turn.session, unit, turn.now), unit)
        elif rest and "://" in rest[0]:
            _refuse_rest(rest[1:])
            bind(turn, groups.robot(turn.session, _key(rest[0]), turn.now), unit)
        else:
            _refuse_rest(rest)
            _show(turn, unit)


def _refuse_rest(rest: list[str]) -> None:
    if rest:
        raise Refusal("groups.words")


def _key(url: str) -> str:
    """Return the key in a robot's address; raises `groups.webhook`, which does not repeat it."""
    try:
        parts = urlsplit(url)
        key = parse_qs(parts.query).get("key", [""])[0]
    except ValueError:
        raise Refusal("groups.webhook") from None
    if parts.scheme != "https" or not parts.netloc or parts.path != HOOK or not KEY.fullmatch(key):
        raise Refusal("groups.webhook")
    return key


def _here(turn: Turn) -> Address:
    """Return the group in which this is said. Raises `groups.automatic` if the channel ties it to its unit itself."""
    incoming = turn.incoming
    found = groups.at(turn.session, incoming.channel, incoming.chat)
    if found and found.title is None:
        raise Refusal("groups.automatic", path=turn.session.get_one(Unit, found.unit_id).path)
    return groups.meet(turn.session, incoming.channel, incoming.chat, incoming.title, turn.now)


def _overview(turn: Turn) -> None:
    """Show the groups of every unit of the admin's, and those bound to none."""
    paths = {u.id: u.path for u in admin_arguments.all_units(turn)}
    place = {unit_id: at for at, unit_id in enumerate(paths)}
    query = select(Address).where(col(Address.unit_id).is_not(None), Address.reach != Reach.RETIRED)
    found = [a for a in turn.session.exec(query).all() if a.unit_id in paths]
    rows = [(paths[a.unit_id], a) for a in sorted(found, key=lambda a: (place[a.unit_id or 0], a.id)) if a.unit_id]
    free = groups.bindable(turn.session, None)
    turn.say(
        "messaging/bind", rows=rows[: SHOWN * 2], more=max(0, len(rows) - SHOWN * 2), free=free[:SHOWN],
        others=max(0, len(free) - SHOWN),
    )  # fmt: skip


def _show(turn: Turn, unit: Unit) -> None:
    """Show one unit: its groups, and those that could become its."""
    bound = turn.session.exec(select(Address).where(Address.unit_id == unit.id, Address.reach != Reach.RETIRED)).all()
    free = groups.bindable(turn.session, None)
    turn.say(
        "messaging/bind_unit", unit=unit, bound=bound, free=free[:SHOWN], others=max(0, len(free) - SHOWN),
        off=any(a.title is not None for a in bound),
    )  # fmt: skip


@router.button("group")
def tap_group(turn: Turn, group_id: GroupId) -> None:
    """Choose a group that is not bound yet, and show units to bind it to."""
    _ask_unit(turn, _group(turn, group_id))


def _ask_unit(turn: Turn, group: Address) -> None:
    turn.say("messaging/group_added", group=group, **admin_arguments.choice(turn), new=False)


@router.button("unit")
def tap_bind(turn: Turn, group_id: GroupId, unit_id: UnitId) -> None:
    """Bind the group to the chosen unit."""
    unit = turn.session.get(Unit, unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    if unit:
        bind(turn, _group(turn, group_id), unit)


def _group(turn: Turn, group_id: int) -> Address:
    """Return the group a button names. Raises `groups.gone`, and `people.not_administered` if it is another admin's."""
    group = turn.session.get(Address, group_id)
    if group is None or group.title is None or (group.unit_id is None and group.reach != Reach.REACHABLE):
        raise Refusal("groups.gone")
    _bound_to(turn, group)
    return group


def _bound_to(turn: Turn, group: Address) -> Unit | None:
    """Return the unit a group is bound to; raises `people.not_administered` if that is not the admin's own."""
    unit = turn.session.get(Unit, group.unit_id) if group.unit_id else None
    if unit:
        admin_arguments.refuse_unless_admin(turn, unit.path)
    return unit


def bind(turn: Turn, group: Address, unit: Unit) -> None:
    """Tie a group to a unit, after a question if it is another's."""
    before = _bound_to(turn, group)
    if before is None or before.id == unit.id:
        _bind(turn, group, unit, before)
        return
    arguments = {"group": group.id, "unit": unit.id, "before": before.id}
    confirmations.ask(turn, "bind", arguments, "messaging/bind_question", group=group, unit=unit, before=before)


@router.confirmed("bind")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Tie the group after confirmation; raises `changes.stale` if it was bound elsewhere in between."""
    group, unit = (
        _group(turn, confirmation.arguments["group"]),
        turn.session.get_one(Unit, confirmation.arguments["unit"]),
    )
    admin_arguments.refuse_unless_admin(turn, unit.path)
    if group.unit_id != confirmation.arguments["before"]:
        raise Refusal("changes.stale")
    _bind(turn, group, unit, _bound_to(turn, group))


def _bind(turn: Turn, group: Address, unit: Unit, before: Unit | None) -> None:
    """Bind, with a test post that shows that messages arrive."""
    group.unit_id, group.reach, group.trouble = unit.id, Reach.REACHABLE, None
    turn.session.add(group)
    turn.session.flush()
    detail = {"before": before.path} if before and before.id != unit.id else {}
    note(turn.session, turn.now, turn.person.staff_no, "bind", unit.path, channel=group.channel, group=group.title,
         **detail)  # fmt: skip
    _post(turn, group, "group_bound", unit)
    robot = group.chat.startswith(groups.ROBOT)
    turn.say("messaging/bound", group=group, unit=unit, before=before if detail else None, robot=robot)


def _post(turn: Turn, group: Address, template: str, unit: Unit) -> None:
    """Post into the group, in the organisation's language."""
    content = turn.words_for(None).content(f"messaging/{template}", unit=unit)
    slot = Slot.of(Subject.GROUP_BOUND, group, template, *turn.incoming.id)
    cards.want(turn.session, slot, Kind.LINE, content, turn.now)


def _ask_off(turn: Turn, unit: Unit) -> None:
    """Ask whether to unbind all of a unit's groups, or one of them. Raises `groups.no_group`."""
    bound = groups.bindable(turn.session, unit.id)
    if not bound:
        raise Refusal("groups.no_group", path=unit.path)
    confirmations.ask(
        turn, "unbind", {"unit": unit.id}, "messaging/unbind_question", unit=unit, bound=bound[:SHOWN],
        others=max(0, len(bound) - SHOWN),
    )  # fmt: skip


@router.confirmed("unbind")
def confirmed_off(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Unbind all of a unit's groups after confirmation."""
    unit = turn.session.get_one(Unit, confirmation.arguments["unit"])
    admin_arguments.refuse_unless_admin(turn, unit.path)
    bound = groups.bindable(turn.session, unit.id)
    if not bound:
        raise Refusal("groups.no_group", path=unit.path)
    _unbind(turn, bound, unit)


@router.button("off")
def tap_off(turn: Turn, group_id: GroupId) -> None:
    """Unbind one of the groups in the question. Raises `groups.gone` if it is bound to none."""
    group = _group(turn, group_id)
    unit = _bound_to(turn, group)
    if unit is None:
        raise Refusal("groups.gone")
    _unbind(turn, [group], unit)


def _unbind(turn: Turn, bound: list[Address], unit: Unit) -> None:
    for group in bound:
        if group.reach == Reach.REACHABLE:
            _post(turn, group, "group_unbound", unit)
        group.unit_id = None
        turn.session.add(group)
        note(turn.session, turn.now, turn.person.staff_no, "unbind", unit.path, channel=group.channel,
             group=group.title)  # fmt: skip
    turn.session.flush()
    turn.say("messaging/unbound", unit=unit, bound=bound)
