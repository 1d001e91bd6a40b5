"""`/export template`, 导出 模板: show which Word template the reports have, give it away, take another one and go back
(docs/rules.md 25.5)."""

from datetime import timedelta
from typing import Literal

from handlers.core import confirmations
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.exports import documents
from handlers.exports.documents import Wanted
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core.audit import note
from models.core.errors import Refusal
from models.documents import templates
from models.documents.paper import TYPES
from models.documents.templates import DocumentTemplate
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
    unit = _unit(turn)
    used = templates.used(turn.session, unit, turn.words.locale)
    by = turn.session.get(Person, used.by) if used else None
    own = templates.of_unit(turn.session, unit, turn.words.locale)
    turn.say("exports/template", unit=unit, used=used, by=by, own=own, fileless=turn.fileless)


@router.button("give")
def tap_give(turn: Turn, look: Literal["ours", "red", "own"]) -> None:
    """Send a template as a file: ours for a day, ours with a red head, or the organisation's own."""
    if look != "own":
        documents.give_ours(turn, red=look == "red")
        return
    used = templates.used(turn.session, _unit(turn), turn.words.locale)
    data = blobs.find(turn.session, used.digest) if used and used.digest else None
    if used is None or data is None:
        turn.toast("core/not_yours", alert=True)
        return
    file = blobs.keep(turn.session, used.name, TYPES["word"], data)
    turn.send(turn.words.content("exports/template_file", file=file))


@router.button("use")
def tap_use(turn: Turn, look: Literal["ours", "red"]) -> None:
    """Ask whether the reports are to have our own look, with or without a red head."""
    unit = _unit(turn)
    arguments = {"unit": unit.id, "look": look, "locale": turn.words.locale, "digest": None, "name": ""}
    confirmations.ask(turn, "template", arguments, "exports/template_question", unit=unit, look=look, name="")


@router.button("back")
def tap_back(turn: Turn) -> None:
    """Ask whether the reports are to look as before the last change."""
    unit = _unit(turn)
    before = templates.of_unit(turn.session, unit, turn.words.locale)[1:2]
    look, digest, name = (before[0].look, before[0].digest, before[0].name) if before else ("ours", None, "")
    arguments = {"unit": unit.id, "look": look, "locale": turn.words.locale, "digest": digest, "name": name}
    confirmations.ask(turn, "template", arguments, "exports/template_question", unit=unit, look=look, name=name)


@router.file
def received(turn: Turn) -> bool:
    """Take a Word template: say what is wrong with it, or ask whether to use it and show how it looks."""
    file, read = turn.incoming.file, turn.incoming.reading
    if file is None or read is None or read.template is None:
        return False
    with guided(turn, "export", "template"):
        read.refuse()
        unit, locale = _unit(turn), read.template
        arguments = {"unit": unit.id, "look": "own", "locale": locale, "digest": file.digest, "name": file.name}
        confirmations.ask(
            turn, "template", arguments, "exports/template_question", unit=unit, look="own", name=file.name,
            locale_=locale, shown=_preview(turn, unit, locale, file.digest),
        )  # fmt: skip
    return True


def _preview(turn: Turn, unit: Unit, locale: str, digest: str) -> bool:
    """Have today's report, or the newest of the last days, filled into the template; False if there is none."""
    for day in (turn.today - timedelta(days=n) for n in range(BACK.days)):
        for task, _ in official_report.tasks(turn.session, unit, day, day):
            told = day.isoformat()
            documents.begin(turn, Wanted(unit.id, task.id, told, told, "word", template=digest, locale=locale))
            return True
    return False


def _unit(turn: Turn) -> Unit:
    """Return the highest unit of the admin, whose reports and those below have the template."""
    return permissions.administers(turn.session, turn.person)[0]


@router.confirmed("template")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Use the template from now on. Raises `people.not_administered` if the unit is no longer the admin's."""
    a = confirmation.arguments
    unit = turn.session.get_one(Unit, a["unit"])
    if not permissions.may_admin(turn.session, turn.person, unit.path):
        raise Refusal("people.not_administered", path=unit.path)
    made: DocumentTemplate = templates.choose(
        turn.session, unit, a["locale"], a["look"], turn.person.id, turn.now, digest=a["digest"], name=a["name"]
    )
    note(turn.session, turn.now, turn.person.staff_no, "template", unit.path, look=made.look, name=made.name)
    turn.say("exports/template_used", unit=unit, used=made)
