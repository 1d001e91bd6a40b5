"""Answer the buttons below notices: those of recipients, of who sent one, and of leads."""

from handlers.core import confirmations
from handlers.core.access import LEAD, MEMBER
from handlers.core.ids import RoundId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.rounds import certificates, messages, notice, notice_file, replying, standing, survey_file, urging
from models.authority.permissions import may_lead
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.files import blobs
from models.files.records import as_file
from models.messaging.contents import Content
from models.organisation.units import Unit
from models.rounds import ballots, rounds, story
from models.rounds.rounds import Round, RoundKind

router = Router("notices", MEMBER)
WITHDRAW = "notice.withdraw"


@router.button("read")
def tap_read(turn: Turn, round_id: RoundId, version: int) -> None:
    """Confirm that a notice was read (已阅): once."""
    replying.take(turn, round_id, version, None)


@router.button("answer")
def tap_answer(turn: Turn, round_id: RoundId, version: int, choice: int) -> None:
    """Answer a notice with one of its choices."""
    replying.take(turn, round_id, version, choice)


@router.button("calendar")
def tap_calendar(turn: Turn, round_id: RoundId) -> None:
    """Send the meeting as a calendar file."""
    it, _ = replying.own(turn, round_id)
    if it.withdrawn_at is not None:
        raise Refusal("rounds.withdrawn")
    version = rounds.newest(turn.session, it)
    if turn.fileless:
        raise Refusal("rounds.no_files")
    text = standing.calendar(turn, it, version)
    file = blobs.keep(turn.session, blobs.safe_name(f"{version.title}.ics"), "text/calendar", text.encode())
    turn.send(Content(turn.words.content("rounds/notice_calendar", version=version).text, (), file))


@router.button("file")
def tap_file(turn: Turn, round_id: RoundId, version: int, place: int) -> None:
    """Send a further file of a notice."""
    it, _ = replying.own(turn, round_id)
    if it.withdrawn_at is not None:
        raise Refusal("rounds.withdrawn")
    files = next((one.files for one in rounds.versions(turn.session, it) if one.number == version), [])
    if place >= len(files):
        raise Refusal("rounds.not_yours")
    turn.say("rounds/notice_file", file=as_file(files[place]), name=files[place]["name"])


@router.button("quiz")
def tap_quiz(turn: Turn, round_id: RoundId) -> None:
    """Show a quiz at the end of the chat, where somebody needs it before they are asked for a report."""
    it, reply = replying.own(turn, round_id)
    messages.show(turn, it, reply, turn.person, turn.here, below=True)


@router.button("certificate")
def tap_certificate(turn: Turn, round_id: RoundId) -> None:
    """Send the certificate of a quiz that was passed."""
    it, reply = replying.own(turn, round_id)
    certificates.again(turn, it, reply, turn.person, turn.here)


@router.button("show", role=LEAD)
def tap_show(turn: Turn, round_id: RoundId) -> None:
    """Show how a notice stands, in place where that is shown already."""
    it, _ = standing.seen(turn, turn.person, round_id)
    standing.show(turn, it)


@router.button("urge", role=LEAD)
def tap_urge(turn: Turn, round_id: RoundId, unit_id: UnitId) -> None:
    """Remind those of a unit who have not replied: once per half hour."""
    it, _ = standing.seen(turn, turn.person, round_id)
    unit = turn.session.get(Unit, unit_id)
    if unit is None or not may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    _urge(turn, it, [unit])


@router.button("urge_all", role=LEAD)
def tap_urge_all(turn: Turn, round_id: RoundId) -> None:
    """Remind all of one's own who have not replied."""
    it, tops = standing.seen(turn, turn.person, round_id)
    _urge(turn, it, tops)


def _urge(turn: Turn, it: Round, units: list[Unit]) -> None:
    if it.withdrawn_at is not None:
        raise Refusal("rounds.withdrawn")
    standing.refuse_over(turn, it)
    before = {unit.id: urging.urged(turn.session, it, unit, turn.now) for unit in units}
    units = [unit for unit in units if before[unit.id] is None]
    if not units:
        turn.toast("summaries/urged_before", at=max(at for at in before.values() if at), alert=True)
        return
    told = [urging.urge(turn, it, unit, turn.person) for unit in units]
    begins = None if it.urgent else messages.starting(turn, it.timezone)
    for unit in units:
        audit.note(turn.session, turn.now, turn.person.staff_no, f"{it.kind} urged", unit.path, number=it.id)
    if None in told:
        turn.toast("rounds/notice_urging", begins=begins)
    else:
        turn.toast("rounds/notice_urged", count=sum(n or 0 for n in told), begins=begins)


@router.button("export", role=LEAD)
def tap_export(turn: Turn, round_id: RoundId) -> None:
    """Send one's own recipients with their replies as an Excel file."""
    it, tops = standing.seen(turn, turn.person, round_id)
    if it.by_form:
        survey_file.send(turn, it, tops)
    else:
        notice_file.send(turn, it, tops)


@router.button("change", role=LEAD)
def tap_change(turn: Turn, round_id: RoundId) -> None:
    """Write a new version of one's own notice."""
    it, _ = standing.seen(turn, turn.person, round_id)
    standing.refuse_others(turn, it, turn.person)
    if it.kind != RoundKind.NOTICE:
        raise Refusal("surveys.fixed")
    if it.by_form:
        raise Refusal("quizzes.fixed")
    notice.change(turn, it)


@router.button("withdraw", role=LEAD)
def tap_withdraw(turn: Turn, round_id: RoundId) -> None:
    """Ask whether one's own notice is to be withdrawn."""
    it, _ = standing.seen(turn, turn.person, round_id)
    standing.refuse_others(turn, it, turn.person)
    title = messages.title(turn, turn.words, it, rounds.newest(turn.session, it))
    confirmations.ask(turn, WITHDRAW, {"round": it.id}, f"rounds/{it.kind}_withdraw", title=title, it=it)


@router.confirmed(WITHDRAW, role=LEAD)
def confirmed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Withdraw it: the messages that stand in people's chats say so."""
    it = turn.session.get_one(Round, asked.arguments["round"])
    standing.refuse_others(turn, it, turn.person)
    rounds.withdraw(turn.session, it, turn.person, turn.now)
    story.withdrawn(turn.session, it)
    if it.anonymous:
        ballots.destroy(turn.session, it)
    unit = turn.session.get_one(Unit, it.unit_id)
    audit.note(turn.session, turn.now, turn.person.staff_no, f"{it.kind} withdrawn", unit.path, number=it.id)
    turn.say("rounds/notice_taken_back", title=messages.title(turn, turn.words, it, rounds.newest(turn.session, it)))
