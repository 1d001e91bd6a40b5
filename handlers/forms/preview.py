"""Try a form on one's own phone: the real prompt and the real questions about a report that does not exist."""

from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.core.ids import DraftId
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import prompts
from models.conversations import drafts, expected_input
from models.conversations.drafts import Draft
from models.cycle import assignments
from models.cycle.periods import Period
from models.forms import versions
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report
from models.time.times import Times, instant

router = Router("preview", MEMBER)

NOWHERE = 0  # the id of the report and the period, which are never stored


def context_of(
    context: Context, source: str, times: Times | None = None, in_zone: str | None = None
) -> ReportContext:  # fmt: skip
    """Return what a prompt needs, about no stored report: today, at these times, else at those of the task that asks
    the form."""
    form = versions.parsed(source)
    task = next(iter(assignments.asking(context.session, form.code)), None)
    day, zone = context.today, in_zone or (task.timezone if task and not times else context.defaults.zone)
    times = times or (task.schedule if task else Times())
    period = Period(
        id=NOWHERE, assignment_id=NOWHERE, day=day, version_id=NOWHERE, place_id=NOWHERE, timezone=zone,
        opens_at=instant(day, times.opens, zone), due_at=instant(day, times.due, zone),
        lock_at=instant(day, times.lock, zone),
    )  # fmt: skip
    return ReportContext(period, Report(id=NOWHERE, period_id=NOWHERE, place_id=NOWHERE), form)


def begin(turn: Turn, source: str, times: Times | None = None) -> None:
    """Post the prompt as people get it; its two buttons lead into the preview."""
    it = context_of(turn, source, times)
    draft = drafts.rehearse(turn.session, turn.person, source, turn.now)
    content = prompts.prompt(turn.words, it.period, it.form, rehearsal=draft.id)
    over = turn.words.content("forms/rehearsal", form=it.form)
    shown = Content(f"{over.text}\n{content.text}", content.buttons)
    live_messages.show(turn.session, slot(turn), Kind.REPLY, shown, turn.now, below=True)


def slot(turn: Turn) -> Slot:
    return Slot.of(Subject.REPORT, turn.here, NOWHERE)


def wake(turn: Turn, draft: Draft) -> None:
    """Let typed words go to this preview from now on."""
    if not draft.active:
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
        drafts.rest(turn.session, turn.person)
        draft.active = True
        turn.session.add(draft)
        turn.session.flush()


def mine(turn: Turn, draft_id: int) -> Draft | None:
    """Return the preview a button names, if it is this person's and not over."""
    draft = turn.session.get(Draft, draft_id)
    if draft is None or draft.author_id != turn.person.id or draft.rehearsal is None:
        turn.toast("core/form_gone")
        return None
    return draft


@router.button("zero")
def tap_zero(turn: Turn, draft_id: DraftId) -> None:
    """Show what a zero would have confirmed, and file nothing."""
    draft = mine(turn, draft_id)
    if draft and draft.rehearsal:
        form = versions.parsed(draft.rehearsal)
        drafts.discard(turn.session, draft)
        content = turn.words.content("forms/rehearsal_over", form=form, answers=[], zero=True)
        live_messages.show(turn.session, slot(turn), Kind.REPLY, content, turn.now)
