"""End a survey: open the boxes of an anonymous one, and tell who sent it what came back (docs/rules.md 30.5)."""

from handlers.core.context import Context
from handlers.rounds import climbing, survey_answers
from models.rounds import ballots, story
from models.rounds.rounds import Round, RoundKind


def end(context: Context, it: Round) -> bool:
    """Delete what was half filled in, then open the next boxes; after the last ones tell the sender and the groups. Say
    whether that was all."""
    if not survey_answers.clear(context, it):
        return False
    if it.anonymous and not ballots.open_next(context.session, it, context.defaults.survey_key):
        return False
    it.ended = True
    context.session.flush()
    story.ended(context.session, it, context.now)
    if it.kind == RoundKind.SURVEY:  # of a notice they are told when silence climbs
        climbing.tell_groups(context, it)
        climbing.tell_sender(context, it)
    return True
