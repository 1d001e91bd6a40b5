"""Say what holds for all shifts of a template week: whether a check-in asks where one is, and which quiz must be
passed."""

from handlers.core import bundled
from handlers.core.turn import Turn
from handlers.core.vocabulary import NOTHING, ON_OFF
from handlers.duty import which_unit
from models.core import audit
from models.core.errors import Refusal
from models.duty import rotas
from models.duty.rotas import Rota
from models.duty.shifts import Shift
from models.organisation.units import Unit


def place(turn: Turn, parts: list[str]) -> None:
    """`place on|off [unit]`: whether a check-in asks where one is. Raises `duty.no_week`."""
    on = ON_OFF.get(parts[0].lower()) if parts else None
    if on is None:
        raise Refusal("people.too_few_words")
    unit, _ = which_unit.of(turn, parts[1:])
    if unit is None:
        which_unit.choose(turn, f"place {parts[0]}")
        return
    before = _current(turn, unit)
    _replace(turn, unit, before, place=on, requires=before.requires)
    audit.note(turn.session, turn.now, turn.person.staff_no, "duty week", unit.path, place=on)
    turn.say("duty/place_set", unit=unit, on=on)


def requires(turn: Turn, parts: list[str]) -> None:
    """`requires quiz|off [unit]`: which quiz whoever is on duty must have passed. Raises `duty.requires`,
    `duty.no_week`."""
    if not parts:
        raise Refusal("people.too_few_words")
    quizzes = bundled.quizzes(turn.session, turn.now)
    code = "" if parts[0].casefold() in NOTHING else bundled.named(quizzes, parts[0])
    if code is None:
        raise Refusal("duty.requires", value=parts[0][:40], known=sorted({*quizzes.values()}))
    unit, _ = which_unit.of(turn, parts[1:])
    if unit is None:
        which_unit.choose(turn, f"requires {parts[0]}")
        return
    before = _current(turn, unit)
    _replace(turn, unit, before, place=before.place, requires=code)
    audit.note(turn.session, turn.now, turn.person.staff_no, "duty week", unit.path, requires=code)
    turn.say("duty/requires_set", unit=unit, quiz=title(turn, code))


def title(turn: Turn, code: str) -> object:
    """Return what a quiz is called, by language; its code where it is gone, None for none."""
    form = bundled.latest(turn.session, code, turn.now) if code else None
    return form.spec.title if form else {"": code} if code else None


def required(turn: Turn, shift: Shift) -> object:
    """Return what the quiz is called that the rota of a shift requires; None for none."""
    return title(turn, turn.session.get_one(Rota, shift.rota_id).requires)


def _current(turn: Turn, unit: Unit) -> Rota:
    found = rotas.current(turn.session, unit)
    if found is None:
        raise Refusal("duty.no_week", path=unit.path)
    return found


def _replace(turn: Turn, unit: Unit, before: Rota, *, place: bool, requires: str) -> None:
    first = max(turn.today, before.first)  # a week that begins later goes on doing so
    rotas.replace(
        turn.session, unit, before.week, turn.person.id, first, before.timezone, turn.now, place=place,
        requires=requires,
    )  # fmt: skip
