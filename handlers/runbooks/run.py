"""Steer a run from its board: skip a step, take one over, end it, have it as a file (docs/rules.md 37.8, 37.9)."""

from typing import Literal

from handlers.core.access import LEAD
from handlers.core.ids import RunId, RunStepId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.exports import document_job
from handlers.runbooks import board, messages, run_file, running
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.forms.answers import read_words
from models.runbooks import runs
from models.runbooks.runs import OPEN, OVER, RunbookRun, RunbookStep

router = Router("run", LEAD)


@router.button("show")
def tap_show(turn: Turn, run_id: RunId) -> None:
    """Show how a run stands, at the end of the chat."""
    board.show(turn, board.seen(turn, run_id), turn.person, turn.here, below=True)


@router.button("steps")
def tap_steps(turn: Turn, run_id: RunId) -> None:
    """Offer the open steps, to skip one or to take it over."""
    run = board.seen(turn, run_id)
    _refuse_over(run)
    open_ = [it for it in runs.steps(turn.session, run) if it.state in OPEN]
    lines = messages.views(turn.session, run, open_, turn.now)
    turn.say("runbooks/open_steps", **messages.frame(turn, run), lines=lines)


def _refuse_over(run: RunbookRun) -> None:
    if run.ended_at is not None:
        raise Refusal("runbooks.over")


@router.button("skip")
def tap_skip(turn: Turn, step_id: RunStepId) -> None:
    """Ask why a step is skipped."""
    run, step = _step(turn, step_id)
    expected_input.expect(turn.session, turn.person, Purpose.STEP_SKIP, turn.now, step.id)
    turn.say("runbooks/skip", **messages.frame(turn, run), step=step, plan=running.plan_of(turn, run, step))


def _step(turn: Turn, number: int) -> tuple[RunbookRun, RunbookStep]:
    """Return an open step of a run that the speaker runs. Raises `runbooks.not_yours`, `runbooks.step_over`,
    `runbooks.over`."""
    step = turn.session.get(RunbookStep, number)
    if step is None:
        raise Refusal("runbooks.not_yours")
    run = board.seen(turn, step.run_id)
    if step.state in OVER:
        running.refuse_over(turn, run, step)
    _refuse_over(run)
    return run, step


@router.expects(Purpose.STEP_SKIP)
def typed_reason(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Skip the step for this reason."""
    run, step = _step(turn, expected.about or 0)
    reason = read_words(text, runs.LONGEST_NOTE)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    running.skip(turn, run, step, turn.person, reason)
    turn.say("runbooks/skipped", run=run, step=step)


@router.button("end")
def tap_end(turn: Turn, run_id: RunId) -> None:
    """Ask why a run is ended."""
    run = _to_end(turn, run_id)
    expected_input.expect(turn.session, turn.person, Purpose.RUN_END, turn.now, run.id)
    turn.say("runbooks/end", **board.values(turn, run))


def _to_end(turn: Turn, number: int) -> RunbookRun:
    run = board.seen(turn, number)
    _refuse_over(run)
    if not board.may_end(turn, run, turn.person):
        raise Refusal("runbooks.not_to_end")
    return run


@router.expects(Purpose.RUN_END)
def typed_end(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """End the run for this reason; everybody who is asked for something hears of it in place."""
    run = _to_end(turn, expected.about or 0)
    reason = read_words(text, runs.LONGEST_NOTE)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    running.end(turn, run, turn.person, reason)
    if not any(address.id == turn.here.id for _, address in board.holders(turn, run)):
        board.show(turn, run, turn.person, turn.here, below=True)


@router.button("export")
def tap_export(turn: Turn, run_id: RunId) -> None:
    """Send the run as an Excel file."""
    run_file.send(turn, board.seen(turn, run_id))


@router.button("paper")
def tap_paper(turn: Turn, run_id: RunId, kind: Literal["word", "pdf"]) -> None:
    """Have the report of the run made as Word or PDF."""
    document_job.begin_run(turn, board.seen(turn, run_id), kind)
