"""Tell the timeline of runs (docs/rules.md 39.2): which runbook, and how many steps were done; never by whom."""

from sqlmodel import Session

from models.runbooks import runs
from models.runbooks.runs import RunbookRun, State
from models.time.times import day_at
from models.timeline import entries
from models.timeline.sources import RUN


def began(session: Session, run: RunbookRun) -> None:
    """Write that a runbook was started. One that an alert started is guarded as the alert is."""
    entries.once(
        session, RUN, run.unit_id, day_at(run.begun_at, run.timezone), run.id, guarded=run.alert_id is not None,
        title=runs.title(session, run), drill=run.drill or None,
    )  # fmt: skip


def stands(session: Session, run: RunbookRun) -> None:
    """Say when a run ended, with how many steps done; or that it goes on, after all."""
    steps = runs.steps(session, run)
    done = sum(it.state == State.DONE for it in steps)
    ended = day_at(run.ended_at, run.timezone).isoformat() if run.ended_at else ""
    entries.renew(session, RUN, run.id, done=done, steps=len(steps), ended=ended)
