"""`/form`, 表单: show what is asked, in which version; try a form on the admin's own phone; change it by sending a
file."""

from handlers.changes import proposing
from handlers.core import admin_arguments
from handlers.core.access import ADMIN
from handlers.core.ids import AnyFormVersionId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import FORM
from handlers.forms import bundled, new_version
from handlers.forms import preview as form_preview
from models.core.errors import Refusal
from models.cycle import assignments
from models.files import blobs
from models.forms import versions
from models.forms.versions import FormVersion

router = Router("form", ADMIN)


@router.command("form", word="表单")
def handle(turn: Turn, words: str) -> None:
    admin_arguments.run_verb(turn, "form", words, FORM, VERBS)


def _list(turn: Turn, parts: list[str]) -> None:
    found = [versions.latest(turn.session, code) for code in new_version.stored(turn)]
    rows = [(v, assignments.asking(turn.session, v.code)) for v in found if v]
    ready = bundled.untaken(turn.session, turn.now)
    turn.say("forms/forms", rows=rows, ready=ready, planned=proposing.waiting(turn, "form"))


def _version(turn: Turn, parts: list[str]) -> FormVersion:
    """Return the version of `code [number]`; raises `changes.no_form` with the codes there are."""
    code = parts[0] if parts else ""
    found = bundled.latest(turn.session, code, turn.now)
    if found and len(parts) > 1:
        number = int(parts[1]) if parts[1].isdecimal() and len(parts[1]) < 6 else 0
        found = found if number == found.number else versions.numbered(turn.session, code, number)
    if found is None or not new_version.visible(turn, code):
        raise Refusal("changes.no_form", code=" ".join(parts), known=new_version.known(turn))
    return found


def show(turn: Turn, parts: list[str]) -> None:
    """Show what a form asks, in words, and send its file."""
    version = _version(turn, parts)
    file = blobs.keep(turn.session, f"{version.code}.yaml", "application/yaml", version.source.encode())
    older = list(range(max(1, version.number - 5), version.number))
    owner = versions.owner(turn.session, version.code)
    turn.send(turn.words.content("forms/form", file=file, version=version, form=version.spec, older=older, owner=owner))


def preview(turn: Turn, parts: list[str]) -> None:
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


def upload(turn: Turn, parts: list[str]) -> None:
    turn.say("forms/form_upload", fileless=turn.fileless)


def back(turn: Turn, parts: list[str]) -> None:
    """Make an earlier version the newest again."""
    if len(parts) < 2:
        raise Refusal("people.too_few_words")
    version = _version(turn, parts)
    file = blobs.keep(turn.session, f"{version.code}.yaml", "application/yaml", version.source.encode())
    new_version.propose(turn, version.source, file.digest)


def give(turn: Turn, parts: list[str]) -> None:
    """Pass a form on, `form unit [day]`: another unit's admins change it from then on. Nobody is asked anything else by
    that."""
    version = _version(turn, parts[:1])
    before = versions.owner(turn.session, version.code)
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
