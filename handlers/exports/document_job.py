"""Have documents made beside the desk, and give each to whoever asked, or to the leads after the close by a task's
option (docs/rules.md 25)."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from handlers.core.context import Context
from handlers.core.turn import Turn
from handlers.exports import papers, timeline_words
from handlers.exports.papers import Wanted
from models.authority import permissions, responsibility
from models.core.audit import note
from models.core.errors import Refusal, Refusals
from models.cycle.periods import Period
from models.documents.paper import ENDINGS, TYPES, Format
from models.exports import official_report
from models.files import blobs
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

JOB = "document"
AT_ONCE, A_DAY = 4, 100  # documents of one person: each takes a second
ESCALATIONS = 1  # unasked messages that are kept free for what a lead must still hear


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
    return _begin_own(turn, papers.of_run(run, turn.now, kind), turn.session.get_one(Unit, run.unit_id))


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


def finish(context: Context, job: Job, data: bytes) -> None:
    """Send the file in a message of its own; nothing but the words that it was begun goes away. Whoever has lost the
    role meanwhile gets no file."""
    session, wanted = context.session, papers.wanted_by(job)
    person, address = _end(context, job)
    if address is None:
        return
    words = context.words_for(person)
    if not _within_reach(context, person, wanted):
        if not wanted.period:
            content = words.content(
                "exports/export_ended", name=papers.name_of(session, words, wanted), how="not_yours"
            )
            cards.want(session, _progress(job, address), Kind.REPLY, content, context.now)
        return
    file = blobs.keep(session, papers.name_of(session, words, wanted), TYPES[wanted.kind], data)
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
    if address and not papers.wanted_by(job).period:
        content = context.words_for(person).content("core/apology", number=number)
        cards.want(context.session, _progress(job, address), Kind.REPLY, content, context.now)


def refuse(context: Context, job: Job, why: Refusals) -> None:
    """Tell whoever tries a template why it cannot be filled in, or whoever asked why there is no report any more."""
    person, address = _end(context, job)
    if address and not papers.wanted_by(job).period:
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
