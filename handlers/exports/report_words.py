"""Write reports as rows of a table in words, with dates and numbers that spreadsheets calculate with, for people
(docs/rules.md 20.1). The table in codes, for scripts: `models/exports/report_table.py`."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import product, repeat
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.exports.file_words import told
from models.core.typed_text import written
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.exports import report_table
from models.exports.report_table import Held, Line
from models.files.blobs import safe_name
from models.files.records import is_file
from models.forms.answers import place_words
from models.forms.spec import NAMED, Question, say
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import proposals
from models.reporting.report_context import form_of
from models.reporting.reports import Report, shown_state
from models.reporting.revisions import Revision, after_lock

BEFORE = (
    "day", "task", "unit", "staff_no", "name", "status", "late", "proxy", "excused", "submitted_at", "submitted_by",
    "receipt", "form", "statement",
)  # fmt: skip
LABEL = 30  # letters of a question in a file's name
AFTER = ("proxy_reason", "checked_by", "checked_at", "after_lock", "attachments")


@dataclass(frozen=True)
class Sheet:
    """The reports of one form as a table: what it is called, its heading and a row per expected report, and the places
    of the columns that are added up."""

    name: str
    rows: Iterator[list[object]]
    added: tuple[int, ...] = ()


def sheets(
    session: Session, words: Renderer, periods: Sequence[Period], tops: Sequence[Unit | None]
) -> Iterator[Sheet]:
    """Yield a sheet for each form, in the order of the first day it was asked; without periods, one without reports.
    Times are local times of the task. A question is a column of its own, headed by its label."""
    spoken = Spoken(words)
    tasks, forms = _tasks(session, spoken, periods), _Forms(session, words.locale, periods)
    for code, asked in forms.periods.items():
        answered = _Answers(words, forms.versions(code), forms.titles[code], spoken)
        yield Sheet(
            forms.names[code], _rows(session, spoken, asked, tops, answered, tasks),
            tuple(len(BEFORE) + at for at in answered.added),
        )  # fmt: skip
    if not forms.periods:
        yield Sheet(spoken.said["reports"], iter([[*spoken.headings(BEFORE + AFTER)]]))


def number_of_forms(session: Session, periods: Sequence[Period]) -> int:
    """Return how many forms were asked."""
    return len({session.get_one(FormVersion, it.version_id).code for it in periods})


def _rows(
    session: Session, spoken: "Spoken", periods: Sequence[Period], tops: Sequence[Unit | None], answered: "_Answers",
    tasks: Mapping[int, str],
) -> Iterator[list[object]]:  # fmt: skip
    sourced = any(proposals.sourced(form_of(session, it)) for it in periods)
    last = ("proposed",) if sourced else ()
    yield [*spoken.headings(BEFORE), *answered.headings, *spoken.headings(AFTER + last)]
    for top, period in product(tops, periods):
        version = session.get_one(FormVersion, period.version_id)
        form = spoken.said["version"].format(title=say(version.spec.title, spoken.locale), number=version.number)
        for line in report_table.lines(session, period, top):
            before = [period.day, tasks[period.assignment_id], *_before(spoken, period, line, form)]
            was = [spoken.proposed(version, line.revision)] if sourced else []
            yield [*before, *answered.cells(session, version, line), *_after(spoken, period, line), *was]


def _before(spoken: "Spoken", period: Period, line: Line, form: str) -> list[object]:
    report, revision = line.report, line.revision
    return [
        line.place.path, line.person.staff_no if line.person else "", line.name, spoken.status(report, period),
        spoken.answer(report, report.late), spoken.answer(report, report.proxy), spoken.excuse(report.excused),
        local(report.submitted_at, period), spoken.person(line.by), report.receipt, form,
        revision.statement if revision else None,
    ]  # fmt: skip


def _after(spoken: "Spoken", period: Period, line: Line) -> list[object]:
    revision, checked = line.revision, line.checked
    return [
        revision.reason if revision else None, spoken.person(line.checker if checked else None),
        local(checked.signed_at if checked else None, period), spoken.answer(line.report, after_lock(period, revision)),
        report_table.attached(revision),
    ]  # fmt: skip


def local(at: datetime | None, period: Period) -> datetime | None:
    """Return an instant as the clock of the task shows it."""
    return at.astimezone(ZoneInfo(period.timezone)) if at else None


def _tasks(session: Session, spoken: "Spoken", periods: Sequence[Period]) -> dict[int, str]:
    """Return what each task is called: by its form's title and, if two have the same, its code too."""
    titles = {
        it.assignment_id: say(session.get_one(FormVersion, it.version_id).spec.title, spoken.locale) for it in periods
    }  # fmt: skip
    often = Counter(titles.values())
    codes = {task: session.get_one(Assignment, task).code for task, title in titles.items() if often[title] > 1}
    return titles | {task: spoken.said["person"].format(name=titles[task], number=it) for task, it in codes.items()}


class Spoken:
    """What is not asked in a form, in one language's words: statuses, yes and no, people, excuses."""

    def __init__(self, words: Renderer) -> None:
        self.said, self.locale = told(words), words.locale
        self.excuse = lru_cache(maxsize=1024)(lambda it: words.line("core/excuse", words=it) if it else "")

    def headings(self, columns: Sequence[str]) -> list[str]:
        return [self.said[f"column.{it}"] for it in columns]

    def status(self, report: Report, period: Period) -> str:
        state = str(shown_state(report, period))
        if state == "due" and report.excused:
            state = "excused"
        return self.said["status.uncontacted" if state == "filled" and report.uncontacted else f"status.{state}"]

    def answer(self, report: Report, value: bool) -> str:
        """Return yes or no; nothing where nothing is filed."""
        return self.said["yes" if value else "no"] if report.submitted_at else ""

    def proposed(self, version: FormVersion, revision: Revision | None) -> str | None:
        """Return what was proposed for the answers that were changed."""
        changed = proposals.differing(version.spec, revision.answers or {}, revision.proposed or {}) if revision else []
        return "; ".join(f"{say(it.label, self.locale)}: {written(was['value'])}" for it, was in changed) or None

    def person(self, person: Person | None) -> str:
        return self.said["person"].format(name=person.name, number=person.staff_no) if person else ""


def file_namer(session: Session, words: Renderer) -> Callable[[Held], str]:
    """Return what names the files of a zip: day, whose, the question, and the file's own name (docs/rules.md 20.4)."""
    spoken = Spoken(words)

    def named(held: Held) -> str:
        who = spoken.person(held.person) if held.person else held.unit.name if held.unit else ""
        form = session.get_one(FormVersion, held.revision.version_id).spec
        question = form.question(held.field) if held.field else None
        label = _label(question, words.locale) if question else spoken.said["column.attachments"]
        parts = [safe_name(re.sub(r"[/\\]", "_", it)) for it in (who, label[:LABEL])]
        return " ".join((held.period.day.isoformat(), *parts, held.name))

    return named


class _Forms:
    """The forms of some periods: the periods of each, its title as it is newest, and what its sheet is called."""

    def __init__(self, session: Session, locale: str, periods: Sequence[Period]) -> None:
        self._versions = {it: session.get_one(FormVersion, it) for it in dict.fromkeys(p.version_id for p in periods)}
        self.periods: dict[str, list[Period]] = {}
        for period in periods:
            self.periods.setdefault(self._versions[period.version_id].code, []).append(period)
        self.titles = {code: say(self.versions(code)[0].spec.title, locale) for code in self.periods}
        often = Counter(self.titles.values())
        self.names = {
            code: title if often[title] == 1 else f"{title} {code}" for code, title in self.titles.items()
        }  # fmt: skip

    def versions(self, code: str) -> list[FormVersion]:
        """Return the versions of a form, the newest first."""
        own = [it for it in self._versions.values() if it.code == code]
        return sorted(own, key=lambda it: it.number, reverse=True)


class _Answers:
    """The columns of a form's questions: those of its newest version, then those that only older ones ask."""

    def __init__(self, words: Renderer, versions: Sequence[FormVersion], title: str, spoken: "Spoken") -> None:
        self._words = words
        self._asked: dict[int, list[Question | None]] = {}
        self._columns: dict[str, Question] = {}
        for version in versions:
            for question in version.spec.questions:
                if question.type != "note":
                    self._columns.setdefault(question.name, question)
        self.headings = self._headed(title, spoken)
        sums = {name for it in versions for one in it.spec.indicators if one.value for name in one.value.names}
        self.added = [at for at, it in enumerate(self._columns.values()) if _adds_up(it, sums)]

    def _headed(self, title: str, spoken: "Spoken") -> list[str]:
        """Return a heading for each column: its label and, if a column of ours is called so, the form's title before
        it."""
        fixed = spoken.headings((*BEFORE, *AFTER, "proposed"))
        made: list[str] = []
        for name, question in self._columns.items():
            heading = _label(question, self._words.locale)
            if heading in fixed:
                heading = spoken.said["question"].format(form=title, question=heading)
            made.append(heading if heading not in made else f"{heading} ({name})")
        return made

    def cells(self, session: Session, version: FormVersion, line: Line) -> Iterator[object]:
        """Yield a cell for each column, by the form version that was answered."""
        revision = line.revision
        answers = (revision.answers if revision else None) or {}
        if not answers:
            return repeat(None, len(self._columns))
        if revision and revision.version_id != version.id:
            version = session.get_one(FormVersion, revision.version_id)
        if version.id not in self._asked:
            self._asked[version.id] = [version.spec.question(name) for name in self._columns]
        return (
            None if (value := answers.get(name)) is None else cell(question, value, self._words)
            for name, question in zip(self._columns, self._asked[version.id], strict=True)
        )


def _adds_up(question: Question, sums: Collection[str]) -> bool:
    """Say whether a total of a question makes sense: of whole numbers, and of what the form's own indicators add up."""
    return question.type == "integer" or (question.type == "decimal" and question.name in sums)


def _label(question: Question, locale: str) -> str:
    """Return a question's label in one line; what it quotes of other answers is left out."""
    return " ".join(NAMED.sub("…", say(question.label, locale)).split()) or question.name


def cell(question: Question | None, value: Any, words: Renderer) -> object:
    """Return an answer: a choice's label, a real date, time or number, a file's name, otherwise the words."""
    if question is None:
        return str(value)
    if question.choices:
        chosen = [question.choice(it) for it in (value if isinstance(value, list) else [value])]
        return words.listed([say(it.label, words.locale) for it in chosen if it])
    if question.type == "date":
        return date.fromisoformat(value)
    if question.type == "time":
        return time.fromisoformat(value)
    if question.type == "geopoint":
        return place_words(value)
    return value["name"] if is_file(value) else value
