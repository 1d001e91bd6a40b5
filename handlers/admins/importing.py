"""A roster or a form sent as a file by an admin is the import: what it would change is shown first."""

from sqlmodel import select

from handlers import administering, confirming, form_changes
from handlers.administering import guided
from handlers.turn import Turn
from models import assignments, blobs, menus, roster, xlsform
from models.assignments import Assignment
from models.audit import note
from models.blobs import Blob
from models.errors import Refusal
from models.pending import Pending
from models.roster import Difference, Row

ROSTERS, FORMS = (".csv", ".tsv", ".txt", ".xlsx"), (".yaml", ".yml")
SHOWN = 10


def takes(name: str) -> bool:
    """Whether a file of this name is an import at all."""
    return name.lower().endswith(ROSTERS + FORMS)


def received(turn: Turn) -> None:
    """The preview, with [导入] and [取消]; or what is wrong with the file, line by line."""
    file = turn.incoming.file
    if file is None:
        return
    data = turn.session.get_one(Blob, file.digest).data
    form = file.name.lower().endswith(FORMS) or xlsform.is_xlsform(data)
    with guided(turn, "form" if form else "people", "upload" if form else "template"):
        if form:
            made = xlsform.source(data)
            kept = blobs.keep(turn.session, file.name, "application/yaml", made.text.encode())
            form_changes.propose(turn, made.text, kept.digest, [turn.words.refusal(it) for it in made.notes])
        else:
            _ask(turn, file.name, file.digest, data)


def _ask(turn: Turn, name: str, digest: str, data: bytes) -> None:
    read = roster.look(data)
    made = _tried(turn, read.rows)
    if not made:
        turn.say("import_same", name=name)
        return
    counts = {kind: sum(d.what == kind for d in made) for kind in ("person", "unit", "membership", "role")}
    counts["other"] = len(made) - sum(counts.values())
    tasks = turn.session.exec(select(Assignment)).all()
    first = assignments.first_wave(turn.session, tasks, administering.today(turn), turn.now)
    arguments = {"digest": digest, "name": name, "changes": _words(made)}
    shown = sorted(made, key=lambda it: it.what != "name")  # a number that gets another name is looked at first
    confirming.ask(
        turn, "import", arguments, "import_question",
        name=name, counts=counts, total=len(made), shown=shown[:SHOWN], more=max(0, len(made) - SHOWN), first=first,
        notes=[turn.words.refusal(it) for it in [*read.notes, *roster.renamed(made)]],
    )  # fmt: skip


def _words(made: list[Difference]) -> list[list[str]]:
    return [[d.what, d.about, d.before or "", d.after] for d in made]


def _tried(turn: Turn, rows: list[Row]) -> list[Difference]:
    """What `roster.take` would change; it is taken back again. Refusals: all that is wrong or not the admin's to do."""
    with turn.session.begin_nested() as tried:
        made = roster.take(turn.session, rows, administering.today(turn), turn.person)
        tried.rollback()
    turn.session.expire_all()
    return made


def confirmed(turn: Turn, it: Pending, *, today: bool) -> None:
    """Checks again: Refusal `changes.stale` where the organisation changed in between."""
    with guided(turn, "people", "template"):
        rows = roster.read(turn.session.get_one(Blob, it.arguments["digest"]).data)
        if _words(_tried(turn, rows)) != it.arguments["changes"]:
            raise Refusal("changes.stale")
        made = roster.take(turn.session, rows, administering.today(turn), turn.person)
        menus.refresh(turn.session, turn.house.locale, administering.today(turn))
        name = it.arguments["name"]
        note(turn.session, turn.now, turn.person.staff_no, "import", name, changes=len(made))
        people = sum(d.what == "person" for d in made)
        turn.say("import_done", name=name, total=len(made), people=people, vouched=turn.incoming.vouched is not None)
