"""Say how a round stands, to somebody who leads any of its recipients: counts by unit, and who has not replied
(docs/rules.md 27.5)."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from handlers.rounds import messages, outside
from models.authority import permissions
from models.core.errors import Refusal
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.reporting.silence import NAMED, Silent
from models.rounds import attempts, audience, counts, replies, rounds, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import WRITTEN, Asks, Round, RoundVersion

UNITS = 12  # in a message; the dashboard has all
OUTSIDE = 6  # people outside who have not answered, by name
TEXTS = 5  # written answers to a question, in a message


def judged(context: Context, it: Round) -> date:
    """Return the day by which it counts who is away or has left."""
    return replies.judged_on(it, rounds.newest(context.session, it), context.now)


def seen(context: Context, reader: Person, number: int) -> tuple[Round, list[Unit]]:
    """Return a notice or survey and the units in which its recipients are the reader's to see. Raises
    `rounds.not_yours`, of one that there is not as well."""
    it = context.session.get(Round, number)
    tops = permissions.leads(context.session, reader, context.today)
    if it is None or it.kind not in WRITTEN or not tops or not (it.by == reader.id or _any(context, it, tops)):
        raise Refusal("rounds.not_yours")
    return it, tops


def _any(context: Context, it: Round, tops: Sequence[Unit]) -> bool:
    query = select(Reply.id).where(Reply.round_id == it.id, replies.inside(tops)).limit(1)
    return context.session.exec(query).first() is not None


def visible(context: Context, reader: Person, kind: str, most: int, after: int = 0) -> tuple[list[Round], int]:
    """Return the newest rounds of a kind that the reader sent or some of whose recipients they lead, and how many there
    are."""
    tops = permissions.leads(context.session, reader, context.today)
    led = select(Reply.id).where(Reply.round_id == Round.id, replies.inside(tops)).exists()
    which = (Round.kind == kind, (col(Round.by) == reader.id) | led)
    found = context.session.exec(select(Round).where(*which).order_by(col(Round.id).desc()).offset(after).limit(most))
    total = context.session.exec(select(func.count()).select_from(Round).where(*which)).one()
    return list(found.all()), total


def values(context: Context, words: Renderer, it: Round, tops: Sequence[Unit]) -> dict[str, Any]:
    """Return what is told of a round's state, as far as these units go."""
    session, version, day = context.session, rounds.newest(context.session, it), judged(context, it)
    lines = counts.by_unit(session, it, day, tops)
    whole = {unit.id: count for unit, count in lines}
    return messages.frame(context, words, it, version) | {
        "count": counts.total(whole[top.id] for top in tops if top.id in whole),
        "units": lines,
        "lines": lines[:UNITS],
        "more": max(0, len(lines) - UNITS),
        "names": counts.silent(session, it, day, replies.inside(tops)),
        "results": surveys.results(session, it, tops, TEXTS) if it.by_form else None,
        "outside": outside.waiting(session, it, tops, day, OUTSIDE),
        "failed": _failed(session, it, tops) if it.asks == Asks.QUIZ else None,
        "waits": it.stage in (rounds.Stage.FINDING, rounds.Stage.TELLING) and it.next_at is not None,
    }


def _failed(session: Session, it: Round, tops: Sequence[Unit]) -> Silent:
    """Return who took a quiz and has not passed: how many, and the first by name."""
    which = (Reply.round_id == it.id, replies.inside(tops), Reply.answer == attempts.FAILED, replies.replied(it))
    n = session.exec(select(func.count()).select_from(Reply).where(*which)).one()
    names = select(Person.name).join(Reply, col(Reply.person_id) == col(Person.id)).where(*which)
    return Silent(n, list(session.exec(names.order_by(col(Person.staff_no)).limit(NAMED)).all()))


def content(context: Context, it: Round, reader: Person) -> Content | None:
    """Return the message about it; None where nothing of it is the reader's any more."""
    tops = permissions.leads(context.session, reader, context.today)
    if not tops:
        return None
    words = context.words_for(reader, it.timezone)
    told = values(context, words, it, tops) | {"own": may_change(context, it, reader)}
    return words.content(f"rounds/{'quiz' if it.asks == Asks.QUIZ else it.kind}_sent", **told)


def show(turn: Turn, it: Round) -> None:
    """Show it in the speaker's chat, in place where it stands already."""
    found = content(turn, it, turn.person)
    if found is None:
        raise Refusal("rounds.not_yours")
    slot = Slot.of(Subject.ROUND_SENT, turn.here, it.id)
    below = turn.incoming.data is None or live_messages.current(turn.session, slot) is None
    live_messages.show(turn.session, slot, Kind.REPLY, found, turn.now, below=below)


def line(context: Context, it: Round, reader: Person) -> dict[str, Any]:
    """Return what a list says of a round."""
    tops = permissions.leads(context.session, reader, context.today)
    version = rounds.newest(context.session, it)
    count = counts.of_units(context.session, it, judged(context, it), tops)
    by = context.session.get_one(Person, version.by)
    words = context.words_for(reader)
    called = {"title": messages.title(context, words, it, version), "text": messages.text(context, words, it, version)}
    return called | {"it": it, "version": version, "count": count, "by": by}


def refuse_others(context: Context, it: Round, person: Person) -> None:
    """Raise `rounds.not_yours` for a round that somebody else sent, or the person when they still led those to whom it
    goes, unless an admin of its unit asks; `rounds.withdrawn` for one that is withdrawn, and as `refuse_over`."""
    session = context.session
    unit = session.get_one(Unit, it.unit_id)
    own = it.by == person.id and _leads_all(context, it, person)
    if not own and not permissions.may_admin(session, person, unit.path):
        raise Refusal("rounds.not_yours")
    if it.withdrawn_at is not None:
        raise Refusal("rounds.withdrawn")
    refuse_over(context, it)


def _leads_all(context: Context, it: Round, person: Person) -> bool:
    """Say whether somebody leads all units to which a round goes and, of people who are named, any: they move."""
    session, tops = context.session, permissions.leads(context.session, person, context.today)

    def leads(unit: Unit) -> bool:
        return any(is_below(unit.path, top.path) for top in tops)

    homes = people.homes(session, it.whom.people).values() if it.whom.people else ()
    return all(map(leads, audience.units(session, it.whom))) and (not homes or any(map(leads, homes)))


def refuse_over(context: Context, it: Round) -> None:
    """Raise `rounds.over` for a notice that takes no replies any more, `surveys.over` for a survey that has ended: its
    answers are being opened then, or are."""
    version = rounds.newest(context.session, it)
    if it.by_form and (it.ended or (version.due_at is not None and context.now >= version.due_at)):
        raise Refusal("surveys.over")
    if context.now >= version.over_at:
        raise Refusal("rounds.over")


def may_change(context: Context, it: Round, person: Person) -> bool:
    """Say whether the person may change or withdraw it now."""
    try:
        refuse_others(context, it, person)
    except Refusal:
        return False
    return True


def calendar(context: Context, it: Round, version: RoundVersion) -> str:
    """Return a meeting as an iCalendar file (RFC 5545); a later version replaces an earlier one in a calendar. Raises
    `rounds.no_meeting`."""
    if version.starts_at is None:
        raise Refusal("rounds.no_meeting")
    ends = version.starts_at + timedelta(hours=1)
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Zero Report//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
        f"UID:notice-{it.id}@zero-report", f"SEQUENCE:{version.number - 1}", f"DTSTAMP:{_utc(version.at)}",
        f"DTSTART:{_utc(version.starts_at)}", f"DTEND:{_utc(ends)}", f"SUMMARY:{_escaped(version.title)}",
        f"LOCATION:{_escaped(version.venue)}", f"DESCRIPTION:{_escaped(version.words)}",
        "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT30M", f"DESCRIPTION:{_escaped(version.title)}",
        "END:VALARM", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(words: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", words).replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Return a line in pieces of at most 75 bytes; each after the first begins with a blank."""
    pieces, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > 75:
            pieces.append(piece)
            piece = " "
        piece += letter
    return [*pieces, piece]
