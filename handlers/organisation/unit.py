"""`/unit`, 单位: show the tree, add, rename and move units; what was reported stays where it was."""

from typing import Literal

from sqlmodel import col, func, select

from handlers.core import admin_arguments, asking, confirmations
from handlers.core.access import ADMIN
from handlers.core.asking import Option
from handlers.core.ids import UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import UNIT
from models.changes import tree_changes
from models.conversations.confirmations import Confirmation
from models.core.audit import note
from models.core.errors import Refusal
from models.organisation import people, unit_order, units
from models.organisation.people import Membership, Person
from models.organisation.units import Unit

router = Router("unit", ADMIN)

SHOWN, NEAR = 60, 3


@router.command("unit", word="单位")
def handle(turn: Turn, words: str) -> None:
    admin_arguments.run_verb(turn, "unit", words, UNIT, VERBS)


def tree(turn: Turn, parts: list[str]) -> None:
    """Show the admin's own subtrees, each unit with its people."""
    rows = []
    tops = [admin_arguments.unit(turn, parts)[0]] if parts else admin_arguments.units(turn)
    for top in tops:
        for unit in turn.session.exec(select(Unit).where(units.below(top.path)).order_by(Unit.rank)).all():
            rows.append((unit, unit.depth - top.depth, _people(turn, unit)))
    turn.say("organisation/unit_tree", rows=rows[:SHOWN], more=max(0, len(rows) - SHOWN))


def _people(turn: Turn, unit: Unit) -> int:
    here = people.here(turn.today)
    query = (
        select(func.count())
        .select_from(Membership)
        .join(Person)
        .where(Membership.unit_id == unit.id, people.own(), here)
    )
    return turn.session.exec(query).one()


@router.button("show")
def tap_unit(turn: Turn, unit_id: UnitId) -> None:
    """Show what can be done with one unit."""
    unit = turn.session.get(Unit, unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    turn.say("organisation/unit", unit=unit, count=_people(turn, unit) if unit else 0)


@router.button("change")
def tap_change(turn: Turn, unit_id: UnitId, what: Literal["add", "rename", "move"]) -> None:
    """Add a unit below this one, rename it or move it; what is missing is asked."""
    unit = turn.session.get(Unit, unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    if unit:
        VERBS[what](turn, [f"{unit.path}/" if what == "add" else unit.path])


def _ask_unit(turn: Turn, what: str, verb: str, units_: list[Unit], after: str = "") -> None:
    """Offer units to a verb; `after` is what follows the unit's path in the command."""
    asking.choose(turn, what, [Option(u.path, f"unit {verb} {u.path}{after}") for u in units_])


def _below_top(turn: Turn) -> list[Unit]:
    return [u for u in admin_arguments.all_units(turn) if u.parent_id is not None]


def add(turn: Turn, parts: list[str]) -> None:
    words = " ".join(parts)
    if not parts:
        _ask_unit(turn, "parent", "add", admin_arguments.all_units(turn), "/")
        return
    above, _, name = words.strip("/").rpartition("/")
    if words.endswith("/"):
        parent = units.find_unit(turn.session, words.rstrip("/"))
        admin_arguments.refuse_unless_admin(turn, parent.path)
        asking.for_words(turn, "unit_new", f"unit add {parent.path}/{asking.PLACE}", path=parent.path)
        return
    if not above:
        raise Refusal("people.too_few_words")
    parent = units.unit_at(turn.session, above)
    admin_arguments.refuse_unless_admin(turn, parent.path)
    path = tree_changes.free_path(turn.session, parent, name)
    _ask(turn, "unit.add", {"unit": parent.id, "name": name, "path": path}, None)


def rename(turn: Turn, parts: list[str]) -> None:
    if not parts:
        _ask_unit(turn, "unit", "rename", admin_arguments.all_units(turn))
        return
    unit, rest = admin_arguments.unit(turn, parts)
    name = " ".join(rest)
    if not name:
        asking.for_words(turn, "unit_name", f"unit rename {unit.path} {asking.PLACE}", path=unit.path)
        return
    parent = turn.session.get(Unit, unit.parent_id) if unit.parent_id else None
    path = tree_changes.free_path(turn.session, parent, name, but=unit.path)
    _ask(turn, "unit.rename", {"unit": unit.id, "name": name, "path": path, "before": unit.path}, unit)


def move(turn: Turn, parts: list[str]) -> None:
    if not parts:
        _ask_unit(turn, "unit", "move", _below_top(turn))
        return
    unit, rest = admin_arguments.unit(turn, parts)
    if not rest:
        others = [u for u in admin_arguments.all_units(turn) if not units.is_below(u.path, unit.path)]
        options = [Option(u.path, f"unit move {unit.path} {u.path}") for u in others if u.id != unit.parent_id]
        asking.choose(turn, "parent", options)
        return
    parent, _ = admin_arguments.unit(turn, rest)
    if unit.parent_id is None:
        raise Refusal("units.root", path=unit.path)
    if units.is_below(parent.path, unit.path):
        raise Refusal("units.inside", path=unit.path, parent=parent.path)
    _refuse_taking(turn, unit)
    path = tree_changes.free_path(turn.session, parent, unit.name)
    _ask(turn, "unit.move", {"unit": unit.id, "parent": parent.id, "path": path, "before": unit.path}, unit)


def up(turn: Turn, parts: list[str]) -> None:
    """Move a unit one place up among its siblings, wherever units are listed; that changes nobody's report and is done
    at once."""
    if not parts:
        _ask_unit(turn, "unit", "up", _below_top(turn))
        return
    unit, rest = admin_arguments.unit(turn, parts)
    if rest:
        raise Refusal("people.no_unit", path=" ".join(parts))
    _raise(turn, unit)


@router.button("move_up")
def tap_up(turn: Turn, unit_id: UnitId) -> None:
    """Move a unit one place up among its siblings."""
    unit = turn.session.get(Unit, unit_id)
    if unit is None:
        raise Refusal("people.not_administered", path="")
    _raise(turn, unit)


def _raise(turn: Turn, unit: Unit) -> None:
    """Move the unit, by an admin of the unit above, whose list it is."""
    if unit.parent_id is None:
        raise Refusal("units.top", path=unit.path)
    parent = turn.session.get_one(Unit, unit.parent_id)
    admin_arguments.refuse_unless_admin(turn, parent.path)
    over = unit_order.raise_(turn.session, unit)
    if over is None:
        raise Refusal("units.first", path=unit.path, parent=parent.path)
    note(turn.session, turn.now, turn.person.staff_no, "unit.up", unit.path, over=over.path)
    siblings = turn.session.exec(select(Unit).where(Unit.parent_id == parent.id).order_by(Unit.rank)).all()
    at = siblings.index(unit)
    near = siblings[max(0, at - NEAR) : at + NEAR + 1]
    turn.say("organisation/unit_up", unit=unit, parent=parent, near=near, place=at + 1, count=len(siblings))


def _refuse_taking(turn: Turn, unit: Unit) -> None:
    """Raise unless whoever moves a unit administers its old place too."""
    above = turn.session.get(Unit, unit.parent_id) if unit.parent_id else None
    admin_arguments.refuse_unless_admin(turn, above.path if above else unit.path)


def _ask(turn: Turn, what: str, arguments: dict[str, object], unit: Unit | None) -> None:
    """Ask for confirmation, with the number of people it affects: everybody in the subtree."""
    count = None
    if unit:
        inside = select(Membership.person_id).join(Unit).join(Person, col(Person.id) == col(Membership.person_id))
        inside = inside.where(units.below(unit.path), people.own()).distinct()
        count = turn.session.exec(select(func.count()).select_from(inside.subquery())).one()
    confirmations.ask(turn, what, arguments, "organisation/unit_question", what=what, a=arguments, count=count)


@router.confirmed("unit.add", "unit.rename", "unit.move")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Check again and change the tree at once: reports keep the path through which they were asked."""
    a = confirmation.arguments
    unit = turn.session.get(Unit, a["unit"])
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    before = a["path"].rpartition("/")[0] if confirmation.action == "unit.add" else a["before"]
    if unit is None or unit.path != before:
        raise Refusal("changes.stale")
    undo = None
    if confirmation.action == "unit.add":
        tree_changes.add(turn.session, unit, a["name"])
    elif confirmation.action == "unit.rename":
        undo = f"/unit rename {a['path']} {unit.name}"
        tree_changes.rename(turn.session, unit, a["name"])
    else:
        parent = turn.session.get_one(Unit, a["parent"])
        admin_arguments.refuse_unless_admin(turn, parent.path)
        _refuse_taking(turn, unit)
        undo = f"/unit move {a['path']} {a['before'].rpartition('/')[0]}"
        tree_changes.move(turn.session, unit, parent)
    detail = {"before": a["before"]} if "before" in a else {}
    note(turn.session, turn.now, turn.person.staff_no, confirmation.action, a["path"], **detail)
    turn.say("organisation/unit_changed", what=confirmation.action, a=a, undo=undo)


VERBS = {"list": tree, "add": add, "rename": rename, "move": move, "up": up}
