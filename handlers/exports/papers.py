"""Say which document is wanted, the official daily report (日报), our template, a timeline or a run, and gather what it
says (docs/rules.md 25)."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.exports import official_words, run_words, timeline_words
from models.cycle.assignments import Assignment
from models.documents import templates
from models.documents.paper import ENDINGS, Format, Paper
from models.exports import official_report
from models.files import blobs
from models.files.blobs import safe_name
from models.operations.jobs import Job
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks.runs import RunbookRun
from models.time.times import day_at


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


def of_run(run: RunbookRun, now: datetime, kind: Format) -> Wanted:
    """Return the report of a run as it is wanted."""
    first, last = run_words.days(run, now)
    return Wanted(run.unit_id, 0, first.isoformat(), last.isoformat(), kind, run=run.id)


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
