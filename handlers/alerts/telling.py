"""Report an incident and add to it: the record, its alert, and the receipt of whoever reported it."""

from typing import Any

from handlers.alerts import notifying, recipients
from handlers.core.locales import LOCALES
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from models.alerts import alerts, incidents
from models.alerts.alerts import INCIDENT, MatchedRule
from models.alerts.incidents import Incident
from models.files.records import FileRecord

MINUTES = 15


def report(turn: Turn, kind: str, words: str, files: list[FileRecord], said: str = "") -> Incident:
    """Store an incident and raise its alert in one transaction; the receipt says who was told and what happens next.
    `said` stands in the alert where the words are empty."""
    made = incidents.file(turn.session, turn.person, kind, words, turn.incoming.channel, turn.now, files)
    title = {locale: Renderer(locale).line("alerts/incident_title", kind=made.kind) for locale in LOCALES}
    met = MatchedRule(INCIDENT, "red", {"": words or said}, title, MINUTES)
    about: dict[str, Any] = {"incident_id": made.id, "person_id": made.person_id, "place_id": made.place_id}
    notifying.announce(turn, alerts.begin(turn.session, met, turn.now, by=turn.person.id, **about))
    notifying.show_receipt(turn, made, below=True)
    return made


def add(turn: Turn, made: Incident, words: str, files: list[FileRecord]) -> None:
    """Add to an incident. Whoever handles it is told at once; a closed one is open again."""
    incidents.add(turn.session, made, words, turn.now, files)
    alert = alerts.of_incident(turn.session, made.id)
    if alert.closed_at is not None:
        alerts.reopen(alert, turn.person, turn.now)
        notifying.reopened(turn, alert, turn.person)
    else:
        known = recipients.told(turn.session, alert)
        mine = [it for it in known if it[0].id == alert.taken_by] if alert.taken_by else known
        woken = (mine or known) if incidents.rings(turn.session, made, turn.now) else []
        notifying.ring(turn, alert, woken)
    notifying.show_receipt(turn, made, below=True)
