"""`/incident`, 突发: report an incident at any hour, on leave, after the lock, outside every period: told, confirmed,
alerted at once."""

from collections.abc import Sequence

from handlers.alerts import telling
from handlers.core import held_files, told_drafts
from handlers.core.access import MEMBER
from handlers.core.ids import ConfirmationId, IncidentId
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.alerts import incidents
from models.alerts.incidents import KINDS, Incident
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.files import attachments
from models.files.records import FileRecord
from models.forms.answers import LONGEST, read_words
from models.messaging import live_messages
from models.messaging.cards import Kind

router = Router("incident", MEMBER)


@router.command("incident", word="突发", takes_words=True, tells=True, dated=False)
def incident(turn: Turn, words: str) -> None:
    """Begin an incident: without words ask for the kind and then for the text; with words ask for the confirmation at
    once."""
    said = read_words(words, LONGEST) if words.strip() else None
    expected = expected_input.expect(turn.session, turn.person, Purpose.INCIDENT, turn.now)
    expected.about = expected.revision
    expected.words = said
    _show(turn, expected, below=True)


def _show(turn: Turn, expected: ExpectedInput, *, below: bool = False) -> None:
    """Show the kinds to choose from, the request for words, or what is about to be sent, a voice message included."""
    if expected.words is not None or expected.files:
        content = turn.words.content("alerts/incident_confirm", expected=expected, person=turn.person)
    else:
        content = turn.words.content("alerts/incident_ask", expected=expected, kinds=KINDS)
    _stand(turn, expected, content, below=below)


def _stand(turn: Turn, expected: ExpectedInput, content: Content, *, below: bool = False) -> None:
    told_drafts.stand(turn, expected, Kind.INCIDENT, content, below=below)


@router.button("kind")
def tap_kind(turn: Turn, revision: int, kind: int) -> None:
    """Choose the kind of incident."""
    expected = _held(turn, revision)
    if expected and kind < len(KINDS):
        expected.kind = KINDS[kind]
        expected_input.step(turn.session, expected, turn.now)
        _show(turn, expected)


def drop(turn: Turn, expected: ExpectedInput) -> None:
    """Cancel (取消): nothing was sent."""
    _stand(turn, expected, turn.words.content("alerts/incident_cancelled"), below=turn.incoming.data is None)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)


@router.expects(Purpose.INCIDENT, dropped=drop)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take the words; typed again, they replace the earlier ones."""
    expected.words = read_words(text, LONGEST)
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)


@router.file
def received(turn: Turn) -> bool:
    """Take any file while an incident is being told, as a part of it or an addition. Its caption counts as words."""
    expected = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if expected is None or expected.use not in (Purpose.INCIDENT, Purpose.MORE):
        return False
    file = held_files.sent(turn)
    if expected.use == Purpose.MORE:
        _add(turn, expected, "", [file])
        return True
    expected.files = attachments.added(expected.files, [file])
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)
    return True


@router.button("attach")
def tap_held(turn: Turn, pending_id: ConfirmationId) -> None:
    """Begin an incident (突发) with what was sent without a question."""
    files = held_files.take(turn, pending_id)
    incident(turn, "")
    expected = expected_input.held(turn.session, turn.person)
    if expected:
        expected.files = files
        expected_input.step(turn.session, expected, turn.now)
        _show(turn, expected)


@router.button("cancel")
def tap_cancel(turn: Turn, revision: int) -> None:
    """Cancel the incident being reported."""
    expected = _held(turn, revision)
    if expected:
        drop(turn, expected)


@router.button("confirm")
def tap_confirm(turn: Turn, revision: int) -> None:
    """Send it; the receipt says who was told and what happens next."""
    expected = _held(turn, revision)
    if expected is None or not (expected.words or expected.files):
        return
    incidents.refuse_many(turn.session, turn.person, turn.now)
    kind, words = expected.kind or "other", expected.words or _captions(expected.files)
    said = turn.words.line("alerts/incident_files", count=len(expected.files))
    made = telling.report(turn, kind, words, expected.files, said)
    live_messages.take_away(turn.session, told_drafts.slot(turn, expected), Kind.INCIDENT, turn.now)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.toast("alerts/incident_filed", incident=made)


def _captions(files: Sequence[FileRecord]) -> str:
    return "\n".join(it["remark"] for it in files if it.get("remark"))


@router.button("more")
def tap_more(turn: Turn, incident_id: IncidentId) -> None:
    """Expect an addition in the next words; what was said stays."""
    made = turn.session.get(Incident, incident_id)
    if made is None or made.person_id != turn.person.id:
        turn.toast("core/not_yours", alert=True)
        return
    expected_input.expect(turn.session, turn.person, Purpose.MORE, turn.now, made.id)
    turn.say("alerts/incident_more", incident=made)


@router.expects(Purpose.MORE)
def typed_more(turn: Turn, expected: ExpectedInput, text: str) -> None:
    _add(turn, expected, read_words(text, LONGEST), [])


def _add(turn: Turn, expected: ExpectedInput, words: str, files: list[FileRecord]) -> None:
    made = turn.session.get_one(Incident, expected.about)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    telling.add(turn, made, words, files)


def _held(turn: Turn, revision: int) -> ExpectedInput | None:
    return told_drafts.held(turn, revision, Purpose.INCIDENT, _show)
