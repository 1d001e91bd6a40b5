"""Show who has not answered a roll call, with phone numbers, to whoever called it and to the leads of each unit: one
message each, kept up to date in place (docs/rules.md 29.4)."""

from collections.abc import Sequence
from typing import Any

from handlers.core.context import Context
from handlers.core.rendering import Content
from models.authority import permissions, responsibility
from models.messaging import live_messages
from models.messaging.addresses import reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.rounds import counts, replies, rollcalls, rounds
from models.rounds.rounds import Round

NAMED = 25  # people in a message; the dashboard has all
LIVE = 500  # people for whom every answer is worth drawing the lists anew


def live(context: Context, it: Round) -> bool:
    """Say whether the lists change with every answer; of more people they change with every look of the clock, and when
    somebody needs help."""
    return rollcalls.asked(context.session, it) <= LIVE


def tops_of(context: Context, it: Round, reader: Person) -> list[Unit]:
    """Return the units of a roll call that are the reader's: all of it for whoever called it and still leads there,
    else those of its subtree that they lead."""
    whole = context.session.get_one(Unit, it.unit_id)
    led = permissions.leads(context.session, reader, context.today)
    if any(is_below(whole.path, top.path) for top in led):
        return [whole]
    return [top for top in led if is_below(top.path, whole.path)]


def values(context: Context, it: Round, tops: Sequence[Unit], most: int = NAMED) -> dict[str, Any]:
    """Return how it stands in these units."""
    session, version = context.session, rounds.newest(context.session, it)
    count = counts.of_units(session, it, replies.judged_on(it, version, context.now), tops)
    missing = rollcalls.missing(session, it, context.now, tops, most)
    helped = rollcalls.calling_for_help(session, it, tops, NAMED)
    named = [*(one.person for one in missing), *(person for _, person, _ in helped)]
    return {
        "it": it, "version": version, "unit": session.get_one(Unit, it.unit_id), "now": context.now,
        "by": session.get_one(Person, it.by), "tops": tops, "count": count,
        "safe": count.answers.get(rollcalls.SAFE, 0), "helps": count.answers.get(rollcalls.HELP, 0),
        "help": helped,
        "numbers": rollcalls.numbers(session, named, tops),
        "silent": [one for one in missing if one.why == "silent"],
        "unreached": [one for one in missing if one.why != "silent"],
        "more": max(0, count.silent - len(missing)),
        "waits": not count.asked and it.closed_at is None,
        "closer": session.get_one(Person, it.closed_by) if it.closed_by else None,
    }  # fmt: skip


def content(context: Context, it: Round, reader: Person) -> Content | None:
    """Return the list as the reader sees it; None if nothing of it is theirs."""
    tops = tops_of(context, it, reader)
    if not tops:
        return None
    told = values(context, it, tops) | {"own": may_close(context, it, reader)}
    return context.words_for(reader, it.timezone).content("rounds/rollcall_list", **told)


def may_close(context: Context, it: Round, person: Person) -> bool:
    """Say whether the person may close it: whoever called it, and leads and admins of the whole of it."""
    path = context.session.get_one(Unit, it.unit_id).path
    led = permissions.may_lead(context.session, person, path, context.today)
    return it.closed_at is None and led


def show(context: Context, it: Round, reader: Person, *, below: bool = False) -> None:
    """Show the list in the reader's chat, in place where it stands."""
    address, found = reachable(context.session, reader), content(context, it, reader)
    if address is not None and found is not None:
        slot = Slot.of(Subject.ROUND_SENT, address, it.id)
        live_messages.show(context.session, slot, Kind.ALERT, found, context.now, below=below)


def show_caller(context: Context, it: Round, *, below: bool = False) -> None:
    show(context, it, context.session.get_one(Person, it.by), below=below)


def show_leads(context: Context, it: Round, unit: Unit, *, below: bool = False) -> None:
    """Show it to who answers for a unit and answers for it within the roll call."""
    whole = context.session.get_one(Unit, it.unit_id)
    place, leads = responsibility.responsible(context.session, unit, context.today)
    if is_below(place.path, whole.path):
        for lead in leads:
            if lead.id != it.by:
                show(context, it, lead, below=below)
