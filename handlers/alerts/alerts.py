"""`/alerts`, 预警: show what is open in one's own units and who has taken it; take an alert, add a note, close it."""

from datetime import timedelta

from handlers.alerts import notifying, recipients
from handlers.core.access import LEAD
from handlers.core.ids import AlertId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.alerts import alerts, climbing
from models.alerts.alerts import Alert
from models.authority import permissions
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.forms.answers import read_words

router = Router("alerts", LEAD)

ALL = {"all", "全部"}
NOTE = {"note", "记录"}
MOST_LISTED, SHORT = 20, 60


@router.command("alerts", word="预警")
def show(turn: Turn, words: str) -> None:
    """List alerts: without words the open ones, with `all` those closed in the last seven days too. With `note …`, add
    a note to one's own."""
    first, _, rest = words.strip().partition(" ")
    if first.lower() in NOTE and rest.strip():
        _note(turn, _only_one(turn), rest)
        return
    every = words.strip().lower() in ALL
    since = turn.now - alerts.KEPT if every else None
    found = alerts.listed(turn.session, permissions.leads(turn.session, turn.person, turn.today), since)
    shown = found[-MOST_LISTED:]
    lines = [
        notifying.view(turn.session, turn.words, it, SHORT)
        | {"minutes": int((turn.now - it.opened_at) / timedelta(minutes=1))}
        for it in shown
    ]
    turn.say(
        "alerts/alerts", lines=lines, every=every, total=len(found), older=len(found) - len(shown), reader=turn.person
    )


def _only_one(turn: Turn) -> Alert:
    mine = alerts.taken_by(turn.session, turn.person)
    if len(mine) != 1:
        raise Refusal("alerts.which", count=len(mine))
    return mine[0]


@router.button("take")
def tap_take(turn: Turn, alert_id: AlertId) -> None:
    """Take an alert: it goes to whoever taps first, and everybody who got it sees who that is."""
    alert = _theirs(turn, alert_id)
    if alert is None:
        return
    if not climbing.take(alert, turn.person, turn.now):
        _say_before(turn, alert)
        return
    notifying.changed(turn, alert, turn.person, "taken")
    if turn.here.id not in {address.id for _, address in recipients.told(turn.session, alert)}:
        notifying.ring(turn, alert, [(turn.person, turn.here)])
    turn.toast("alerts/alert_taken")


def _say_before(turn: Turn, alert: Alert) -> None:
    """Tell whoever came second who was first."""
    it = notifying.view(turn.session, turn.words, alert)
    turn.toast("alerts/alert_before", alert=True, it=alert, taker=it["taker"], closer=it["closer"], reader=turn.person)


@router.button("note")
def tap_note(turn: Turn, alert_id: AlertId) -> None:
    """Expect a note in the next words."""
    alert = _own(turn, alert_id)
    if alert:
        expected_input.expect(turn.session, turn.person, Purpose.NOTE, turn.now, alert.id)
        turn.say("alerts/alert_note", **notifying.view(turn.session, turn.words, alert, SHORT))


@router.expects(Purpose.NOTE)
def typed_note(turn: Turn, expected: ExpectedInput, text: str) -> None:
    alert = turn.session.get_one(Alert, expected.about)
    if alert.closed_at is not None or alert.taken_by != turn.person.id:
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
        raise Refusal("alerts.closed")
    _note(turn, alert, text)


def _note(turn: Turn, alert: Alert, text: str) -> None:
    alert.note = read_words(text, alerts.LONGEST_NOTE)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    notifying.changed(turn, alert, turn.person, "note", note=alert.note)
    others = len({person.id for person, _ in recipients.told(turn.session, alert)} - {turn.person.id})
    turn.say("alerts/alert_noted", others=others, alert=alert)


@router.button("done")
def tap_done(turn: Turn, alert_id: AlertId) -> None:
    """Close an alert."""
    alert = _own(turn, alert_id)
    if alert:
        alerts.close(alert, turn.person, turn.now)
        notifying.changed(turn, alert, turn.person, "closed")
        turn.toast("alerts/alert_done")


def _theirs(turn: Turn, alert_id: int) -> Alert | None:
    """Return the alert, if it is about the lead's own units and not about themselves."""
    alert = turn.session.get(Alert, alert_id)
    path = recipients.unit_of(turn.session, alert).path if alert else ""
    if alert is None or not permissions.may_lead(turn.session, turn.person, path, turn.today):
        turn.toast("core/not_yours", alert=True)
        return None
    if alert.person_id == turn.person.id:
        raise Refusal("alerts.own")
    return alert


def _own(turn: Turn, alert_id: int) -> Alert | None:
    """Return the alert, if this lead has taken it and it is still open."""
    alert = _theirs(turn, alert_id)
    if alert and (alert.closed_at is not None or alert.taken_by != turn.person.id):
        _say_before(turn, alert)
        return None
    return alert
