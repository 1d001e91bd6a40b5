"""A report is filed: the record first, then everything in which it shows."""

from typing import Any

from handlers import asking, posting
from handlers.asking import Asked
from handlers.turn import Turn, words_for
from models import drafts, figures, posts, reports, totals
from models.cards import Kind
from models.forms import say
from models.periods import Phase
from models.reports import Filing, Revision, State


def file_zero(turn: Turn, it: Asked) -> Revision:
    """The zero statement, in the exact words this person was shown."""
    return _file(turn, it, State.ZERO, statement=say(it.form.statement, turn.words.locale))


def file_filled(turn: Turn, it: Asked, answers: dict[str, Any]) -> Revision:
    return _file(turn, it, State.FILLED, answers=answers)


def file_uncontacted(turn: Turn, it: Asked) -> Revision:
    """A ward that could not be reached (未联系上): received, shown apart."""
    return _file(turn, it, State.FILLED, statement=turn.words.line("uncontacted_statement"), uncontacted=True)


def _file(turn: Turn, it: Asked, kind: State, **content: Any) -> Revision:
    session, period, report = turn.session, it.period, it.report
    before = report.head_id
    filing = Filing(kind=kind, by=turn.person, channel=turn.incoming.channel, now=turn.now, **content)
    revision = reports.file(session, period, report, filing)
    started = drafts.started(session, report, turn.person)
    if started:
        drafts.discard(session, started)
    _show_receipts(turn, it)
    if revision.id != before:
        if period.phase == Phase.LOCKED:  # reopened: what was counted at the lock is no longer so
            head = session.get(Revision, before) if before else None
            totals.correct(session, period, report, head.answers if head else None, revision.answers)
        over = posting.units_over(session, period, report.place_id)
        posts.mark_stale(session, period, report, [u.id for u in over], turn.now)
        for unit in over:  # from the report's own unit upwards: where one is not complete, none above is
            if not figures.complete(session, period, unit):
                break
            if posts.get(session, period, unit) is None:
                posting.post_unit(session, turn.house, period, unit, turn.now)
    return revision


def _show_receipts(turn: Turn, it: Asked) -> None:
    """The live message becomes the receipt: the speaker's, and that of others who were asked for the same report."""
    session = turn.session
    chats = {address.id: (person, address) for person, address in asking.audience(session, it)}
    chats[turn.here.id] = (turn.person, turn.here)
    for person, address in chats.values():
        prefix = asking.ask_prefix(it.report, address)
        mine = address.id == turn.here.id
        if (mine and it.ward is None) or asking.live(session, prefix):
            words = words_for(turn.house, person, it.period.timezone)
            content = asking.receipt(session, words, it, person)
            asking.stand(session, prefix, address, Kind.ASK, content, turn.now)
    if it.ward is not None:
        asking.show_wards(session, turn.house, it.period, turn.person, turn.here, turn.now)
