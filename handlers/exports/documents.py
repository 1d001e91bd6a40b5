"""Make the official daily report (日报) as Word or PDF: asked for by a lead or an admin, or sent after the close by a
task's option (docs/rules.md 25)."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlmodel import Session

from handlers.core import admin_arguments, asking, lead_arguments
from handlers.core.access import LEAD
from handlers.core.asking import Option
from handlers.core.context import Context
from handlers.core.ids import AssignmentId, PeriodId, UnitId
from handlers.core.rendering import Renderer
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import DOCUMENTS
from handlers.exports import official_words, run_words, timeline_words
from handlers.exports.wanted import days_named
from models.authority import permissions, responsibility
from models.core.audit import note
from models.core.errors import Refusal, Refusals
from models.cycle import task_names
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.documents import templates
from models.documents.paper import ENDINGS, TYPES, Format, Paper
from models.exports import official_report
from models.files import blobs
from models.files.blobs import safe_name
from models.forms.spec import say
from models.messaging import addresses, cards, live_messages, noise_budget
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.operations import jobs
from models.operations.jobs import Job
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks import reach
from models.runbooks.runs import RunbookRun
from models.summaries import range_view
from models.time.times import day_at

router = Router("paper", LEAD)

JOB = "document"
AT_ONCE, A_DAY = 4, 100  # documents of one person: each takes a second
ESCALATIONS = 1  # unasked messages that are kept free for what a lead must still hear


@dataclass(frozen=True)
class Wanted:
    """Which report: of a unit, of a task, of these days (ISO 8601), as `word` or `pdf`. `period` is set on one that is
    sent by itself, not before `start`. `template` is the digest of a template that is tried, and `locale` its
    language. `blank` asks for our template itself: `ours`, or with a `red` head. `story` asks for the unit's timeline
    instead, as Word; `run`, the number of a runbook's run, for its report."""

    unit: int
    task: int
    first: str
    last: str
    kind: Format
    period: int = 0
    start: str = ""
    template: str = ""
    locale: str = ""
    blank: str = ""
    story: bool = False
    run: int = 0

    @property
    def days(self) -> tuple[date, date]:
        return date.fromisoformat(self.first), date.fromisoformat(self.last)


def command(turn: Turn, parts: list[str], kind: Format) -> None:
    """Begin the report that the words of `/export` name: days, a task, a unit, in any order; today and the only task
    and unit where they name none."""
    (first, last), rest = days_named(parts, turn.today)
    task, unit_words = _task(turn, rest)
    days = f"{first}" if first == last else f"{first} {last}"
    unit = lead_arguments.chosen_unit(turn, " ".join(unit_words), f"export {days} {kind}")
    if unit is None:
        return
    found = official_report.tasks(turn.session, unit, first, last)
    if task is not None:
        found = [it for it in found if it[0].id == task.id]
    if not found:
        raise Refusal("export.nothing", first=first, last=last)
    if len(found) > 1:
        locale = turn.words.locale
        asking.choose(turn, "task", [
            Option(f"{say(form.title, locale)} · {it.code}", f"export {days} {kind} {it.code} {unit.path}")
            for it, form in found
        ])  # fmt: skip
        return
    begin(turn, Wanted(unit.id, found[0][0].id, first.isoformat(), last.isoformat(), kind))


def _task(turn: Turn, parts: list[str]) -> tuple[Assignment | None, list[str]]:
    """Return the task that the words name, if they name one, and the other words."""
    if not parts or lead_arguments.is_unit(turn, " ".join(parts)):
        return None, parts
    for n in range(len(parts)):
        try:
            found, rest = admin_arguments.named(turn, parts[n:], task_names.find)
        except Refusal:
            continue
        return found, parts[:n] + rest
    return None, parts


@router.button("day")
def tap_day(turn: Turn, period_id: PeriodId, unit_id: UnitId, kind: Literal["word", "pdf"]) -> None:
    """Make the official report of a unit's day."""
    period = turn.session.get(Period, period_id)
    unit = lead_arguments.led_unit(turn, unit_id)
    if period is None:
        raise Refusal("people.not_yours", path=unit.path)
    day = period.day.isoformat()
    begin(turn, Wanted(unit.id, period.assignment_id, day, day, kind))


@router.button("range")
def tap_range(
    turn: Turn, unit_id: UnitId, task_id: AssignmentId, first: date, last: date, kind: Literal["word", "pdf"]
) -> None:  # fmt: skip
    """Make the official report of a unit's week, month or other days."""
    unit = lead_arguments.led_unit(turn, unit_id)
    begin(turn, Wanted(unit.id, task_id, first.isoformat(), last.isoformat(), kind))


@router.button("days")
def tap_days(turn: Turn, first: date, last: date, kind: Literal["word", "pdf"]) -> None:
    """Make the official report of these days; ask which unit and task if there are several."""
    with admin_arguments.guided(turn, "export"):
        command(turn, list(dict.fromkeys([first.isoformat(), last.isoformat()])), kind)


@router.button("offer")
def tap_offer(turn: Turn) -> None:
    """Offer the official report of the usual days."""
    offer(turn)


def offer(turn: Turn) -> None:
    admin = bool(permissions.administers(turn.session, turn.person))
    turn.say("exports/documents", today=turn.today, usual=official_report.usual(turn.today), admin=admin)


def begin(turn: Turn, wanted: Wanted) -> Job:
    """Have the report made, and say so. Raises `document.…` for too many, `export.nothing`, `summaries.too_long`."""
    first, last = wanted.days
    if last < first:
        raise Refusal("export.range", most=range_view.MOST_DAYS)
    range_view.check(first, last)
    unit = turn.session.get_one(Unit, wanted.unit)
    refuse_unless_led(turn, turn.person, unit)
    if not any(it.id == wanted.task for it, _ in official_report.tasks(turn.session, unit, first, last)):
        raise Refusal("export.nothing", first=first, last=last)
    job = jobs.ask(turn.session, turn.person, JOB, asdict(wanted), 1, turn.now, most=A_DAY, at_once=AT_ONCE)
    content = turn.words.content("exports/document_begun", kind=wanted.kind, unit=unit, preview=bool(wanted.template))
    cards.want(turn.session, _progress(job, turn.here), Kind.REPLY, content, turn.now)
    return job


def begin_story(turn: Turn, unit: Unit, first: date, last: date) -> Job:
    """Have a unit's timeline made as Word, and say so. Raises `document.…` for too many."""
    return _begin_own(turn, Wanted(unit.id, 0, first.isoformat(), last.isoformat(), "word", story=True), unit)


def begin_run(turn: Turn, run: RunbookRun, kind: Format) -> Job:
    """Have the report of a run made, and say so. Raises `document.…` for too many."""
    return _begin_own(turn, of_run(run, turn.now, kind), turn.session.get_one(Unit, run.unit_id))


def of_run(run: RunbookRun, now: datetime, kind: Format) -> Wanted:
    """Return the report of a run as it is wanted."""
    first, last = run_words.days(run, now)
    return Wanted(run.unit_id, 0, first.isoformat(), last.isoformat(), kind, run=run.id)


def _begin_own(turn: Turn, wanted: Wanted, unit: Unit) -> Job:
    """Have something made that is no report of a task, and say so."""
    job = jobs.ask(turn.session, turn.person, JOB, asdict(wanted), 1, turn.now, most=A_DAY, at_once=AT_ONCE)
    content = turn.words.content("exports/document_begun", kind=wanted.kind, unit=unit, preview=False)
    cards.want(turn.session, _progress(job, turn.here), Kind.REPLY, content, turn.now)
    return job


def give_ours(turn: Turn, *, red: bool) -> None:
    """Have our own template sent as a file, to change it."""
    today = turn.today.isoformat()
    wanted = Wanted(0, 0, today, today, "word", blank="red" if red else "ours")
    jobs.ask(turn.session, turn.person, JOB, asdict(wanted), 1, turn.now, most=A_DAY, at_once=AT_ONCE)


def refuse_unless_led(context: Context, person: Person, unit: Unit) -> None:
    if not permissions.may_lead(context.session, person, unit.path, context.today):
        raise Refusal("people.not_yours", path=unit.path)


def after_close(context: Context, period: Period, unit: Unit, start: datetime) -> None:
    """Have the report made for the leads of a unit, if its task says so, each once; the director, whose day has one
    message, has buttons below it (docs/rules.md 25.7)."""
    kind = next((it for it in ENDINGS if it == period.document), None)
    if kind is None:
        return
    session, day = context.session, period.day.isoformat()
    for lead in responsibility.leads_of(session, unit, period.day):
        address = addresses.reachable(session, lead)
        if address is None or permissions.directs(session, lead) or not _room(context, lead, address, period):
            continue
        wanted = Wanted(
            unit.id, period.assignment_id, day, day, "word" if kind == "word" else "pdf", period.id, start.isoformat()
        )  # fmt: skip
        jobs.begin(session, lead, JOB, asdict(wanted), context.now, rows=0, period_id=period.id)


def _room(context: Context, lead: Person, address: Address, period: Period) -> bool:
    return noise_budget.may_ring(context.session, lead, address, period, context.today, room=ESCALATIONS)


def wanted_by(job: Job) -> Wanted:
    return Wanted(**job.arguments)


def paper(
    session: Session, words: Renderer, wanted: Wanted, now: datetime, by: Person | None, *, tried: bytes | None = None
) -> Paper:  # fmt: skip
    """Return the report as it is to be drawn: in this person's words, in the look that is chosen for the unit. Raises
    `export.nothing`, `summaries.too_long`."""
    unit, (first, last) = session.get_one(Unit, wanted.unit), wanted.days
    if wanted.story and by is not None:
        return timeline_words.paper(session, words, unit, (first, last), now, by)
    if wanted.run and by is not None:
        return run_words.paper(session, words, session.get_one(RunbookRun, wanted.run), now, by)
    locale = wanted.locale or words.locale
    found = official_report.gather(session, wanted.task, unit, first, last, locale)
    zone = _zone(session, wanted, found)
    said = Renderer(locale, zone, today=day_at(now, zone))
    made = official_words.paper(session, said, found, unit, now, by)
    if tried is not None:
        return replace(made, template=tried)
    look = templates.used(session, unit, locale)
    if look is None:
        return made
    own = blobs.find(session, look.digest) if look.digest else None
    return replace(made, red=look.look == "red", template=own)


def _zone(session: Session, wanted: Wanted, found: official_report.DayReport | official_report.RangeReport) -> str:
    if isinstance(found, official_report.DayReport):
        return found.summary.period.timezone
    return session.get_one(Assignment, wanted.task).timezone


def paper_of(context: Context, job: Job) -> Paper:
    """Return what a job is to draw."""
    session, wanted = context.session, wanted_by(job)
    person = session.get_one(Person, job.person_id)
    if wanted.blank:
        words = context.words_for(person)
        labels = official_words.labels(words)
        return Paper({}, labels, words.locale, "both", red=wanted.blank == "red", blank=True)
    tried = blobs.data_of(session, wanted.template) if wanted.template else None
    return paper(session, context.words_for(person), wanted, context.now, person, tried=tried)


def name_of(session: Session, words: Renderer, wanted: Wanted) -> str:
    """Return the file's name: the report's title, the unit and the days in this person's words."""
    if wanted.blank:
        return safe_name(words.line("exports/template_name", red=wanted.blank == "red") + ".docx")
    unit, (first, last) = session.get_one(Unit, wanted.unit), wanted.days
    if wanted.story:
        return timeline_words.file_name(words, unit, ENDINGS[wanted.kind])
    if wanted.run:
        return run_words.file_name(session, words, session.get_one(RunbookRun, wanted.run), ENDINGS[wanted.kind])
    form = next(form for it, form in official_report.tasks(session, unit, first, last) if it.id == wanted.task)
    return safe_name(f"{official_words.file_name(words, form, unit, first, last)}.{ENDINGS[wanted.kind]}")


def finish(context: Context, job: Job, data: bytes) -> None:
    """Send the file in a message of its own; nothing but the words that it was begun goes away. Whoever has lost the
    role meanwhile gets no file."""
    session, wanted = context.session, wanted_by(job)
    person, address = _end(context, job)
    if address is None:
        return
    words = context.words_for(person)
    if not _within_reach(context, person, wanted):
        if not wanted.period:
            content = words.content("exports/export_ended", name=name_of(session, words, wanted), how="not_yours")
            cards.want(session, _progress(job, address), Kind.REPLY, content, context.now)
        return
    file = blobs.keep(session, name_of(session, words, wanted), TYPES[wanted.kind], data)
    content = words.content(
        "exports/document_made", file=file, sent=bool(wanted.period), preview=bool(wanted.template),
        blank=bool(wanted.blank),
    )  # fmt: skip
    if wanted.period:
        _send(context, wanted, person, address, content)
        return
    note(session, context.now, person.staff_no, "export", f"{wanted.first}..{wanted.last}")
    cards.want(session, Slot.of(Subject.JOB_RESULT, address, job.id), Kind.REPLY, content, context.now)
    live_messages.take_away(session, _progress(job, address), Kind.REPLY, context.now)


def _send(context: Context, wanted: Wanted, person: Person, address: Address, content: Any) -> None:
    """Send a report that nobody asked for, once, if the day's noise budget still has room."""
    session, period = context.session, context.session.get_one(Period, wanted.period)
    slot = Slot.of(Subject.DOCUMENT, address, wanted.period, wanted.unit)
    if cards.in_slot(session, slot) is None and _room(context, person, address, period):
        start = max(context.now, datetime.fromisoformat(wanted.start))
        cards.want(session, slot, Kind.SUMMARY, content, context.now, lane=Lane.BULK, not_before=start)


def fail(context: Context, job: Job, number: str) -> None:
    """Tell whoever asked that it cannot be made, with the number of the fault."""
    person, address = _end(context, job)
    if address and not wanted_by(job).period:
        content = context.words_for(person).content("core/apology", number=number)
        cards.want(context.session, _progress(job, address), Kind.REPLY, content, context.now)


def refuse(context: Context, job: Job, why: Refusals) -> None:
    """Tell whoever tries a template why it cannot be filled in, or whoever asked why there is no report any more."""
    person, address = _end(context, job)
    if address and not wanted_by(job).period:
        words = context.words_for(person)
        sentence = "\n".join(map(words.refusal, why.refusals))
        content = words.content("core/refused", sentence=sentence)
        cards.want(context.session, _progress(job, address), Kind.REPLY, content, context.now)


def _end(context: Context, job: Job) -> tuple[Person, Address | None]:
    """Note that a job is over; return whose it was, and where they are told."""
    job.done_at = context.now
    context.session.add(job)
    person = context.session.get_one(Person, job.person_id)
    return person, addresses.reachable(context.session, person)


def _within_reach(context: Context, person: Person, wanted: Wanted) -> bool:
    """Say whether somebody may still have what was wanted: roles change while others' files are drawn."""
    if wanted.blank:
        return bool(permissions.administers(context.session, person))
    unit = context.session.get_one(Unit, wanted.unit)
    if wanted.story:
        return timeline_words.within(context.session, person, unit, context.today)
    if wanted.run:
        return reach.may_see(context.session, context.session.get_one(RunbookRun, wanted.run), person, context.today)
    return permissions.may_lead(context.session, person, unit.path, context.today)


def _progress(job: Job, address: Address) -> Slot:
    return Slot.of(Subject.JOB, address, job.id)


def format_of(parts: list[str]) -> tuple[Format | None, list[str]]:
    """Return the format that one of the words names, and the other words."""
    for at, part in enumerate(parts):
        if kind := DOCUMENTS.get(part.casefold()):
            return ("word" if kind == "word" else "pdf"), parts[:at] + parts[at + 1 :]
    return None, parts
