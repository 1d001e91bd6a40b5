"""Send summaries at their step: first the units', then the whole's; and rewrite those that are no longer true."""

from collections.abc import Sequence

from sqlmodel import col, select

from handlers.core import isolating
from handlers.core.context import Context
from handlers.exports import document_job
from handlers.summaries import publishing
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.cycle.steps import Step
from models.messaging import cards
from models.organisation.units import Unit
from models.reporting.snapshots import Snapshot
from models.summaries import posts, tree
from models.summaries.posts import SummaryPost

CHUNK = 3
PENDING = posts.ANY_STALE


def summarise(context: Context, period: Period, step: Step) -> bool:
    """Publish the units of the period, each once; the assignment's own unit has its turn later."""
    session = context.session
    root = tree.root_of(session, period)
    start = cards.off_the_hour(max(step.at, context.now), period.id, context.defaults.off)
    rows = session.exec(
        select(Snapshot.id, Place.unit_id)
        .join(Place, col(Place.id) == col(Snapshot.place_id))
        .where(Snapshot.period_id == period.id, Snapshot.id > step.cursor)
        .order_by(col(Snapshot.id))
        .limit(CHUNK)
    ).all()

    def post_one(row: tuple[int, int]) -> None:
        if row[1] != root.id:
            unit = session.get_one(Unit, row[1])
            publishing.post_unit(context, period, unit, not_before=start)
            document_job.after_close(context, period, unit, start)

    isolating.each(context, step, [(it[0], it[1]) for it in rows], post_one)
    return len(rows) < CHUNK


def summarise_root(context: Context, period: Period, step: Step) -> bool:
    start = cards.off_the_hour(max(step.at, context.now), period.id, context.defaults.off)
    root = tree.root_of(context.session, period)
    publishing.post_unit(context, period, root, not_before=start)
    document_job.after_close(context, period, root, start)
    return True


def stale(context: Context, aside: Sequence[int]) -> SummaryPost | None:
    return posts.stale(context.session, context.now, aside)


def rewrite(context: Context, post: SummaryPost) -> None:
    """Bring a published summary up to date; the message is edited, nobody's phone rings. Where nothing can be edited
    the lock makes a wave of new messages, which avoids the full hour like any other."""
    period = context.session.get_one(Period, post.period_id)
    start = cards.off_the_hour(context.now, period.id, context.defaults.off) if period.phase == Phase.LOCKED else None
    publishing.post_unit(context, period, context.session.get_one(Unit, post.unit_id), not_before=start)
