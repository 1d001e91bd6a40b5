"""File the zeros of many people who tap 零报告 at the same moment (docs/decisions/0120-zeros-together.md).

A query about fifty people costs little more than about one, so those who file their own first zero are answered
together; all others are left to be handled one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.events import Filed, ReportsFiled
from handlers.core.incoming import Answer, Incoming
from handlers.core.turn import Turn
from handlers.prompts import receipts
from models.conversations import drafts
from models.cycle.periods import Period
from models.forms.spec import FormSpec, say
from models.messaging import addresses, cards, live_messages
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Card
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Person
from models.reporting import reports, revisions, streaks
from models.reporting.report_context import ReportContext, form_of
from models.reporting.reports import Report, State
from models.reporting.revisions import Filing, Revision


@dataclass(frozen=True)
class _Tap:
    """One tap: who, where, the report, and the message that becomes the receipt."""

    incoming: Incoming
    person: Person
    address: Address
    report: Report
    card: Card


def file_zeros(context: Context, run: Sequence[Incoming], period_id: int) -> dict[str, Answer]:
    """File them and return the answers to the taps by their update. Whoever is not in it is unchanged."""
    session = context.session
    period = session.get(Period, period_id)
    if period is None or not period.takes_reports:
        return {}
    taps = _plain(session, period, run)
    if not taps:
        return {}
    form = form_of(session, period)
    addresses.used(session, [it.address for it in taps], context.now)
    made = revisions.file_first(session, period, [(it.report, _zero(context, it, form)) for it in taps])
    filed = list(zip(taps, made, strict=True))
    _show_receipts(context, period, form, filed)
    done = [Filed(ReportContext(period, it.report, form), revision, it.person) for it, revision in filed]
    context.emit(ReportsFiled(period, done))
    return {it.incoming.update: _answer(context, it, revision) for it, revision in filed}


def _plain(session: Session, period: Period, run: Sequence[Incoming]) -> list[_Tap]:
    """Return those who have one chat, owe this report, have begun nothing, and see the question before them."""
    accounts = [it.account for it in run]
    known = {a.account: (p, a) for p, a in addresses.who_all(session, run[0].channel, accounts)}
    persons = [p.id for p, _ in known.values()]
    several = addresses.with_several(session, persons)
    owed = {r.person_id: r for r in reports.of_persons(session, period, persons) if r.owed and r.head_id is None}
    begun = drafts.begun(session, [r.id for r in owed.values()])
    found = []
    for incoming in run:
        person, address = known.get(incoming.account, (None, None))
        report = owed.get(person.id) if person and person.id not in several else None
        usual = address is not None and address.reach == Reach.REACHABLE and not address.unopened
        if person and address and report and usual and report.id not in begun:
            found.append((incoming, person, address, report))
    standing = _standing(session, [report for _, _, _, report in found])
    return [_Tap(*it, card=card) for it in found if (card := standing.get((it[3].id, it[2].id))) is not None]


def _standing(session: Session, found: Sequence[Report]) -> dict[tuple[int, int], Card]:
    """Return the live message of each by its report and address."""
    there: dict[tuple[str, int], list[Card]] = {}
    for card in cards.about(session, Subject.REPORT, [subject_id(report.id) for report in found]):
        there.setdefault((card.subject_id, card.address_id), []).append(card)
    live = {(int(report), address): live_messages.newest(mine) for (report, address), mine in there.items()}
    return {at: card for at, card in live.items() if card}


def _zero(context: Context, tap: _Tap, form: FormSpec) -> Filing:
    statement = say(form.statement, context.words_for(tap.person).locale)
    return Filing(kind=State.ZERO, by=tap.person, channel=tap.incoming.channel, now=context.now, statement=statement)


def _show_receipts(context: Context, period: Period, form: FormSpec, filed: Sequence[tuple[_Tap, Revision]]) -> None:
    session = context.session
    days = streaks.streaks(session, period, [it.report for it, _ in filed])
    shown = []
    for it, revision in filed:
        words, asked = context.words_for(it.person, period.timezone), ReportContext(period, it.report, form)
        receipt = receipts.receipt(session, words, asked, it.person, revision=revision, streak=days[it.report.id])
        shown.append((it.card, receipt))
    cards.want_instead(session, shown, context.now)


def _answer(context: Context, tap: _Tap, revision: Revision) -> Answer:
    turn = Turn.of(context, tap.incoming, tap.address, tap.person)
    turn.toast("reporting/filed", at=revision.at, report=tap.report, late=tap.report.late)
    return turn.answer or Answer("")
