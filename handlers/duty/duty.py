"""`/duty`, 值班: one's own next shifts for everybody; for a lead who is on duty and what is missing, and who is put on.
The template week is written in handlers/duty/week_changes.py."""

from datetime import timedelta

from handlers.core import admin_arguments
from handlers.core.access import LEAD, MEMBER
from handlers.core.groups import Group
from handlers.core.ids import DutyId, PersonId, ShiftId, UnitId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import DUTY, verb
from handlers.duty import duty_file, missing, shift_cards, week_changes, week_options, which_unit
from handlers.exports import list_files
from models.authority import permissions
from models.core import audit
from models.core.errors import Refusal
from models.duty import availability, coverage, rotas, shifts, swaps
from models.duty.shifts import Duty, Shift
from models.organisation.people import Person
from models.organisation.units import Unit

router = Router("duty", MEMBER)

OWN, SHOWN, DAYS = 6, 24, 2  # what is shown of one's own, and of a lead's


@router.command("duty", word="值班", takes_words=True, tells=True, group=Group.SUPPORT)
def duty(turn: Turn, words: str) -> None:
    """Show one's next shifts and, to a lead, who is on duty. A lead writes the template week: `/duty add Station 1
    daily 8:00-20:00 Day x2: 1004, 1005`, or sends it as a file, `/duty remove 2`, `/duty place on`, `/duty requires
    QUIZ`; `/duty excel`, `/duty heads`."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    if not words.strip():
        _own(turn)
        if led:
            _overview(turn, led)
    elif not led:
        raise Refusal("duty.lead")
    elif verb(words, DUTY)[0] is None:
        unit = which_unit.of(turn, words.split())[0]
        _overview(turn, [unit] if unit else led)
    else:
        admin_arguments.run_verb(turn, "duty", words, DUTY, VERBS)


def _own(turn: Turn) -> None:
    found = shifts.of_person(turn.session, turn.person, turn.now, OWN)
    units_of = {it.unit_id: turn.session.get_one(Unit, it.unit_id) for _, it in found}
    asked = [shift_cards.swap_view(turn, it) for it in swaps.waiting(turn.session, turn.person, turn.now)]
    turn.say("duty/own", found=[(it, shift, units_of[shift.unit_id]) for it, shift in found], asked=asked,
             soon=turn.now + shifts.EARLY, now=turn.now)  # fmt: skip


def _overview(turn: Turn, tops: list[Unit]) -> None:
    until = turn.now + timedelta(days=DAYS)
    found = shifts.listed(turn.session, tops, turn.now, until, SHOWN + 1)
    held = shifts.of_shifts(turn.session, [it.id for it, _ in found])
    lines = [
        {
            "shift": it,
            "unit": unit,
            "held": held.get(it.id, []),
            "gap": availability.gap(turn.session, it, held.get(it.id, [])),
        }
        for it, unit in found[:SHOWN]
    ]
    bare = [it for it in coverage.heads(turn.session, tops, turn.today) if it.why]
    turn.say(
        "duty/overview", lines=lines, more=len(found) > SHOWN, now=turn.now, bare=len(bare), lasts=DAYS,
        several=len({unit.id for _, unit in found}) > 1,
        skipped=rotas.skipped_below(turn.session, tops, turn.defaults.zone, turn.today, DAYS + 1),
    )  # fmt: skip


@router.button("week", role=LEAD)
def tap_week(turn: Turn) -> ToCommand:
    """Show the template week."""
    return ToCommand("duty", "week")


@router.button("heads", role=LEAD)
def tap_heads(turn: Turn) -> ToCommand:
    """Show for whom a reporter or a deputy is missing."""
    return ToCommand("duty", "heads")


@router.button("excel", role=LEAD)
def tap_excel(turn: Turn) -> ToCommand:
    """Send the shifts as an Excel file."""
    return ToCommand("duty", "excel")


@router.button("add", role=LEAD)
def tap_add(turn: Turn, unit_id: UnitId) -> ToCommand:
    """Add a shift to a unit's template week."""
    return ToCommand("duty", f"add {which_unit.own(turn, unit_id).path}")


def excel(turn: Turn, parts: list[str]) -> None:
    """Send the shifts of a unit, or of all one leads, as an Excel file."""
    unit, _ = which_unit.of(turn, parts)
    tops = [unit] if unit else permissions.leads(turn.session, turn.person, turn.today)
    list_files.send(turn, duty_file.Shifts(), duty_file.asked(tops))


def heads(turn: Turn, parts: list[str]) -> None:
    """List for which wards a living reporter or a deputy is missing."""
    unit, _ = which_unit.of(turn, parts)
    tops = [unit] if unit else permissions.leads(turn.session, turn.person, turn.today)
    found = coverage.heads(turn.session, tops, turn.today)
    turn.say("duty/heads", found=[it for it in found if it.why][:SHOWN], total=len(found),
             bare=sum(bool(it.why) for it in found))  # fmt: skip


@router.button("fill", role=LEAD)
def tap_fill(turn: Turn, shift_id: ShiftId) -> None:
    """Offer people who could be put on a shift that lacks some."""
    shift = _open_shift(turn, shift_id)
    if shift:
        unit = turn.session.get_one(Unit, shift.unit_id)
        near = availability.candidates(turn.session, shift, unit, SHOWN)
        held = shifts.of_shifts(turn.session, [shift.id]).get(shift.id, [])
        turn.say("duty/fill", shift=shift, unit=unit, near=near, held=held, quiz=week_options.required(turn, shift))


def _open_shift(turn: Turn, number: int) -> Shift | None:
    """Return a shift of a unit that one leads which is not over; say so otherwise."""
    shift = turn.session.get(Shift, number)
    path = turn.session.get_one(Unit, shift.unit_id).path if shift else ""
    if shift is None or not permissions.may_lead(turn.session, turn.person, path, turn.today):
        turn.toast("core/not_yours", alert=True)
        return None
    if shift.cancelled_at or shift.ends_at <= turn.now:
        turn.toast("duty/over", alert=True)
        return None
    return shift


@router.button("put", role=LEAD)
def tap_put(turn: Turn, shift_id: ShiftId, person_id: PersonId) -> None:
    """Put somebody on a shift. Raises as `swaps.refuse_person`."""
    shift = _open_shift(turn, shift_id)
    if shift is None:
        return
    person = turn.session.get(Person, person_id)
    unit = turn.session.get_one(Unit, shift.unit_id)
    if person is None or availability.elsewhere(turn.session, [person.id], unit, shift.day):
        turn.toast("core/not_yours", alert=True)
        return
    swaps.refuse_person(turn.session, shift, person)
    made = shifts.put(turn.session, shift, person, turn.person, turn.now)
    _noted(turn, shift, person, "duty put")
    shift_cards.tell(turn, made, "put", by=turn.person)
    shift_cards.show_gaps(turn, shift)
    turn.toast("duty/put", person=person, shift=shift)


@router.button("out", role=LEAD)
def tap_out(turn: Turn, duty_id: DutyId) -> None:
    """Take somebody off a shift."""
    found = turn.session.get(Duty, duty_id)
    shift = _open_shift(turn, found.shift_id if found else 0)
    if shift is None or found is None:
        return
    if found.ended_at or found.checked_at:
        turn.toast("duty/over", alert=True)
        return
    person = turn.session.get_one(Person, found.person_id)
    shifts.take_out(turn.session, found, turn.now)
    missing.withdraw(turn, found)
    _noted(turn, shift, person, "duty out")
    shift_cards.tell(turn, found, "out", by=turn.person)
    shift_cards.refresh(turn, found)
    turn.toast("duty/out", person=person, shift=shift)


def _noted(turn: Turn, shift: Shift, person: Person, what: str) -> None:
    audit.note(
        turn.session, turn.now, turn.person.staff_no, what, person.staff_no, shift=shift.name, day=str(shift.day)
    )


VERBS = {
    "week": week_changes.week,
    "add": week_changes.add,
    "remove": week_changes.remove,
    "place": week_options.place,
    "requires": week_options.requires,
    "excel": excel,
    "heads": heads,
}
