"""`/calls`, 电访: whom to telephone today, and what came of it, filed as the ward's report (docs/rules.md 36)."""

from handlers.calls import alerting, calls_file, lists
from handlers.core.access import MEMBER
from handlers.core.groups import Group
from handlers.core.ids import PersonId, ReportId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.exports import list_files
from handlers.reporting import filing, form_dialogue
from handlers.reporting.marks import Mark
from models.calls import calls
from models.calls.calls import Outcome
from models.core.errors import Refusal
from models.organisation import people
from models.organisation.people import Person
from models.reporting.reports import Report, State

router = Router("calls", MEMBER)


def has_wards(turn: Turn) -> bool:
    """Say whether there is anybody for the speaker to call."""
    return calls.any_to_call(turn.session, turn.person, turn.today)


@router.command("calls", word="电访", takes_words=True, dated=False, group=Group.SUPPORT, concerns=has_wards)
def call_list(turn: Turn, words: str) -> None:
    """Show whom to call today; with a name or staff number that ward."""
    if not words.strip():
        lists.show(turn, below=True)
        return
    lists.show_ward(turn, _named(turn, words.strip()), below=True)


def _named(turn: Turn, words: str) -> Person:
    """Return the ward that is meant, of those on the speaker's list: of others nobody learns whether there are any.
    Raises `calls.not_yours`, `people.many_persons`."""
    numbered, named = (
        [it for it in found if calls.may_call(turn.session, turn.person, it, turn.today)]
        for found in people.called(turn.session, words)
    )
    if not (numbered or named):
        raise Refusal("calls.not_yours", name=words)
    return people.only(words, numbered, named)


@router.button("list")
def tap_list(turn: Turn) -> None:
    """Show the list again."""
    lists.show(turn)


@router.button("more")
def tap_more(turn: Turn) -> None:
    """Show the next ones, after the few of today."""
    lists.show(turn, more=True)


@router.button("ward")
def tap_ward(turn: Turn, person_id: PersonId) -> None:
    """Show one ward with the phone number and what may come of the call."""
    ward = _ward(turn, person_id)
    if ward:
        lists.show_ward(turn, ward)


@router.button("nothing")
def tap_nothing(turn: Turn, person_id: PersonId, mark: Mark) -> None:
    """Reached, nothing to report: file the zero of exactly the reports shown."""
    ward = _ward(turn, person_id)
    if ward is None or not _free(turn, ward, reached=True):
        return
    found = lists.asked(turn, ward)
    if lists.mark(found) != mark:
        lists.show_ward(turn, ward)
        turn.toast("calls/changed", alert=True)
        return
    owed = lists.owed(found)
    first = owed[0].report.id if owed else None
    _note(turn, ward, Outcome.NOTHING if owed else Outcome.REACHED, first)
    for it in owed:
        filing.file_zero(turn, it, _reason(turn, it))
    lists.show(turn)
    turn.toast("calls/filed_zero" if owed else "calls/filed_reached", ward=ward, at=turn.now)


@router.button("something")
def tap_something(turn: Turn, report_id: ReportId) -> None:
    """Reached, something to report: put the call on record and begin the ward's form; a second tap goes on with it."""
    report = turn.session.get(Report, report_id)
    ward = _ward(turn, report.person_id if report else None)
    if ward is None:
        return
    asked = next((it for it in lists.asked(turn, ward) if it.report.id == report_id), None)
    held = calls.on(turn.session, ward, turn.today)
    if asked is None:
        lists.show_ward(turn, ward)
        turn.toast("calls/changed", alert=True)
        return
    if held is None or not held.reached:
        _note(turn, ward, Outcome.SOMETHING, report_id)
    elif held.by != turn.person.id and not _free(turn, ward, reached=True):
        return
    lists.show(turn)
    _fill(turn, asked)


def _fill(turn: Turn, asked: lists.Asked) -> None:
    """Begin the form; of whoever leads there and does not report for the ward, as a proxy report with its reason."""
    reason = _reason(turn, asked)
    if reason is not None:
        form_dialogue.draft_for_other(turn, asked, State.FILLED, reason)
    form_dialogue.begin(turn, asked, below=True)


@router.button("missed")
def tap_missed(turn: Turn, person_id: PersonId) -> None:
    """Not reached: a try, one a day; the third (`CALLS_TRIES`) raises an alert."""
    ward = _ward(turn, person_id)
    if ward is None or not _free(turn, ward, reached=False):
        return
    state = _note(turn, ward, Outcome.MISSED, None)
    lists.show(turn)
    most = turn.defaults.calls_tries
    turn.toast("calls/filed_missed", ward=ward, tries=state.tries, most=most, alarmed=calls.exhausted(state, most))


@router.button("excel")
def tap_excel(turn: Turn) -> None:
    """Send the calls of the last month to one's own wards as an Excel file."""
    list_files.send(turn, calls_file.Made(), calls_file.asked(turn, turn.person))


def _ward(turn: Turn, number: int | None) -> Person | None:
    """Return the ward if the speaker may still call them: not one who left or whom another reports for now."""
    ward = turn.session.get(Person, number) if number else None
    if ward is None or not calls.may_call(turn.session, turn.person, ward, turn.today):
        turn.toast("core/not_yours", alert=True)
        return None
    return ward


def _free(turn: Turn, ward: Person, *, reached: bool) -> bool:
    """Say whether today's call has still to be filed; otherwise tell who called, and show the list as it is now."""
    held = calls.on(turn.session, ward, turn.today)
    if held is None or (reached and not held.reached):
        return True
    lists.show(turn)
    by = turn.session.get_one(Person, held.by)
    turn.toast("calls/called_already", call=held, by=by, own=by.id == turn.person.id, ward=ward, alert=True)
    return False


def _note(turn: Turn, ward: Person, outcome: Outcome, report: int | None) -> calls.CalledWard:
    most = turn.defaults.calls_tries
    state = calls.file(turn.session, ward, turn.person, outcome, turn.today, turn.now, most, report)
    alerting.follow(turn, ward, state)
    return state


def _reason(turn: Turn, it: lists.Asked) -> str | None:
    """Return why somebody files a report who leads there and does not report for the ward; None for whoever does."""
    return None if it.own else turn.words.line("calls/reason")
