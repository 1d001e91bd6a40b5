"""`/form`, 表单: show what is asked, in which version; try a form on the admin's own phone; change it by sending a
file."""

from typing import Annotated

from handlers.changes import proposing
from handlers.core import admin_arguments, asking, bundled
from handlers.core.access import ADMIN
from handlers.core.asking import Option
from handlers.core.button_values import Letters
from handlers.core.ids import AnyFormVersionId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import FORM
from handlers.forms import new_version
from handlers.forms import preview as form_preview
from models.core.errors import Refusal
from models.cycle import assignments
from models.files import blobs
from models.forms import versions
from models.forms.versions import FormVersion

router = Router("form", ADMIN)

Code = Annotated[str, Letters("[a-z0-9_-]", 40)]  # of a form that comes with the program


@router.command("form", word="表单")
def handle(turn: Turn, words: str) -> None:
    admin_arguments.run_verb(turn, "form", words, FORM, VERBS)


def _list(turn: Turn, parts: list[str]) -> None:
    found = [versions.latest(turn.session, code) for code in new_version.stored(turn)]
    rows = [(v, assignments.asking(turn.session, v.code)) for v in found if v]
    ready = bundled.untaken(turn.session, turn.now)
    turn.say("forms/forms", rows=rows, ready=ready, planned=proposing.waiting(turn, "form"))


def _ask_form(turn: Turn, verb: str, codes: list[str]) -> None:
    asking.choose(turn, "form", [Option(code, f"form {verb} {code}") for code in codes])


def _version(turn: Turn, parts: list[str]) -> FormVersion:
    """Return the version of `code [number]`. Raises `changes.no_form` with the known codes, `changes.no_version`."""
    code = parts[0] if parts else ""
    newest = bundled.latest(turn.session, code, turn.now)
    if newest is None or not new_version.visible(turn, code):
        raise Refusal("changes.no_form", code=" ".join(parts), known=new_version.known(turn))
    if len(parts) < 2:
        return newest
    number = int(parts[1]) if parts[1].isdecimal() and len(parts[1]) < 6 else 0
    found = newest if number == newest.number else versions.numbered(turn.session, code, number)
    if found is None:
        raise Refusal("changes.no_version", code=code, number=parts[1][:20], newest=newest.number)
    return found


def show(turn: Turn, parts: list[str]) -> None:
    """Show what a form asks, in words, and send its file."""
    if not parts:
        _ask_form(turn, "show", new_version.known(turn))
        return
    version = _version(turn, parts)
    file = blobs.keep(turn.session, f"{version.code}.yaml", "application/yaml", version.source.encode())
    older = list(range(max(1, version.number - 5), version.number))
    owner = versions.owner(turn.session, version.code)
    turn.send(turn.words.content("forms/form", file=file, version=version, form=version.spec, older=older, owner=owner))


def preview(turn: Turn, parts: list[str]) -> None:
    if not parts:
        _ask_form(turn, "preview", new_version.known(turn))
        return
    form_preview.begin(turn, _version(turn, parts).source)


@router.button("show")
def tap_show(turn: Turn, version_id: AnyFormVersionId) -> None:
    """Show what a form asks."""
    version = turn.session.get(FormVersion, version_id)
    if version is None:
        turn.toast("core/not_yours", alert=True)
    else:
        show(turn, [version.code])


@router.button("preview")
def tap_preview(turn: Turn, version_id: AnyFormVersionId) -> None:
    """Preview a form on the admin's own phone."""
    version = turn.session.get(FormVersion, version_id)
    if version is None or not new_version.visible(turn, version.code):
        turn.toast("core/not_yours", alert=True)
    else:
        form_preview.begin(turn, version.source)


@router.button("ready")
def tap_ready(turn: Turn, code: Code) -> None:
    """Show what a form asks that comes with the program."""
    show(turn, [code])


@router.button("try")
def tap_try(turn: Turn, code: Code) -> None:
    """Preview a form that comes with the program on the admin's own phone."""
    preview(turn, [code])


@router.button("ask")
def tap_ask(turn: Turn, version_id: AnyFormVersionId) -> ToCommand:
    """Begin a new task with this form."""
    version = turn.session.get(FormVersion, version_id)
    return ToCommand("assign", f"new {version.code}" if version else "new")


@router.button("ask_ready")
def tap_ask_ready(turn: Turn, code: Code) -> ToCommand:
    """Begin a new task with a form that comes with the program."""
    return ToCommand("assign", f"new {code}")


def upload(turn: Turn, parts: list[str]) -> None:
    turn.say("forms/form_upload", fileless=turn.fileless)


def back(turn: Turn, parts: list[str]) -> None:
    """Make an earlier version the newest again."""
    if not parts:
        _ask_form(turn, "back", [c for c in new_version.stored(turn) if _earlier(turn, c)])
        return
    if len(parts) < 2 and (earlier := _earlier(turn, parts[0])):
        options = [Option(f"{parts[0]}@{number}", f"form back {parts[0]} {number}") for number in earlier]
        asking.choose(turn, "version", options, code=parts[0])
        return
    if len(parts) < 2:
        raise Refusal("people.too_few_words")
    version = _version(turn, parts)
    file = blobs.keep(turn.session, f"{version.code}.yaml", "application/yaml", version.source.encode())
    new_version.propose(turn, version.source, file.digest)


def _earlier(turn: Turn, code: str) -> list[int]:
    """Return the numbers before the newest, the newest of them first."""
    newest = versions.latest(turn.session, code)
    return list(range(newest.number - 1, 0, -1)) if newest else []


def give(turn: Turn, parts: list[str]) -> None:
    """Pass a form on, `form unit [day]`: another unit's admins change it from then on. Nobody is asked anything else by
    that."""
    if not parts:
        _ask_form(turn, "give", new_version.stored(turn))
        return
    version = _version(turn, parts[:1])
    before = versions.owner(turn.session, version.code)
    if len(parts) == 1:
        units = [u for u in admin_arguments.all_units(turn) if not before or u.id != before.id]
        options = [Option(u.path, f"form give {version.code} {u.path}") for u in units]
        asking.choose(turn, "form_unit", options, code=version.code)
        return
    unit, rest = admin_arguments.unit(turn, parts[1:])
    if before is None:  # it comes with the program, and nobody uses it yet
        raise Refusal("changes.no_form", code=version.code, known=new_version.stored(turn))
    if before.id == unit.id:
        raise Refusal("changes.form_there", code=version.code, path=unit.path)
    arguments = {"code": version.code, "unit": unit.id, "path": unit.path, "from": before.path}
    day = admin_arguments.day(turn, rest) or turn.today
    undo = f"/form give {version.code} {before.path}"
    proposing.propose(turn, "form.give", arguments, day, [before, unit], tasks=[], undo=undo)


def undo(turn: Turn, parts: list[str]) -> None:
    proposing.undo(turn, "form", parts)


VERBS = {"list": _list, "show": show, "preview": preview, "upload": upload, "back": back, "give": give, "undo": undo}
