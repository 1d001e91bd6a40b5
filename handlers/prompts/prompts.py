"""Show the card on which somebody is asked for a report: prompt, reminder and receipt are states of one live
message."""

from datetime import datetime
from typing import Any

from handlers.core import bundled
from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.prompts.frames import frame
from handlers.prompts.receipts import receipt
from handlers.prompts.ward_lists import show_wards
from models.conversations import drafts
from models.cycle import periods
from models.cycle.periods import Period
from models.forms.spec import FormSpec
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.messaging.live_messages import show
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import excuses, reports
from models.reporting.audience import answered_for
from models.reporting.report_context import ReportContext, form_of, report_slot
from models.reporting.reports import Report, State
from models.rounds import attempts


def prompt(words: Renderer, period: Period, form: FormSpec, report: Report | None = None, unit: Unit | None = None,
           template: str = "prompts/prompt", **values: Any) -> Content:  # fmt: skip
    """Return the question with its two buttons. Without `report` it holds no personal data and is the same for
    everybody."""
    return words.content(template, **frame(period, form), report=report, unit=unit, **values)


def excused(context: Context, words: Renderer, asked: ReportContext, person: Person) -> Content:
    """Return the prompt for somebody on leave: nothing is owed, and the buttons are there for whoever reports all the
    same. Who has not passed the quiz that the task requires gets the way to it instead (docs/rules.md 31.9)."""
    if excuses.is_untrained(asked.report):
        quiz = bundled.latest(context.session, asked.period.requires, context.now)
        found = attempts.open_for(context.session, person, asked.period.requires, context.now)
        return words.content(
            "prompts/untrained", **frame(asked.period, asked.form), number=found.id if found else None,
            quiz=quiz.spec.title if quiz else {"": asked.period.requires},
        )  # fmt: skip
    return words.content("prompts/excused", **frame(asked.period, asked.form), report=None, unit=None, started=False)


def ask(
    context: Context, asked: ReportContext, person: Person, address: Address, *,
    below: bool = True, lane: Lane = Lane.REPLY, not_before: datetime | None = None,
) -> None:  # fmt: skip
    """Show the report at the end of the person's chat: the question, or the receipt."""
    session = context.session
    words = context.words_for(person, asked.period.timezone)
    if asked.report.state == State.DUE:
        started = drafts.started(session, asked.report, person) is not None
        report = asked.report if asked.unit else None
        content = (
            excused(context, words, asked, person)
            if asked.report.excused
            else prompt(words, asked.period, asked.form, report, asked.unit, started=started)
        )
    else:
        content = receipt(session, words, asked, person)
    slot = report_slot(asked.report, address)
    show(session, slot, Kind.ASK, content, context.now, below=below, lane=lane, not_before=not_before)


def state_of_today(context: Context, person: Person) -> tuple[bool, bool]:
    """Say whether this person still owes a report at the moment, and whether they are asked for any."""
    session, owed, asked = context.session, False, False
    for period in periods.current(session, context.now):
        own = reports.of_person(session, period, person)
        mine = [own] if own else []
        mine += [report for report, _ in answered_for(session, period, person, context.today)]
        mine += [report for report, _ in reports.of_wards(session, period, person)]
        asked = asked or bool(mine)
        owed = owed or any(report.owed for report in mine)
    return owed, asked


def ask_today(context: Context, person: Person, address: Address, *, only_due: bool = False) -> None:
    """Show everything this person is asked for at the moment at the end of their chat, or only what they still owe."""
    session = context.session
    day = context.today
    for period in periods.current(session, context.now):
        form = form_of(session, period)
        own = reports.of_person(session, period, person)
        mine = [ReportContext(period, own, form)] if own else []
        mine += [ReportContext(period, r, form, unit) for r, unit in answered_for(session, period, person, day)]
        for it in mine:
            if not only_due or it.report.owed:
                ask(context, it, person, address)
        due = any(r.owed for r, _ in reports.of_wards(session, period, person))
        if due or not only_due:
            show_wards(context, period, person, address, below=True)
