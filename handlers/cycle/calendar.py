"""`/calendar`, 日历: show which days are worked, as a month in characters; set single days against the published
calendar."""

from calendar import monthcalendar
from datetime import date

from sqlmodel import select

from handlers.core import admin_arguments, confirmations
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import WORKED
from models.conversations.confirmations import Confirmation
from models.core import typed_text
from models.core.audit import note
from models.core.errors import Refusal
from models.cycle import assignments, openings
from models.cycle.assignments import Assignment
from models.organisation import units
from models.time import calendars, workday_overrides
from models.time.calendars import UnknownYear

router = Router("calendar", ADMIN)


@router.command("calendar", word="日历")
def handle(turn: Turn, words: str) -> None:
    """Show this month or, with `day work|rest`, set that day after confirmation."""
    with guided(turn, "calendar"):
        parts = words.split()
        if not parts:
            today = turn.today
            _month(turn, today.year, today.month)
            return
        day = typed_text.day(parts[0], turn.today)
        if day is None:
            raise Refusal("changes.no_day", typed=parts[0][:40])
        if len(parts) == 1:
            _month(turn, day.year, day.month)
        elif parts[1].lower() in WORKED:
            _ask(turn, day, worked=WORKED[parts[1].lower()])
        else:
            raise Refusal("changes.work_or_rest", typed=parts[1][:20])


def _month(turn: Turn, year: int, month: int) -> None:
    """Show every day with its mark: worked, rest, changed by an admin, or unknown."""
    said = workday_overrides.overrides(turn.session)
    weeks = [[_mark(year, month, n, said) for n in week] for week in monthcalendar(year, month)]
    first = date(year, month, 1)
    changed = sorted((d, w) for d, w in said.items() if (d.year, d.month) == (year, month))
    turn.say(
        "cycle/calendar", weeks=weeks, first=first, year=year, month=month, changed=changed,
        before=_shift(year, month, -1), after=_shift(year, month, 1), today=turn.today,
    )  # fmt: skip


def _mark(year: int, month: int, number: int, said: dict[date, bool]) -> tuple[date | None, str]:
    if not number:
        return None, ""
    day = date(year, month, number)
    try:
        worked = calendars.is_workday(day, said)
    except UnknownYear:
        return day, "unknown"
    return day, ("own_" if day in said else "") + ("work" if worked else "rest")


def _shift(year: int, month: int, by: int) -> date:
    at = year * 12 + month - 1 + by
    return date(at // 12, at % 12 + 1, 1)


@router.button("month")
def tap_month(turn: Turn, first: date) -> None:
    """Show another month."""
    _month(turn, first.year, first.month)


@router.button("day")
def tap_day(turn: Turn, day: date) -> None:
    """Propose switching the tapped day between work and rest."""
    said = workday_overrides.overrides(turn.session)
    try:
        worked = calendars.is_workday(day, said)
    except UnknownYear:
        worked = False
    _ask(turn, day, worked=not worked)


def _ask(turn: Turn, day: date, *, worked: bool) -> None:
    """Ask for confirmation, naming the tasks on workdays. One calendar holds for the whole, so only its admin may
    change it."""
    _refuse_unless_whole(turn)
    if day < turn.today:
        raise Refusal("changes.past", day=day)
    said = workday_overrides.overrides(turn.session)
    try:
        same = calendars.is_workday(day, said) == worked
    except UnknownYear:
        same = False
    if same:
        raise Refusal("changes.same_day", day=day)
    tasks = _on_workdays(turn)
    count = sum(assignments.reach(turn.session, a, turn.today) for a in tasks)
    arguments = {"day": day.isoformat(), "worked": worked, "before": said.get(day)}
    confirmations.ask(
        turn, "calendar.day", arguments, "cycle/calendar_question", day=day, worked=worked, tasks=tasks, count=count,
        today=turn.today,
    )  # fmt: skip


def _refuse_unless_whole(turn: Turn) -> None:
    root = units.root(turn.session)
    admin_arguments.refuse_unless_admin(turn, root.path if root else "")


def _on_workdays(turn: Turn) -> list[Assignment]:
    found = turn.session.exec(select(Assignment).where(Assignment.calendar == "workdays")).all()
    return [a for a in found if a.ended_at is None]


@router.confirmed("calendar.day")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Check again and set the day; what has opened stays, what has not follows the new word."""
    _refuse_unless_whole(turn)
    day, worked = date.fromisoformat(confirmation.arguments["day"]), bool(confirmation.arguments["worked"])
    if day < turn.today:
        raise Refusal("changes.past", day=day)
    try:
        published = calendars.is_workday(day)
    except UnknownYear:
        published = None
    workday_overrides.put(turn.session, day, None if published == worked else worked)
    for assignment in _on_workdays(turn):
        openings.reschedule(turn.session, assignment, turn.now)
    said = "work" if worked else "rest"
    note(turn.session, turn.now, turn.person.staff_no, "calendar", day.isoformat(), said=said)
    opposite = "rest" if worked else "work"
    turn.say("cycle/calendar_changed", day=day, worked=worked, undo=f"/calendar {day.isoformat()} {opposite}")
