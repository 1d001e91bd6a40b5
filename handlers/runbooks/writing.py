"""Write a runbook with buttons, step by step, or by pasting lines; see it, then save it (docs/rules.md 37.2)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from handlers.core.access import ADMIN
from handlers.core.ids import ConfirmationId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import FOR_UNIT
from handlers.rounds.messages import unit_called
from handlers.runbooks import books, drafts, reading
from handlers.runbooks.drafts import Draft
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core import audit
from models.core.errors import Refusal
from models.messaging import cards
from models.organisation.units import Unit
from models.runbooks import runbooks, typed_steps
from models.runbooks.runbooks import MOST_MINUTES, MOST_STEPS, Proof, Runbook, Who

router = Router("plan", ADMIN)


def begin(turn: Turn, words: str = "", *, example: bool = False) -> None:
    """Begin a runbook: the first line that follows is its title, with an @ the unit behind it; further lines are its
    steps."""
    tops = permissions.administers(turn.session, turn.person)
    title, _, typed = words.strip().partition("\n")
    title, *named = re.split(FOR_UNIT, title, maxsplit=1)
    draft = Draft(title=runbooks.read_title(title) if title.strip() else "")
    if named:
        draft = _read_unit(turn, draft, named[0])
    elif len(drafts.units(turn)) == 1 or typed.strip() or example:
        draft = _in(draft, tops[0])
    if example:
        title, typed = books.example(turn.session, turn.words, tops[0])
        draft = replace(draft, title=title)
    if typed.strip():
        draft = draft.with_steps(reading.steps(turn.session, typed, _unit(turn, draft)))
    drafts.begin(turn, draft)


def _in(draft: Draft, unit: Unit) -> Draft:
    return replace(draft, unit=unit.id, asks="words" if draft.title else "title")


def change(turn: Turn, it: Runbook) -> None:
    """Begin a new version of a runbook."""
    version = runbooks.newest(turn.session, it)
    draft = Draft(unit=it.unit_id, title=version.title, runbook=it.id).with_steps(version.plan)
    drafts.begin(turn, draft)


def drop(turn: Turn, expected: ExpectedInput) -> None:
    """Cancel (取消): nothing was saved."""
    drafts.drop(turn, drafts.held(turn, expected.about or 0)[0])


@router.expects(Purpose.RUNBOOK, dropped=drop)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take words as the answer to what is asked, or as a button of the message: by its number or label."""
    pending, draft = drafts.held(turn, expected.about or 0)
    if draft.asks not in ("title", "words") and (data := _chosen(turn, text)):
        button = router.buttons[".".join(data.split(".")[:2])]
        button.run(turn, *button.read(data.split(".")[2:]))
        return
    drafts.keep(turn, pending, READ[draft.asks](turn, draft, text), below=True)


def _chosen(turn: Turn, text: str) -> str | None:
    """Return what the button of the newest message carries that a number or label chooses."""
    menu = cards.newest_menu(turn.session, turn.here)
    keys = [key for row in menu.buttons for key in row] if menu else []
    same = [key.data for key in keys if key.label.strip("✅📎✖️ ").casefold() == text.strip().casefold()]
    if text.isdecimal() and 0 < int(text[:3]) <= len(keys):
        same = [keys[int(text[:3]) - 1].data]
    return same[0] if len(same) == 1 and same[0].startswith("plan.") else None


def _unit(turn: Turn, draft: Draft) -> Unit:
    return turn.session.get_one(Unit, draft.unit)


def _read_unit(turn: Turn, draft: Draft, text: str) -> Draft:
    name = " ".join(text.split())
    found = unit_called(turn.session, name, permissions.administers(turn.session, turn.person))
    if found is None:
        raise Refusal("people.no_unit", path=name[:40])
    return _in(draft, found)


def _read_title(turn: Turn, draft: Draft, text: str) -> Draft:
    return replace(draft, title=runbooks.read_title(text), asks="preview" if draft.steps else "words")


def _read_words(turn: Turn, draft: Draft, text: str) -> Draft:
    if typed_steps.is_lines(text):
        made = reading.steps(turn.session, text, _unit(turn, draft), draft.at)
        plan = draft.plan
        return draft.with_steps([*plan[: draft.at], *made, *plan[draft.at + 1 :]])
    return draft.with_now("who", words=typed_steps.words(text))


def _read_who(turn: Turn, draft: Draft, text: str) -> Draft:
    kind, target = reading.who(turn.session, text, _unit(turn, draft))
    return draft.with_now("when", who=kind.value, target=target)


def _read_when(turn: Turn, draft: Draft, text: str) -> Draft:
    minutes, waits = typed_steps.when(text)
    ask = draft.at > 0 and not waits
    return draft.with_now("waits" if ask else "proof", minutes=minutes, waits=waits and draft.at > 0)


def _read_proof(turn: Turn, draft: Draft, text: str) -> Draft:
    return draft.with_now("proof", proof=typed_steps.proof(text).value).finished()


def _tap_instead(turn: Turn, draft: Draft, text: str) -> Draft:
    raise Refusal("runbooks.tap")


READ: Mapping[str, Callable[[Turn, Draft, str], Draft]] = {
    "unit": _read_unit, "title": _read_title, "words": _read_words, "who": _read_who, "when": _read_when,
    "waits": _tap_instead, "proof": _read_proof, "preview": _tap_instead, "one": _tap_instead,
}  # fmt: skip


def _at(turn: Turn, pending_id: int, *asks: str) -> tuple[Confirmation, Draft] | None:
    """Return a draft of the speaker's, if it is at one of these questions; otherwise show where it is."""
    pending, draft = drafts.held(turn, pending_id)
    if draft.asks not in asks:
        drafts.show(turn, pending, draft)
        turn.toast("core/form_stale")
        return None
    return pending, draft


@router.button("unit")
def tap_unit(turn: Turn, pending_id: ConfirmationId, unit_id: UnitId) -> None:
    """Choose the unit for which a runbook is written."""
    unit = turn.session.get(Unit, unit_id)
    if unit is None or not permissions.may_admin(turn.session, turn.person, unit.path):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    if found := _at(turn, pending_id, "unit"):
        drafts.keep(turn, found[0], _in(found[1], unit))


@router.button("who")
def tap_who(turn: Turn, pending_id: ConfirmationId, who: Literal["lead", "deputy", "admin"]) -> None:
    """Choose who is asked for a step: a role in the unit for which the runbook is started."""
    if found := _at(turn, pending_id, "who"):
        drafts.keep(turn, found[0], found[1].with_now("when", who=Who(who).value, target=0))


@router.button("when")
def tap_when(turn: Turn, pending_id: ConfirmationId, minutes: int) -> None:
    """Choose by when a step is due."""
    if found := _at(turn, pending_id, "when"):
        pending, draft = found
        if not 1 <= minutes <= MOST_MINUTES:
            raise Refusal("runbooks.no_when", number=0, typed=str(minutes))
        drafts.keep(turn, pending, draft.with_now("waits" if draft.at else "proof", minutes=minutes, waits=False))


@router.button("waits")
def tap_waits(turn: Turn, pending_id: ConfirmationId, waits: Literal["yes", "no"]) -> None:
    """Say whether a step waits for the one before, or is asked at the start."""
    if found := _at(turn, pending_id, "waits"):
        drafts.keep(turn, found[0], found[1].with_now("proof", waits=waits == "yes"))


@router.button("proof")
def tap_proof(turn: Turn, pending_id: ConfirmationId, proof: Literal["tick", "note", "file"]) -> None:
    """Choose what counts as done."""
    if found := _at(turn, pending_id, "proof"):
        drafts.keep(turn, found[0], found[1].with_now("proof", proof=Proof(proof).value).finished())


@router.button("add")
def tap_add(turn: Turn, pending_id: ConfirmationId) -> None:
    """Write one more step."""
    if found := _at(turn, pending_id, "preview"):
        pending, draft = found
        if len(draft.steps) >= MOST_STEPS:
            raise Refusal("runbooks.many_steps", most=MOST_STEPS)
        drafts.keep(turn, pending, replace(draft, asks="words", at=len(draft.steps), now=None))


@router.button("retitle")
def tap_retitle(turn: Turn, pending_id: ConfirmationId) -> None:
    """Change the title."""
    if found := _at(turn, pending_id, "preview"):
        drafts.keep(turn, found[0], replace(found[1], asks="title"))


@router.button("edit")
def tap_edit(turn: Turn, pending_id: ConfirmationId, number: int) -> None:
    """Choose a step to write anew, to move or to remove."""
    if found := _at(turn, pending_id, "preview"):
        pending, draft = found
        if not 1 <= number <= len(draft.steps):
            raise Refusal("pending.gone")
        drafts.keep(turn, pending, replace(draft, asks="one", at=number - 1))


@router.button("one")
def tap_one(turn: Turn, pending_id: ConfirmationId, what: Literal["rewrite", "remove", "up", "back"]) -> None:
    """Write the chosen step anew, remove it, or move it up."""
    found = _at(turn, pending_id, "one")
    if found is None:
        return
    pending, draft = found
    plan, at = draft.plan, draft.at
    if what == "rewrite":
        drafts.keep(turn, pending, replace(draft, asks="words", now=None))
        return
    if what == "remove":
        del plan[at]
    elif what == "up" and at > 0:
        plan[at - 1], plan[at] = plan[at], plan[at - 1]
    drafts.keep(turn, pending, draft.with_steps(plan))


@router.button("drop")
def tap_drop(turn: Turn, pending_id: ConfirmationId) -> None:
    """Cancel the runbook; nothing was saved."""
    drafts.drop(turn, drafts.held(turn, pending_id)[0])


@router.button("save")
def tap_save(turn: Turn, pending_id: ConfirmationId) -> None:
    """Save the runbook, or its new version."""
    found = _at(turn, pending_id, "preview")
    if found is None:
        return
    pending, draft = found
    session, unit = turn.session, _unit(turn, draft)
    if not permissions.may_admin(session, turn.person, unit.path):
        raise Refusal("people.not_yours", path=unit.path)
    if draft.runbook:
        it = books.own(turn, draft.runbook)
        runbooks.change(session, it, draft.title, draft.plan, turn.person, turn.now)
    else:
        it = runbooks.make(session, unit, draft.title, draft.plan, turn.person, turn.now)
    what = "runbook changed" if draft.runbook else "runbook made"
    audit.note(session, turn.now, turn.person.staff_no, what, unit.path, number=it.id, note=it.title)
    drafts.drop(turn, pending, "runbooks/saved", title=it.title, number=it.number)
    books.show(turn, it)
