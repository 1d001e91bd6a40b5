"""Answer what a roster file does not tell: by the command's options, else by whoever sits at the terminal, else not at
all (docs/rules.md 15.10)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from bot.cli.shared import BadFile, at_terminal, words
from models.changes import file_readings
from models.changes.file_readings import Reading
from models.core.errors import Refusal
from models.organisation import roster_reader
from models.organisation.roster_headings import CHINESE, LABELS
from models.organisation.roster_questions import BOTH, NOTHING, Answers, Question
from models.spreadsheets import tables
from models.spreadsheets.headings import WITHIN, plain
from models.spreadsheets.text_tables import DOUBTFUL

ENCODINGS = ("utf-8", "utf-16", *DOUBTFUL)


@dataclass(frozen=True)
class Given:
    """What the options say: headings by our column, the encoding, and yes or no to what else may be asked."""

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    encoding: str | None = None
    yes_or_no: Mapping[str, str | None] = field(default_factory=dict)

    def with_remembered(self, remembered: Answers) -> dict[str, str]:
        """Return the answers to begin with; an option counts more than what was said about earlier files."""
        kept = {key: value for key, value in remembered.items() if not self._replaces(key, value)}
        kept |= {f"heading:{plain(it)}": column for column, said in self.columns.items() for it in said if it}
        return kept | ({"encoding": self.encoding} if self.encoding else {})

    def _replaces(self, key: str, value: str) -> bool:
        kind, _, about = key.partition(":")
        if kind == "levels":
            return self.yes_or_no.get("levels") is not None
        return (value if kind == "heading" else about.partition(":")[0]) in self.columns

    def answer(self, question: Question) -> str | None:
        """Return the option that the options of the command line choose."""
        if question.kind in ("several", "levels"):
            return self.yes_or_no.get(question.kind)
        offered = [option.value for option in question.options]
        if question.kind == "account":
            return NOTHING if "" in self.columns.get("wecom_id", ()) else None
        said = self.columns.get(question.key.split(":")[1], ()) if question.kind in ("column", "which") else ()
        chosen = [it.value for it in question.options for one in said if one and one in (it.value, it.label)]
        chosen = chosen or [plain(one) for one in said if plain(one) in offered]
        return BOTH if len(said) > 1 and BOTH in offered else next(iter(chosen), None)


def columns(told: Sequence[str]) -> dict[str, list[str]]:
    """Return headings by column from `--column unit=科室`. Raises `cli.column`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    ours = {plain(word): name for name, label in LABELS.items() for word in (name, *label.values())}
    for it in told:
        name, sign, heading = it.partition("=")
        if not sign or plain(name) not in ours:
            raise Refusal("cli.column", said=it, known=[*LABELS])
        found[ours[plain(name)]].append(heading.strip())
    return dict(found)


def refuse_unknown(data: bytes, given: Given) -> None:
    """Raise `cli.no_heading` for a heading of `--column` that the file has nowhere."""
    named = [it for said in given.columns.values() for it in said if it]
    if not named:
        return
    sheets = tables.read(data, CHINESE, given.encoding).sheets()
    lines = [line for sheet in sheets for line in sheet.lines[:WITHIN]]
    there = {plain(line.words(at)) for line in lines for at in range(len(line.cells))}
    there |= {plain(sheet.name) for sheet in sheets if sheet.name}
    for heading in named:
        if plain(heading) not in there:
            raise Refusal("cli.no_heading", heading=heading)


def settled(name: str, read: Reading, given: Given, answers: dict[str, str]) -> tuple[Reading, dict[str, str]]:
    """Return what the file says once all is answered, and what is to be remembered of it. `answers` are those so far.
    Raises BadFile where nobody answers, naming the option that would."""
    learnt: dict[str, str] = {}
    while read.question and read.tables:
        question = read.question
        value = given.answer(question)
        if value is None and not at_terminal():
            wrong = [read.unanswered] if read.unanswered else []
            column = question.key.split(":")[1] if question.kind in ("column", "which") else ""
            raise BadFile(name, wrong, words().told("say_option", kind=question.kind, column=column))
        said = roster_reader.learnt(question, value or _asked(name, question))
        learnt |= said if question.lasts else {}
        answers = {**answers, **said}
        read = file_readings.of_tables(read.tables, answers)
    return read, learnt


def _asked(name: str, question: Question) -> str:
    """Ask as the chat does, with numbers for buttons; the last one cancels."""
    told: dict[str, Any] = words().spoken({"sample": "", **question.values})
    content = words().content(
        "organisation/import_unclear", name=name, kind=question.kind, lasts=question.lasts, options=question.options,
        pending=0, **told,
    )  # fmt: skip
    number = chosen(words().plain(content), [button.label for row in content.buttons for button in row])
    return question.options[number].value


def chosen(question: str, labels: Sequence[str]) -> int:
    """Ask which of these; return its place. Raises click.Abort for the last, which cancels."""
    click.echo(question, err=True)
    for at, label in enumerate(labels, 1):
        click.echo(f"  {at}. {label}", err=True)
    number = click.prompt(words().told("number").strip(), type=click.IntRange(1, len(labels)), err=True)
    if number == len(labels):
        raise click.Abort
    return int(number) - 1
