"""Show how somebody's reply to a notice came about: each entry of the ledger about it (docs/rules.md 27.11)."""

from handlers.core.turn import Turn
from handlers.rounds import messages, standing
from models.authority import permissions
from models.core import typed_text
from models.core.errors import Refusal
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import first_few
from models.rounds import attempts, replies, rounds
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind


def show(turn: Turn, it: Round, words: str) -> None:
    """Show the history of the reply of one of the speaker's own recipients. Raises `rounds.not_asked` for whoever is
    none that the speaker leads, whether there is such a person or not, `people.many_persons`, and `rounds.not_yours` of
    a survey that is no quiz. Of a quiz each attempt is shown."""
    if it.kind != RoundKind.NOTICE and it.asks != Asks.QUIZ:
        raise Refusal("rounds.not_yours")
    found = _named(turn, it, words)
    if not found:
        raise Refusal("rounds.not_asked", name=words[:40], number=it.id)
    if len(found) > 1:
        raise Refusal("people.many_persons", name=words[:40], numbers=first_few([it.staff_no for _, it in found]))
    reply, person = found[0]
    replies.reached(turn.session, it, [reply])
    if it.asks == Asks.QUIZ:
        _quiz(turn, it, reply, person)
        return
    values = {
        "it": it, "version": rounds.newest(turn.session, it), "person": person, "reply": reply,
        "place": turn.session.get_one(Place, reply.place_id), "entries": replies.history(turn.session, it, reply),
        "versions": rounds.versions(turn.session, it), "day": standing.judged(turn, it),
    }  # fmt: skip
    turn.say("rounds/notice_proof", **values)


def _quiz(turn: Turn, it: Round, reply: Reply, person: Person) -> None:
    version = rounds.newest(turn.session, it)
    told = messages.frame(turn, turn.words, it, version) | {
        "person": person, "reply": reply, "place": turn.session.get_one(Place, reply.place_id),
        "entries": attempts.history(turn.session, reply),
    }  # fmt: skip
    turn.say("rounds/quiz_proof", **told)


def _named(turn: Turn, it: Round, words: str) -> list[tuple[Reply, Person]]:
    return replies.named(turn.session, it, words, permissions.leads(turn.session, turn.person, turn.today))


def split(turn: Turn, said: str) -> tuple[int, str] | None:
    """Return the number of a notice with which words begin, and the name after it; None for other words: a notice may
    well begin with a number."""
    found = typed_text.numbered(said)
    it = turn.session.get(Round, found[0]) if found and found[1] else None
    return found if found and (not found[1] or (it and _named(turn, it, found[1]))) else None


def refuse_named(turn: Turn, said: str) -> None:
    """Raise `rounds.not_asked` for words that begin with the number of a notice which the speaker may see: they were
    meant for that one, and begin none (docs/rules.md 12.10)."""
    found = typed_text.numbered(said)
    if found is None:
        return
    try:
        it, _ = standing.seen(turn, turn.person, found[0])
    except Refusal:
        return
    if it.kind == RoundKind.NOTICE:
        raise Refusal("rounds.not_asked", name=found[1][:40], number=it.id)
