"""Ask at the terminal whether new numbers with names of people who are here are the same people, unless the options say
so (docs/rules.md 15.11)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from bot.cli.file_questions import chosen
from bot.cli.shared import BadFile, at_terminal, words
from handlers.organisation.namesake_questions import OTHERS, Sent, decide, question
from models.changes import roster_namesakes
from models.core import characters
from models.core.errors import Refusal
from models.organisation.people import find_person
from models.organisation.roster_rows import Row


@dataclass(frozen=True)
class Same:
    """What the options say: new → old number of the same people, and whether all others are other people."""

    numbers: dict[str, str] = field(default_factory=dict)
    others: bool = False


def same(told: Sequence[str], *, others: bool) -> Same:
    """Return what `--same 1001=admin` says. Raises `cli.same`."""
    numbers: dict[str, str] = {}
    for it in told:
        new, sign, old = it.partition("=")
        if not (sign and new.strip() and old.strip()):
            raise Refusal("cli.same", said=it)
        numbers[characters.number(new)] = characters.number(old)
    return Same(numbers, others)


def numbers(session: Session, name: str, rows: list[Row], today: date, said: Same) -> dict[str, str]:
    """Return new → old number of the people whose number changes. Raises BadFile with the namesakes where nobody says
    whether they are the same, `cli.no_number` for an option that names a number that the file does not have."""
    there = {row.staff_no for row in rows}
    for new, old in said.numbers.items():
        if new not in there:
            raise Refusal("cli.no_number", staff_no=new)
        find_person(session, old)
    sent = Sent(name, rows, decided=dict(said.numbers))
    while found := roster_namesakes.undecided(session, rows, sent.decided, today, None):
        if said.others:
            decide(sent, found, OTHERS)
            continue
        if not at_terminal():
            hint = words().told("say_option", kind="namesake", column="")
            raise BadFile(name, [it.refusal for it in found], hint)
        content, options = question(words(), sent, found, 0)
        labels = [button.label for row in content.buttons for button in row]
        decide(sent, found, options[chosen(words().plain(content), labels)])
    return sent.numbers
