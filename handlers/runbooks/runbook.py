"""`/runbook`, 预案: what runs and what can be started; start a runbook or a drill; write, change and retire runbooks
(docs/rules.md 37)."""

from typing import Literal

from handlers.core import confirmations
from handlers.core.access import ADMIN, LEAD, may
from handlers.core.groups import Group
from handlers.core.ids import RunbookId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import RUNBOOK
from handlers.runbooks import board, books, running, writing
from models.alerts.incidents import KINDS
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import audit, typed_text
from models.core.errors import Refusal
from models.organisation.units import Unit
from models.runbooks import asked, runbooks, runs
from models.runbooks.runbooks import Runbook
from models.time.times import awake

router = Router("runbook", LEAD)

START, RETIRE = "runbook.begin", "runbook.retire"
SHOWN, ENDED = 8, 3  # runs and runbooks in a message, and runs that are over


@router.command("runbook", word="预案", tells=True, group=Group.SUPPORT)
def runbook(turn: Turn, words: str) -> None:
    """Show the runs under way and the runbooks; a title shows that one, `start` or `drill` and a title asks to start
    it, `new` begins one: the title on the same line, the steps on those that follow."""
    typed = (turn.typed[1] if turn.typed else words).strip()
    first, _, rest = typed.partition("\n" if "\n" in typed.split(" ", 1)[0] else " ")
    verb = RUNBOOK.get(first.lower())
    if not typed:
        show_list(turn)
    elif verb in ("new", "example"):
        _new(turn, rest, example=verb == "example")
    elif verb and rest.strip():
        _start(turn, _titled(turn, rest), drill=verb == "drill")
    elif not _show_run(turn, typed):
        books.show(turn, _titled(turn, typed))


def _show_run(turn: Turn, typed: str) -> bool:
    """Show the run of this number; say whether it is one that the speaker sees. A runbook of this very title goes
    first."""
    found, tops = typed_text.numbered(typed), permissions.leads(turn.session, turn.person, turn.today)
    if found is None or found[1] or any(it.title == typed for it in runbooks.visible(turn.session, tops)):
        return False
    try:
        run = board.seen(turn, found[0])
    except Refusal:
        return False
    board.show(turn, run, turn.person, turn.here, below=True)
    return True


def _new(turn: Turn, words: str, *, example: bool) -> None:
    if may(turn, ADMIN):
        writing.begin(turn, words, example=example)
    else:
        turn.say("core/admins_only", command="runbook new")


def _titled(turn: Turn, typed: str) -> Runbook:
    """Return the runbook of this title that holds for a unit of the speaker's. Raises `runbooks.unknown`."""
    title = " ".join(typed.split())
    tops = permissions.leads(turn.session, turn.person, turn.today)
    found = runbooks.visible(turn.session, tops)
    same = [it for it in found if it.title == title] or [it for it in found if title in it.title]
    if len(same) != 1:
        raise Refusal("runbooks.unknown", title=title[:40])
    return same[0]


def show_list(turn: Turn) -> None:
    """List what is under way, newest first, and what can be started."""
    session, tops = turn.session, permissions.leads(turn.session, turn.person, turn.today)
    ended = [it for it in runs.newest(session, tops, 50) if it.ended_at is not None]
    open_ = runs.open_ones(session, tops)
    found = runbooks.visible(session, tops)
    turn.say(
        "runbooks/runbooks", open=[board.line(turn, it) for it in open_[:SHOWN]], others=max(0, len(open_) - SHOWN),
        ended=[board.line(turn, it) for it in ended[:ENDED]],
        lines=[(it, session.get_one(Unit, it.unit_id)) for it in found[:SHOWN]], more=max(0, len(found) - SHOWN),
        admin=may(turn, ADMIN), late=runs.late_ones(session, open_, turn.now),
    )  # fmt: skip


@router.button("new", role=ADMIN)
def tap_new(turn: Turn) -> None:
    """Begin a runbook."""
    writing.begin(turn)


@router.button("example", role=ADMIN)
def tap_example(turn: Turn) -> None:
    """Begin a runbook from the epidemic plan that comes with the program."""
    writing.begin(turn, example=True)


@router.button("show")
def tap_show(turn: Turn, runbook_id: RunbookId) -> None:
    """Show a runbook."""
    books.show(turn, books.seen(turn, runbook_id))


@router.button("change", role=ADMIN)
def tap_change(turn: Turn, runbook_id: RunbookId) -> None:
    """Begin a new version of a runbook."""
    writing.change(turn, books.own(turn, runbook_id))


@router.button("start")
def tap_start(turn: Turn, runbook_id: RunbookId, kind: Literal["real", "drill"]) -> None:
    """Ask for which unit a runbook or a drill is started, if there are several; then ask to confirm."""
    _start(turn, books.open_(turn, runbook_id), drill=kind == "drill")


def _start(turn: Turn, it: Runbook, *, drill: bool) -> None:
    units = books.startable(turn, it)
    if not units:
        raise Refusal("runbooks.not_yours")
    if len(units) > 1:
        turn.say("runbooks/which", it=it, units=units, drill=drill)
        return
    _ask(turn, it, units[0], drill=drill)


@router.button("in")
def tap_in(turn: Turn, runbook_id: RunbookId, unit_id: UnitId, kind: Literal["real", "drill"]) -> None:
    """Ask to confirm the start for this unit."""
    it = books.open_(turn, runbook_id)
    _ask(turn, it, _startable(turn, it, unit_id), drill=kind == "drill")


def _startable(turn: Turn, it: Runbook, unit_id: int) -> Unit:
    found = next((unit for unit in books.startable(turn, it) if unit.id == unit_id), None)
    if found is None:
        unit = turn.session.get(Unit, unit_id)
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    return found


def _ask(turn: Turn, it: Runbook, unit: Unit, *, drill: bool) -> None:
    """Ask to confirm, with the number of people it asks, and those steps for which there is nobody."""
    _refuse_running(turn, it, unit, drill=drill)
    plan = runbooks.newest(turn.session, it).plan
    found = [asked.asked(turn.session, step, unit, turn.today) for step in plan]
    people = {person.id for one in found for person in one.persons}
    nobody = [number for number, one in enumerate(found, start=1) if not one.persons]
    instead = [
        (number, one) for number, one in enumerate(found, start=1) if one.why and one.meant is not None and one.persons
    ]  # fmt: skip
    confirmations.ask(
        turn, START, {"runbook": it.id, "unit": unit.id, "drill": drill}, "runbooks/start_question", it=it, unit=unit,
        drill=drill, steps=len(plan), people=len(people), nobody=nobody, instead=instead,
        night=awake(turn.now, turn.defaults.zone) != turn.now,
    )  # fmt: skip


def _refuse_running(turn: Turn, it: Runbook, unit: Unit, *, drill: bool) -> None:
    going = runs.under_way(turn.session, it, unit, drill=drill)
    if going is not None:
        raise Refusal("runbooks.running", title=it.title, number=going.id)


@router.confirmed(START)
def start(turn: Turn, pending: Confirmation, *, today: bool) -> None:
    """Start it, at any hour: rights are judged again."""
    told = pending.arguments
    it = books.open_(turn, told["runbook"])
    unit = _startable(turn, it, told["unit"])
    _refuse_running(turn, it, unit, drill=told["drill"])
    runs.refuse_many(turn.session, turn.person, turn.now)
    running.start(turn, it, unit, by=turn.person, drill=told["drill"])


@router.button("kinds", role=ADMIN)
def tap_kinds(turn: Turn, runbook_id: RunbookId) -> None:
    """Offer the kinds of incident that may start a runbook."""
    it = books.own(turn, runbook_id)
    turn.say("runbooks/kinds", it=it, kinds=KINDS)


@router.button("kind", role=ADMIN)
def tap_kind(turn: Turn, runbook_id: RunbookId, kind: Literal["health", "safety", "delivery", "other"]) -> None:
    """Let incidents of this kind start the runbook, or no longer."""
    it = books.own(turn, runbook_id)
    it.kinds = [one for one in KINDS if (one in it.kinds) != (one == kind)]
    turn.session.add(it)
    turn.session.flush()
    path = turn.session.get_one(Unit, it.unit_id).path
    note = f"{it.title}: {', '.join(it.kinds) or '–'}"
    audit.note(turn.session, turn.now, turn.person.staff_no, "runbook kinds", path, number=it.id, note=note)
    turn.say("runbooks/kinds", it=it, kinds=KINDS)


@router.button("retire", role=ADMIN)
def tap_retire(turn: Turn, runbook_id: RunbookId) -> None:
    """Ask to confirm that a runbook is retired."""
    it = books.own(turn, runbook_id)
    confirmations.ask(turn, RETIRE, {"runbook": it.id}, "runbooks/retire_question", it=it)


@router.confirmed(RETIRE, role=ADMIN)
def retire(turn: Turn, pending: Confirmation, *, today: bool) -> None:
    """Retire it: nothing starts it any more; what runs goes on."""
    it = books.own(turn, pending.arguments["runbook"])
    runbooks.retire(turn.session, it, turn.person, turn.now)
    _note(turn, it, "runbook retired")
    turn.say("runbooks/retired", it=it)


@router.button("restore", role=ADMIN)
def tap_restore(turn: Turn, runbook_id: RunbookId) -> None:
    """Undo that a runbook was retired."""
    it = books.seen(turn, runbook_id)
    books.refuse_others(turn, it)
    if it.retired_at is not None:
        runbooks.restore(turn.session, it)
        _note(turn, it, "runbook restored")
    books.show(turn, it)


def _note(turn: Turn, it: Runbook, what: str) -> None:
    path = turn.session.get_one(Unit, it.unit_id).path
    audit.note(turn.session, turn.now, turn.person.staff_no, what, path, number=it.id, note=it.title)
