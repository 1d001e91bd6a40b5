"""Ask whether a new number of a roster with the name of somebody who is here is the same person (docs/rules.md
15.11)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from handlers.core import confirmations as shown
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from models.changes import file_readings
from models.changes.roster_namesakes import Namesake
from models.conversations import confirmations
from models.conversations.confirmations import Confirmation
from models.core.errors import Refusal
from models.files import blobs
from models.organisation.roster_rows import Row

ACTION = "namesake"
SINGLY = 3  # so many are asked about one after another, more of them together
SHOWN = 10
SAME, OTHERS, EACH = "=same", "=others", "=each"


@dataclass
class Sent:
    """A roster on its way to its preview: its rows, what is noted about it, and what was said about namesakes: the
    number that a person here has so far, "" for another person."""

    name: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    learnt: bool = False
    decided: dict[str, str] = field(default_factory=dict)
    singly: bool = False

    @property
    def numbers(self) -> dict[str, str]:
        """Return new → old number of those who are the same people."""
        return {new: old for new, old in self.decided.items() if old}


def question(words: Renderer, sent: Sent, found: Sequence[Namesake], pending: int) -> tuple[Content, list[str]]:
    """Return the question about the next namesake, or about many together, and what each of its buttons but the last,
    which cancels, answers."""
    together = len(found) > SINGLY and not sent.singly
    first = found[0]
    clear = all(len(it.here) == 1 for it in found)
    options = [*([SAME] if clear else []), OTHERS, EACH] if together else [*(no for no, _ in first.here), ""]
    content = words.content(
        "organisation/import_namesake", name=sent.name, together=together, count=len(found), first=first,
        listed=[it.told for it in found[:SHOWN]], more=max(0, len(found) - SHOWN), options=options, pending=pending,
    )  # fmt: skip
    return content, options


def decide(sent: Sent, found: Sequence[Namesake], option: str) -> None:
    """Take an answer."""
    if option == EACH:
        sent.singly = True
    elif option in (SAME, OTHERS):
        sent.decided |= {it.row.staff_no: it.here[0][0] if option == SAME else "" for it in found}
    else:
        sent.decided[found[0].row.staff_no] = option


def ask(turn: Turn, sent: Sent, found: Sequence[Namesake]) -> None:
    """Post the question; the rows are kept until the answer."""
    data = b"".join(file_readings.written_rows(sent.rows))
    kept = blobs.keep(turn.session, sent.name, "application/jsonl", data)
    arguments: dict[str, Any] = {**asdict(sent), "digest": kept.digest, "about": [it.row.staff_no for it in found]}
    del arguments["rows"]
    lasts = turn.defaults.waits(confirmations.LASTS)
    pending = confirmations.ask(turn.session, turn.person, ACTION, arguments, turn.now, lasts)
    content, options = question(turn.words, sent, found, pending.id)
    card = turn.send(content)
    pending.arguments = {**arguments, "options": options, "card": card.id}
    turn.session.add(pending)
    turn.session.flush()


def taken(turn: Turn, pending_id: int, *, cancelled: bool = False) -> Confirmation:
    """Return the question that is being answered, which loses its buttons. Raises `pending.gone`."""
    found = confirmations.take(turn.session, pending_id, turn.person, turn.now, ACTION)
    shown.strip(turn, found.arguments.get("card"), cancelled=cancelled)
    return found


def answered(turn: Turn, pending: Confirmation, found: Sequence[Namesake], sent: Sent, number: int) -> None:
    """Take the answer of a button. Raises `pending.gone` if the organisation changed in between, so that the question
    would be another one."""
    options = pending.arguments["options"]
    if number >= len(options) or [it.row.staff_no for it in found] != pending.arguments["about"]:
        raise Refusal("pending.gone")
    decide(sent, found, options[number])


def restored(turn: Turn, pending: Confirmation) -> Sent:
    """Return the roster that a question is about."""
    it = pending.arguments
    lines = blobs.data_of(turn.session, it["digest"]).split(b"\n")
    rows = file_readings.restored_rows(lines)
    return Sent(it["name"], rows, it["notes"], it["learnt"], it["decided"], it["singly"])
