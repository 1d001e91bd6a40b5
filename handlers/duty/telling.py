"""Tell those concerned of a secondment, in words: the person, the lead there, who sent them."""

from typing import Any

from handlers.core.context import Context
from models.authority import responsibility
from models.duty.secondments import Secondment, Stage
from models.messaging import cards, live_messages
from models.messaging.addresses import reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit


def view(context: Context, it: Secondment) -> dict[str, Any]:
    """Return what every template about a secondment may use."""
    session = context.session
    return {
        "it": it, "person": session.get_one(Person, it.person_id), "unit": session.get_one(Unit, it.unit_id),
        "home": session.get_one(Unit, it.home_id), "by": session.get_one(Person, it.by),
        "decider": session.get_one(Person, it.decided_by) if it.decided_by else None,
    }  # fmt: skip


def ask_host(context: Context, it: Secondment) -> None:
    """Ask those who answer for the other unit or, once somebody has decided, show them what."""
    session = context.session
    waits = it.state == Stage.ASKED or it.longer is not None
    for lead in responsibility.responsible(session, session.get_one(Unit, it.unit_id), context.today)[1]:
        address = reachable(session, lead) if lead.id != it.person_id else None
        if address is None:
            continue
        slot = Slot.of(Subject.SECONDMENT, address, it.id)
        if not waits and live_messages.current(session, slot) is None:
            continue
        content = context.words_for(lead).content("duty/second_ask", **view(context, it), waits=waits)
        live_messages.show(session, slot, Kind.NOTICE, content, context.now, below=waits)


def agreed(context: Context, it: Secondment) -> None:
    """Tell the person where they will be, and who sent them that it is agreed."""
    _tell(context, it, "agreed", _person(context, it))
    _tell_sender(context, it, "agreed")


def declined(context: Context, it: Secondment) -> None:
    _tell_sender(context, it, "declined")


def extended(context: Context, it: Secondment) -> None:
    _tell(context, it, "extended", _person(context, it))
    _tell_sender(context, it, "extended")


def ended(context: Context, it: Secondment) -> None:
    """Tell the person, and the lead there, that it ends early or was taken back."""
    what = "cancelled" if it.state == Stage.CANCELLED else "cut"
    readers = [_person(context, it)] if it.decided_by else []
    hosts = responsibility.responsible(context.session, context.session.get_one(Unit, it.unit_id), context.today)[1]
    for reader in {p.id: p for p in (*readers, *hosts, context.session.get_one(Person, it.by))}.values():
        _tell(context, it, what, reader)
    ask_host(context, it)


def turned(context: Context, it: Secondment) -> None:
    """Tell the person and the lead there that it has begun, or that it is over; who sent them that it came to
    nothing."""
    if it.state == Stage.CANCELLED:
        concerned = [context.session.get_one(Person, it.by)]
        if it.decided_by is not None:  # the person was told that they would go
            concerned += [_person(context, it), context.session.get_one(Person, it.decided_by)]
        for reader in {p.id: p for p in concerned}.values():
            _tell(context, it, "lapsed", reader)
        ask_host(context, it)
        return
    what = "begun" if it.state == Stage.RUNNING else "over"
    hosts = responsibility.responsible(context.session, context.session.get_one(Unit, it.unit_id), context.today)[1]
    for reader in {p.id: p for p in (_person(context, it), *hosts)}.values():
        _tell(context, it, what, reader)


def _person(context: Context, it: Secondment) -> Person:
    """Return whom it is about."""
    return context.session.get_one(Person, it.person_id)


def _tell_sender(context: Context, it: Secondment, what: str) -> None:
    """Tell who sent the person, if it was somebody else who decided."""
    if it.decided_by != it.by:
        _tell(context, it, what, context.session.get_one(Person, it.by))


def _tell(context: Context, it: Secondment, what: str, reader: Person) -> None:
    address = reachable(context.session, reader)
    if address is None or reader.left_by(context.today):
        return
    values = view(context, it) | {"what": what, "you": reader.id == it.person_id}
    leads = responsibility.responsible(context.session, values["unit"], max(it.first, context.today))[1]
    content = context.words_for(reader).content("duty/second_told", **values, leads=[p.name for p in leads])
    slot = Slot.of(Subject.SECONDMENT_TOLD, address, it.id, what, it.last)
    cards.want(context.session, slot, Kind.NOTICE, content, context.now)
