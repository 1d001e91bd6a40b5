"""Show whom somebody is to call today, with phone numbers, and what came of the calls: one message, kept up to date in
place (docs/rules.md 36.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.core.turn import Turn
from handlers.reporting import marks, own_reports
from models.authority import responsibility
from models.calls import calls
from models.calls.calls import Listed, Outcome
from models.core.errors import Refusal
from models.cycle import periods
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.reporting import report_context, reports, revisions
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report, State


def show(turn: Turn, *, below: bool = False, more: bool = False) -> None:
    """Show the list of today. Raises `calls.nobody` to whom no ward belongs."""
    session, day = turn.session, turn.today
    which = calls.theirs(session, turn.person, day)
    done = calls.by_caller(session, turn.person, day)
    left = calls.count_to_call(session, which, day)
    if not done and not left and not calls.listed(session, which, day, 1):
        raise Refusal("calls.nobody")
    most = turn.defaults.calls_a_day
    room = most if more else max(0, most - len({person.id for _, person in done}))
    found = calls.to_call(session, which, day, room) if room else []
    stand(
        turn, "calls/list", day=day, below=below, left=left - len(found),
        rows=[(it, calls.last_call(session, it)) for it in found],
        done=[(call, person, _unfinished(turn, call)) for call, person in done],
        again={it.id for _, it in done} - {it.id for call, it in done if call.reached},
    )  # fmt: skip


def _unfinished(turn: Turn, call: calls.PhoneCall) -> bool:
    """Say whether the form that was begun with this call has still to be filled in."""
    if call.outcome != Outcome.SOMETHING or call.report_id is None:
        return False
    report = turn.session.get_one(Report, call.report_id)
    period = turn.session.get_one(periods.Period, report.period_id)
    return reports.takes(turn.session, period, report) and report.state != State.FILLED


def show_ward(turn: Turn, ward: Person, *, below: bool = False) -> None:
    """Show one ward with the phone number and what may come of the call."""
    state = turn.session.get(calls.CalledWard, ward.id)
    found, today = asked(turn, ward), calls.on(turn.session, ward, turn.today)
    it = Listed(ward, people.home(turn.session, ward), state)
    stand(
        turn, "calls/ward", day=turn.today, below=below, it=it, last=calls.last_call(turn.session, it),
        today=today, by=turn.session.get_one(Person, today.by) if today else None, found=found, owed=owed(found),
        mark=mark(found),
    )  # fmt: skip


def stand(turn: Turn, template: str, /, *, below: bool, **values: Any) -> None:
    slot = Slot.of(Subject.CALLS, turn.here, f"{turn.today:%Y%m%d}")
    live_messages.show(
        turn.session, slot, Kind.WARDS, turn.words.content(template, **values), turn.now, below=below
    )  # fmt: skip


@dataclass(frozen=True)
class Asked(ReportContext):
    """A ward's report that the speaker may file; `own`: the speaker reports for the ward that day. Whoever else calls
    leads there only, and files by proxy (docs/rules.md 36.4)."""

    own: bool = False


def asked(turn: Turn, ward: Person) -> list[Asked]:
    """Return the ward's reports of today's periods that the speaker may file now."""
    found = []
    own: dict[date, bool] = {}  # by day: several tasks of one day ask once
    for period in periods.current(turn.session, turn.now):
        report = reports.of_person(turn.session, period, ward)
        if report is None or not reports.takes(turn.session, period, report):
            continue
        if period.day not in own:
            own[period.day] = ward.id in {it.id for it in responsibility.wards(turn.session, turn.person, period.day)}
        form = report_context.form_of(turn.session, period)
        it = Asked(period, report, form, ward=ward, own=own[period.day])
        if _may_file(turn, it):
            found.append(it)
    return found


def _may_file(turn: Turn, it: Asked) -> bool:
    try:
        revisions.refuse_if_not_theirs(turn.session, it.period, it.report, turn.person)
        if not it.own:
            own_reports.refuse_not_led(turn, it.report)
    except Refusal:
        return False
    return True


def owed(found: Sequence[Asked]) -> list[Asked]:
    """Return those for which a zero is still to be filed; *not reached* is replaced by it."""
    return [it for it in found if it.report.owed or it.report.uncontacted]


def mark(found: Sequence[Asked]) -> str:
    """Return which reports a zero would cover: exactly those."""
    return marks.mark(it.report for it in owed(found))
