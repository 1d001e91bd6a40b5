"""Show how somebody's reply to a notice came about: each entry of the ledger about it (docs/rules.md 27.11)."""

from handlers.core.turn import Turn
from handlers.rounds import standing
from models.authority import permissions
from models.core.errors import Refusal
from models.cycle.places import Place
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import replies, rounds
from models.rounds.replies import Reply
from models.rounds.rounds import Round


def show(turn: Turn, it: Round, words: str) -> None:
    """Show the history of the reply of one of the speaker's own recipients. Raises as `people.find_person`, and
    `rounds.no_recipient` for whoever is none that the speaker leads."""
    person = people.find_person(turn.session, words)
    reply = replies.of_person(turn.session, it, person)
    if reply is None or not _theirs(turn, reply):
        raise Refusal("rounds.no_recipient", name=words[:40])
    replies.reached(turn.session, it, [reply])
    values = {
        "it": it, "version": rounds.newest(turn.session, it), "person": person, "reply": reply,
        "place": turn.session.get_one(Place, reply.place_id), "entries": replies.history(turn.session, it, reply),
        "versions": rounds.versions(turn.session, it), "day": standing.judged(turn, it),
    }  # fmt: skip
    turn.say("rounds/notice_proof", **values)


def _theirs(turn: Turn, reply: Reply) -> bool:
    unit = turn.session.get_one(Unit, turn.session.get_one(Place, reply.place_id).unit_id)
    return permissions.may_lead(turn.session, turn.person, unit.path, turn.today)


def split(turn: Turn, said: str) -> tuple[int, str] | None:
    """Return the number of a notice with which words begin, and the name after it; None for other words."""
    number, _, rest = said.removeprefix("№").partition(" ")
    if not (number.isascii() and number.isdecimal() and len(number) < 9):
        return None
    return (int(number), rest.strip()) if not rest or _known(turn, rest) else None


def _known(turn: Turn, name: str) -> bool:
    """Say whether words name somebody: a notice may well begin with a number."""
    try:
        found: Person | None = people.find_person(turn.session, name)
    except Refusal as refusal:
        return refusal.key == "people.many_persons"
    return found is not None
