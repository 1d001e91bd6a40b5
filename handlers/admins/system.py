"""`/system`, 系统: tomorrow's waves, what was not delivered and why, who cannot be reached, the newest seal."""

from collections import Counter
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from sqlmodel import col, select

from handlers import administering, form_changes
from handlers.turn import Turn
from models import (
    addresses,
    alerts,
    assignments,
    authority,
    changes,
    nights,
    people,
    seals,
    versions,
    waves,
    workdays,
)
from models.assignments import Assignment
from models.calendars import instant, parse_calendar
from models.people import Kind, Membership, Person, Unit
from models.waves import Pace, Wave


def handle(turn: Turn, words: str) -> None:
    tops = administering.units(turn)
    own = _people(turn, tops)
    after = timedelta(minutes=turn.house.undelivered_after)
    backups = nights.backup(turn.session, turn.now)
    lost, others = nights.undelivered(turn.session, turn.now, after, set(own))
    kinds = Counter(addresses.silence(turn.session, own).values())
    turn.say(
        "system",
        waves=_waves(turn, tops),
        day=administering.today(turn) + timedelta(days=1),
        kinds=kinds,
        total=len(own),
        open_alerts=alerts.listed(turn.session, tops),
        undelivered=lost,
        undelivered_else=others,
        seal=seals.last(turn.session),
        backup=backups,
        failed=turn.words.refusal(backups.failed) if backups.failed else "",
        planned=[p for p in changes.waiting(turn.session) if _mine(turn, p)],
        forms=[f"{v.code}@{v.number}" for c in form_changes.stored(turn) if (v := versions.latest(turn.session, c))],
        program=_version(),
    )


def _mine(turn: Turn, planned: changes.Planned) -> bool:
    return authority.may(turn.session, turn.person, planned.what, planned.arguments, administering.today(turn))


def _people(turn: Turn, tops: list[Unit]) -> list[int]:
    """The staff of these subtrees; wards have no chat."""
    found: set[int] = set()
    for top in tops:
        query = select(Person.id).join(Membership).join(Unit).where(people.below(top.path), Person.kind == Kind.STAFF)
        found.update(turn.session.exec(query.where(people.here(administering.today(turn)))).all())
    return sorted(found)


def _waves(turn: Turn, tops: list[Unit]) -> list[tuple[Assignment, Unit, int, Wave | None, Pace | None]]:
    """Tomorrow's openings in these subtrees: task, unit, how many it asks, its wave (None: not on its calendar), and
    how long that takes where the platform has a limit."""
    day, rows = administering.today(turn) + timedelta(days=1), []
    worked = workdays.overrides(turn.session)
    for it in turn.session.exec(select(Assignment).order_by(col(Assignment.code))).all():
        unit = turn.session.get_one(Unit, it.unit_id)
        if it.ended_at or not any(people.is_below(unit.path, top.path) for top in tops):
            continue
        opens = None if it.paused_at else assignments.opens_on(parse_calendar(it.calendar), day, worked)
        at = instant(day, it.schedule.opens, it.timezone) if opens else None
        wave = Wave(it.code, "ask", at, waves.reached(turn.session, unit, it.about)) if at else None
        pace = wave.pace(turn.house.rates) if wave else None
        rows.append((it, unit, assignments.reach(turn.session, it), wave, pace))
    return rows


def _version() -> str:
    try:
        return version("zeroreport")
    except PackageNotFoundError:
        return "–"
