"""`/leave`, 请假: ask for leave with days and a reason, and take it back."""

from datetime import date, timedelta

from handlers.absence import leave_requests
from handlers.core.access import MEMBER
from handlers.core.ids import LeaveId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.absence import leave
from models.absence.leave import Absence, Stage
from models.authority import leave_decisions
from models.conversations import drafts
from models.core.errors import Refusal
from models.organisation.people import Person

router = Router("leave", MEMBER)


@router.command("leave", word="请假", takes_words=True, tells=True)
def ask(turn: Turn, words: str) -> None:
    """Ask for leave: `/leave 3d ill`, `/leave 12-01 12-05 ill`. Without words, show days to tap. Raises
    `absences.no_days`."""
    found = leave_requests.days_in(turn, words)
    if not words.strip():
        turn.say("absence/leave_days", today=turn.today, tomorrow=turn.today + timedelta(days=1))
    elif found is None or found[0]:
        raise Refusal("absences.no_days")
    else:
        leave_requests.begin(turn, turn.person, found[1], found[2])


@router.button("days")
def tap_days(turn: Turn, first: date, days: int) -> None:
    """Ask for leave on the tapped days: the button carries the first day itself, so that tomorrow it still means the
    same."""
    if not 1 <= days <= leave.MOST_DAYS:
        raise Refusal("absences.no_days")
    leave_requests.begin(turn, turn.person, (first, first + timedelta(days=days - 1)), "")


@router.button("reason")
def tap_reason(turn: Turn, absence_id: LeaveId, reason: int) -> None:
    """Take a tapped reason, for one's own leave or for leave that is being entered."""
    drafted = _drafted(turn, absence_id)
    if drafted is not None and reason < leave_requests.REASONS:
        leave_requests.settle(turn, drafted, turn.words.line("absence/leave_reason_word", n=reason))


@router.button("drop")
def tap_drop(turn: Turn, absence_id: LeaveId) -> None:
    """Discard the draft; no leave is requested."""
    if _drafted(turn, absence_id) is not None:
        leave_requests.drop_drafts(turn)
        turn.toast("absence/leave_dropped")


def _drafted(turn: Turn, absence_id: int) -> Absence | None:
    found = turn.session.get(Absence, absence_id)
    if found is None or found.asked_by != turn.person.id or found.state != Stage.DRAFT:
        turn.toast("core/not_yours", alert=True)
        return None
    return found


def typed(turn: Turn, text: str) -> bool:
    """Take words as the reason that was just asked for; say whether they were."""
    found = leave.drafted(turn.session, turn.person.id, turn.now - leave_requests.TYPED_WITHIN)
    if found is None:
        return False
    leave_requests.settle(turn, found, text)
    return True


@router.file
def received(turn: Turn) -> bool:
    """Refuse a file while the reason is asked for, which is words, if no form takes it. Raises
    `pending.words_only`."""
    found = leave.drafted(turn.session, turn.person.id, turn.now - leave_requests.TYPED_WITHIN)
    if found is None or turn.incoming.reading is not None or drafts.active(turn.session, turn.person):
        return False
    raise Refusal("pending.words_only", what="reason")


def left(turn: Turn) -> bool:
    """Cancel the leave whose reason was just asked for; say whether there was any."""
    if leave.drafted(turn.session, turn.person.id, turn.now - leave_requests.TYPED_WITHIN) is None:
        return False
    leave_requests.drop_drafts(turn)
    turn.say("absence/leave_dropped")
    return True


@router.button("withdraw")
def tap_withdraw(turn: Turn, absence_id: LeaveId) -> None:
    """Withdraw one's own leave, or undo leave that was entered or approved, by somebody who may decide about it."""
    found = turn.session.get(Absence, absence_id)
    about = turn.session.get_one(Person, found.person_id) if found else None
    if found is None or about is None or found.state == Stage.DRAFT or not (
        about.id == turn.person.id or leave_decisions.may_decide(turn.session, turn.person, about, turn.today)
    ):  # fmt: skip
        turn.toast("core/not_yours", alert=True)
    elif found.state not in (Stage.REQUESTED, Stage.APPROVED) or found.last < turn.today:
        leave_requests.show(turn, found, turn.person)
        turn.toast("absence/leave_over", alert=True)
    else:
        leave_requests.decide(turn, found, Stage.WITHDRAWN)
        turn.toast("absence/leave_withdrawn")
