"""Write a run as a workbook: times, who, what, lateness, notes and photos of each step."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from handlers.core.context import Context
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from handlers.runbooks import board
from models.core import audit
from models.files import blobs
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks.runs import RunbookRun
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

COLUMNS = (
    "number", "words", "state", "asked", "instead_of", "why", "asked_at", "due_at", "closed_at", "closed_by", "late",
    "reason", "notes", "files",
)  # fmt: skip


def write(context: Context, words: Renderer, run: RunbookRun, by: Person) -> tuple[str, bytes]:
    """Return the file, written for `by`, and its name; that of a drill says so in the name, on each sheet and in each
    row."""
    said = file_words.with_own(words, "runbooks/words")
    told = board.values(context, run)
    lines = list(_rows(context, said, run, told["lines"]))
    mark = f"{said['runbook.drill']} " if run.drill else ""
    title = f"{mark}{told['title']} {run.id}"
    page, writing = Page(f"{mark}{said['runbook']}", lines, typed=True), Writing(words, context.now, by)
    data = about.workbook_of(context.session, writing, [page], len(lines) - 1, title)
    return file_words.named([title], "xlsx"), data


def _rows(
    context: Context, said: Mapping[str, str], run: RunbookRun, lines: list[dict[str, Any]]
) -> Iterator[list[object]]:
    zone = ZoneInfo(run.timezone)
    yield [said["runbook.run"], *(said[f"runbook.{name}"] for name in COLUMNS)]
    kind = said["runbook.drill"] if run.drill else said["runbook.real"]
    for line in lines:
        yield [kind, *row(said, zone, line)]


def row(said: Mapping[str, str], zone: ZoneInfo, line: dict[str, Any]) -> list[object]:
    """Return a step as a row, in the order of COLUMNS."""
    step, plan = line["step"], line["plan"]
    told = [it for it, _ in line["said"]]
    return [
        step.number, plan.words, said[f"runbook.{step.state}"],
        ", ".join(it.name for it in line["persons"]),
        line["meant"].name if line["meant"] else "",
        said[f"runbook.{step.why}"] if step.why else "",
        _local(step.opened_at if step.state != "waiting" else None, zone),
        _local(step.due_at, zone), _local(step.closed_at, zone),
        line["closer"].name if line["closer"] else "", line["late"], step.reason or "",
        "\n".join(it.words for it in told if it.words),
        "\n".join(file["name"] for it in told for file in it.files),
    ]  # fmt: skip


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def send(turn: Turn, run: RunbookRun) -> None:
    """Send the file to the speaker."""
    name, data = write(turn, turn.words, run, turn.person)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    path = turn.session.get_one(Unit, run.unit_id).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "export", path, number=run.id)
    turn.say("runbooks/exported", file=file, run=run)
