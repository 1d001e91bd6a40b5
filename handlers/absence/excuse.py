"""`/excuse`, 准假: enter leave for one's own people, and decide about what they ask for; the first decision counts."""

from handlers.absence import leave_requests
from handlers.core import asking
from handlers.core.access import LEAD
from handlers.core.ids import LeaveId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.absence import leave
from models.absence.leave import Absence, Stage
from models.authority import leave_decisions
from models.core.errors import Refusal
from models.organisation import people
from models.organisation.people import Person

router = Router("excuse", LEAD)

MOST_SHOWN = 10


@router.command("excuse", word="准假")
def excuse(turn: Turn, words: str) -> None:
    """Enter leave: `/excuse 1023 2d ill`. Without words, show the requests waiting. Raises `absences.no_days`,
    `absences.own`, `people.not_yours`."""
    if not words.strip():
        _waiting(turn)
        return
    found = leave_requests.days_in(turn, words)
    if found is not None and not found[0]:
        raise Refusal("absences.nobody_named")
    about = people.find_person(turn.session, found[0] if found else words.strip())
    if about.id == turn.person.id:
        raise Refusal("absences.own")
    if not leave_decisions.may_decide(turn.session, turn.person, about, turn.today):
        raise Refusal("people.not_yours", path=people.home(turn.session, about).path)
    if found:
        leave_requests.begin(turn, about, found[1], found[2])
    else:
        asking.choose(turn, "leave_days", leave_requests.spans(turn, f"excuse {about.staff_no}"), name=about.name)


@router.button("enter")
def tap_enter(turn: Turn) -> None:
    """Enter leave for somebody, who is asked for."""
    asking.for_words(turn, "excuse", f"excuse {asking.PLACE}")


def _waiting(turn: Turn) -> None:
    """Show each request again at the end of the chat, the longest waiting first."""
    mine = [
        a for a in leave.waiting(turn.session)
        if leave_decisions.may_decide(turn.session, turn.person, turn.session.get_one(Person, a.person_id), turn.today)
    ]  # fmt: skip
    for one in mine[:MOST_SHOWN]:
        leave_requests.show(turn, one, turn.person, below=True)
    turn.say("absence/excuse_waiting", count=len(mine), shown=min(len(mine), MOST_SHOWN))


@router.button("approve")
def tap_approve(turn: Turn, absence_id: LeaveId) -> None:
    """Approve a request for leave."""
    _decide(turn, absence_id, Stage.APPROVED)


@router.button("refuse")
def tap_refuse(turn: Turn, absence_id: LeaveId) -> None:
    """Refuse a request for leave."""
    _decide(turn, absence_id, Stage.REFUSED)


def _decide(turn: Turn, absence_id: int, state: Stage) -> None:
    found = turn.session.get(Absence, absence_id)
    if found is not None and found.state == Stage.DRAFT:
        found = None  # nobody was asked about it yet
    about = turn.session.get_one(Person, found.person_id) if found else None
    if found is None or about is None or not leave_decisions.may_decide(turn.session, turn.person, about, turn.today):
        turn.toast("core/not_yours", alert=True)
    elif found.state != Stage.REQUESTED:
        leave_requests.show(turn, found, turn.person)
        turn.toast("absence/leave_over", alert=True)
    else:
        leave_requests.decide(turn, found, state)
        turn.toast("absence/leave_decided", about=about, state=state)
