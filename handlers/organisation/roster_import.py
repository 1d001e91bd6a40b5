"""Import a roster or a form that an admin sent as a file: what it would change is shown first."""

from collections.abc import Mapping

from sqlmodel import select

from handlers.core import confirmations, settling
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.ids import ConfirmationId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.forms import new_version
from handlers.organisation import import_undo, namesake_questions, roster_questions
from handlers.organisation.namesake_questions import Sent
from models.changes import file_answers, file_readings, roster_import, roster_namesakes, roster_undo
from models.changes.file_readings import Reading
from models.changes.roster_import import Difference
from models.changes.roster_namesakes import Namesake
from models.conversations.confirmations import Confirmation
from models.core.audit import note
from models.core.errors import Refusal, Refusals
from models.cycle import openings
from models.cycle.assignments import Assignment
from models.files import blobs
from models.organisation.roster_rows import Row

router = Router("import", ADMIN)

SHOWN = 10


@router.file
def received(turn: Turn) -> bool:
    """Take a roster or a form: show the preview, with [导入] and [取消], or what is wrong with the file,
    line by line."""
    file, read = turn.incoming.file, turn.incoming.reading
    if file is None or not (read or file_readings.takes(file.name)):
        return False
    if read is None:  # they became an admin while the file was on its way
        turn.say("organisation/file_not_read", name=file.name)
    elif read.as_a_whole and read.wrong[0].key.startswith("files."):
        turn.say("core/refused", sentence=turn.words.refusal(read.wrong[0]))
    else:
        with guided(turn, "form" if read.is_form else "people", "upload" if read.is_form else "template"):
            _propose(turn, file.name, read, {})
    return True


@router.button("answer")
def answered(turn: Turn, pending_id: ConfirmationId, number: int) -> None:
    """Take the answer to a question about a file, remember it if it holds for later files, and go on with this one."""
    found = roster_questions.taken(turn, pending_id)
    read, given = roster_questions.answered(turn, found, number)
    with guided(turn, "form" if read.is_form else "people", "upload" if read.is_form else "template"):
        _propose(turn, found.arguments["name"], read, given)


@router.button("namesake")
def recognised(turn: Turn, pending_id: ConfirmationId, number: int) -> None:
    """Take the answer to whether a new number is somebody who is here, and go on with the file."""
    pending = namesake_questions.taken(turn, pending_id)
    sent = namesake_questions.restored(turn, pending)
    namesake_questions.answered(turn, pending, _namesakes(turn, sent), sent, number)
    with guided(turn, "people", "template"):
        _ask(turn, sent)


@router.button("leave")
def left(turn: Turn, pending_id: ConfirmationId) -> None:
    """Leave a file with new numbers of which nobody said whose they are: nothing was changed."""
    namesake_questions.taken(turn, pending_id, cancelled=True)
    turn.toast("core/nothing_changed")


@router.button("drop")
def dropped(turn: Turn, pending_id: ConfirmationId) -> None:
    """Leave a file whose question was not answered: nothing was changed."""
    roster_questions.taken(turn, pending_id, cancelled=True)
    turn.toast("core/nothing_changed")


@router.button("forget")
def forgotten(turn: Turn) -> None:
    """Forget what was said about the columns of files, so that it is asked again."""
    file_answers.forget(turn.session)
    turn.toast("organisation/answers_forgotten")


def _propose(turn: Turn, name: str, read: Reading, given: dict[str, str]) -> None:
    """Show what a file would change, or ask what it does not tell; raises everything that is wrong with it."""
    if read.question:
        roster_questions.ask(turn, name, read, given)
        return
    if read.wrong and not read.as_a_whole and not read.is_form:
        more = roster_import.also_wrong(turn.session, read.rows, read.seen, turn.today, turn.person)
        raise Refusals(roster_import.in_order([*read.wrong, *more], read.rows), read.more)
    read.refuse()
    if read.form is None:
        _ask(turn, Sent(name, read.rows, [turn.words.refusal(it) for it in read.notes], read.learnt))
        return
    kept = blobs.keep(turn.session, name, "application/yaml", read.form.encode())
    new_version.propose(turn, read.form, kept.digest, [turn.words.refusal(it) for it in read.notes])


def _namesakes(turn: Turn, sent: Sent) -> list[Namesake]:
    return roster_namesakes.undecided(turn.session, sent.rows, sent.decided, turn.today, turn.person)


def _ask(turn: Turn, sent: Sent) -> None:
    """Ask whether namesakes are the same people, then show what the file would change."""
    name, rows = sent.name, sent.rows
    found = _namesakes(turn, sent)
    if found:
        namesake_questions.ask(turn, sent, found)
        return
    made = _tried(turn, rows, sent.numbers)
    if not made:
        turn.say("organisation/import_same", name=name)
        return
    counts = {kind: sum(d.what == kind for d in made) for kind in ("person", "unit", "membership", "role")}
    counts["other"] = len(made) - sum(counts.values())
    tasks = turn.session.exec(select(Assignment)).all()
    first = openings.first_wave(turn.session, tasks, turn.today, turn.now)
    kept = blobs.keep(turn.session, name, "application/jsonl", b"".join(file_readings.written_rows(rows)))
    arguments = {"digest": kept.digest, "name": name, "changes": _words(made), "numbers": sent.numbers}
    shown = sorted(made, key=lambda it: it.what not in ("staff_no", "name"))  # another number or name comes first
    confirmations.ask(
        turn, "import", arguments, "organisation/import_question",
        name=name, learnt=sent.learnt, counts=counts, total=len(made),
        shown=shown[:SHOWN], more=max(0, len(made) - SHOWN),
        first=first,
        notes=[*sent.notes, *(turn.words.refusal(it) for it in roster_import.renamed(made))],
    )  # fmt: skip


def _words(made: list[Difference]) -> list[list[str]]:
    return [[d.what, d.about, d.before or "", d.after] for d in made]


def _tried(turn: Turn, rows: list[Row], numbers: Mapping[str, str]) -> list[Difference]:
    """Return what `roster_import.take` would change, without changing it. Raises all that is wrong or not the admin's
    to do."""
    with turn.session.begin_nested() as tried:
        made = roster_import.take(turn.session, rows, turn.today, turn.person, numbers)
        tried.rollback()
    turn.session.expire_all()
    return made


@router.confirmed("import")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Check again and import; raises `changes.stale` if the organisation changed in between."""
    with guided(turn, "people", "template"):
        rows = file_readings.restored_rows(blobs.data_of(turn.session, confirmation.arguments["digest"]).split(b"\n"))
        numbers = confirmation.arguments["numbers"]
        with turn.session.begin_nested():  # done once, because it takes long
            before = roster_undo.state(turn.session, rows, numbers)
            made = roster_import.take(turn.session, rows, turn.today, turn.person, numbers)
            if _words(made) != confirmation.arguments["changes"]:
                raise Refusal("changes.stale")
        settling.organisation_moved(turn)
        name = confirmation.arguments["name"]
        note(turn.session, turn.now, turn.person.staff_no, "import", name, changes=len(made))
        for new, old in numbers.items():
            note(turn.session, turn.now, turn.person.staff_no, "staff number", new, before=old)
        changed = roster_undo.difference(before, roster_undo.state(turn.session, rows))
        people = sum(d.what == "person" for d in made)
        turn.say(
            "organisation/import_done",
            name=name,
            total=len(made),
            people=people,
            undo=import_undo.offer(turn, name, changed),
            vouched=turn.incoming.vouched is not None,
        )
