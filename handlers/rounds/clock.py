"""Do what a round has due, a chunk at a time: find and tell its recipients, urge, remind of the start, let silence
climb, take back what was withdrawn."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.core.context import Context
from handlers.rounds import climbing, sending, survey_answers, survey_end, urging
from models.rounds import rounds
from models.rounds.rounds import WRITTEN, Round, RoundKind, RoundVersion, Stage
from models.time.times import awake

EVERY = timedelta(hours=1)  # between two searches for those who joined, came in, or have room again
BEFORE_START = timedelta(minutes=30)
BEFORE_END = timedelta(days=1)  # of a survey
PENDING = rounds.any_due(*WRITTEN)
CLIMBS = (timedelta(minutes=15), timedelta(minutes=60))  # after the due time, as silence of a day does


def due(context: Context, aside: Sequence[int]) -> Round | None:
    found = (rounds.due(context.session, context.now, kind, aside) for kind in WRITTEN)
    return next((it for it in found if it is not None), None)


def take(context: Context, it: Round) -> None:
    """Do the next chunk."""
    if it.stage == Stage.FINDING:
        sending.find(context, it)
    elif it.stage == Stage.TELLING:
        _rest_after(context, it, done=sending.tell(context, it))
    elif it.stage == Stage.REMINDING:
        _rest_after(context, it, done=urging.remind_of_start(context, it))
    elif it.stage == Stage.CLIMBING:
        _rest_after(context, it, done=climbing.climb(context, it))
    elif it.stage == Stage.ENDING:
        _rest_after(context, it, done=survey_end.end(context, it))
    elif it.stage in (Stage.TAKING_BACK, Stage.NOTING):
        if _taken_back(context, it) if it.stage == Stage.TAKING_BACK else sending.note(context, it):
            it.stage, it.next_at = Stage.DONE, None
    else:
        _wake(context, it)
    context.session.add(it)


def _taken_back(context: Context, it: Round) -> bool:
    """Say in the next messages that it was withdrawn, then delete what was half filled in; say whether that was all."""
    return sending.take_back(context, it) and survey_answers.clear(context, it)


def _rest_after(context: Context, it: Round, *, done: bool) -> None:
    if done:
        it.stage, it.cursor = Stage.OPEN, 0
        _rest(context, it)


def _rest(context: Context, it: Round) -> None:
    """Let the round wait for what is due next; where nothing is any more, what is known of messages is noted last."""
    it.next_at = context.now if urging.waiting(it) else _next(context, it)
    if it.next_at is None:
        it.stage, it.next_at = Stage.NOTING, context.now


def _wake(context: Context, it: Round) -> None:
    """Begin what is due now: a lead's reminders first, because somebody waits for them."""
    session, now = context.session, context.now
    version = rounds.newest(session, it)
    if urging.waiting(it):
        urging.urge_next(context, it)
        _rest(context, it)
    elif (at := _start_at(it, version)) and at <= now:
        it.stage, it.reminded = Stage.REMINDING, True
    elif (at := _end_at(it, version)) and at <= now:
        it.stage, it.cursor = Stage.ENDING, -1
    elif (at := _climb_at(it, version)) and at <= now:
        it.stage, it.climbed = Stage.CLIMBING, it.climbed + 1
    elif it.again_at is not None and it.again_at <= now:
        it.stage = Stage.CLIMBING
    elif now < _until(version):
        it.stage = Stage.FINDING
    else:
        _rest(context, it)


def _next(context: Context, it: Round) -> datetime | None:
    """Return when the round has something to do again; None if it never has."""
    version = rounds.newest(context.session, it)
    search = awake(context.now + EVERY, it.timezone)
    found = [
        _start_at(it, version),
        _climb_at(it, version),
        _end_at(it, version),
        it.again_at,
        search if search < _until(version) else None,
    ]
    return min((at for at in found if at is not None), default=None)


def _until(version: RoundVersion) -> datetime:
    """Return until when those who join are told."""
    return version.due_at or version.over_at


def _start_at(it: Round, version: RoundVersion) -> datetime | None:
    """Return when the start is called to mind."""
    return version.starts_at - BEFORE_START if version.starts_at and not it.reminded else None


def _climb_at(it: Round, version: RoundVersion) -> datetime | None:
    """Return when the next level hears of who has not replied, never at night unless it is urgent; of a survey only the
    first one does, while there is still time."""
    if version.due_at is None or not it.replied_to or it.climbed >= len(CLIMBS):
        return None
    if it.kind == RoundKind.SURVEY:
        at = awake(max(version.due_at - BEFORE_END, version.at + (version.due_at - version.at) / 2), it.timezone)
        return at if it.climbed == 0 and at < version.due_at else None
    at = version.due_at + CLIMBS[it.climbed]
    return at if it.urgent else awake(at, it.timezone)


def _end_at(it: Round, version: RoundVersion) -> datetime | None:
    """Return when the answers to a form are all there is."""
    return version.due_at if it.by_form and not it.ended else None
