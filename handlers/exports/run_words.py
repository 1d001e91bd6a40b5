"""Put the report of a runbook's run into words (预案执行报告): each step with who, by when, when it was done and how
late, its notes and the names of its photos; of a drill, with the mark of a drill on each page (docs/rules.md 37.12)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.exports.file_words import named, told
from handlers.exports.official_words import printable
from models.alerts.alerts import Alert
from models.alerts.tellings import Telling
from models.documents.paper import Paper
from models.forms.spec import say
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks import runs
from models.runbooks.runbooks import PlanStep
from models.runbooks.runs import OVER, RunbookRun, RunbookStep, State
from models.time.times import day_at

LINE = "exports/run_line"
MINUTE = 60


def paper(session: Session, words: Renderer, run: RunbookRun, now: datetime, by: Person) -> Paper:
    """Return the report as it is drawn; times are those of the run's zone."""
    here = Renderer(words.locale, run.timezone)
    said = {name: text.strip('"') for name, text in told(here, "exports/run_words").items()}
    said["mark"] = here.line(LINE, what="mark") if run.drill else ""
    return Paper(printable(_Told(session, here, run, now).fields(by)), said, words.locale, "run")


def file_name(session: Session, words: Renderer, run: RunbookRun, ending: str) -> str:
    mark = words.line(LINE, what="mark") if run.drill else ""
    return named(
        [mark, words.line(LINE, what="title", title=runs.title(session, run), drill=False), str(run.id)], ending
    )


def days(run: RunbookRun, now: datetime) -> tuple[date, date]:
    """Return the first and the last day of a run, to today while it is under way."""
    return day_at(run.begun_at, run.timezone), day_at(run.ended_at or now, run.timezone)


class _Told:
    def __init__(self, session: Session, words: Renderer, run: RunbookRun, now: datetime) -> None:
        self._session, self._words, self._run, self._now = session, words, run, now
        self._steps = runs.steps(session, run)
        self._notes = runs.said_of(session, self._steps)

    def fields(self, by: Person) -> dict[str, Any]:
        """Return what the layout shows."""
        session, run, root = self._session, self._run, units.root(self._session)
        plan = runs.plan(session, run)
        first, last = days(run, self._now)
        return {
            "organisation": root.name if root else "", "unit": session.get_one(Unit, run.unit_id).name,
            "mark": self._say("mark") if run.drill else "",
            "title": self._say("title", title=runs.title(session, run), drill=run.drill),
            "period": self._say("period", first=first, last=last), "overview": self._overview(),
            "steps": [self._step(it, plan[it.number - 1]) for it in self._steps],
            "exceptions": [one for it in self._steps for one in self._told_of(it)],
            "nothing": self._say("nothing"),
            "written_at": self._words.line("exports/document_line", what="written", at=self._now, by=by.name),
        }  # fmt: skip

    def _say(self, what: str, **values: object) -> str:
        return self._words.line(LINE, what=what, **values).replace("\n", " ")

    def _person(self, number: int | None) -> str:
        found = self._session.get(Person, number) if number else None
        return found.name if found else ""

    def _overview(self) -> str:
        run = self._run
        alert = self._session.get(Alert, run.alert_id) if run.alert_id else None
        late = [it for it in self._steps if it.late(self._now).total_seconds() >= MINUTE]
        return self._say(
            "overview", run=run, unit=self._session.get_one(Unit, run.unit_id).path, starter=self._person(run.by),
            label=say(alert.label, self._words.locale) if alert else "", ender=self._person(run.ended_by),
            total=len(self._steps), done=sum(it.state == State.DONE for it in self._steps),
            skipped=sum(it.state == State.SKIPPED for it in self._steps), late=len(late),
        )  # fmt: skip

    def _step(self, step: RunbookStep, plan: PlanStep) -> dict[str, str]:
        late = int(step.late(self._now).total_seconds() // MINUTE)
        asked = [self._person(it) for it in step.persons]
        by = [self._person(step.closed_by)] if step.state in OVER else asked
        return {
            "number": str(step.number), "label": plan.words,
            "who": self._say("who", names=by, meant=self._person(step.instead_of), why=step.why),
            "due": self._say("moment", at=step.due_at) if step.due_at else "",
            "closed": self._say("state", state=step.state, at=step.closed_at),
            "minutes": str(late) if late else "",
        }  # fmt: skip

    def _told_of(self, step: RunbookStep) -> Iterator[dict[str, str]]:
        """Yield why a step was skipped, and what was said of it with the names of its photos and files."""
        if step.state == State.SKIPPED:
            by, at = self._person(step.closed_by), step.closed_at
            yield {"label": self._say("skipped", n=step.number, by=by, at=at), "text": step.reason or ""}
        for it in self._notes[step.id]:
            label = self._say("note", n=step.number, by=self._person(it.by), at=it.at)
            yield {"label": label, "text": self._say("said", words=it.words, files=_files(it))}


def _files(it: Telling) -> Sequence[str]:
    return [str(file.get("name") or "") for file in it.files]
