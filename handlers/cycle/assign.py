"""`/assign`, 任务: ask a form of a unit, on which days and at which times; pause, resume and end a task."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

from sqlmodel import col, select

from handlers.changes import proposing
from handlers.core import admin_arguments, asking, bundled, confirmations
from handlers.core.access import ADMIN
from handlers.core.asking import Option
from handlers.core.ids import AssignmentId, ConfirmationId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import ASSIGN
from handlers.cycle import new_task, task_options
from handlers.forms import new_version, preview
from models.authority import permissions
from models.changes import planned
from models.conversations.confirmations import Confirmation
from models.core.errors import Refusal
from models.cycle import assignments, task_names
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.files import blobs
from models.forms.spec import say
from models.organisation.units import Unit
from models.time import typed_calendars
from models.time.times import Times

router = Router("assign", ADMIN)


@router.command("assign", word="任务")
def handle(turn: Turn, words: str) -> None:
    admin_arguments.run_verb(turn, "assign", words, ASSIGN, VERBS)


def _own(turn: Turn) -> list[tuple[Assignment, Unit]]:
    """Return the tasks of the admin's own units, by code."""
    found = [
        (it, turn.session.get_one(Unit, it.unit_id))
        for it in turn.session.exec(select(Assignment).order_by(col(Assignment.code))).all()
    ]
    return [(it, unit) for it, unit in found if permissions.may_admin(turn.session, turn.person, unit.path)]


def _list(turn: Turn, parts: list[str]) -> None:
    rows = [
        (it, unit, assignments.reach(turn.session, it, turn.today), _title(turn, it.form_code))
        for it, unit in _own(turn)
    ]
    begun = set(turn.session.exec(select(Period.assignment_id).distinct()).all())
    turn.say("cycle/tasks", rows=rows, begun=begun, planned=proposing.waiting(turn, "assign"))


def _mine(turn: Turn, parts: list[str]) -> tuple[Assignment, Unit, list[str]]:
    """Return the assignment the first word names, if its unit is the admin's own."""
    if not parts:
        raise Refusal("people.too_few_words")
    it, rest = admin_arguments.named(turn, parts, task_names.find)
    unit = turn.session.get_one(Unit, it.unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path)
    return it, unit, rest


def new(turn: Turn, parts: list[str]) -> None:
    """Assign: `form unit [due=…] [calendar=…] [picture=…] [document=…] [requires=…] [code=…]`; what is missing is
    asked for if there are no options."""
    options, rest = task_options.read(turn, parts)
    code = rest[0] if rest else ""
    if not code:
        new_task.ask_form(turn)
        return
    version = bundled.latest(turn.session, code, turn.now)
    if version is None:
        raise Refusal("changes.no_form", code=code, known=new_version.known(turn))
    if len(rest) == 1 and not options:
        new_task.ask_unit(turn, code)
        return
    unit, rest = admin_arguments.unit(turn, rest[1:])
    there = select(Assignment).where(Assignment.form_code == code, Assignment.unit_id == unit.id)
    if known := turn.session.exec(there).first():
        raise Refusal("assignments.there", code=known.code, path=unit.path)
    times, calendar = task_options.times(options), str(typed_calendars.read(options.get("calendar", "daily")))
    picture, document = task_options.picture(options), task_options.document(options)
    requires = task_options.requires(turn, options, version.spec.about)
    if version.spec.quiz:
        raise Refusal("assignments.quiz", title=version.spec.title)
    wish, promised = options.get("code", code), planned.promised(turn.session, unit.id)
    name = assignments.free_code(turn.session, wish, chosen="code" in options, promised=promised)
    it = Assignment(
        code=name, form_code=code, unit_id=unit.id, about=version.spec.about, calendar=calendar, times=times.stored(),
        timezone=turn.defaults.zone, next_day=turn.today, next_at=turn.now,
    )  # fmt: skip
    arguments = {
        "code": name, "form": code, "title": version.spec.title, "unit": unit.id, "path": unit.path,
        "calendar": calendar, "times": times.stored(), "timezone": turn.defaults.zone, "about_": version.spec.about,
        "picture": picture, "document": document, "requires": requires, "quiz": _title(turn, requires),
    }  # fmt: skip
    if not version.id:  # a form that comes with the program is stored with the task
        kept = blobs.keep(turn.session, f"{code}.yaml", "application/yaml", version.source.encode())
        arguments["digest"] = kept.digest
    count = assignments.reach(turn.session, it, turn.today)
    undo = f"/assign end {name}"
    day = admin_arguments.day(turn, rest)
    proposing.propose(turn, "assign.new", arguments, day, [unit], tasks=[it], count=count, undo=undo)


def when(turn: Turn, parts: list[str]) -> None:
    """Offer days and times for a new task: `form unit`."""
    unit, _ = admin_arguments.unit(turn, parts[1:])
    new_task.ask_times(turn, parts[0], unit)


def other(turn: Turn, parts: list[str]) -> None:
    """Ask for days and times in words: `form unit`."""
    unit, _ = admin_arguments.unit(turn, parts[1:])
    new_task.ask_other(turn, parts[0], unit)


@router.button("preview")
def tap_preview(turn: Turn, pending_id: ConfirmationId) -> None:
    """Preview the form of the task that is being asked about, with its own times, on the admin's own phone."""
    asked = _asked(turn, pending_id)
    version = bundled.latest(turn.session, asked.arguments["form"], turn.now)
    if version:
        preview.begin(turn, version.source, Times.make(**asked.arguments["times"]))


def _asked(turn: Turn, pending_id: int) -> Confirmation:
    """Return the question about a new task. Raises `pending.gone`."""
    asked = turn.session.get(Confirmation, pending_id)
    if asked is None or asked.person_id != turn.person.id or asked.action != "assign.new":
        raise Refusal("pending.gone")
    return asked


@router.button("picture")
def tap_picture(turn: Turn, pending_id: ConfirmationId) -> None:
    """Ask about the same new task again, with or without the picture in its groups."""
    a = confirmations.take(turn, _asked(turn, pending_id).id).arguments
    _again(turn, a, picture=not a["picture"], document=a["document"])


@router.button("document")
def tap_document(turn: Turn, pending_id: ConfirmationId) -> None:
    """Ask about the same new task again, with the official report for leads as Word, as PDF, or without it."""
    a = confirmations.take(turn, _asked(turn, pending_id).id).arguments
    following = {"off": "word", "word": "pdf", "pdf": "off"}
    _again(turn, a, picture=a["picture"], document=following[a["document"]])


def _again(turn: Turn, a: dict[str, Any], *, picture: bool, document: str) -> None:
    settings = f"calendar={a['calendar']} picture={task_options.on_off(picture)} document={document} code={a['code']}"
    settings += f" requires={a['requires']}" if a.get("requires") else ""
    said = f"{task_options.words(Times.make(**a['times']))} {settings}"
    chosen = a["effective"] != (turn.today + timedelta(days=1)).isoformat()
    new(turn, [a["form"], *a["path"].split(), *said.split(), *([a["effective"]] if chosen else [])])


def _ask_task(turn: Turn, verb: str, fits: Callable[[Assignment], bool]) -> None:
    """Offer the tasks that this can be done to."""
    options = [
        Option(
            f"{say(_title(turn, it.form_code), turn.words.locale)} · {it.code} · {unit.path}",
            f"assign {verb} {it.code}",
        )
        for it, unit in _own(turn)
        if fits(it)
    ]
    asking.choose(turn, "task", options)


def times(turn: Turn, parts: list[str]) -> None:
    if not parts:
        _ask_task(turn, "times", lambda it: it.ended_at is None)
        return
    it, unit, rest = _mine(turn, parts)
    if not rest:
        asking.for_words(turn, "times", f"assign times {it.code} {asking.PLACE}", code=it.code)
        return
    options, rest = task_options.read(turn, rest)
    options.pop("code", None)
    if not options:
        raise Refusal("assignments.no_option", known=task_options.OPTIONS)
    day = admin_arguments.day(turn, rest)
    wanted = task_options.times(options, dict(it.times))
    calendar = str(typed_calendars.read(options.get("calendar", it.calendar)))
    picture, document = task_options.picture(options, otherwise=it.picture), task_options.document(options, it.document)
    requires = task_options.requires(turn, options, it.about, it.requires)
    arguments = _about(turn, it, unit) | {
        "calendar": calendar, "times": wanted.stored(), "picture": picture, "document": document, "requires": requires,
        "changed": task_options.differences(
            it, wanted, calendar, picture=picture, document=document, requires=requires
        ),
    }  # fmt: skip
    if not arguments["changed"]:
        raise Refusal("assignments.same", code=it.code)
    settings = f"calendar={it.calendar} picture={task_options.on_off(it.picture)} document={it.document}"
    settings += f" requires={it.requires or 'off'}" if requires != it.requires else ""
    before = f"{task_options.words(it.schedule)} {settings}"
    shown = Assignment(**it.model_dump(exclude={"id"}) | {"calendar": calendar, "times": wanted.stored()})
    proposing.propose(
        turn, "assign.times", arguments, day, [unit], tasks=[shown],
        count=assignments.reach(turn.session, it, turn.today), undo=f"/assign times {it.code} {before}",
    )  # fmt: skip


def _about(turn: Turn, it: Assignment, unit: Unit) -> dict[str, object]:
    return {"assignment": it.id, "code": it.code, "title": _title(turn, it.form_code), "path": unit.path}


def _title(turn: Turn, form: str) -> Mapping[str, str]:
    """Return what a form is called, in each language."""
    version = bundled.latest(turn.session, form, turn.now)
    return version.spec.title if version else {}


def _state(what: str, opposite: str) -> Callable[[Turn, list[str]], None]:
    def run(turn: Turn, parts: list[str]) -> None:
        if not parts:
            _ask_task(turn, what.partition(".")[2], lambda it: _fits(what, it))
            return
        it, unit, rest = _mine(turn, parts)
        if what == "assign.resume" and not (it.paused_at or it.ended_at):
            raise Refusal("assignments.running", code=it.code)
        if (what == "assign.pause" and it.paused_at) or (what != "assign.resume" and it.ended_at):
            raise Refusal("assignments.not_running", code=it.code)
        count = assignments.reach(turn.session, it, turn.today)
        arguments = _about(turn, it, unit)
        running = what == "assign.resume"
        shown = Assignment(**it.model_dump(exclude={"id"}) | {"next_day": turn.today, "next_at": turn.now})
        proposing.propose(
            turn, what, arguments, admin_arguments.day(turn, rest), [unit], tasks=[shown] if running else [],
            count=count, undo=f"/assign {opposite} {it.code}",
        )  # fmt: skip

    return run


def _fits(what: str, it: Assignment) -> bool:
    stopped = bool(it.paused_at or it.ended_at)
    return stopped if what == "assign.resume" else not it.ended_at and not (what == "assign.pause" and stopped)


@router.button("change")
def tap(turn: Turn, assignment_id: AssignmentId, what: Literal["pause", "resume", "end"]) -> None:
    """Pause, resume or end one listed task."""
    it = turn.session.get(Assignment, assignment_id)
    if it:
        VERBS[what](turn, [it.code])


def undo(turn: Turn, parts: list[str]) -> None:
    proposing.undo(turn, "assign", parts)


VERBS = {
    "new": new, "list": _list, "times": times, "pause": _state("assign.pause", "resume"),
    "resume": _state("assign.resume", "pause"), "end": _state("assign.end", "resume"), "undo": undo,
    "when": when, "other": other,
}  # fmt: skip
