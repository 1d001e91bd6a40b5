"""Follow leave from the first words to the last: what everybody concerned sees of it, and what it changes."""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlmodel import Session

from handlers.core.asking import Option
from handlers.core.context import Context
from handlers.core.events import ExcuseChanged, LanguageChosen
from handlers.core.turn import Turn
from handlers.prompts import prompts, ward_lists
from models.absence import leave
from models.absence.leave import Absence, Stage
from models.authority import leave_decisions, responsibility
from models.core import audit, typed_spans
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.periods import Period, Phase
from models.messaging import addresses, cards, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person, Role
from models.reporting import audience, excuses
from models.reporting.report_context import ReportContext, context_of, form_of, report_slot, wards_slot
from models.reporting.reports import Report, State

MOST_NAMES = 24  # words that may stand before the days
REASONS = 5  # as many as `leave_reason_word.j2` knows
TYPED_WITHIN = timedelta(hours=1)  # after which typed words are no reason any more


def days_in(turn: Turn, words: str) -> tuple[str, tuple[date, date], str] | None:
    """Return the words before the days, the days, and the words after them; None if no days are named."""
    parts = words.split()
    for at in range(min(len(parts), MOST_NAMES)):
        found = typed_spans.span(parts[at:], turn.today)
        if found:
            return " ".join(parts[:at]), found[0], " ".join(found[1])
    return None


def spans(turn: Turn, command: str) -> list[Option]:
    """Return the usual days as answers: the command with the first day and the count after it."""
    tomorrow = turn.today + timedelta(days=1)
    return [
        Option(turn.words.line("absence/days_from", first=first, today=turn.today, days=n), f"{command} {first} {n}d")
        for first, n in ((turn.today, 1), (tomorrow, 1), (turn.today, 3), (tomorrow, 3), (tomorrow, 7))
    ]


def begin(turn: Turn, about: Person, span: tuple[date, date], reason: str) -> None:
    """Ask for leave, or enter it, at once if a reason is given; otherwise ask for the reason, to be tapped or typed."""
    running = [p.day for p in periods.running(turn.session, turn.now)]
    earliest = min([turn.today, *running])
    drop_drafts(turn)
    made = leave.draft(turn.session, about.id, span, turn.person.id, turn.now, earliest)
    if reason:
        settle(turn, made, reason)
    else:
        content = turn.words.content(
            "absence/leave_reason", absence=made, about=about, own=about.id == turn.person.id, count=REASONS
        )
        slot = Slot.of(Subject.LEAVE, turn.here, made.id)
        live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=True)


def drop_drafts(turn: Turn) -> None:
    """Drop the leave whose reason this person was asked for, and the question with its buttons."""
    for draft in leave.drafts(turn.session, turn.person.id):
        _end_question(turn, draft)
        turn.session.delete(draft)
    turn.session.flush()


def _end_question(turn: Turn, draft: Absence) -> None:
    for address in _addresses(turn.session, draft):
        live_messages.take_away(turn.session, Slot.of(Subject.LEAVE, address, draft.id), Kind.REPLY, turn.now)


def settle(turn: Turn, absence: Absence, reason: str) -> None:
    """Take the reason: one's own leave is now asked for, another's entered. Raises `absences.nobody`,
    `people.not_yours`."""
    session, about = turn.session, turn.session.get_one(Person, absence.person_id)
    own = about.id == turn.person.id
    top = own and leave_decisions.office(session, about) is None
    deciders = leave_decisions.deciders(session, about, turn.today) if own else []
    if own and not top and not deciders:
        raise Refusal("absences.nobody")
    if not own and not leave_decisions.may_decide(session, turn.person, about, turn.today):
        raise Refusal("people.not_yours", path=people.home(session, about).path)
    _end_question(turn, absence)
    leave.submit(session, absence, reason, turn.now, entered=top or not own)
    _note(turn, absence, about)
    if absence.state == Stage.APPROVED:
        took_effect(turn, absence, turn.person)
    for person in {p.id: p for p in [about, *deciders, turn.person]}.values():
        show(turn, absence, person, below=True)


def _note(turn: Turn, absence: Absence, about: Person) -> None:
    audit.note(
        turn.session, turn.now, turn.person.staff_no, f"leave {absence.state}", about.staff_no,
        first=str(absence.first), last=str(absence.last), reason=absence.reason,
    )  # fmt: skip


def decide(turn: Turn, absence: Absence, state: Stage) -> None:
    """Approve, refuse or withdraw: on record, in the rows it affects, and on every card about it."""
    about = turn.session.get_one(Person, absence.person_id)
    counted = Stage.APPROVED in (absence.state, state)
    leave.decide(turn.session, absence, state, turn.person.id, turn.now)
    _note(turn, absence, about)
    if counted:
        took_effect(turn, absence, turn.person)
    shown = {a.person_id for a in _addresses(turn.session, absence)} - {None, about.id, turn.person.id}
    for person_id in shown:
        show(turn, absence, turn.session.get_one(Person, person_id))
    show(turn, absence, turn.person)
    if about.id != turn.person.id:
        show(turn, absence, about, below=True)


def _addresses(session: Session, absence: Absence) -> list[Address]:
    ids = {c.address_id for c in cards.about(session, Subject.LEAVE, [str(absence.id)]) if c.wanted_id}
    return [session.get_one(Address, at) for at in sorted(ids)]


def show(context: Context, absence: Absence, reader: Person, *, below: bool = False) -> None:
    """Show leave to the person on leave and to each who decides: one message each, outside the noise budget, because
    somebody waits for the answer."""
    session = context.session
    address = addresses.reachable(session, reader)
    if address is None:
        return
    about = session.get_one(Person, absence.person_id)
    waiting = absence.state == Stage.REQUESTED
    content = context.words_for(reader).content(
        "absence/leave", absence=absence, about=about, unit=people.home(session, about), own=reader.id == about.id,
        decider=session.get_one(Person, absence.decided_by) if absence.decided_by else None,
        asked=leave_decisions.deciders(session, about, context.today) if waiting else [],
    )  # fmt: skip
    live_messages.show(
        session, Slot.of(Subject.LEAVE, address, absence.id), Kind.NOTICE, content, context.now, below=below
    )


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the leave in somebody's chat that is not over in the language they chose."""
    shown = cards.shown_in(context.session, event.address, Subject.LEAVE)
    for absence in leave.ahead(context.session, context.today):
        if str(absence.id) in shown:
            show(context, absence, event.person)


def took_effect(context: Context, absence: Absence, by: Person) -> None:
    """Bring rows, prompts and summaries up to date, and pass on what the absent person is asked for."""
    refresh(context, excuses.apply(context.session, absence, by, context.now))
    if absence.first <= context.today <= absence.last:
        hand_over(context, context.session.get_one(Person, absence.person_id))


def refresh(context: Context, changed: Iterable[tuple[Period, Report]]) -> None:
    """Rewrite what shows rows that were excused, or are owed again; nobody's phone rings for an excuse."""
    session = context.session
    for period, report in changed:
        if period.phase == Phase.OPENING:
            continue
        it = context_of(session, period, report)
        if it.ward is not None:
            ward_lists.redraw_wards(context, period, it.ward)
        for person, address in audience.audience(session, it) if it.ward is None else []:
            if live_messages.current(session, report_slot(report, address)) or not report.excused:
                prompts.ask(context, it, person, address, below=False, lane=Lane.BULK)
        context.emit(ExcuseChanged(period, report))


def hand_over(context: Context, person: Person) -> None:
    """Ask those who answer from now on for this person's wards and units for what is still owed, once."""
    session = context.session
    led = [unit for role, unit in people.roles(session, person) if role is Role.LEAD]
    for period in periods.current(session, context.now):
        for speaker in audience.asked_for_wards(session, period, person):
            address = addresses.reachable(session, speaker)
            if address and not live_messages.current(session, wards_slot(period, address)):
                ward_lists.show_wards(context, period, speaker, address, below=True, lane=Lane.BULK)
        for unit in led:
            for one in responsibility.responsible(session, unit, period.day)[1]:
                _ask_units(context, period, one)


def _ask_units(context: Context, period: Period, person: Person) -> None:
    session = context.session
    address = addresses.reachable(session, person)
    for report, unit in audience.answered_for(session, period, person, context.today) if address else []:
        if address and report.state == State.DUE and not live_messages.current(session, report_slot(report, address)):
            it = ReportContext(period, report, form_of(session, period), unit)
            prompts.ask(context, it, person, address, lane=Lane.BULK)
