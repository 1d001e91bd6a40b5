"""`/export`, 导出: send the reports of a day or a range, of one's own units, or the roster, as a file for a
spreadsheet."""

from datetime import date, timedelta
from typing import Literal

from handlers.core import admin_arguments
from handlers.core.access import LEAD
from handlers.core.admin_arguments import guided
from handlers.core.groups import Group
from handlers.core.ids import AnyAssignmentId, JobId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import CODES, HANDUPS, QUESTIONS, ROSTER, TEMPLATE
from handlers.exports import (
    documents,
    export_job,
    handup_files,
    list_files,
    long_files,
    question_files,
    roster_job,
    template_upload,
    wanted,
)  # fmt: skip
from handlers.exports.wanted import MOST_DAYS, Wanted
from models.authority import permissions
from models.core.errors import Refusal
from models.cycle import task_names
from models.cycle.assignments import Assignment
from models.operations.jobs import Job
from models.organisation import units
from models.organisation.units import Unit

router = Router("export", LEAD)


@router.command("export", word="导出", group=Group.RECORD)
def handle(turn: Turn, words: str) -> None:
    """Export `[days] [task] [unit]`, `questions`, `handups`, or, for admins,
    `roster`; `csv` at the end for CSV instead of Excel,
    `zip` for the table and the files people sent, `codes` (代码) for codes instead of words; `word` or `pdf` for the
    official report; for admins `template` (模板) for its Word template. Without words, show buttons."""
    with guided(turn, "export"):
        parts = words.split()
        admin = bool(permissions.administers(turn.session, turn.person))
        paper, others = documents.format_of(parts)
        if paper:
            documents.command(turn, others, paper)
            return
        if admin and parts and parts[0].lower() in TEMPLATE:
            template_upload.show(turn)
            return
        if not parts:
            turn.say("exports/export", today=turn.today, admin=admin)
            return
        kind, codes = "xlsx", False
        while parts and (last := parts[-1].lower()) in (*wanted.KINDS, *CODES):
            kind, codes = (kind, True) if last in CODES else (last, codes)
            parts.pop()
        if parts and parts[0].lower() in ROSTER:
            roster_job.begin(turn, "xlsx" if kind == wanted.ZIP else kind, codes=codes)
        elif parts and parts[0].lower() in QUESTIONS:
            asked = question_files.asked(turn, turn.person, "csv" if kind == "csv" else "xlsx")
            list_files.send(turn, question_files.Questions(), asked)
        elif parts and parts[0].lower() in HANDUPS:
            asked = handup_files.asked(turn, turn.person, "csv" if kind == "csv" else "xlsx")
            list_files.send(turn, handup_files.HandUps(), asked)
        else:
            _reports(turn, parts, kind, codes=codes)


@router.button("last")
def tap(turn: Turn, days: int, what: Literal["day", "days", "roster"]) -> None:
    """Export the reports of the last days or, for admins, the roster."""
    with guided(turn, "export"):
        if what == "roster":
            roster_job.begin(turn, "xlsx")
        else:
            end = turn.today
            first = end - timedelta(days=min(days, MOST_DAYS - 1))
            _reports(turn, [f"{first}..{first if what == 'day' else end}"], "xlsx")


@router.button("files")
def tap_files(turn: Turn, first: date, last: date, task: AnyAssignmentId) -> None:
    """Export the same reports as a zip with the files that people sent."""
    with guided(turn, "export"):
        _check(first, last)
        assignment = turn.session.get(Assignment, task) if task else None
        code = assignment.code if assignment else None
        asked = Wanted(first.isoformat(), last.isoformat(), code, _tops(turn), wanted.ZIP)
        export_job.begin(turn, asked)


@router.button("cancel")
def tap_cancel(turn: Turn, job_id: JobId) -> None:
    """Stop writing one's own file."""
    job = turn.session.get(Job, job_id)
    if job is None or job.person_id != turn.person.id or job.kind != long_files.JOB:
        turn.toast("core/not_yours", alert=True)
    elif job.done_at is not None:
        turn.toast("exports/cancel_late")
    else:
        long_files.end(turn, job, "cancelled")
        turn.toast("exports/cancelled")


def _tops(turn: Turn) -> tuple[int, ...]:
    """Return what is exported where no unit is named: everything (none) for whoever answers for the whole, otherwise
    the person's own subtrees one by one."""
    tops = wanted.reach(turn.session, turn.person, turn.today)
    if tops is None:  # (): everything
        raise Refusal("people.not_yours", path="")
    return tops


def _reports(turn: Turn, parts: list[str], kind: str, *, codes: bool = False) -> None:
    (first, last), rest = wanted.days_named(parts, turn.today)
    _check(first, last)
    task, unit = _task_and_unit(turn, rest)
    if unit is None:
        tops = _tops(turn)
    elif permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        tops = () if unit.parent_id is None else (unit.id,)
    else:
        raise Refusal("people.not_yours", path=unit.path)
    code = task.code if task else None
    export_job.begin(turn, Wanted(first.isoformat(), last.isoformat(), code, tops, kind, codes))


def _check(first: date, last: date) -> None:
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Refusal("export.range", most=MOST_DAYS)


def _task_and_unit(turn: Turn, parts: list[str]) -> tuple[Assignment | None, Unit | None]:
    """Return the task and the unit that the words name, in either order. Raises as `task_names.find` for words that
    name neither."""
    if not parts:
        return None, None
    try:
        task, rest = admin_arguments.named(turn, parts, task_names.find)
    except Refusal as unknown:
        try:
            unit, rest = admin_arguments.named(turn, parts, units.find_unit)
        except Refusal as refusal:
            raise (unknown if refusal.key == "people.no_unit" else refusal) from None
        return (admin_arguments.named(turn, rest, task_names.find)[0] if rest else None), unit
    return task, (admin_arguments.named(turn, rest, units.find_unit)[0] if rest else None)
