"""Do a step that one is asked for: tick it, with a note or a photo, hand it to a colleague, take it over, take a tick
back (docs/rules.md 37.6)."""

from functools import partial

from handlers.core import held_files
from handlers.core.access import MEMBER
from handlers.core.ids import RunStepId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.runbooks import messages, running
from models.alerts.tellings import Told
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.files.records import FileRecord
from models.forms.answers import read_words
from models.organisation import people
from models.organisation.kinds import Kind
from models.organisation.units import Unit
from models.runbooks import asked, runs
from models.runbooks.runbooks import Proof, Runbook
from models.runbooks.runs import RunbookRun, RunbookStep, State

router = Router("step", MEMBER)


def _own(turn: Turn, number: int, *, done: bool = False) -> tuple[RunbookRun, RunbookStep]:
    """Return a step that the speaker is asked for; with `done`, also one that the speaker has done. Raises
    `runbooks.not_yours`, and as `running.refuse_over`."""
    step = turn.session.get(RunbookStep, number)
    run = turn.session.get_one(RunbookRun, step.run_id) if step else None
    mine = step is not None and (turn.person.id in step.persons or (done and step.closed_by == turn.person.id))
    if step is None or run is None or not mine:
        if step is None or run is None or turn.here.id not in {it.id for _, it in messages.told(turn.session, step)}:
            raise Refusal("runbooks.not_yours")
        running.refuse_over(turn, run, step)
        raise Refusal("runbooks.passed_on")
    if not (done and step.state == State.DONE and step.closed_by == turn.person.id):
        running.refuse_over(turn, run, step)
    return run, step


@router.button("done")
def tap_done(turn: Turn, step_id: RunStepId) -> None:
    """Tick a step; where a note or a photo is part of it, expect that."""
    run, step = _own(turn, step_id)
    if running.plan_of(turn, run, step).proof != Proof.TICK:
        _expect(turn, run, step)
        return
    running.tick(turn, run, step, turn.person)
    turn.toast("runbooks/ticked", run=run, step=step)


@router.button("note")
def tap_note(turn: Turn, step_id: RunStepId) -> None:
    """Expect words or a photo, with which the step is done; to one that is done they are added."""
    _expect(turn, *_own(turn, step_id, done=True))


def _expect(turn: Turn, run: RunbookRun, step: RunbookStep) -> None:
    expected_input.expect(turn.session, turn.person, Purpose.STEP_NOTE, turn.now, step.id)
    plan = running.plan_of(turn, run, step)
    turn.say("runbooks/note", **messages.frame(turn, run), step=step, plan=plan)


@router.expects(Purpose.STEP_NOTE)
def typed_note(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take the words with which a step is done."""
    run, step = _still(turn, expected)
    if running.plan_of(turn, run, step).proof == Proof.FILE and step.state == State.ASKED:
        raise Refusal("runbooks.needs_file")
    _tell(turn, run, step, read_words(text, runs.LONGEST_NOTE), [])


@router.file
def received(turn: Turn) -> bool:
    """Take a photo or file with which a step is done; its caption is the note."""
    lasts = turn.defaults.waits(expected_input.LASTS)
    expected = expected_input.current(turn.session, turn.person, turn.now, lasts)
    if expected is None or expected.use != Purpose.STEP_NOTE:
        return False
    run, step = _still(turn, expected)
    caption = (turn.incoming.text or "").strip()
    if running.plan_of(turn, run, step).proof == Proof.NOTE and step.state == State.ASKED and not caption:
        raise Refusal("runbooks.needs_note")
    words = read_words(caption, runs.LONGEST_NOTE) if caption else ""
    _tell(turn, run, step, words, [held_files.sent(turn)])
    return True


def _still(turn: Turn, expected: ExpectedInput) -> tuple[RunbookRun, RunbookStep]:
    """Return the step for which words are expected, if it is still the speaker's to do."""
    turn.on_refusal = partial(expected_input.stop_expecting, turn.session, turn.person, turn.now)
    found = _own(turn, expected.about or 0, done=True)
    turn.on_refusal = None
    return found


def _tell(turn: Turn, run: RunbookRun, step: RunbookStep, words: str, files: list[FileRecord]) -> None:
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    told = Told(words, files, turn.person.id)
    if step.state == State.DONE:
        running.add(turn, run, step, told)
    else:
        running.tick(turn, run, step, turn.person, told)
    turn.say("runbooks/ticked", run=run, step=step)


@router.button("back")
def tap_back(turn: Turn, step_id: RunStepId) -> None:
    """Take a tick back within ten minutes."""
    step = turn.session.get(RunbookStep, step_id)
    if step is None:
        raise Refusal("runbooks.not_yours")
    running.take_back(turn, turn.session.get_one(RunbookRun, step.run_id), step, turn.person)
    turn.toast("runbooks/taken_back")


@router.button("hand")
def tap_hand(turn: Turn, step_id: RunStepId) -> None:
    """Ask to whom the step goes."""
    run, step = _own(turn, step_id)
    expected_input.expect(turn.session, turn.person, Purpose.STEP_HAND, turn.now, step.id)
    turn.say("runbooks/hand", **messages.frame(turn, run), step=step, plan=running.plan_of(turn, run, step))


@router.expects(Purpose.STEP_HAND)
def typed_name(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Hand the step to the colleague who is named, of the unit for which the runbook was written; of others nothing is
    told, not even that they are on leave."""
    run, step = _still(turn, expected)
    book = turn.session.get_one(Runbook, run.runbook_id)
    whom = people.find_person(turn.session, " ".join(text.split()), [turn.session.get_one(Unit, book.unit_id)])
    if whom.id == turn.person.id:
        raise Refusal("runbooks.self")
    why = asked.unfit(turn.session, whom, turn.today) if whom.kind == Kind.STAFF else "unreachable"
    if why:
        raise Refusal("runbooks.unfit", name=whom.name, why=why)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    running.hand_over(turn, run, step, turn.person, whom)
    turn.say("runbooks/handed", whom=whom, run=run, step=step)


@router.button("take")
def tap_take(turn: Turn, step_id: RunStepId) -> None:
    """Take a step over: somebody who was told that it is late, or who runs it."""
    step = turn.session.get(RunbookStep, step_id)
    run = turn.session.get_one(RunbookRun, step.run_id) if step else None
    if step is None or run is None or not messages.may_take(turn, run, step, turn.person):
        raise Refusal("runbooks.not_yours")
    running.refuse_over(turn, run, step)
    if step.persons != [turn.person.id]:
        running.take_over(turn, run, step, turn.person)
    turn.toast("runbooks/taken_over", step=step)
