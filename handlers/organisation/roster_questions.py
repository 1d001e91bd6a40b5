"""Ask what a file alone does not tell, one question at a time, with buttons (docs/rules.md 15.10)."""

from dataclasses import asdict

from handlers.core import confirmations as shown
from handlers.core.turn import Turn
from models.changes import file_answers, file_readings
from models.changes.file_readings import Reading
from models.conversations import confirmations
from models.conversations.confirmations import Confirmation
from models.core.errors import Refusal
from models.files import blobs
from models.organisation import roster_reader
from models.spreadsheets import tables

ACTION = "file_question"


def ask(turn: Turn, name: str, read: Reading, given: dict[str, str]) -> None:
    """Ask the question that a reading waits for; `given` are the answers about this file so far. What was read is kept
    until the answer."""
    question, found = read.question, read.tables
    if question is None or found is None:
        return
    kept = blobs.keep(turn.session, name, "application/jsonl", b"".join(tables.written(found)))
    arguments = {"digest": kept.digest, "name": name, "given": given, "question": asdict(question)}
    lasts = turn.defaults.waits(confirmations.LASTS)
    pending = confirmations.ask(turn.session, turn.person, ACTION, arguments, turn.now, lasts)
    card = turn.say(
        "organisation/import_unclear", name=name, kind=question.kind, lasts=question.lasts, options=question.options,
        pending=pending.id, **turn.words.spoken({"sample": "", **question.values}),
    )  # fmt: skip
    pending.arguments = {**arguments, "card": card.id}
    turn.session.add(pending)
    turn.session.flush()


def taken(turn: Turn, pending_id: int, *, cancelled: bool = False) -> Confirmation:
    """Return the question that is being answered, which loses its buttons. Raises `pending.gone`."""
    found = confirmations.take(turn.session, pending_id, turn.person, turn.now, ACTION)
    shown.strip(turn, found.arguments.get("card"), cancelled=cancelled)
    return found


def answered(turn: Turn, found: Confirmation, number: int) -> tuple[Reading, dict[str, str]]:
    """Return what the file says now, and the answers about it; one that holds for later files is remembered."""
    question = file_readings.question_of(found.arguments["question"])
    if number >= len(question.options):
        raise Refusal("pending.gone")
    learnt = roster_reader.learnt(question, question.options[number].value)
    if question.lasts:
        file_answers.learn(turn.session, learnt)
    given = {**found.arguments["given"], **learnt}
    lines = blobs.data_of(turn.session, found.arguments["digest"]).split(b"\n")
    return file_readings.of_tables(tables.restored(lines), {**file_answers.known(turn.session), **given}), given
