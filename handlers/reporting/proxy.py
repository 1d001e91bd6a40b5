"""`/proxy`, 代报: file for a person who told their lead another way, with the reason. The subject is told at once and
can correct it."""

from functools import partial
from typing import Any, Literal

from handlers.core import lead_arguments
from handlers.core.access import LEAD
from handlers.core.ids import DraftId, PeriodId, ReportId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import BACK, CANCEL, bare
from handlers.prompts import frames
from handlers.reporting import filing, form_dialogue, own_reports
from models.conversations import drafts
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.cycle import periods
from models.cycle.periods import Period
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import audience, owed_reports, report_context, reports, revisions
from models.reporting.report_context import ReportContext
from models.reporting.reports import KINDS, State

router = Router("proxy", LEAD)

SHOWN = 12  # names as buttons; others are found by name
USUAL = 3  # reasons as buttons: templates/chat/reporting/proxy_usual.j2
LONGEST = 60  # characters of a reason


@router.command("proxy", word="代报")
def proxy(turn: Turn, words: str) -> None:
    """File `who zero|form reason`. What is left out is asked for by buttons; without words or with a unit, show who is
    silent there."""
    who, kind, reason = _read(words)
    if not who or (kind is None and lead_arguments.is_unit(turn, who)):
        unit = lead_arguments.chosen_unit(turn, who, "proxy")
        if unit:
            _show_silent(turn, unit)
        return
    found = _asked_of(turn, who)
    for it in found:
        if kind:
            _begin(turn, it, kind, reason)
        else:
            _stand(turn, it, "reporting/proxy_kind", below=True)


def _read(words: str) -> tuple[str, State | None, str]:
    parts = words.split()
    at = next((n for n, part in enumerate(parts) if part.lower() in KINDS), None)
    if at is None:
        return " ".join(parts), None, ""
    return " ".join(parts[:at]), KINDS[parts[at].lower()], " ".join(parts[at + 1 :])


def _asked_of(turn: Turn, who: str) -> list[ReportContext]:
    """Return what is asked of this person now and may be filed for them. Raises `proxy.not_asked`, and as
    `own_reports.member_report` and `revisions.refuse_if_not_theirs`."""
    person = people.find_person(turn.session, who)
    running = periods.current(turn.session, turn.now)
    rows = [row for period in running if (row := reports.of_person(turn.session, period, person))]
    if not rows:
        lead_arguments.person_in_reach(turn, who)
        raise Refusal("proxy.not_asked", name=person.name)
    free, refused = [], None
    for it in [own_reports.member_report(turn, row.id) for row in rows]:
        try:
            revisions.refuse_if_not_theirs(turn.session, it.period, it.report, turn.person)
            free.append(it)
        except Refusal as refusal:
            refused = refusal
    if refused and not free:
        raise refused
    return free


def _show_silent(turn: Turn, unit: Unit) -> None:
    running = periods.current(turn.session, turn.now)
    found = [p for p in running if p in lead_arguments.about(turn, unit, p.day)]
    for period in found:
        _name_silent(turn, period, unit)
    if not found:
        turn.say("core/no_period", unit=unit, about=turn.today)


def _name_silent(turn: Turn, period: Period, unit: Unit) -> None:
    rows, total = owed_reports.silent_others(turn.session, period, unit, turn.person, SHOWN)
    form = report_context.form_of(turn.session, period)
    turn.say("reporting/proxy", **frames.frame(period, form), unit=unit, rows=rows, total=total)


@router.button("unit")
def tap_unit(turn: Turn, period_id: PeriodId, unit_id: UnitId) -> None:
    """Show the silent people of a unit by name, from an escalation (代报)."""
    unit = lead_arguments.led_unit(turn, unit_id)
    period = turn.session.get(Period, period_id)
    if period is None:
        turn.toast("core/not_yours", alert=True)
    elif not period.takes_reports:
        turn.toast("core/locked", day=period.day, alert=True)
    else:
        _name_silent(turn, period, unit)


@router.button("person")
def tap_person(turn: Turn, report_id: ReportId) -> None:
    """Ask for one person: zero, or the form?"""
    _stand(turn, _free(turn, report_id), "reporting/proxy_kind", below=True)


@router.button("kind")
def tap_kind(turn: Turn, report_id: ReportId, kind: Literal["zero", "filled"]) -> None:
    """Choose zero or the form for one person."""
    _begin(turn, _free(turn, report_id), State(kind), "")


@router.button("cancel")
def tap_never_mind(turn: Turn, report_id: ReportId) -> None:
    """Drop the proxy report."""
    it = own_reports.member_report(turn, report_id)
    draft = drafts.started(turn.session, it.report, turn.person)
    if draft:
        drafts.discard(turn.session, draft)
    _stand(turn, it, "reporting/proxy_left")
    turn.toast("reporting/form_cancelled", state=it.report.state)


def _free(turn: Turn, report_id: int) -> ReportContext:
    it = own_reports.member_report(turn, report_id)
    revisions.refuse_if_not_theirs(turn.session, it.period, it.report, turn.person)
    return it


def _begin(turn: Turn, asked: ReportContext, kind: State, reason: str) -> None:
    because = _checked(reason) if reason else None
    draft = form_dialogue.draft_for_other(turn, asked, kind)
    if because:
        _because(turn, asked, draft, because, below=True)
    else:
        _stand(turn, asked, "reporting/proxy_reason", draft=draft)


@router.file
def received(turn: Turn) -> bool:
    """Refuse a file while the reason is asked for, which is words. Raises `pending.words_only`."""
    draft = drafts.active(turn.session, turn.person)
    if draft is None or not draft.proxy or draft.reason is not None or turn.incoming.reading is not None:
        return False
    raise Refusal("pending.words_only", what="reason")


@router.button("reason")
def tap_reason(turn: Turn, draft_id: DraftId, revision: int, number: int) -> None:
    """Take one of the usual reasons."""
    it, draft = _resume(turn, draft_id, revision)
    if it and draft and number < USUAL:
        _because(turn, it, draft, turn.words.line("reporting/proxy_usual", number=number))


@router.button("other_reason")
def tap_other_reason(turn: Turn, draft_id: DraftId, revision: int) -> None:
    """Ask for another reason, to be typed."""
    it, draft = _resume(turn, draft_id, revision)
    if it and draft and draft.proxy:
        _begin(turn, it, State(draft.proxy), "")


def typed(turn: Turn, draft: Draft, text: str) -> None:
    """Take words typed while the reason is asked for: the reason, its number on the screen, 返回 or 取消."""
    # otherwise every word from now on would be refused
    turn.on_refusal = partial(drafts.discard, turn.session, draft)
    it = _free(turn, draft.report_id or 0)
    turn.on_refusal = None
    word = bare(text)
    if word in BACK:
        drafts.rest(turn.session, turn.person)
        _stand(turn, it, "reporting/proxy_kind", below=True)
    elif word in CANCEL:
        drafts.discard(turn.session, draft)
        _stand(turn, it, "reporting/proxy_left", below=True)
    elif word.isdecimal() and 0 < int(word) <= USUAL:
        _because(turn, it, draft, turn.words.line("reporting/proxy_usual", number=int(word) - 1), below=True)
    else:
        _because(turn, it, draft, text, below=True)


def _because(turn: Turn, asked: ReportContext, draft: Draft, reason: str, *, below: bool = False) -> None:
    """Take the reason and go on: to the preview of a zero, or to the form. Raises `proxy.reason`."""
    draft.reason = _checked(reason)
    draft.revision += 1
    turn.session.add(draft)
    if draft.proxy == State.FILLED:
        form_dialogue.begin(turn, asked, below=below)
        return
    drafts.rest(turn.session, turn.person)
    _stand(turn, asked, "reporting/proxy_preview", below=below, draft=draft)


def _checked(reason: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in reason).split())
    if len(words) > LONGEST or sum(c.isalpha() for c in words) < 2:
        raise Refusal("proxy.reason", most=LONGEST)
    return words


@router.button("confirm")
def tap_confirm(turn: Turn, draft_id: DraftId, revision: int) -> None:
    """File what is shown above the button."""
    it, draft = _resume(turn, draft_id, revision)
    if it and draft and draft.reason and draft.proxy == State.ZERO:
        made = filing.file_zero(turn, it, draft.reason)
        turn.toast("reporting/filed", at=made.at, report=it.report, late=it.report.late)


def _resume(turn: Turn, draft_id: int, revision: int) -> tuple[ReportContext | None, Draft | None]:
    """Return the draft a button belongs to, if nothing has changed since the button was shown."""
    draft = turn.session.get(Draft, draft_id)
    if draft is None or draft.author_id != turn.person.id or draft.proxy is None:
        turn.toast("core/form_gone")
        return None, None
    it = _free(turn, draft.report_id or 0)
    if draft.revision != revision:
        turn.toast("core/form_stale")
        return None, None
    return it, draft


def _stand(turn: Turn, asked: ReportContext, template: str, *, below: bool = False, draft: Draft | None = None) -> None:
    subject = turn.session.get_one(Person, asked.report.person_id)
    values: dict[str, Any] = frames.frame(asked.period, asked.form) | {
        "report": asked.report, "ward": subject, "draft": draft, "home": people.home(turn.session, subject),
        "telling": audience.told(turn.session, subject),
    }  # fmt: skip
    slot = report_context.report_slot(asked.report, turn.here)
    live_messages.show(turn.session, slot, Kind.ASK, turn.words.content(template, **values), turn.now, below=below)
