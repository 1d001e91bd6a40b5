"""An account becomes a person's: by a code, or because the platform itself vouches for who it is."""

from datetime import date

from handlers import asking
from handlers.turn import Turn, words_for
from models import addresses, cards, menus, people
from models.audit import note
from models.calendars import zone
from models.cards import Kind
from models.people import Person


def enrol(turn: Turn, person: Person) -> None:
    """The privacy notice, once, and today's report; the old account and the leads hear of a new one."""
    session, incoming = turn.session, turn.incoming
    retired = addresses.enrol(session, person, incoming.channel, incoming.account, incoming.chat, turn.now)
    note(session, turn.now, person.staff_no, "enrol", person.staff_no, channel=incoming.channel)
    known = addresses.who(session, incoming.channel, incoming.account)
    turn.speaker, turn.address = known if known else (person, turn.address)
    unit = people.home(session, person)
    turn.say("welcome", person=person, unit=unit, wards=people.wards(session, person, turn.now.date()))
    if retired:
        _tell_of_new_phone(turn, person, retired)
    asking.ask_today(session, turn.house, person, turn.here, turn.now)
    show_menu(turn)


def vouched(turn: Turn) -> bool:
    """Enrols whom the platform vouches for; False where the roster knows nobody of that account."""
    person = people.vouched_for(turn.session, turn.incoming.vouched or "", today(turn))
    if person:
        enrol(turn, person)
    return person is not None


def today(turn: Turn) -> date:
    return turn.now.astimezone(zone(turn.house.zone)).date()


def show_menu(turn: Turn) -> None:
    """The menu of commands in this person's chats is what their role and language say today."""
    menus.refresh(turn.session, turn.house.locale, today(turn), turn.person)


def _tell_of_new_phone(turn: Turn, person: Person, retired: list[addresses.Address]) -> None:
    """The old account and the leads learn that another account speaks for this person now."""
    session = turn.session
    for old in retired:
        content = words_for(turn.house, person).content("phone_retired", person=person)
        cards.want(session, f"retired:{old.id}:{turn.incoming.update}", old, Kind.NOTICE, content, turn.now)
    for lead in people.responsible(session, people.home(session, person), turn.now.date())[1]:
        address = addresses.reachable(session, lead)
        if address and lead.id != person.id:
            content = words_for(turn.house, lead).content("phone_changed", person=person)
            key = f"phone:{address.id}:{turn.incoming.update}"
            cards.want(session, key, address, Kind.NOTICE, content, turn.now)
