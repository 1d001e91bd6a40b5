"""Reporting: one tap for zero, the guided form for anything else, and changing one's mind until the lock."""

from handlers import asking, dialogue, filing, own
from handlers.asking import Asked
from handlers.turn import Turn
from handlers.words import Content
from models import drafts, reports
from models.cards import Kind
from models.people import Person
from models.periods import Period
from models.reports import Revision, State


def zero(turn: Turn, words: str) -> None:
    """`/zero`, 零报告: files the zero of every report of one's own that is due today."""
    mine = own.mine(turn)
    due = [it for it in mine if it.report.state == State.DUE]
    drafts.rest(turn.session, turn.person)
    if not mine:
        turn.say("nothing_due", person=turn.person)
    elif not due:
        _confirm_or_repeat(turn, mine)
    for it in due:
        filing.file_zero(turn, it)
        asking.ask(turn.session, turn.house, it, turn.person, turn.here, turn.now)


def _confirm_or_repeat(turn: Turn, mine: list[Asked]) -> None:
    for it in mine:
        if it.report.state == State.FILLED:
            turn.send(_over_filled(turn, it))
        elif it.report.state == State.ZERO and it.report.submitted_by == turn.person.id:
            asking.ask(turn.session, turn.house, it, turn.person, turn.here, turn.now)
        else:
            filing.file_zero(turn, it)
            asking.ask(turn.session, turn.house, it, turn.person, turn.here, turn.now)


def fill(turn: Turn, words: str) -> None:
    """`/report`, 有情况: the guided form, for the first report of one's own."""
    mine = own.mine(turn) or own.units(turn)
    if mine:
        dialogue.begin(turn, mine[0], below=True)
    else:
        turn.say("nothing_due", person=turn.person)


def maybe_zero(turn: Turn, words: str) -> None:
    """正常, 无, 0: meant as zero, but not its words, so it is asked for once more."""
    turn.say("maybe_zero", typed=words, prompts=[asking.frame(it.period, it.form) for it in own.mine(turn)])


def tap_zero(turn: Turn, period_id: int) -> None:
    """The button under the bulk prompt: it names the period, the chat says who tapped."""
    it = _own(turn, period_id)
    if it:
        _zero(turn, it)


def tap_fill(turn: Turn, period_id: int) -> None:
    it = _own(turn, period_id)
    if it:
        dialogue.begin(turn, it)


def tap_zero_of(turn: Turn, report_id: int) -> None:
    """The same for one particular report: of a unit one answers for, of a ward, or one's own."""
    it = own.theirs(turn, report_id)
    if it:
        _zero(turn, it)


def tap_fill_of(turn: Turn, report_id: int) -> None:
    it = own.theirs(turn, report_id)
    if it:
        dialogue.begin(turn, it, below=it.ward is not None and it.report.state == State.DUE)


def tap_over(turn: Turn, report_id: int) -> None:
    """Yes, a zero instead of what was filed: the earlier revision stays on record."""
    it = own.theirs(turn, report_id)
    if it:
        revision = filing.file_zero(turn, it)
        turn.toast("filed", at=revision.at, report=it.report, late=it.report.late)


def _own(turn: Turn, period_id: int) -> Asked | None:
    period = turn.session.get(Period, period_id)
    report = reports.of_person(turn.session, period, turn.person) if period else None
    if period is None or report is None:
        turn.toast("not_yours", alert=True)
        return None
    return own.opened(turn, Asked(period, report, asking.form_of(turn.session, period)))


def _zero(turn: Turn, it: Asked) -> None:
    report = it.report
    reports.refuse_if_not_theirs(turn.session, it.period, report, turn.person)
    if report.state == State.FILLED:
        content = _over_filled(turn, it)
        prefix = asking.ask_prefix(report, turn.here)
        asking.stand(turn.session, prefix, turn.here, Kind.ASK, content, turn.now)
        return
    before = report.head_id
    revision = filing.file_zero(turn, it)
    turn.toast("filed_before" if before == revision.id else "filed", at=revision.at, report=report, late=report.late)


def _over_filled(turn: Turn, it: Asked) -> Content:
    """Whether a zero shall take the place of what was filed, by oneself or by a lead."""
    by = turn.session.get_one(Person, it.report.submitted_by)
    own = by.id == turn.person.id
    return turn.words.content("zero_over_filled", **asking.frame(it.period, it.form), report=it.report, by=by, own=own)


def tap_correct(turn: Turn, report_id: int) -> None:
    """有误，我来更正: the own choice again. What is filed then takes the place of what the lead filed."""
    it = own.theirs(turn, report_id)
    head = turn.session.get(Revision, it.report.head_id) if it and it.report.head_id else None
    if it is None or head is None:
        return
    prefix = asking.ask_prefix(it.report, turn.here)
    if head.reason is None or head.by == turn.person.id:
        content = asking.receipt(turn.session, turn.words, it, turn.person)
    else:
        by = turn.session.get_one(Person, head.by)
        values = asking.frame(it.period, it.form) | {"report": it.report, "ward": it.ward, "by": by}
        content = turn.words.content("proxy_correct", **values)
    asking.stand(turn.session, prefix, turn.here, Kind.ASK, content, turn.now)


def tap_keep(turn: Turn, report_id: int) -> None:
    """No, what was filed stays: the receipt stands again."""
    it = own.theirs(turn, report_id)
    if it:
        content = asking.receipt(turn.session, turn.words, it, turn.person)
        prefix = asking.ask_prefix(it.report, turn.here)
        asking.stand(turn.session, prefix, turn.here, Kind.ASK, content, turn.now)
