"""`/system`, 系统: show tomorrow's waves, what was not delivered and why, who cannot be reached, the newest seal."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from sqlmodel import col, select

from handlers.core import admin_arguments
from handlers.core.access import ADMIN
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.forms import new_version
from models.alerts import alerts
from models.calls import calls
from models.changes import change_rights, performing
from models.changes import planned as planned_changes
from models.cycle import assignments, openings
from models.cycle.assignments import Assignment
from models.donations import totals as donations
from models.duty import standing as duty
from models.evidence import seals
from models.forms import versions
from models.handup import counts as handup_counts
from models.honours import counts as honours
from models.messaging import addresses
from models.operations import forecast, self_report
from models.operations.forecast import Pace, Wave
from models.organisation import people, units
from models.organisation.people import Kind, Membership, Person
from models.organisation.units import Unit
from models.questions import questions
from models.rounds import link_counts, rollcalls, rounds
from models.rounds.rounds import RoundKind
from models.runbooks import counts
from models.supplies import totals as supplies
from models.time import workday_overrides
from models.time.calendars import parse_calendar
from models.time.times import instant
from models.timeline import counts as timeline

router = Router("system", ADMIN)
DAY = timedelta(days=1)


@router.command("system", word="系统")
def handle(turn: Turn, words: str) -> None:
    tops = admin_arguments.units(turn)
    own = _people(turn, tops)
    after = timedelta(minutes=turn.defaults.undelivered_after)
    backups = self_report.backup(turn.session, turn.now)
    lost, others = self_report.undelivered(turn.session, turn.now, after, set(own))
    kinds = Counter(addresses.silence(turn.session, own).values())
    turn.say(
        "operations/system",
        waves=_tomorrow(turn, tops),
        day=turn.today + timedelta(days=1),
        kinds=kinds,
        total=len(own),
        open_alerts=alerts.listed(turn.session, tops),
        roll_calls=len(rollcalls.open_below(turn.session, tops)),
        supplies=supplies.standing(turn.session, tops, turn.now - DAY),
        donations=donations.standing(turn.session, tops, turn.now - DAY, turn.now, turn.today),
        honours=honours.standing(turn.session, tops, turn.now),
        duty=duty.standing(turn.session, tops, turn.now),
        calls=calls.standing(turn.session, tops, turn.today),
        runbooks=counts.counted(turn.session, turn.now, tops),
        timeline=timeline.edited(turn.session, tops, turn.now - DAY),
        notices=rounds.running(turn.session, RoundKind.NOTICE, tops, turn.now),
        surveys=rounds.running(turn.session, RoundKind.SURVEY, tops, turn.now),
        links=link_counts.standing(turn.session, tops, turn.now),
        open_questions=questions.counted(turn.session, tops, turn.now),
        handups=handup_counts.lately(turn.session, turn.now, tops),
        undelivered=lost,
        undelivered_else=others,
        seal=seals.last(turn.session),
        backup=backups,
        failed=turn.words.refusal(backups.failed) if backups.failed else "",
        planned=[p for p in planned_changes.waiting(turn.session) if _mine(turn, p)],
        forms=[f"{v.code}@{v.number}" for c in new_version.stored(turn) if (v := versions.latest(turn.session, c))],
        program=_version(),
    )


def _mine(turn: Turn, planned: planned_changes.Planned) -> bool:
    return change_rights.may(turn.session, turn.person, planned.what, planned.arguments, turn.today)


def _people(turn: Turn, tops: list[Unit]) -> list[int]:
    """Return the ids of the staff of these subtrees; wards have no chat."""
    found: set[int] = set()
    for top in tops:
        query = select(Person.id).join(Membership).join(Unit).where(units.below(top.path), Person.kind == Kind.STAFF)
        found.update(turn.session.exec(query.where(people.here(turn.today))).all())
    return sorted(found)


@dataclass(frozen=True)
class Opening:
    """One opening: the task's code and unit, whether it is paused, how many it asks, its wave (None: not on its
    calendar), and how long that takes if the platform has a limit."""

    code: str
    path: str
    paused: bool
    count: int
    wave: Wave | None
    takes: Pace | None


def _tomorrow(turn: Turn, tops: list[Unit]) -> list[Opening]:
    """Return tomorrow's openings as they will be: what is planned until then is made and taken back again."""
    until = planned_changes.midnight(turn.session, turn.today + timedelta(days=1), turn.defaults.zone)
    paths = [top.path for top in tops]
    with turn.session.begin_nested() as tried:
        for change in planned_changes.waiting(turn.session):
            if change.at <= until:
                performing.take(turn.session, change, turn.now)
        rows = _waves(turn, paths)
        tried.rollback()
    turn.session.expire_all()
    return rows


def _waves(turn: Turn, tops: list[str]) -> list[Opening]:
    day = turn.today + timedelta(days=1)
    rows: list[Opening] = []
    worked = workday_overrides.overrides(turn.session)
    for it in turn.session.exec(select(Assignment).order_by(col(Assignment.code))).all():
        unit = turn.session.get_one(Unit, it.unit_id)
        if it.ended_at or not any(units.is_below(unit.path, top) for top in tops):
            continue
        opens = None if it.paused_at else openings.opens_on(parse_calendar(it.calendar), day, worked)
        at = instant(day, it.schedule.opens, it.timezone) if opens else None
        wave = Wave(it.code, "ask", at, forecast.reached(turn.session, unit, it.about)) if at else None
        pace = wave.pace(turn.defaults.rates) if wave else None
        count = assignments.reach(turn.session, it, day)
        rows.append(Opening(it.code, unit.path, it.paused_at is not None, count, wave, pace))
    return rows


def _version() -> str:
    try:
        return version("zeroreport")
    except PackageNotFoundError:
        return "–"
