"""Propose another version of a form: what differs, whom it reaches, from when."""

from collections.abc import Sequence

from sqlmodel import Session

from handlers.changes import proposing
from handlers.core import admin_arguments, bundled
from handlers.core.turn import Turn
from models.changes import change_rights
from models.core.errors import Refusal
from models.cycle import assignments
from models.forms import versions
from models.forms.spec import FormSpec
from models.organisation.units import Unit, root


def propose(turn: Turn, source: str, digest: str, notes: Sequence[str] = ()) -> None:
    """Propose a form that was sent as a file, or an older version, saying what changes, for whom, from when. Raises
    `changes.same_form`, `changes.not_your_form`, and `people.not_administered` if others' tasks use it."""
    spec = versions.parsed(source)
    home = _home(turn, spec.code)
    _refuse_unknown_sources(turn, spec)
    newest = versions.latest(turn.session, spec.code)
    if newest and newest.source == source:
        raise Refusal("changes.same_form", code=spec.code, number=str(newest.number))
    asked = assignments.asking(turn.session, spec.code)
    units = [turn.session.get_one(Unit, a.unit_id) for a in asked]
    number = newest.number if newest else 0
    before = {q.name for q in newest.spec.questions} if newest else set()
    after = [q.name for q in spec.questions]
    arguments = {
        "code": spec.code, "digest": digest, "number": number + 1, "title": dict(spec.title),
        "added": [n for n in after if n not in before], "gone": sorted(before - set(after)), "unit": home.id,
        "path": home.path,
    }  # fmt: skip
    undo = f"/form back {spec.code} {number}" if newest else ""
    day = None if change_rights.asking(turn.session, spec.code) else turn.today  # a new form is asked of nobody
    proposing.propose(turn, "form.store", arguments, day, units or [home], tasks=asked, undo=undo, notes=notes)


def _refuse_unknown_sources(turn: Turn, spec: FormSpec) -> None:
    """Raise `forms.source_form`, `forms.source_question` if an answer is proposed from what nobody is asked."""
    for question in spec.questions:
        if (source := question.source) is None:
            continue
        known = bundled.latest(turn.session, source.form, turn.now)
        form = spec if source.form == spec.code else known.spec if known else None
        if form is None:
            raise Refusal("forms.source_form", name=question.name, form=source.form)
        summed = form.question(source.question) if source.question else None
        if source.question and (summed is None or summed.type not in ("integer", "decimal")):
            raise Refusal("forms.source_question", name=question.name, form=source.form, question=source.question)


def _home(turn: Turn, code: str) -> Unit:
    """Return the unit of a form: one that comes with the program is the root's, a new one is of the admin
    who sends it."""
    found = versions.owner(turn.session, code)
    top = root(turn.session) if code in bundled.codes() else None
    return found or top or admin_arguments.units(turn)[0]


def visible(turn: Turn, code: str) -> bool:
    """Say whether a form concerns this admin."""
    return versions.concerns(turn.session, admin_arguments.units(turn), code)


def concerning(session: Session, tops: Sequence[Unit]) -> list[str]:
    """Return the codes of the forms that concern the admins of these units."""
    return [code for code in bundled.known(session) if versions.concerns(session, tops, code)]


def known(turn: Turn) -> list[str]:
    """Return the codes of the forms that concern this admin."""
    return concerning(turn.session, admin_arguments.units(turn))


def stored(turn: Turn) -> list[str]:
    """Return the same without those that come with the program and that nobody uses yet."""
    return [code for code in versions.codes(turn.session) if visible(turn, code)]
