"""Show whom somebody is to call today, with phone numbers, and what came of the calls: one message, kept up to date in
place (docs/rules.md 36.2)."""

import hashlib
from collections.abc import Sequence
from typing import Any

from handlers.core.turn import Turn
from models.authority import permissions, responsibility
from models.calls import calls
from models.calls.calls import A_DAY, Listed, Outcome
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.places import Place
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import report_context, reports, revisions
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report


def show(turn: Turn, *, below: bool = False, more: bool = False) -> None:
    """Show the list of today. Raises `calls.nobody` to whom no ward belongs."""
    session, day = turn.session, turn.today
    which = calls.theirs(session, turn.person, day)
    done = calls.by_caller(session, turn.person, day)
    left = calls.count_to_call(session, which, day)
    if not done and not left and not calls.listed(session, which, day, 1):
        raise Refusal("calls.nobody")
    room = A_DAY if more else max(0, A_DAY - len({person.id for _, person in done}))
    found = calls.to_call(session, which, day, room) if room else []
    stand(
        turn, "calls/list", day=day, below=below, left=left - len(found),
        rows=[(it, calls.last_call(session, it)) for it in found],
        done=[(call, person, _unfinished(turn, call)) for call, person in done],
    )  # fmt: skip


def _unfinished(turn: Turn, call: calls.PhoneCall) -> bool:
    """Say whether the form that was begun with this call has still to be filled in."""
    if call.outcome != Outcome.SOMETHING or call.report_id is None:
        return False
    report = turn.session.get_one(Report, call.report_id)
    period = turn.session.get_one(periods.Period, report.period_id)
    return reports.takes(turn.session, period, report) and (report.owed or report.uncontacted)


def show_ward(turn: Turn, ward: Person, *, below: bool = False) -> None:
    """Show one ward with the phone number and what may come of the call."""
    state = turn.session.get(calls.CalledWard, ward.id)
    found = asked(turn, ward)
    it = Listed(ward, people.home(turn.session, ward), state)
    stand(
        turn, "calls/ward", day=turn.today, below=below, it=it, last=calls.last_call(turn.session, it),
        today=calls.on(turn.session, ward, turn.today), found=found, owed=owed(found), mark=mark(found),
    )  # fmt: skip


def stand(turn: Turn, template: str, /, *, below: bool, **values: Any) -> None:
    slot = Slot.of(Subject.CALLS, turn.here, f"{turn.today:%Y%m%d}")
    live_messages.show(
        turn.session, slot, Kind.WARDS, turn.words.content(template, **values), turn.now, below=below
    )  # fmt: skip


def asked(turn: Turn, ward: Person) -> list[ReportContext]:
    """Return the ward's reports of today's periods that the speaker may file now."""
    found = []
    for period in periods.current(turn.session, turn.now):
        report = reports.of_person(turn.session, period, ward)
        if report and reports.takes(turn.session, period, report):
            it = ReportContext(period, report, report_context.form_of(turn.session, period), ward=ward)
            if _may_file(turn, it):
                found.append(it)
    return found


def _may_file(turn: Turn, it: ReportContext) -> bool:
    try:
        revisions.refuse_if_not_theirs(turn.session, it.period, it.report, turn.person)
    except Refusal:
        return False
    return reports_for(turn, it) or leads(turn, it)


def reports_for(turn: Turn, it: ReportContext) -> bool:
    """Say whether the speaker reports for the ward that day; whoever else may call only leads there, and files by proxy
    (docs/rules.md 36.4)."""
    own = {ward.id for ward in responsibility.wards(turn.session, turn.person, it.period.day)}
    return it.report.person_id in own


def leads(turn: Turn, it: ReportContext) -> bool:
    """Say whether the speaker leads the unit through which the ward was asked."""
    unit = turn.session.get_one(Unit, turn.session.get_one(Place, it.report.place_id).unit_id)
    return permissions.may_lead(turn.session, turn.person, unit.path, turn.today)


def owed(found: Sequence[ReportContext]) -> list[ReportContext]:
    """Return those for which a zero is still to be filed; *not reached* is replaced by it."""
    return [it for it in found if it.report.owed or it.report.uncontacted]


def mark(found: Sequence[ReportContext]) -> str:
    """Return which reports were on the screen, short enough for a button: a zero covers exactly those."""
    numbers = ",".join(str(it.report.id) for it in owed(found))
    return hashlib.sha256(numbers.encode()).hexdigest()[:12]
