"""First contact: a code ties this chat to a person, who reads once what is stored and is asked for today's report."""

from handlers import asking
from handlers.turn import Turn, words_for
from models import addresses, cards, people
from models.addresses import Attempt
from models.audit import note
from models.cards import Kind
from models.people import Person


def start(turn: Turn, words: str) -> None:
    """`/start CODE`; without a code today's prompt once more."""
    code = words.split(maxsplit=1)[0] if words.split() else ""
    if code:
        _enrol(turn, code)
    elif turn.speaker is None:
        turn.say("stranger")
    else:
        turn.say("welcome_back", person=turn.person)
        asking.ask_today(turn.session, turn.house, turn.person, turn.here, turn.now)


def _enrol(turn: Turn, code: str) -> None:
    session, incoming = turn.session, turn.incoming
    if addresses.locked_out(session, incoming.channel, incoming.account, turn.now):
        turn.say("code_locked")
        return
    person = addresses.redeem(session, code, turn.now)
    if person is None:
        session.add(Attempt(channel=incoming.channel, account=incoming.account, at=turn.now))
        turn.say("code_wrong")
        return
    retired = addresses.enrol(session, person, incoming.channel, incoming.account, incoming.chat, turn.now)
    note(session, turn.now, person.staff_no, "enrol", person.staff_no, channel=incoming.channel)
    known = addresses.who(session, incoming.channel, incoming.account)
    turn.speaker, turn.address = known if known else (person, turn.address)
    unit = people.home(session, person)
    turn.say("welcome", person=person, unit=unit, wards=people.wards(session, person, turn.now.date()))
    if retired:
        _tell_of_new_phone(turn, person, retired)
    asking.ask_today(session, turn.house, person, turn.here, turn.now)


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
