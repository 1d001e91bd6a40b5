"""A report is filed: the record first, then everything in which it shows."""

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
from models.reporting import asked, audience, cumulative_totals, revisions
from models.reporting.asked import ReportContext
from models.reporting.reports import State
from models.reporting.revisions import Filing, Revision


def file_zero(turn: Turn, it: ReportContext, reason: str | None = None) -> Revision:
    """The zero statement, in the exact words this person was shown; a lead's for somebody with the reason."""
    return _file(turn, it, State.ZERO, statement=say(it.form.statement, turn.words.locale), reason=reason)


def file_filled(
    turn: Turn, it: ReportContext, answers: dict[str, Any], reason: str | None = None, files: Sequence[FileRecord] = ()
) -> Revision:  # fmt: skip
    return _file(turn, it, State.FILLED, answers=answers, reason=reason, attachments=list(files))


def file_uncontacted(turn: Turn, it: ReportContext) -> Revision:
    """A ward that could not be reached (未联系上): received, shown apart."""
    return _file(turn, it, State.FILLED, statement=turn.words.line("reporting/uncontacted_statement"), uncontacted=True)


def _file(turn: Turn, it: ReportContext, kind: State, **content: Any) -> Revision:
    session, period, report = turn.session, it.period, it.report
    before = session.get(Revision, report.head_id) if report.head_id else None
    filing = Filing(kind=kind, by=turn.person, channel=turn.incoming.channel, now=turn.now, **content)
    revision = revisions.file(session, period, report, filing)
    started = drafts.started(session, report, turn.person)
    if started:
        drafts.discard(session, started)
    _show_receipts(turn, it, revision)
    if before and before.reason and before.by != turn.person.id:
        _show_superseded(turn, it, before)
    if before is None or revision.id != before.id:
        if period.phase == Phase.LOCKED:  # reopened: what was counted at the lock is no longer so
            cumulative_totals.correct(session, period, report, before.answers if before else None, revision.answers)
        turn.emit(ReportsFiled(period, [Filed(it, revision, turn.person)]))
    return revision


def _show_receipts(turn: Turn, it: ReportContext, revision: Revision) -> None:
    """The live message becomes the receipt: the speaker's, and that of others who were asked for the same report.
    Whom a proxy concerns is told at once, by a message below."""
    session, proxy = turn.session, revision.reason is not None
    chats = {address.id: (person, address) for person, address in _audience(turn, it, proxy=proxy)}
    chats |= {a.id: (turn.person, a) for a in all_reachable(session, turn.person)}  # wherever else it was asked
    chats[turn.here.id] = (turn.person, turn.here)
    for person, address in chats.values():
        slot = asked.report_slot(it.report, address)
        mine = address.id == turn.here.id
        if proxy or (mine and it.ward is None) or live_messages.current(session, slot):
            words = turn.words_for(person, it.period.timezone)
            content = receipts.receipt(session, words, it, person)
            live_messages.show(session, slot, Kind.ASK, content, turn.now, below=proxy and not mine)
    if it.ward is not None and proxy:
        ward_lists.redraw_wards(turn, it.period, it.ward)
    elif it.ward is not None:
        ward_lists.show_wards(turn, it.period, turn.person, turn.here)
        ward_lists.redraw_wards(turn, it.period, it.ward, but=turn.person)


def _audience(turn: Turn, it: ReportContext, *, proxy: bool) -> list[tuple[Person, Address]]:
    """Those others in whose chats the report stands; where a lead filed for a ward, the reporter, who otherwise has a
    list."""
    if it.report.person_id == turn.person.id:
        return []
    if not (proxy and it.ward and it.ward.reporter_id):
        return audience.audience(turn.session, it)
    reporter = turn.session.get_one(Person, it.ward.reporter_id)
    address = reachable(turn.session, reporter)
    return [(reporter, address)] if address else []


def _show_superseded(turn: Turn, it: ReportContext, before: Revision) -> None:
    """The lead's receipt says that the subject has reported since; nobody's phone rings."""
    lead = turn.session.get_one(Person, before.by)
    address = reachable(turn.session, lead)
    slot = asked.report_slot(it.report, address) if address else None
    if slot and live_messages.current(turn.session, slot):
        content = turn.words_for(lead, it.period.timezone).content(
            "reporting/proxy_superseded",
            **frames.frame(it.period, it.form),
            report=it.report,
            revision=turn.session.get_one(Revision, it.report.head_id),
            subject=turn.session.get_one(Person, it.report.person_id),
            by=turn.person,
        )
        live_messages.show(turn.session, slot, Kind.ASK, content, turn.now)
