"""Check in to a shift by tap, say where one is if the rota asks, hand over with a note; ask a colleague to swap."""

from handlers.core.access import LEAD, MEMBER
from handlers.core.ids import DutyId, DutySwapId, PersonId
from handlers.core.incoming import Location
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.duty import missing, shift_cards, week_options
from models.authority import permissions
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core import audit
from models.duty import availability, shifts, swaps
from models.duty.shifts import Duty, Shift
from models.duty.swaps import DutySwap, State
from models.forms.answers import read_words
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit

router = Router("shift", MEMBER)

LONGEST_NOTE, LONGEST_PLACE = 500, 200
COLLEAGUES, THEIRS = 16, 5  # who is offered for a swap, and how many of their shifts in return


@router.button("in")
def tap_in(turn: Turn, duty_id: DutyId) -> None:
    """Check in: from an hour before the shift until its end."""
    duty, shift = _own(turn, duty_id)
    if duty is None or shift is None:
        return
    if not shift.starts_at - shifts.EARLY <= turn.now < shift.ends_at:
        turn.toast("duty/not_now", shift=shift, early=shift.starts_at - shifts.EARLY, over=turn.now >= shift.ends_at,
                   alert=True)  # fmt: skip
        return
    if duty.checked_at is None:
        duty.checked_at = turn.now
        _keep(turn, duty)
        missing.withdraw(turn, duty)
        shift_cards.show_gaps(turn, shift)
    shift_cards.show(turn, duty, below=False)
    if shift_cards.rota_of(turn, shift).place and duty.place is None:
        expected_input.expect(turn.session, turn.person, Purpose.DUTY_PLACE, turn.now, duty.id)
        turn.say("duty/where")
    turn.toast("duty/checked_in", at=duty.checked_at)


def _own(turn: Turn, number: int) -> tuple[Duty | None, Shift | None]:
    """Return one's own duty and its shift; say so if it is not, or no longer, one's own."""
    duty = turn.session.get(Duty, number)
    if duty is None or duty.person_id != turn.person.id:
        turn.toast("core/not_yours", alert=True)
        return None, None
    shift = turn.session.get_one(Shift, duty.shift_id)
    if duty.ended_at or shift.cancelled_at:
        shift_cards.refresh(turn, duty)
        turn.toast("duty/over", alert=True)
        return None, None
    return duty, shift


def _keep(turn: Turn, duty: Duty) -> None:
    turn.session.add(duty)
    turn.session.flush()


@router.expects(Purpose.DUTY_PLACE)
def typed_place(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take where somebody on duty is."""
    _place(turn, expected, read_words(text, LONGEST_PLACE))


def located(turn: Turn, place: Location) -> bool:
    """Take a shared place as where somebody on duty is; say whether it was asked for."""
    lasts = turn.defaults.waits(expected_input.LASTS)
    expected = expected_input.current(turn.session, turn.person, turn.now, lasts)
    if expected is None or expected.use != Purpose.DUTY_PLACE:
        return False
    _place(turn, expected, f"{place.latitude:.5f}, {place.longitude:.5f}")
    return True


def _place(turn: Turn, expected: ExpectedInput, words: str) -> None:
    duty = turn.session.get_one(Duty, expected.about)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    duty.place = words
    _keep(turn, duty)
    shift_cards.show(turn, duty, below=False)
    turn.say("duty/where_taken", where=words)


@router.button("over")
def tap_over(turn: Turn, duty_id: DutyId) -> None:
    """Ask what is to be handed over."""
    duty, _ = _own(turn, duty_id)
    if duty is None:
        return
    if duty.checked_at is None:
        turn.toast("duty/check_in_first", alert=True)
        return
    expected_input.expect(turn.session, turn.person, Purpose.DUTY_NOTE, turn.now, duty.id)
    turn.say("duty/hand_over", duty=duty)


@router.button("nothing")
def tap_nothing(turn: Turn, duty_id: DutyId) -> None:
    """Hand over with nothing to say."""
    duty, _ = _own(turn, duty_id)
    if duty and duty.checked_at:
        _hand_over(turn, duty, None)
        turn.toast("duty/handed_over")


@router.expects(Purpose.DUTY_NOTE)
def typed_note(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take what is handed over; said again it replaces the earlier words."""
    duty = turn.session.get_one(Duty, expected.about)
    _hand_over(turn, duty, read_words(text, LONGEST_NOTE))
    turn.say("duty/handed_over")


def _hand_over(turn: Turn, duty: Duty, note: str | None) -> None:
    """Keep it, and show it to the people of the next shift in place."""
    lasts = turn.defaults.waits(expected_input.LASTS)
    expected = expected_input.current(turn.session, turn.person, turn.now, lasts)
    if expected and expected.use == Purpose.DUTY_NOTE:
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
    duty.note, duty.noted_at = note, turn.now
    _keep(turn, duty)
    shift_cards.show(turn, duty, below=False)
    shift = turn.session.get_one(Shift, duty.shift_id)
    for after in shifts.follows(turn.session, shift):
        for it in shifts.of_shift(turn.session, after):
            shift_cards.show(turn, it, below=False)


@router.button("swap")
def tap_swap(turn: Turn, duty_id: DutyId) -> None:
    """Offer colleagues who could take one's shift."""
    duty, shift = _own(turn, duty_id)
    if duty is None or shift is None:
        return
    if duty.checked_at or shift.starts_at <= turn.now:
        turn.toast("duty/over", alert=True)
        return
    unit = turn.session.get_one(Unit, shift.unit_id)
    near = [it for it in availability.candidates(turn.session, shift, unit, COLLEAGUES) if it.id != turn.person.id]
    content = turn.words.content(
        "duty/swap_who", duty=duty, shift=shift, near=near, quiz=week_options.required(turn, shift)
    )
    live_messages.show(turn.session, _choice(turn, duty), Kind.REPLY, content, turn.now, below=True)


def _choice(turn: Turn, duty: Duty) -> Slot:
    """Return where somebody chooses with whom to swap: one message, which is gone once the colleague is asked."""
    return Slot.of(Subject.DUTY_SWAP_DRAFT, turn.here, duty.id)


@router.button("who")
def tap_who(turn: Turn, duty_id: DutyId, person_id: PersonId) -> None:
    """Choose what one takes in return, if the colleague has shifts of the same unit."""
    duty, shift = _own(turn, duty_id)
    other = _colleague(turn, shift, person_id)
    if duty is None or shift is None or other is None:
        return
    theirs = [
        (it, of) for it, of in shifts.of_person(turn.session, other, turn.now, THEIRS)
        if of.unit_id == shift.unit_id and of.starts_at > turn.now and of.id != shift.id
    ]  # fmt: skip
    content = turn.words.content("duty/swap_what", duty=duty, shift=shift, other=other, theirs=theirs)
    live_messages.show(turn.session, _choice(turn, duty), Kind.REPLY, content, turn.now)


def _colleague(turn: Turn, shift: Shift | None, number: int) -> Person | None:
    """Return somebody of the shift's unit; a number alone reveals nobody."""
    other = turn.session.get(Person, number)
    unit = turn.session.get_one(Unit, shift.unit_id) if shift else None
    if shift is None or unit is None:
        return None
    if other is None or other.id == turn.person.id or availability.elsewhere(turn.session, [other.id], unit, shift.day):
        turn.toast("core/not_yours", alert=True)
        return None
    return other


@router.button("ask")
def tap_ask(turn: Turn, duty_id: DutyId, person_id: PersonId, taken_id: DutyId) -> None:
    """Ask the colleague to take it; `taken_id` is the duty one takes in return, 0 for none. Raises as `swaps.ask`."""
    duty, shift = _own(turn, duty_id)
    other = _colleague(turn, shift, person_id)
    if duty is None or shift is None or other is None:
        return
    taken = turn.session.get(Duty, taken_id) if taken_id else None
    if taken_id and (taken is None or turn.session.get_one(Shift, taken.shift_id).unit_id != shift.unit_id):
        turn.toast("core/not_yours", alert=True)
        return
    made = swaps.ask(turn.session, duty, other, taken, turn.now)
    live_messages.take_away(turn.session, _choice(turn, duty), Kind.REPLY, turn.now)
    shift_cards.show_swap(turn, made)
    turn.toast("duty/swap_asked", other=other)


@router.button("agree")
def tap_agree(turn: Turn, swap_id: DutySwapId) -> None:
    """Agree to a swap; both get their new shifts, and the lead is shown it. Raises as `swaps.refuse`."""
    it = _asked(turn, swap_id)
    if it is None:
        return
    swaps.agree(turn.session, it, turn.now)
    told = shift_cards.swap_view(turn, it)
    audit.note(turn.session, turn.now, turn.person.staff_no, "duty swapped", told["asker"].staff_no,
               shift=told["given"].name, day=str(told["given"].day))  # fmt: skip
    _changed(turn, it)
    turn.toast("duty/swap_agreed")


@router.button("decline")
def tap_decline(turn: Turn, swap_id: DutySwapId) -> None:
    """Refuse a swap."""
    it = _asked(turn, swap_id)
    if it:
        swaps.decline(turn.session, it, turn.now)
        shift_cards.show_swap(turn, it)
        turn.toast("duty/swap_declined")


def _asked(turn: Turn, number: int) -> DutySwap | None:
    it = turn.session.get(DutySwap, number)
    if it is None or it.person_id != turn.person.id:
        turn.toast("core/not_yours", alert=True)
        return None
    if it.state != State.ASKED:
        shift_cards.show_swap(turn, it)
        turn.toast("duty/swap_decided", alert=True)
        return None
    return it


@router.button("undo", role=LEAD)
def tap_undo(turn: Turn, swap_id: DutySwapId) -> None:
    """Undo a swap, as the lead of the unit. Raises as `swaps.refuse`."""
    it = turn.session.get(DutySwap, swap_id)
    told = shift_cards.swap_view(turn, it) if it else None
    if it is None or told is None or not permissions.may_lead(
        turn.session, turn.person, told["unit"].path, turn.today
    ):  # fmt: skip
        turn.toast("core/not_yours", alert=True)
        return
    if it.state != State.AGREED:
        turn.toast("duty/swap_decided", alert=True)
        return
    swaps.undo(turn.session, it, turn.person, turn.now)
    audit.note(turn.session, turn.now, turn.person.staff_no, "duty swap undone", told["asker"].staff_no,
               shift=told["given"].name, day=str(told["given"].day))  # fmt: skip
    _changed(turn, it)
    turn.toast("duty/swap_undone")


def _changed(turn: Turn, it: DutySwap) -> None:
    """Bring up to date what everybody sees of the shifts that were swapped."""
    shift_cards.show_swap(turn, it)
    for number in (it.given_id, it.taken_id, it.given_now, it.taken_now):
        if number:
            shift_cards.refresh(turn, turn.session.get_one(Duty, number))
    given, taken = swaps.duties(turn.session, it)
    for one in (given, taken):
        if one:
            shift_cards.show_gaps(turn, turn.session.get_one(Shift, one.shift_id))
