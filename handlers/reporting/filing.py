"""File a report: first the record, then everything in which it shows."""

from collections.abc import Sequence
from typing import Any

from handlers.core.events import Filed, ReportsFiled
from handlers.core.turn import Turn
from handlers.prompts import frames, receipts, ward_lists
from models.conversations import drafts
from models.cycle.periods import Phase
from models.files.records import FileRecord
from models.forms.spec import say
from models.messaging import live_messages
from models.messaging.addresses import Address, all_reachable, reachable
from models.messaging.cards import Kind
from models.organisation.people import Person
from models.reporting import audience, cumulative_totals, proposals, report_context, revisions
from models.reporting.report_context import ReportContext
from models.reporting.reports import State
from models.reporting.revisions import Filing, Revision


def file_zero(turn: Turn, asked: ReportContext, reason: str | None = None) -> Revision:
    """File the zero statement, in the exact words this person was shown; a lead's for somebody with the reason."""
    return _file(turn, asked, State.ZERO, statement=say(asked.form.statement, turn.words.locale), reason=reason)


def file_filled(
    turn: Turn, asked: ReportContext, answers: dict[str, Any],
    reason: str | None = None, files: Sequence[FileRecord] = (),
) -> Revision:  # fmt: skip
    proposed = proposals.of_form(turn.session, asked, answers)
    return _file(turn, asked, State.FILLED, answers=answers, reason=reason, attachments=list(files), proposed=proposed)


def file_uncontacted(turn: Turn, asked: ReportContext) -> Revision:
    """File that a ward could not be reached (未联系上): received, and shown apart."""
    return _file(
        turn, asked, State.FILLED, statement=turn.words.line("reporting/uncontacted_statement"), uncontacted=True
    )


def _file(turn: Turn, asked: ReportContext, kind: State, **content: Any) -> Revision:
    session, period, report = turn.session, asked.period, asked.report
    before = session.get(Revision, report.head_id) if report.head_id else None
    filing = Filing(kind=kind, by=turn.person, channel=turn.incoming.channel, now=turn.now, **content)
    revision = revisions.file(session, period, report, filing)
    started = drafts.started(session, report, turn.person)
    if started:
        drafts.discard(session, started)
    _show_receipts(turn, asked, revision)
    if before and before.reason and before.by != turn.person.id:
        _show_superseded(turn, asked, before)
    if before is None or revision.id != before.id:
        if period.phase == Phase.LOCKED:  # reopened: the totals counted at the lock change
            cumulative_totals.correct(session, period, report, before.answers if before else None, revision.answers)
        turn.emit(ReportsFiled(period, [Filed(asked, revision, turn.person)]))
    return revision


def _show_receipts(turn: Turn, asked: ReportContext, revision: Revision) -> None:
    """Turn the live message into the receipt: the speaker's, and that of others who were asked for the same report. The
    subject of a proxy report is told at once, by a message below."""
    session, proxy = turn.session, revision.reason is not None
    chats = {address.id: (person, address) for person, address in _audience(turn, asked, proxy=proxy)}
    chats |= {a.id: (turn.person, a) for a in all_reachable(session, turn.person)}  # wherever else it was asked
    chats[turn.here.id] = (turn.person, turn.here)
    for person, address in chats.values():
        slot = report_context.report_slot(asked.report, address)
        mine = address.id == turn.here.id
        if proxy or (mine and asked.ward is None) or live_messages.current(session, slot):
            words = turn.words_for(person, asked.period.timezone)
            content = receipts.receipt(session, words, asked, person)
            below = not mine if proxy else mine and not turn.incoming.pressed
            live_messages.show(session, slot, Kind.ASK, content, turn.now, below=below)
    if asked.ward is not None and proxy:
        ward_lists.redraw_wards(turn, asked.period, asked.ward)
    elif asked.ward is not None:
        ward_lists.show_wards(turn, asked.period, turn.person, turn.here)
        ward_lists.redraw_wards(turn, asked.period, asked.ward, but=turn.person)


def _audience(turn: Turn, asked: ReportContext, *, proxy: bool) -> list[tuple[Person, Address]]:
    """Return the others in whose chats the report is shown; if a lead filed for a ward, the reporter, who otherwise has
    a list."""
    if asked.report.person_id == turn.person.id:
        return []
    if not (proxy and asked.ward and asked.ward.reporter_id):
        return audience.audience(turn.session, asked)
    reporter = turn.session.get_one(Person, asked.ward.reporter_id)
    address = reachable(turn.session, reporter)
    return [(reporter, address)] if address else []


def _show_superseded(turn: Turn, asked: ReportContext, before: Revision) -> None:
    """Show in the lead's receipt that the subject has reported since; nobody's phone rings."""
    lead = turn.session.get_one(Person, before.by)
    address = reachable(turn.session, lead)
    slot = report_context.report_slot(asked.report, address) if address else None
    if slot and live_messages.current(turn.session, slot):
        content = turn.words_for(lead, asked.period.timezone).content(
            "reporting/proxy_superseded",
            **frames.frame(asked.period, asked.form),
            report=asked.report,
            revision=turn.session.get_one(Revision, asked.report.head_id),
            subject=turn.session.get_one(Person, asked.report.person_id),
            by=turn.person,
        )
        live_messages.show(turn.session, slot, Kind.ASK, content, turn.now)
