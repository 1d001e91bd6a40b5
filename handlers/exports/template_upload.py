"""`/export template`, 导出 模板: show which Word template the reports have, give it away, take another one and go back
(docs/rules.md 25.5)."""

from datetime import timedelta
from typing import Literal

from handlers.core import confirmations
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.exports import document_job
from handlers.exports.papers import Wanted
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core.audit import note
from models.core.errors import Refusal
from models.documents import templates
from models.documents.paper import TYPES
from models.exports import official_report
from models.files import blobs
from models.organisation.people import Person
from models.organisation.units import Unit

router = Router("template", ADMIN)
BACK = timedelta(days=7)


@router.button("show")
def tap_show(turn: Turn) -> None:
    """Show which Word template the reports have."""
    show(turn)


def show(turn: Turn) -> None:
    """Show what is used for the admin's units, and what can be done about it."""
    units = _units(turn)
    used = templates.used(turn.session, units[0], turn.words.locale)
    by = turn.session.get(Person, used.by) if used else None
    own = templates.of_unit(turn.session, units[0], turn.words.locale)
    turn.say("exports/template", units=units, used=used, by=by, own=own, fileless=turn.fileless)


@router.button("give")
def tap_give(turn: Turn, look: Literal["ours", "red", "own"]) -> None:
    """Send a template as a file: ours for a day, ours with a red head, or the organisation's own."""
    if look != "own":
        document_job.give_ours(turn, red=look == "red")
        return
    used = templates.used(turn.session, _units(turn)[0], turn.words.locale)
    data = blobs.find(turn.session, used.digest) if used and used.digest else None
    if used is None or data is None:
        turn.toast("core/not_yours", alert=True)
        return
    file = blobs.keep(turn.session, used.name, TYPES["word"], data)
    turn.send(turn.words.content("exports/template_file", file=file))


@router.button("use")
def tap_use(turn: Turn, look: Literal["ours", "red"]) -> None:
    """Ask whether the reports are to have our own look, with or without a red head."""
    _ask(turn, look, turn.words.locale, None, "")


@router.button("back")
def tap_back(turn: Turn) -> None:
    """Ask whether the reports are to look as before the last change."""
    before = templates.of_unit(turn.session, _units(turn)[0], turn.words.locale)[1:2]
    look, digest, name = (before[0].look, before[0].digest, before[0].name) if before else ("ours", None, "")
    _ask(turn, look, turn.words.locale, digest, name)


@router.file
def received(turn: Turn) -> bool:
    """Take a Word template: say what is wrong with it, or ask whether to use it and show how it looks."""
    file, read = turn.incoming.file, turn.incoming.reading
    if file is None or read is None or read.template is None:
        return False
    with guided(turn, "export", "template"):
        read.refuse()
        locale = read.template
        shown = any(_preview(turn, unit, locale, file.digest) for unit in _units(turn))
        _ask(turn, "own", locale, file.digest, file.name, locale_=locale, shown=shown)
    return True


def _ask(turn: Turn, look: str, locale: str, digest: str | None, name: str, **more: object) -> None:
    """Ask whether the reports of the admin's units are to look so."""
    units = _units(turn)
    arguments = {
        "units": [it.id for it in units], "look": look, "locale": locale, "digest": digest, "name": name
    }  # fmt: skip
    confirmations.ask(
        turn, "template", arguments, "exports/template_question", units=units, look=look, name=name, **more
    )  # fmt: skip


def _preview(turn: Turn, unit: Unit, locale: str, digest: str) -> bool:
    """Have today's report, or the newest of the last days, filled into the template; False if there is none."""
    for day in (turn.today - timedelta(days=n) for n in range(BACK.days)):
        for task, _ in official_report.tasks(turn.session, unit, day, day):
            told = day.isoformat()
            document_job.begin(turn, Wanted(unit.id, task.id, told, told, "word", template=digest, locale=locale))
            return True
    return False


def _units(turn: Turn) -> list[Unit]:
    """Return the units of the admin, whose reports and those below have the template: the highest first, by which is
    told what they have."""
    return permissions.administers(turn.session, turn.person)


@router.confirmed("template")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Use the template from now on. Raises `people.not_administered` if a unit is no longer the admin's."""
    a = confirmation.arguments
    units = [turn.session.get_one(Unit, it) for it in a["units"]]
    for unit in units:
        if not permissions.may_admin(turn.session, turn.person, unit.path):
            raise Refusal("people.not_administered", path=unit.path)
        templates.choose(
            turn.session, unit, a["locale"], a["look"], turn.person.id, turn.now, digest=a["digest"], name=a["name"]
        )
        note(turn.session, turn.now, turn.person.staff_no, "template", unit.path, look=a["look"], name=a["name"])
    turn.say("exports/template_used", units=units, look=a["look"], name=a["name"])
