"""The dashboard's page *System*: what `/system` and the evening report say, for an admin's own units: how messages go
out, what did not arrive and whose it is, backups, programs, the machine, faults, and what is still to be set up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from handlers.core.access import ADMIN
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Machine, Page, View
from models.authority import permissions
from models.core import clock_jumps, failing_work
from models.core.faults import Fault
from models.core.leases import Lease
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.steps import Heartbeat
from models.forms.spec import Text
from models.operations import first_steps, forecast, self_report, traffic
from models.operations.first_steps import Point
from models.operations.forecast import Pace
from models.operations.restore_hold import parked
from models.operations.self_report import TOLD, Backups
from models.operations.traffic import Lost, Wave
from models.organisation import people, units
from models.organisation.people import Kind, Membership, Person
from models.organisation.units import Unit, is_below
from models.reporting import report_context

SHOWN = 40
FAULTS = 10
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Program:
    """A program that leads: for the clock, or for the bot of a channel; `alive` says whether its lease still runs."""

    what: str
    holder: str
    until: datetime
    alive: bool


@dataclass
class System:
    """What the page shows. `problems` name what has to be done, in the order in which one would act."""

    units: list[Unit]
    waves: list[tuple[Wave, str, Text]]
    coming: list[tuple[forecast.Wave, Pace | None]]
    rates: dict[str, float]
    lost: list[Lost]
    lost_count: int
    backup: Backups
    programs: list[Program]
    pulse: Heartbeat | None
    watched: bool
    machine: Machine | None
    failing: list[tuple[str, int, str, bool | None]]
    faults: list[Fault]
    points: list[Point]
    problems: list[str]


def gather(context: Context, view: View) -> System:
    session, now = context.session, context.now
    view.ages = True
    tops = permissions.administers(session, view.reader)
    after = now - timedelta(minutes=context.defaults.undelivered_after)
    lost, count = traffic.undelivered(session, tops, _staff(context, tops), after, now - TOLD, SHOWN)
    asked = [it for it in periods.current(session, now) if any(periods.has_part(session, it, top) for top in tops)]
    points = first_steps.points(session, tops, context.today, now)
    machine = view.machine() if view.machine else None
    page = System(
        tops, [_wave(session, it, tops) for it in asked],
        _coming(context, tops), dict(context.defaults.rates), lost, count, self_report.backup(session, now),
        _programs(session, machine), session.get(Heartbeat, 1),
        next(it.done for it in points if it.id == "heartbeat"), machine, failing_work.since(session, now - LATELY),
        list(session.exec(select(Fault).where(Fault.at > now - LATELY).order_by(col(Fault.id).desc()).limit(FAULTS))),
        [it for it in points if it.open and it.id not in ("backup", "heartbeat")], [],
    )  # fmt: skip
    page.problems = _problems(session, page)
    return page


def _wave(session: Session, period: Period, tops: list[Unit]) -> tuple[Wave, str, Text]:
    code = session.get_one(Assignment, period.assignment_id).code
    return traffic.wave(session, period, tops), code, report_context.form_of(session, period).title


def _staff(context: Context, tops: list[Unit]) -> set[int]:
    """Return the ids of the staff below these units; wards have no chat."""
    found: set[int] = set()
    for top in tops:
        query = select(Person.id).join(Membership).join(Unit).where(units.below(top.path), Person.kind == Kind.STAFF)
        found.update(context.session.exec(query.where(people.here(context.today))).all())
    return found


def _coming(context: Context, tops: list[Unit]) -> list[tuple[forecast.Wave, Pace | None]]:
    """Return the waves of the next day of the tasks below these units."""
    session = context.session
    rows = session.exec(select(Assignment.code, Unit.path).join(Unit, col(Unit.id) == col(Assignment.unit_id))).all()
    own = {code for code, path in rows if any(is_below(path, top.path) for top in tops)}
    found = [it for it in forecast.waves(session) if it.code in own and it.kind == "ask"]
    return [(it, it.pace(context.defaults.rates)) for it in found[:SHOWN]]


def _programs(session: Session, machine: Machine | None) -> list[Program]:
    """Return who leads, without the names of bots."""
    real = machine.real_now if machine else None
    return [
        Program(it.name.partition(":")[0], it.holder[:6], it.until, real is None or it.until > real)
        for it in session.exec(select(Lease).order_by(col(Lease.name))).all()
        if it.holder
    ]


def _problems(session: Session, page: System) -> list[str]:
    """Return the ids of what is wrong: those of `zeroreport check`, and what the evening report warns of."""
    backup = page.backup
    found = {
        **dict.fromkeys(page.machine.problems if page.machine else (), True),
        "parked": parked(session),
        "clock_held": clock_jumps.held(session) is not None,
        "no_backup": backup.at is None or backup.old,
        "backup_failed": backup.failed is not None,
        "backup_differs": bool(backup.differs),
        "heartbeat": not page.watched,
        "undelivered": bool(page.lost_count),
        "failing": any(open_ for *_, open_ in page.failing),
        "faults": bool(page.faults),
    }
    return [name for name, wrong in found.items() if wrong]


def data(view: View, page: System) -> dict[str, Any]:
    """Return the page as JSON has it."""
    backup, machine, pulse = page.backup, page.machine, page.pulse
    heard = pulse.heard_at if pulse else None
    return {
        "problems": page.problems,
        "waves": [
            {"task": code, "day": it.period.day.isoformat(), "planned": it.planned, "sent": it.sent,
             "waiting": it.waiting, "given_up": it.lost} for it, code, _ in page.waves
        ],
        "coming": [
            {"task": it.code, "at": it.starts.isoformat(), "messages": it.most,
             "seconds": pace.best.total_seconds() if pace else None} for it, pace in page.coming
        ],
        "rates": page.rates,
        "undelivered": [
            {"name": it.name, "number": it.number, "channel": it.channel, "reason": it.reason,
             "since": it.since.isoformat()} for it in page.lost
        ],
        "undelivered_in_all": page.lost_count,
        "backup": {"name": backup.name, "at": backup.at.isoformat() if backup.at else None, "old": backup.old,
                   "differs": backup.differs, "failed": view.words.refusal(backup.failed) if backup.failed else None},
        "programs": [{"leads": it.what, "program": it.holder, "alive": it.alive} for it in page.programs],
        "heartbeat": {"at": pulse.at.isoformat() if pulse else None, "heard_at": heard.isoformat() if heard else None},
        "machine": {"free": machine.free, "least": machine.least, "database": machine.size} if machine else None,
        "failing": [{"what": what, "times": n, "number": number, "open": it} for what, n, number, it in page.failing],
        "faults": [{"number": it.number, "at": it.at.isoformat(), "what": it.what, "place": it.place}
                   for it in page.faults],
        "to_set_up": [it.id for it in page.points],
    }  # fmt: skip


def rows(view: View, page: System) -> Iterator[list[object]]:
    """Yield the same as a table, its headings first: one line for each fact."""
    yield ["kind", "name", "value", "detail"]
    found = data(view, page)
    for name in found["problems"]:
        yield ["problem", name, None, None]
    for it in found["waves"]:
        yield ["wave", it["task"], it["sent"], f"{it['planned']} / {it['waiting']} / {it['given_up']}"]
    for it in found["coming"]:
        yield ["coming", it["task"], it["messages"], it["at"]]
    for it in found["undelivered"]:
        yield ["undelivered", f"{it['name']} {it['number']}", it["channel"], it["reason"]]
    yield ["backup", found["backup"]["name"], found["backup"]["at"], found["backup"]["failed"]]
    for it in found["programs"]:
        yield ["program", it["leads"], it["program"], it["alive"]]
    yield ["heartbeat", None, found["heartbeat"]["at"], found["heartbeat"]["heard_at"]]
    for name, value in (found["machine"] or {}).items():
        yield ["machine", name, value, None]
    for it in found["failing"]:
        yield ["failing", it["what"], it["times"], it["number"]]
    for it in found["faults"]:
        yield ["fault", it["number"], it["at"], f"{it['what']} {it['place']}"]
    for name in found["to_set_up"]:
        yield ["to_set_up", name, None, None]


PAGE = Page("system", "system", ADMIN, gather, data, rows, Group.SETTINGS)
