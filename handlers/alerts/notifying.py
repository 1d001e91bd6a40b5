"""Tell leads of an alert, level by level: one message for each lead, edited in place for everybody who got it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from handlers.alerts.levels import Reached
from handlers.alerts.recipients import admins, alert_slot, levels, told, unit_of
from handlers.core.context import Context
from handlers.core.events import AlertChanged, LanguageChosen
from handlers.core.rendering import Content, Renderer
from models.alerts import alerts, incidents
from models.alerts.alerts import Alert
from models.alerts.incidents import Incident
from models.alerts.tellings import Telling
from models.authority import permissions
from models.core import audit
from models.cycle.periods import Period
from models.files import attachments
from models.files.attachments import Attachment
from models.forms.spec import say
from models.messaging import cards, live_messages
from models.messaging.addresses import Address, reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject, subject_id
from models.organisation.people import Person
from models.organisation.units import Unit

SPOKEN = timedelta(days=7)  # after it was closed an alert stays in the language in which it was last shown
LONGEST_LABEL = 1200  # characters in a message; the record has all of them


def announce(context: Context, alert: Alert, what: str = "raised") -> None:
    """Tell the first level there is, or the admins if there is none, of an alert that is raised or `reopened`."""
    waiting = levels(context, alert)
    if not waiting:
        alert.climbs_at = None
        context.session.add(alert)
    ring(context, alert, waiting[0] if waiting else admins(context, alert))
    context.emit(AlertChanged(alert, unit_of(context.session, alert), what))


def ring(context: Context, alert: Alert, whom: Iterable[Reached]) -> None:
    """Send a new message to these people, and an edit, which rings nobody, to all others who have it."""
    session = context.session
    rung = {address.id: (person, address) for person, address in whom}
    above = _climbs_on(context, alert, rung.values())
    for address_id, (person, address) in {a.id: (p, a) for p, a in told(session, alert)}.items():
        if address_id not in rung and permissions.may_lead(
            session, person, unit_of(session, alert).path, context.today
        ):
            _stand(context, alert, person, address, above=above, below=False)
    for person, address in rung.values():
        _stand(context, alert, person, address, above=above, below=True)
    if alert.incident_id is not None:
        show_receipt(context, session.get_one(Incident, alert.incident_id))


def _climbs_on(context: Context, alert: Alert, rung: Iterable[Reached]) -> bool:
    """Say whether somebody is left above those who have it, counting these people."""
    known = {person.id for person, _ in [*told(context.session, alert), *rung]}
    return any(not known & {p.id for p, _ in level} for level in levels(context, alert))


def _stand(context: Context, alert: Alert, person: Person, address: Address, *, above: bool, below: bool) -> None:
    session = context.session
    content = card(session, context.words_for(person, zone_of(session, alert)), alert, person, context.now, above=above)
    live_messages.show(session, alert_slot(alert, address), Kind.ALERT, content, context.now, below=below)


def zone_of(session: Session, alert: Alert) -> str | None:
    return session.get_one(Period, alert.period_id).timezone if alert.period_id else None


def card(session: Session, words: Renderer, alert: Alert, reader: Person, now: datetime, *, above: bool) -> Content:
    again = alert.height > 0 or alert.rings > 0
    waited = int((now - alert.opened_at) / timedelta(minutes=1)) if again else 0
    added, files = told_later(session, alert), _files(session, alert)
    view_of = view(session, words, alert)
    return words.content("alerts/alert", **view_of, reader=reader, above=above, waited=waited, added=added, files=files)


def view(session: Session, words: Renderer, alert: Alert, most: int = LONGEST_LABEL) -> dict[str, Any]:
    """Return what every template about an alert may use."""
    label = say(alert.label, words.locale)
    return {
        "alert": alert,
        "unit": unit_of(session, alert),
        "person": session.get_one(Person, alert.person_id) if alert.person_id else None,
        "by": session.get_one(Person, alert.by),
        "taker": session.get_one(Person, alert.taken_by) if alert.taken_by else None,
        "closer": session.get_one(Person, alert.closed_by) if alert.closed_by else None,
        "title": say(alert.title, words.locale),
        "label": label if len(label) <= most else label[:most] + "…",
    }


def told_later(session: Session, alert: Alert) -> Sequence[Telling]:
    """Return the newest three additions to an incident."""
    if alert.incident_id is None:
        return []
    return incidents.told(session, session.get_one(Incident, alert.incident_id))[1:][-3:]


def _files(session: Session, alert: Alert) -> list[tuple[Attachment, str]]:
    """Return the files of an incident, the newest eight, with their names."""
    if alert.incident_id is None:
        return []
    tellings = {t.id: t for t in incidents.told(session, session.get_one(Incident, alert.incident_id))}
    return [
        (it, next(said["name"] for said in tellings[it.telling_id or 0].files if said["digest"] == it.digest))
        for it in attachments.of_tellings(session, tellings)[-8:]
    ]


def changed(context: Context, alert: Alert, by: Person | None, what: str, **why: object) -> None:
    """Show that something was done about an alert, by nobody if it follows by itself: everybody who got it sees it in
    place, and the figures that count it are rewritten."""
    unit = _note(context, alert, by, what, **why)
    ring(context, alert, [])
    context.emit(AlertChanged(alert, unit, what))


def reopened(context: Context, alert: Alert, by: Person) -> None:
    """Tell the first level of an alert that was closed; its messages are new ones."""
    _note(context, alert, by, "reopened")
    announce(context, alert, "reopened")


def _note(context: Context, alert: Alert, by: Person | None, what: str, **why: object) -> Unit:
    """Store what was done about an alert, and put it on record; return the alert's unit."""
    session, unit = context.session, unit_of(context.session, alert)
    session.add(alert)
    session.flush()
    who = by.staff_no if by else "clock"
    audit.note(session, context.now, who, f"alert {what}", unit.path, alert=alert.id, **why)
    return unit


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the alerts in somebody's chat, and what became of their incidents, in the language they chose."""
    session, person, address = context.session, event.person, event.address
    shown = cards.shown_in(session, address, Subject.ALERT)
    for alert in alerts.since(session, context.now - SPOKEN):
        if subject_id(alert.id, alert.round) in shown:
            _stand(context, alert, person, address, above=_climbs_on(context, alert, []), below=False)
        if alert.incident_id is not None:
            incident = session.get_one(Incident, alert.incident_id)
            if incident.person_id == person.id:
                show_receipt(context, incident)


def show_receipt(context: Context, incident: Incident, *, below: bool = False) -> None:
    """Show the receipt of an incident to whoever reported it: who was told, and who has taken it."""
    session = context.session
    person = session.get_one(Person, incident.person_id)
    address = reachable(session, person)
    alert = alerts.of_incident(session, incident.id)
    if address is None:
        return
    slot = Slot.of(Subject.INCIDENT, address, incident.id)
    if not below and live_messages.current(session, slot) is None:
        return
    words = context.words_for(person)
    knowing = [p.name for p, _ in told(session, alert)]
    above = _climbs_on(context, alert, [])
    said = incidents.told(session, incident)
    content = words.content(
        "alerts/incident_receipt", **view(session, words, alert), incident=incident, said=said[:1] + said[1:][-3:],
        knowing=knowing, above=above,
    )  # fmt: skip
    live_messages.show(session, slot, Kind.INCIDENT, content, context.now, below=below)
