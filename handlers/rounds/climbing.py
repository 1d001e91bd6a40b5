"""Tell who has not replied when a round is due: names to their leads, level by level, counts to groups, the result to
who sent it (docs/rules.md 27.7)."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from handlers.core.context import Context
from handlers.rounds import messages, outside, pictures, standing
from models.authority import permissions, responsibility
from models.messaging import addresses, cards, noise_budget
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import audience, counts, replies, rounds
from models.rounds.rounds import Round, RoundKind
from models.time.times import awake, day_at, instant, parse_time

CHUNK = 6  # leads in a transaction


def climb(context: Context, it: Round) -> bool:
    """Tell the next leads of the levels reached so far; say whether those were all. The first level begins with the
    groups and the sender. A lead who was told already sees the newest state in place; one for whom the day has no room
    is told the next morning (docs/rules.md 27.7)."""
    told = _told(context, it)
    if it.cursor == 0 and it.climbed == 1 and it.again_at is None and it.kind != RoundKind.SURVEY:
        tell_groups(context, it)
        tell_sender(context, it)
    if it.cursor == 0:
        it.again_at = None
    chunk = sorted(lead for lead in told if lead > it.cursor)[:CHUNK]
    for lead in chunk:
        if not _tell(context, it, context.session.get_one(Person, lead), told[lead]):
            it.again_at = _morning(context, it)
        it.cursor = lead
    return len(chunk) < CHUNK


def _morning(context: Context, it: Round) -> datetime:
    """Return when tomorrow's first message may ring."""
    tomorrow = day_at(context.now, it.timezone) + timedelta(days=1)
    return awake(instant(tomorrow, parse_time("00:00"), it.timezone), it.timezone)


def _told(context: Context, it: Round) -> dict[int, list[Unit]]:
    """Return which leads hear of which units, by the lead's id. The director hears only of what has climbed."""
    session, day = context.session, day_at(context.now, it.timezone)
    silent = counts.silent_units(session, it, standing.judged(context, it))
    if not silent:
        return {}
    leads = responsibility.all_leads(session, day)
    hearing = responsibility.hearers(session, leads, day)
    ids = {path: unit for unit, path in session.execute(select(Unit.id, Unit.path)).all()}
    found: dict[int, dict[int, Unit]] = {}
    for unit in silent:
        for height in range(1, it.climbed + 1):
            place = responsibility.level(leads, ids, unit.path, height)
            for lead in hearing.get(place, []):
                if lead != it.by and (height > 1 or not _directs(session, lead)):
                    found.setdefault(lead, {})[unit.id] = unit
    return {lead: list(units.values()) for lead, units in found.items()}


def _directs(session: Session, lead: int) -> bool:
    return permissions.directs(session, session.get_one(Person, lead))


def _tell(context: Context, it: Round, lead: Person, units: list[Unit]) -> bool:
    """Send one message, if the day's noise budget has room, or bring one that stands up to date; say whether there was
    room."""
    session, now = context.session, context.now
    address = addresses.reachable(session, lead)
    day = day_at(now, it.timezone)
    morning = instant(day, parse_time("00:00"), it.timezone)
    if address is None:
        return True
    slot = Slot.of(Subject.ROUND_SILENCE, address, it.id, it.number)
    stands = it.urgent or cards.in_slot(session, slot) is not None
    if not stands and not noise_budget.has_room(session, lead, address, morning, day):
        return False
    judged = standing.judged(context, it)
    named = [(unit, counts.silent(session, it, judged, replies.at(unit))) for unit in units[: standing.UNITS]]
    shown = {unit.id: outside.waiting(session, it, [unit], judged, standing.OUTSIDE, at=unit) for unit, _ in named}
    version = rounds.newest(session, it)
    minutes = int((now - version.due_at).total_seconds() // 60) if version.due_at else 0
    words = context.words_for(lead, it.timezone)
    content = words.content(
        f"rounds/{it.kind}_silence", **messages.frame(context, words, it, version), units=named, minutes=minutes,
        total=counts.owing_of(session, it, judged, units), more=len(units) - len(named), outside=shown,
    )  # fmt: skip
    cards.want(
        session, slot, Kind.ESCALATION, content, now, lane=Lane.BULK, not_before=messages.start(context, it)
    )  # fmt: skip
    return True


def tell_groups(context: Context, it: Round) -> None:
    """Post the counts, never a name, in the groups of the units that the round was sent to."""
    session, version = context.session, rounds.newest(context.session, it)
    for unit in audience.units(session, it.whom):
        count = counts.of_units(session, it, standing.judged(context, it), [unit])
        for group in addresses.groups(session, unit):
            words = context.words_for(None, it.timezone)
            content = words.content(
                f"rounds/{it.kind}_line", **messages.frame(context, words, it, version), count=count
            )
            content = pictures.of_units(context, words, it, [unit], content)
            slot = Slot.of(Subject.ROUND_LINE, group, it.id, it.number)
            cards.want(
                session, slot, Kind.LINE, content, context.now, lane=Lane.BULK, not_before=messages.start(context, it)
            )  # fmt: skip


def tell_sender(context: Context, it: Round) -> None:
    """Tell who sent it how it stands at the due time."""
    session = context.session
    sender = session.get_one(Person, it.by)
    address = addresses.reachable(session, sender)
    content = standing.content(context, it, sender) if address else None
    if address is not None and content is not None:
        words, tops = context.words_for(sender, it.timezone), permissions.leads(session, sender, context.today)
        content = pictures.of_results(context, words, it, tops, content)
        slot = Slot.of(Subject.ROUND_SENT, address, it.id, it.number)
        start = messages.start(context, it)
        cards.want(session, slot, Kind.REPLY, content, context.now, lane=Lane.BULK, not_before=start)
