"""Make an account a person's: by a code, or because the platform itself vouches for who it is."""

import logging

from handlers.core.context import Context
from handlers.core.events import Enrolled
from handlers.core.incoming import Event
from handlers.core.turn import Turn
from handlers.prompts import prompts
from models.authority import responsibility
from models.channels import code_attempts
from models.core.audit import note
from models.messaging import addresses, cards, command_menus, enrolment
from models.messaging.addresses import UNOPENED
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person

log = logging.getLogger("zeroreport")


def enrol(turn: Turn, person: Person) -> None:
    """Enrol: show the privacy notice, once, and today's report; tell the old account and the leads of a new one."""
    session, incoming = turn.session, turn.incoming
    retired = enrolment.enrol(session, person, incoming.channel, incoming.account, incoming.chat, turn.now)
    note(session, turn.now, person.staff_no, "enrol", person.staff_no, channel=incoming.channel)
    known = addresses.who(session, incoming.channel, incoming.account)
    turn.speaker, turn.address = known if known else (person, turn.address)
    welcome(turn)
    if retired:
        _tell_of_new_phone(turn, person, retired)
    prompts.ask_today(turn, person, turn.here)
    show_menu(turn)
    turn.emit(Enrolled(person, turn.here))


def welcome(turn: Turn) -> None:
    """Say what this is and what is stored, before anything else."""
    unit = people.home(turn.session, turn.person)
    wards = responsibility.wards(turn.session, turn.person, turn.today)
    turn.say("messaging/welcome", person=turn.person, unit=unit, wards=wards)


def _quietly(turn: Turn, person: Person) -> None:
    """Enrol a person who has done nothing, and thousands with them when an admin widens the app's range: the next wave
    asks them like everybody, and they are welcomed when they open the app."""
    session, incoming = turn.session, turn.incoming
    retired = enrolment.enrol(session, person, incoming.channel, incoming.account, incoming.chat, turn.now)
    note(session, turn.now, person.staff_no, "enrol", person.staff_no, channel=incoming.channel)
    if retired:
        _tell_of_new_phone(turn, person, retired)
    known = addresses.who(session, incoming.channel, incoming.account)
    if known:
        known[1].used_at = known[1].since - UNOPENED
        session.add(known[1])


def opened(turn: Turn) -> None:
    """Welcome somebody who was enrolled without having done anything and now opens the chat for the first time."""
    addresses.used(turn.session, [turn.here], turn.now)
    welcome(turn)
    prompts.ask_today(turn, turn.person, turn.here)
    show_menu(turn)
    turn.emit(Enrolled(turn.person, turn.here))


def vouched(turn: Turn) -> bool:
    """Enrol whom the platform vouches for; False if the roster knows nobody of that account."""
    person = enrolment.vouched_for(turn.session, turn.incoming.vouched or "", turn.today)
    if person and turn.incoming.event is Event.JOINED:
        _quietly(turn, person)
    elif person:
        enrol(turn, person)
    return person is not None


def show_menu(turn: Turn) -> None:
    """Set the menu of commands in this person's chats by today's role and language."""
    command_menus.refresh(turn.session, turn.defaults.locale, turn.today, turn.person)


def _tell_of_new_phone(turn: Turn, person: Person, retired: list[addresses.Address]) -> None:
    """Tell the old account and the leads that another account speaks for this person now."""
    session = turn.session
    for old in retired:
        content = turn.words_for(person).content("messaging/phone_retired", person=person)
        slot = Slot.of(Subject.PHONE_RETIRED, old, *turn.incoming.id)
        cards.want(session, slot, Kind.NOTICE, content, turn.now)
    for lead in responsibility.responsible(session, people.home(session, person), turn.today)[1]:
        address = addresses.reachable(session, lead)
        if address and lead.id != person.id:
            content = turn.words_for(lead).content("messaging/phone_changed", person=person)
            slot = Slot.of(Subject.PHONE_CHANGED, address, *turn.incoming.id)
            cards.want(session, slot, Kind.NOTICE, content, turn.now)


def tell_of_guessing(context: Context, count: int, accounts: int) -> None:
    """Tell the admins of an attack once in an hour of the clock, in a message that goes on counting."""
    session = context.session
    since = code_attempts.hour(context.now)
    hour = f"{since:%Y%m%d%H}"
    first = not cards.about(session, Subject.CODE_GUESSING, [hour])
    if first:
        log.warning("somebody is guessing enrolment codes: %s wrong ones from %s accounts so far", count, accounts)
    for admin, address in addresses.of_admins(session):
        content = context.words_for(admin).content("messaging/guessing", count=count, accounts=accounts, since=since)
        cards.want(
            session, Slot.of(Subject.CODE_GUESSING, address, hour), Kind.NOTICE, content, context.now, anew=False
        )
