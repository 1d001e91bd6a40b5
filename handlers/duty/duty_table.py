"""Take a duty table that a lead sent as a file: say what is wrong with it, ask of which unit it is, and show which
template week it makes before anything changes (docs/rules.md 35.16 to 35.19)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from handlers.core import confirmations
from handlers.core.access import LEAD
from handlers.core.admin_arguments import guided
from handlers.core.ids import ConfirmationId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.duty import week_view, which_unit
from models.authority import permissions
from models.changes import file_readings
from models.changes.duty_sheets import Entry
from models.changes.import_records import LASTS
from models.conversations import confirmations as pending
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Note, Refusal
from models.duty import rotas, week_file
from models.duty.rotas import Line
from models.files import blobs
from models.organisation import units
from models.organisation.units import Unit

router = Router("rota", LEAD)

TAKE, WHICH, DONE = "duty.table", "duty.table_unit", "duty.table_done"
UNITS = 24  # to choose from


@router.file
def received(turn: Turn) -> bool:
    """Take a duty table."""
    file, read = turn.incoming.file, turn.incoming.reading
    if file is None or read is None or read.duty is None:
        return False
    with guided(turn, "duty", "week"):
        if read.as_a_whole:
            read.refuse()
        entries, named = _named(turn, read.duty)
        if "" in {it.unit for it in entries} and "" not in named:
            unit = which_unit.of(turn, [])[0]
            if unit is None and not read.wrong:
                _ask_unit(turn, file.name, entries, read.notes)
                return True
            if unit is not None:
                named[""] = unit
        _propose(turn, file.name, entries, named, read.notes, read.wrong)
    return True


def _named(turn: Turn, entries: Sequence[Entry]) -> tuple[list[Entry], dict[str, Unit]]:
    """Return the entries, those of a sheet that is called as a unit under its name, and the units that they name, of
    the lead's own. Raises `people.no_unit`, `people.many_units`, `people.not_yours`."""
    sheets = {it.sheet for it in entries if it.sheet and not it.unit}
    of_sheets = {it: found for it in sheets if it and (found := _of_sheet(turn, it))}
    told = [replace(it, unit=it.sheet or "") if not it.unit and it.sheet in of_sheets else it for it in entries]
    named = dict(of_sheets)
    for words in dict.fromkeys(it.unit for it in told if it.unit and it.unit not in named):
        found = units.find_unit(turn.session, words)
        if not permissions.may_lead(turn.session, turn.person, found.path, turn.today):
            raise Refusal("people.not_yours", path=words)
        named[words] = found
    return told, named


def _of_sheet(turn: Turn, name: str) -> Unit | None:
    try:
        return units.find_unit(turn.session, name, permissions.leads(turn.session, turn.person, turn.today))
    except Refusal:
        return None


def _ask_unit(turn: Turn, name: str, entries: Sequence[Entry], notes: Sequence[Note]) -> None:
    """Ask of which unit a table is that does not say so; what was read is kept until the answer."""
    kept = blobs.keep(turn.session, name, "application/json", file_readings.written_duty(entries))
    arguments = {"digest": kept.digest, "name": name, "notes": [[it.key, it.values] for it in notes]}
    lasts = turn.defaults.waits(pending.LASTS)
    question = pending.ask(turn.session, turn.person, WHICH, arguments, turn.now, lasts)
    offered = which_unit.led(turn)
    card = turn.say("duty/table_unit", name=name, units=offered[:UNITS], more=max(0, len(offered) - UNITS),
                    pending=question.id)  # fmt: skip
    question.arguments = arguments | {"card": card.id}
    turn.session.add(question)
    turn.session.flush()


@router.button("unit")
def tap_unit(turn: Turn, pending_id: ConfirmationId, unit_id: UnitId) -> None:
    """Say of which unit a duty table is. Raises `people.not_yours`."""
    unit = turn.session.get(Unit, unit_id)
    if unit is None or not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    found = pending.take(turn.session, pending_id, turn.person, turn.now, WHICH)
    confirmations.strip(turn, found.arguments.get("card"))
    entries = file_readings.restored_duty(blobs.data_of(turn.session, found.arguments["digest"]))
    notes = [Note(key, values) for key, values in found.arguments["notes"]]
    with guided(turn, "duty", "week"):
        entries, named = _named(turn, entries)
        _propose(turn, found.arguments["name"], entries, {**named, "": unit}, notes, [])


@router.button("drop")
def tap_drop(turn: Turn, pending_id: ConfirmationId) -> None:
    """Leave the file: nothing was changed."""
    found = pending.take(turn.session, pending_id, turn.person, turn.now, WHICH)
    confirmations.strip(turn, found.arguments.get("card"), cancelled=True)
    turn.toast("core/nothing_changed")


def _propose(
    turn: Turn, name: str, entries: Sequence[Entry], named: dict[str, Unit], notes: Sequence[Note],
    wrong: Sequence[Refusal],
) -> None:  # fmt: skip
    """Show the template weeks that a file makes. Raises everything that is wrong with it."""
    made = week_file.of(turn.session, entries, named, turn.today, wrong)
    said = [turn.words.refusal(it) for it in (*notes, *made.notes)]
    if not made.weeks:
        turn.say("duty/table_same", name=name, count=made.same, notes=said)
        return
    new = [line for it in made.weeks for line in it.new]
    arguments = {
        "name": name, "first": made.first.isoformat() if made.first else "",
        "weeks": [
            {"unit": it.unit.id, "lines": [line.stored() for line in it.lines], "was": it.now.id if it.now else 0}
            for it in made.weeks
        ],
    }  # fmt: skip
    tomorrow = turn.today + timedelta(days=1)
    confirmations.ask(
        turn, TAKE, arguments, "duty/table_question", name=name, notes=said, same=made.same,
        weeks=week_view.of_weeks(turn.session, made.weeks), first=max(made.first or tomorrow, tomorrow),
        tomorrow=tomorrow, today=made.first is None or made.first <= turn.today,
        skipped=rotas.skipped(new, turn.defaults.zone, made.first or turn.today),
    )  # fmt: skip


@router.confirmed(TAKE)
def confirmed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Make the weeks of the file the template weeks: from tomorrow on, from today, or from the file's first date.
    Raises `people.not_yours`, `changes.stale`."""
    told = asked.arguments
    tomorrow = turn.today + timedelta(days=1)
    first = turn.today if today else max(date.fromisoformat(told["first"] or tomorrow.isoformat()), tomorrow)
    back = [_replace(turn, it, first) for it in told["weeks"]]
    for it in back:
        path = turn.session.get_one(Unit, it["unit"]).path
        audit.note(turn.session, turn.now, turn.person.staff_no, "duty week", path, first=str(first),
                   lines=it["count"], file=told["name"])  # fmt: skip
    kept = pending.ask(turn.session, turn.person, DONE, {"name": told["name"], "weeks": back}, turn.now, lasts=LASTS)
    paths = [turn.session.get_one(Unit, it["unit"]).path for it in told["weeks"]]
    turn.say("duty/table_done", name=told["name"], paths=paths, first=first, today=turn.today, undo=kept.id)


def _replace(turn: Turn, told: dict[str, Any], first: date) -> dict[str, Any]:
    """Replace one unit's week; return what undoes it."""
    unit = turn.session.get_one(Unit, told["unit"])
    if not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path)
    before = rotas.current(turn.session, unit)
    if (before.id if before else 0) != told["was"]:
        raise Refusal("changes.stale")
    lines = [Line.of(it) for it in told["lines"]]
    made = rotas.replace(
        turn.session, unit, lines, turn.person.id, first, before.timezone if before else turn.defaults.zone, turn.now,
        place=before.place if before else False, requires=before.requires if before else "",
    )  # fmt: skip
    return {"unit": unit.id, "made": made.id, "lines": before.lines if before else [], "count": len(lines)}


@router.button("undo")
def tap_undo(turn: Turn, pending_id: ConfirmationId) -> None:
    """Put the template weeks back that a file replaced, those that nobody has changed since. Raises
    `pending.gone`, `duty.undo_late`, `people.not_yours`."""
    found = turn.session.get(Confirmation, pending_id)
    if found is not None and (found.person_id != turn.person.id or found.action != DONE):
        raise Refusal("pending.gone")
    if found is None or found.expires_at <= turn.now:
        raise Refusal("duty.undo_late")
    back, changed = [], []
    for it in found.arguments["weeks"]:
        unit = turn.session.get_one(Unit, it["unit"])
        now = rotas.current(turn.session, unit)
        if not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
            raise Refusal("people.not_yours", path=unit.path)
        if now is None or now.id != it["made"]:
            changed.append(unit.path)
            continue
        rotas.replace(
            turn.session, unit, [Line.of(line) for line in it["lines"]], turn.person.id, turn.today, now.timezone,
            turn.now, place=now.place, requires=now.requires,
        )  # fmt: skip
        audit.note(turn.session, turn.now, turn.person.staff_no, "duty week", unit.path, undone=found.arguments["name"])
        back.append(unit.path)
    turn.session.delete(found)
    turn.say("duty/table_undone", name=found.arguments["name"], back=back, changed=changed)
