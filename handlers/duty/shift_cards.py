"""Show a shift to its people, what is missing to the lead, and a swap to those it is about."""

from typing import Any

from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from models.authority import responsibility
from models.duty import availability, shifts, swaps
from models.duty.rotas import Rota
from models.duty.shifts import Duty, Shift
from models.duty.swaps import DutySwap, State
from models.messaging import cards, live_messages
from models.messaging.addresses import reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit


def rota_of(context: Context, shift: Shift) -> Rota:
    return context.session.get_one(Rota, shift.rota_id)


def view(context: Context, duty: Duty) -> dict[str, Any]:
    """Return what a shift's message to one of its people says."""
    session = context.session
    shift = session.get_one(Shift, duty.shift_id)
    held = shifts.of_shifts(session, [shift.id]).get(shift.id, [])
    before = [it.id for it in shifts.precedes(session, shift)]
    notes = [
        (person, it) for group in shifts.of_shifts(session, before).values() for it, person in group if it.noted_at
    ]  # fmt: skip
    return {
        "duty": duty, "shift": shift, "unit": session.get_one(Unit, shift.unit_id), "rota": rota_of(context, shift),
        "others": [person.name for it, person in held if it.id != duty.id], "notes": notes, "now": context.now,
    }  # fmt: skip


def show(context: Context, duty: Duty, *, below: bool) -> None:
    """Show a shift's message to whoever it is about; without `below` in place, and only where it stands."""
    person = context.session.get_one(Person, duty.person_id)
    address = reachable(context.session, person)
    if address is None:
        return
    slot = Slot.of(Subject.DUTY, address, duty.id)
    if not below and live_messages.current(context.session, slot) is None:
        return
    told = view(context, duty)
    content = context.words_for(person, told["rota"].timezone).content("duty/shift", **told)
    live_messages.show(context.session, slot, Kind.NOTICE, content, context.now, below=below)


def refresh(context: Context, duty: Duty) -> None:
    show(context, duty, below=False)


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the shifts, and the swaps that are asked for, in somebody's chat in the language they chose."""
    session, person = context.session, event.person
    for number in cards.shown_in(session, event.address, Subject.DUTY):
        duty = session.get(Duty, int(number))
        if duty is not None and duty.person_id == person.id and duty.ended_at is None:
            refresh(context, duty)
    for numbers in cards.shown_in(session, event.address, Subject.DUTY_SWAP):
        it = session.get(DutySwap, int(numbers.partition(".")[0]))
        if it is not None and it.state == State.ASKED:
            told = swap_view(context, it)
            template = "duty/swap_ask" if person.id == told["other"].id else "duty/swap_asker"
            _swap(context, it, told, person, template, new=False)


def tell(context: Context, duty: Duty, what: str, **more: Any) -> None:
    """Tell somebody that they were put on a shift or taken off it; whoever is put on one that begins soon gets its
    message."""
    session = context.session
    person, shift = session.get_one(Person, duty.person_id), session.get_one(Shift, duty.shift_id)
    address = reachable(session, person)
    if address is None:
        return
    values: dict[str, Any] = {"what": what, "shift": shift, "unit": session.get_one(Unit, shift.unit_id)} | more
    content = context.words_for(person, rota_of(context, shift).timezone).content("duty/told", **values)
    cards.want(session, Slot.of(Subject.DUTY_TOLD, address, duty.id, what), Kind.NOTICE, content, context.now)
    if duty.ended_at is None and shift.stage in (shifts.Stage.CHECK, shifts.Stage.END):
        show(context, duty, below=True)


def show_gaps(context: Context, shift: Shift, *, ring: bool = False) -> None:
    """Show whoever answers for the unit what its shifts of that day lack: one message, brought up to date in place;
    `ring` sends it anew where something is missing."""
    session = context.session
    unit = session.get_one(Unit, shift.unit_id)
    lines = [it for it in _lacking(context, shift, unit) if it["gap"].missing]
    for lead in responsibility.responsible(session, unit, context.today)[1]:
        address = reachable(session, lead)
        if address is None:
            continue
        slot = Slot.of(Subject.DUTY_GAPS, address, unit.id, shift.day)
        below = ring and bool(lines)
        if not below and live_messages.current(session, slot) is None:
            continue
        words = context.words_for(lead, rota_of(context, shift).timezone)
        content = words.content("duty/gaps", unit=unit, day=shift.day, lines=lines)
        live_messages.show(session, slot, Kind.NOTICE, content, context.now, below=below)


def _lacking(context: Context, shift: Shift, unit: Unit) -> list[dict[str, Any]]:
    """Return the unit's shifts of that day that have not begun and whose time to be looked at has come."""
    session = context.session
    found = [
        it for it, of in shifts.listed(session, [unit], context.now, shift.ends_at)
        if of.id == unit.id and it.day == shift.day and it.starts_at > context.now
        and (it.stage != shifts.Stage.GAPS or it.id == shift.id)
    ]  # fmt: skip
    held = shifts.of_shifts(session, [it.id for it in found])
    return [
        {"shift": it, "gap": availability.gap(session, it, held.get(it.id, [])), "held": held.get(it.id, [])}
        for it in found
    ]


def swap_view(context: Context, it: DutySwap) -> dict[str, Any]:
    """Return what every template about a swap may use."""
    session = context.session
    given, taken = swaps.duties(session, it)
    shift = session.get_one(Shift, given.shift_id)
    return {
        "it": it, "asker": session.get_one(Person, given.person_id), "other": session.get_one(Person, it.person_id),
        "given": shift, "taken": session.get_one(Shift, taken.shift_id) if taken else None,
        "unit": session.get_one(Unit, shift.unit_id),
        "undoer": session.get_one(Person, it.undone_by) if it.undone_by else None,
    }  # fmt: skip


def show_swap(context: Context, it: DutySwap) -> None:
    """Show a swap to whoever is asked, to who asked and, once it is agreed, to the unit's lead."""
    told = swap_view(context, it)
    _swap(context, it, told, told["other"], "duty/swap_ask", new=it.state == State.ASKED)
    _swap(context, it, told, told["asker"], "duty/swap_asker", new=it.state != State.ASKED)
    if it.state in (State.AGREED, State.UNDONE):
        for lead in responsibility.responsible(context.session, told["unit"], context.today)[1]:
            if lead.id not in (told["other"].id, told["asker"].id):
                _swap(context, it, told, lead, "duty/swap_lead", new=it.state == State.AGREED)


def _swap(context: Context, it: DutySwap, told: dict[str, Any], reader: Person, template: str, *, new: bool) -> None:
    address = reachable(context.session, reader)
    if address is None:
        return
    zone = rota_of(context, told["given"]).timezone
    content = context.words_for(reader, zone).content(template, **told)
    slot = Slot.of(Subject.DUTY_SWAP, address, it.id, reader.id)
    live_messages.show(context.session, slot, Kind.NOTICE, content, context.now, below=new)
