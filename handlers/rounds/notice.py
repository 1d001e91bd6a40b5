"""`/notice`, 通知: write a notice step by step, see it on one's own phone, send it (docs/rules.md 27)."""

from dataclasses import replace
from datetime import date
from typing import Any, Literal

from handlers.core import confirmations, held_files
from handlers.core.access import ADMIN, LEAD
from handlers.core.groups import Group
from handlers.core.ids import ConfirmationId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import LIST
from handlers.rounds import forms, messages, notice_draft, notice_proof, notice_typed, standing, survey, survey_links
from handlers.rounds.notice_draft import MEETING, Draft
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core import audit
from models.core.errors import Refusal
from models.messaging import cards
from models.organisation.kinds import Kind, Role
from models.organisation.units import Unit
from models.rounds import audience, rounds, story
from models.rounds.rounds import Asks, Round, RoundKind
from models.time.times import DAY, ClockTime, instant

router = Router("notice", LEAD)

URGENT = "notice.urgent"
SHOWN = 8  # notices in the list


@router.command("notice", word="通知", tells=True, dated=False, group=Group.WORD)
def notice(turn: Turn, words: str) -> None:
    """Begin a notice, with its text if that follows; `list` shows those sent, a number one of them, a
    number and a name how that person’s reply came about."""
    said = turn.typed[1].strip() if turn.typed else words.strip()
    if said.lower() in LIST:
        show_list(turn)
    elif found := notice_proof.split(turn, said):
        number, name = found
        it, _ = standing.seen(turn, turn.person, number)
        notice_proof.show(turn, it, name) if name else standing.show(turn, it)
    else:
        notice_proof.refuse_named(turn, said)
        draft = notice_typed.words(turn, Draft(), said) if said else Draft()
        notice_draft.show(turn, notice_draft.begin(turn, draft), draft, below=True)


def show_list(turn: Turn) -> None:
    """List the newest notices that the speaker sent or whose recipients they lead."""
    found, total = standing.visible(turn, turn.person, RoundKind.NOTICE, SHOWN)
    turn.say("rounds/notices", lines=[standing.line(turn, it, turn.person) for it in found], total=total)


@router.button("list")
def tap_list(turn: Turn) -> None:
    """Show the list of notices."""
    show_list(turn)


def drop(turn: Turn, expected: ExpectedInput) -> None:
    """Cancel (取消): nothing was sent."""
    notice_draft.drop(turn, notice_draft.held(turn, expected.about or 0)[0])


@router.expects(Purpose.NOTICE, dropped=drop)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take words as the answer to what is asked, or as a button of the message: by its number or label."""
    pending, draft = notice_draft.held(turn, expected.about or 0)
    if draft.step != "words" and (data := _chosen(turn, text)):
        name = ".".join(data.split(".")[:2])
        button = router.buttons.get(name) or survey.router.buttons[name]
        button.run(turn, *button.read(data.split(".")[2:]))
        return
    notice_draft.keep(turn, pending, notice_typed.take(turn, draft, text), below=True)


def _chosen(turn: Turn, text: str) -> str | None:
    """Return what the button of the newest message carries that a number or label chooses."""
    menu = cards.newest_menu(turn.session, turn.here)
    keys = [key for row in menu.buttons for key in row] if menu else []
    same = [key.data for key in keys if key.label.strip("✅📎✖️ ").casefold() == text.strip().casefold()]
    if text.isdecimal() and 0 < int(text[:3]) <= len(keys):
        same = [keys[int(text[:3]) - 1].data]
    return same[0] if len(same) == 1 and same[0].startswith(("notice.", "survey.")) else None


@router.file
def received(turn: Turn) -> bool:
    """Take a file while a notice is being written; its caption is the text, if there is none yet."""
    number = notice_draft.draft_expected(turn)
    if number is None:
        return False
    try:
        pending, draft = notice_draft.held(turn, number)
    except Refusal:
        return False
    if draft.kind != RoundKind.NOTICE:
        raise Refusal("surveys.no_files")
    file = held_files.sent(turn)
    files = {it["digest"]: it for it in [*draft.files, file]}
    if len(files) > notice_draft.MOST_FILES:
        raise Refusal("rounds.many_files", most=notice_draft.MOST_FILES)
    draft = replace(draft, files=tuple(files.values()))
    caption = (turn.incoming.text or "").strip()
    if caption and draft.step == "words":
        draft = notice_typed.words(turn, draft, caption)
    notice_draft.keep(turn, pending, draft, below=True)
    return True


def _at(turn: Turn, pending_id: int, *steps: str) -> tuple[Confirmation, Draft] | None:
    """Return a draft of the speaker's, if it is at one of these steps; otherwise show where it is."""
    pending, draft = notice_draft.held(turn, pending_id)
    if steps and draft.step not in steps:
        notice_draft.show(turn, pending, draft)
        turn.toast("core/form_stale")
        return None
    return pending, draft


@router.button("unit")
def tap_unit(turn: Turn, pending_id: ConfirmationId, unit_id: UnitId) -> None:
    """Send it to a unit and all below it."""
    found = _at(turn, pending_id, "whom")
    unit = turn.session.get(Unit, unit_id)
    if unit is None or not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    if found:
        pending, draft = found
        notice_draft.keep(turn, pending, replace(draft, tops=(unit.id,), people=(), roles=()).done("whom", "role"))


@router.button("role")
def tap_role(turn: Turn, pending_id: ConfirmationId, whom: Literal["all", "lead", "admin"]) -> None:
    """Send it to everybody there, or to its leads or admins only."""
    if found := _at(turn, pending_id, "role"):
        pending, draft = found
        roles = () if whom == "all" else (Role(whom).value,)
        made = replace(draft, roles=roles, kinds=(Kind.STAFF,), open="")
        notice_draft.refuse_nobody(turn, made)
        notice_draft.keep(turn, pending, made.done("role"))


@router.button("asks")
def tap_asks(
    turn: Turn, pending_id: ConfirmationId, asks: Literal["nothing", "receipt", "meeting", "choices", "quiz"]
) -> None:  # fmt: skip
    """Choose what is asked back: nothing, that it was read, whether one attends a meeting, choices of one's own, or a
    quiz."""
    if found := _at(turn, pending_id, "asks"):
        pending, draft = found
        if asks == "choices":
            made = draft.done("asks", "choices")
        elif asks == "meeting":
            made = notice_draft.asked_back(turn, draft, Asks.ANSWER, MEETING)
        else:
            made = notice_draft.asked_back(turn, draft, Asks(asks))
        notice_draft.keep(turn, pending, made)


@router.button("due")
def tap_due(turn: Turn, pending_id: ConfirmationId, day: date, minutes: int) -> None:
    """Choose until when a reply is expected."""
    if found := _at(turn, pending_id, "due"):
        pending, draft = found
        at = instant(day, ClockTime(min(minutes, DAY)), turn.defaults.zone)
        made = replace(draft, due_at=at.isoformat())
        notice_draft.check_times(turn, made)
        notice_draft.keep(turn, pending, made.done("due"))


@router.button("redo")
def tap_redo(turn: Turn, pending_id: ConfirmationId, step: Literal["words", "whom", "asks", "meeting", "due"]) -> None:
    """Change a part of the notice before it is sent."""
    if found := _at(turn, pending_id, "preview"):
        pending, draft = found
        if (draft.round and step in ("whom", "asks")) or (
            draft.kind != RoundKind.NOTICE and step in ("asks", "meeting")
        ):
            raise Refusal("rounds.fixed")
        files = () if step == "words" else draft.files
        notice_draft.keep(turn, pending, replace(draft, files=files).done("", step))


@router.button("drop")
def tap_drop(turn: Turn, pending_id: ConfirmationId) -> None:
    """Cancel the notice; nothing was sent."""
    pending, _ = notice_draft.held(turn, pending_id)
    notice_draft.drop(turn, pending)
    turn.toast("rounds/notice_dropped")


@router.button("send")
def tap_send(turn: Turn, pending_id: ConfirmationId) -> None:
    """Send the notice that was previewed, or the new version of one."""
    if found := _at(turn, pending_id, "preview"):
        _send(turn, *found, urgent=False)


@router.button("urgent", role=ADMIN)
def tap_urgent(turn: Turn, pending_id: ConfirmationId) -> None:
    """Ask whether the notice is to be urgent: it rings at night, and whatever else people got that day."""
    found = _at(turn, pending_id, "preview")
    if found is None:
        return
    pending, draft = found
    _refuse_urgent(turn, draft)
    reach = audience.reached(turn.session, draft.audience(turn.person), turn.today)
    values: dict[str, Any] = {"reach": reach, "title": draft.version(turn).title}
    confirmations.ask(turn, URGENT, {"draft": pending.id}, "rounds/notice_urgent", **values)


@router.confirmed(URGENT, role=ADMIN)
def confirmed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Send it as urgent."""
    if found := _at(turn, asked.arguments["draft"], "preview"):
        _refuse_urgent(turn, found[1])
        _send(turn, *found, urgent=True)


def _refuse_urgent(turn: Turn, draft: Draft) -> None:
    """Raise `rounds.urgent` unless the speaker is an admin of all to whom it goes, and it is a new notice."""
    if draft.round or draft.kind != RoundKind.NOTICE or not notice_draft.may_be_urgent(turn, draft):
        raise Refusal("rounds.urgent")


def _send(turn: Turn, pending: Confirmation, draft: Draft, *, urgent: bool) -> None:
    """Store the notice, which the clock sends, and show how it stands."""
    notice_draft.judge(turn, draft)
    session, version = turn.session, draft.version(turn)
    if draft.anonymous and not turn.defaults.survey_key:
        raise Refusal("surveys.no_key")
    form = forms.stored(turn, draft.form, anonymous=draft.anonymous) if draft.form else None
    if form and bool(form.spec.quiz) != (draft.asks == Asks.QUIZ):
        raise Refusal("quizzes.changed", title=form.spec.title)
    if draft.round:
        it = session.get_one(Round, draft.round)
        standing.refuse_others(turn, it, turn.person)
        if it.urgent and not notice_draft.may_be_urgent(turn, draft):
            raise Refusal("rounds.urgent")  # its new version would ring at night as well
        rounds.change(session, it, version, turn.now)
        story.changed(session, it, version)
    else:
        unit = notice_draft.sending_unit(turn, draft)
        whom = draft.audience(turn.person)
        it = rounds.begin(session, Round(
            kind=draft.kind, unit_id=unit.id, by=turn.person.id, made_at=turn.now, audience=whom.stored(),
            asks=draft.asks, choices=list(draft.choices), urgent=urgent, timezone=turn.defaults.zone,
            form_id=form.id if form else None, anonymous=draft.anonymous,
        ), version, turn.now)  # fmt: skip
        story.began(session, it, version, turn.now)
    what = "notice changed" if draft.round else "notice urgent" if urgent else draft.kind
    unit = session.get_one(Unit, it.unit_id)
    audit.note(session, turn.now, turn.person.staff_no, what, unit.path, number=it.id)
    reach = audience.reached(session, it.whom, turn.today)
    notice_draft.drop(turn, pending, f"rounds/{draft.kind}_gone_out")
    begins = messages.start(turn, it)
    if draft.open:
        survey_links.opened(turn, it, several=draft.open == "several")
    turn.say(
        f"rounds/{draft.kind}_begun",
        it=it,
        reach=reach,
        title=messages.title(turn, turn.words, it, version),
        begins=begins,
        now=turn.now,
    )


def change(turn: Turn, it: Round) -> None:
    """Begin a new version of a notice: its text is asked for anew."""
    newest = rounds.newest(turn.session, it)
    draft = Draft(
        words=newest.words, files=(), tops=it.whom.tops, roles=it.whom.roles, people=it.whom.people, asks=it.asks,
        choices=tuple(it.choices), starts_at=newest.starts_at.isoformat() if newest.starts_at else "",
        venue=newest.venue, due_at=newest.due_at.isoformat() if newest.due_at else "", round=it.id, missing=("words",),
    )  # fmt: skip
    if newest.due_at and newest.due_at <= turn.now:
        draft = replace(draft, due_at="", missing=("words", "due"))
    notice_draft.show(turn, notice_draft.begin(turn, draft), draft, below=True)
