"""Run a runbook: start it, ask for its steps, note what was done, let late steps climb, end it (docs/rules.md 37)."""

from datetime import timedelta

from handlers.alerts import levels
from handlers.core.context import Context
from handlers.runbooks import board, messages
from models.alerts.alerts import Alert
from models.alerts.tellings import Told
from models.core import audit
from models.core.errors import Refusal
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks import asked as asking
from models.runbooks import runs, story
from models.runbooks.runbooks import PlanStep, Runbook
from models.runbooks.runs import OPEN, OVER, UNDO, RunbookRun, RunbookStep, State

LOOK, LATER = timedelta(minutes=10), timedelta(hours=1)  # between two looks at who is asked, on the first day and after
FIRST = timedelta(days=1)
CHUNK = 4  # steps that are asked in one transaction


def start(
    context: Context, it: Runbook, unit: Unit, *, by: Person | None = None, alert: Alert | None = None,
    drill: bool = False,
) -> RunbookRun:  # fmt: skip
    """Begin a run, ask for what waits for nothing, and show the board."""
    session = context.session
    run = runs.begin(session, it, unit, context.defaults.zone, context.now, by=by, alert=alert, drill=drill)
    story.began(session, run)
    starter = by or session.get_one(Person, alert.by if alert else 0)
    what = "drill started" if drill else "runbook started"
    why = {"alert": alert.id} if alert else {}
    audit.note(session, context.now, starter.staff_no, what, unit.path, number=run.id, note=it.title, **why)
    ask_ready(context, run)
    board.announce(context, run)
    return run


def ask_ready(context: Context, run: RunbookRun) -> None:
    """Ask for the next steps that wait for nothing any more; the clock asks for further ones at once, so that no
    transaction is long."""
    before: RunbookStep | None = None
    left = CHUNK
    for step, plan in zip(runs.steps(context.session, run), runs.plan(context.session, run), strict=True):
        ready = not plan.waits or before is None or before.state in OVER
        if step.state == State.WAITING and ready:
            if left:
                _ask(context, run, step, plan)
            else:
                step.look_at = context.now
                context.session.add(step)
            left = max(0, left - 1)
        before = step
    context.session.flush()


def _ask(context: Context, run: RunbookRun, step: RunbookStep, plan: PlanStep) -> None:
    now = context.now
    step.state, step.opened_at, step.reminded, step.height, step.rings = State.ASKED, now, False, 0, 0
    step.due_at = step.climbs_at = now + timedelta(minutes=plan.minutes)
    step.look_at = now + LOOK
    _find(context, run, step, plan)
    messages.show(context, run, step, messages.asked(context.session, step))


def _find(context: Context, run: RunbookRun, step: RunbookStep, plan: PlanStep) -> None:
    """Set who is asked for a step today."""
    unit = context.session.get_one(Unit, run.unit_id)
    found = asking.asked(context.session, plan, unit, context.today, step.holder_id)
    step.persons, step.why = [it.id for it in found.persons], found.why
    step.instead_of = found.meant.id if found.meant and found.why else None
    context.session.add(step)
    context.session.flush()


def plan_of(context: Context, run: RunbookRun, step: RunbookStep) -> PlanStep:
    return runs.plan(context.session, run)[step.number - 1]


def refuse_over(context: Context, run: RunbookRun, step: RunbookStep) -> None:
    """Raise `runbooks.over` for a run that has ended, `runbooks.step_over` for a step that somebody did or skipped,
    `runbooks.not_asked` for one that waits for another."""
    if step.state in OVER:
        closer = context.session.get_one(Person, step.closed_by)
        raise Refusal("runbooks.step_over", name=closer.name, done=step.state == State.DONE)
    if run.ended_at is not None or step.state == State.DROPPED:
        raise Refusal("runbooks.over")
    if step.state == State.WAITING:
        raise Refusal("runbooks.not_asked")


def tick(context: Context, run: RunbookRun, step: RunbookStep, by: Person, told: Told | None = None) -> None:
    """Note that a step is done; whoever waits for it is asked, and after the last one the run ends. Raises as
    `refuse_over`."""
    refuse_over(context, run, step)
    if told is not None:
        runs.tell(context.session, step, told, context.now)
    _close(context, run, step, State.DONE, by)


def add(context: Context, run: RunbookRun, step: RunbookStep, told: Told) -> None:
    """Add a note or a file to a step that is done."""
    runs.tell(context.session, step, told, context.now)
    messages.show(context, run, step)
    board.refresh(context, run)


def skip(context: Context, run: RunbookRun, step: RunbookStep, by: Person, reason: str) -> None:
    """Leave a step out, for a reason. Raises as `refuse_over`, but for a step that waits."""
    if step.state != State.WAITING or run.ended_at is not None:
        refuse_over(context, run, step)
    step.reason = reason
    _note(context, run, step, by, "runbook step skipped", note=reason)
    _close(context, run, step, State.SKIPPED, by)


def _close(context: Context, run: RunbookRun, step: RunbookStep, state: State, by: Person) -> None:
    runs.close(context.session, step, state, by, context.now)
    messages.show(context, run, step)
    ask_ready(context, run)
    if any(it.state in OPEN for it in runs.steps(context.session, run)):
        board.refresh(context, run)
        return
    runs.end(context.session, run, context.now)
    _ended(context, run, by)


def _ended(context: Context, run: RunbookRun, by: Person, **why: object) -> None:
    path = context.session.get_one(Unit, run.unit_id).path
    what = "drill ended" if run.drill else "runbook ended"
    audit.note(context.session, context.now, by.staff_no, what, path, number=run.id, **why)
    story.stands(context.session, run)
    board.refresh(context, run, below=True)


def end(context: Context, run: RunbookRun, by: Person, reason: str) -> None:
    """End a run before all is done; every open step says so."""
    open_ = [it for it in runs.steps(context.session, run) if it.state in OPEN]
    runs.end(context.session, run, context.now, by, reason)
    for step in open_:
        messages.show(context, run, step)
    _ended(context, run, by, note=reason)


def take_back(context: Context, run: RunbookRun, step: RunbookStep, by: Person) -> None:
    """Undo a tick: the step is open again, and so is the run; a step that was asked because of it waits again. Raises
    `runbooks.not_yours`, `runbooks.too_late`, `runbooks.next_done`, and as `_refuse_second`."""
    if step.state != State.DONE or step.closed_by != by.id or step.closed_at is None:
        raise Refusal("runbooks.not_yours")
    if context.now > step.closed_at + UNDO or (run.ended_at is not None and run.ended_by is not None):
        raise Refusal("runbooks.too_late", minutes=int(UNDO / messages.MINUTE))
    steps, plan = runs.steps(context.session, run), runs.plan(context.session, run)
    after = steps[step.number] if step.number < len(steps) and plan[step.number].waits else None
    if after is not None and after.state in OVER:
        raise Refusal("runbooks.next_done", number=after.number)
    _refuse_second(context, run)
    step.state, step.closed_by, step.closed_at, step.look_at = State.ASKED, None, None, context.now + LOOK
    due = step.due_at or context.now
    step.reminded = step.reminded and due <= context.now
    if step.taken_at is None:
        step.climbs_at = due if due > context.now else context.now + step.step
    run.ended_at = None
    context.session.add(run)
    context.session.add(step)
    if after is not None and after.state == State.ASKED:
        after.state, after.climbs_at, after.look_at, after.due_at = State.WAITING, None, None, None
        context.session.add(after)
    context.session.flush()
    story.stands(context.session, run)
    _note(context, run, step, by, "runbook step taken back")
    for it in (step, after):
        if it is not None:
            messages.show(context, run, it)
    board.refresh(context, run)


def _refuse_second(context: Context, run: RunbookRun) -> None:
    """Raise `runbooks.running` if a run that is over would go on beside one that was started meanwhile."""
    if run.ended_at is None:
        return
    it, unit = context.session.get_one(Runbook, run.runbook_id), context.session.get_one(Unit, run.unit_id)
    going = runs.under_way(context.session, it, unit, drill=run.drill)
    if going is not None:
        raise Refusal("runbooks.running", title=it.title, number=going.id)


def hand_over(context: Context, run: RunbookRun, step: RunbookStep, by: Person, whom: Person) -> None:
    """Give a step to a colleague, who is asked instead."""
    step.holder_id = whom.id
    _find(context, run, step, plan_of(context, run, step))
    _note(context, run, step, by, "runbook step handed over", to=whom.staff_no)
    messages.show(context, run, step, messages.asked(context.session, step))
    board.refresh(context, run)


def take_over(context: Context, run: RunbookRun, step: RunbookStep, by: Person) -> None:
    """Let somebody above, or who runs it, do the step themselves: it climbs no further. Raises as `refuse_over`."""
    refuse_over(context, run, step)
    step.taken_by, step.taken_at, step.climbs_at = by.id, context.now, None
    step.holder_id, step.persons, step.why, step.instead_of = by.id, [by.id], "", None
    context.session.add(step)
    context.session.flush()
    _note(context, run, step, by, "runbook step taken over")
    mine = [it for it in messages.asked(context.session, step) if it[0].id == by.id]
    known = {address.id for _, address in messages.told(context.session, step)}
    messages.show(context, run, step, [it for it in mine if it[1].id not in known])
    board.refresh(context, run)


def _note(context: Context, run: RunbookRun, step: RunbookStep, by: Person, what: str, **why: object) -> None:
    path = context.session.get_one(Unit, run.unit_id).path
    audit.note(context.session, context.now, by.staff_no, what, path, number=run.id, step=step.number, **why)


def look(context: Context, run: RunbookRun, step: RunbookStep) -> None:
    """Ask somebody else where nobody who is asked can do it any more: they left, went on leave, cannot be reached."""
    session = context.session
    if step.state == State.WAITING:
        ask_ready(context, run)
        board.refresh(context, run)
        return
    step.look_at = context.now + (LOOK if context.now - run.begun_at < FIRST else LATER)
    session.add(step)
    known = [session.get_one(Person, it) for it in step.persons]
    if any(not asking.unfit(session, it, context.today) for it in known):
        return
    before = list(step.persons)
    _find(context, run, step, plan_of(context, run, step))
    fresh = [it for it in messages.asked(session, step) if it[0].id not in before]
    if step.persons != before:
        messages.show(context, run, step, fresh)
        board.refresh(context, run)


def climb(context: Context, run: RunbookRun, step: RunbookStep) -> None:
    """Remind those who are asked of a step that is due; after that tell the leads above, level by level, at last the
    admins."""
    session, place = context.session, _place(context, run, step)
    if not step.reminded:
        step.reminded, step.climbs_at = True, context.now + step.step
        session.add(step)
        session.flush()
        messages.show(context, run, step, messages.asked(session, step))
    else:
        every = levels.answering(context, place, None)
        whom = levels.climb(context, step, every, messages.told(session, step))
        ring = levels.admins(context, place.path, None) if whom is None else whom
        messages.show(context, run, step, ring)
    board.refresh(context, run)


def _place(context: Context, run: RunbookRun, step: RunbookStep) -> Unit:
    """Return the unit above which the step climbs."""
    unit = context.session.get_one(Unit, run.unit_id)
    return asking.place_of(context.session, plan_of(context, run, step), unit)
