"""Gather the dashboard's page *Roll call*: those that were called, and one with who has not answered, to be dialled
(docs/rules.md 29.6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View, table
from handlers.rollcall import lists, rollcall_file
from models.core.errors import Refusal
from models.organisation.units import Unit
from models.rounds.rollcalls import Missing
from models.rounds.rounds import Round, RoundKind

SHOWN, NAMED = 20, 500  # roll calls in the list, and people named on the page
EVERY = 5  # seconds between two looks at one that is open
COLUMNS = ("number", "unit", "begun_at", "by", "asked", "answered", "safe", "help", "closed_at")
PERSON = ("staff_no", "name", "unit", "phone", "why")


@dataclass
class RollCalls:
    """The page: the newest roll calls of which something is the reader's, and the one that is looked at, each as
    `lists.values` tells of it."""

    lines: Sequence[Mapping[str, Any]] = field(default_factory=list)
    one: Mapping[str, Any] | None = None
    may_close: bool = False
    file: tuple[str, bytes] | None = None


def gather(context: Context, view: View) -> RollCalls:
    """Return the page. Raises `rollcall.not_yours`."""
    number = view.query.number("id")
    if number is not None:
        return _one(context, view, number)
    newest = select(Round).where(Round.kind == RoundKind.ROLLCALL).order_by(col(Round.id).desc()).limit(SHOWN)
    found = [(it, lists.tops_of(context, it, view.reader)) for it in context.session.exec(newest).all()]
    lines = [lists.values(context, it, tops, 1) for it, tops in found if tops]
    return RollCalls(lines)


def _one(context: Context, view: View, number: int) -> RollCalls:
    it = context.session.get(Round, number)
    tops = lists.tops_of(context, it, view.reader) if it and it.kind == RoundKind.ROLLCALL else []
    if it is None or not tops:
        raise Refusal("rollcall.not_yours")
    if it.closed_at is None:
        view.every = EVERY
    page = RollCalls(one=lists.values(context, it, tops, NAMED), may_close=lists.may_close(context, it, view.reader))
    if view.query.text("as") == "file":
        page.file = rollcall_file.write(context, view.words, it, tops, view.reader)
    return page


def _line(told: Mapping[str, Any]) -> dict[str, Any]:
    it: Round = told["it"]
    unit: Unit = told["unit"]
    return {
        "number": it.id, "unit": unit.path, "begun_at": it.made_at.isoformat(), "by": told["by"].name,
        "asked": told["count"].expected, "answered": told["count"].replied, "safe": told["safe"],
        "help": told["helps"], "closed_at": it.closed_at.isoformat() if it.closed_at else None,
    }  # fmt: skip


def _missing(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return who has not answered, for programs."""
    found: list[Missing] = [*page["silent"], *page["unreached"]]
    return [
        {"staff_no": one.person.staff_no, "name": one.person.name, "unit": one.unit.path,
         "phone": page["numbers"].get(one.person.id), "why": one.why}
        for one in found
    ]  # fmt: skip


def data(view: View, page: RollCalls) -> dict[str, Any]:
    """Return the page as data for programs."""
    if page.one is None:
        return {"roll_calls": [_line(it) for it in page.lines]}
    one = page.one
    return _line(one) | {
        "missing": _missing(one),
        "needing_help": [
            {"staff_no": person.staff_no, "name": person.name, "unit": unit.path,
             "phone": one["numbers"].get(person.id), "place": reply.remark, "at": reply.at.isoformat()}
            for reply, person, unit in one["help"]
        ],
    }  # fmt: skip


def rows(view: View, page: RollCalls) -> Iterator[list[object]]:
    """Return the list, or who has not answered the one, as a table."""
    if page.one is None:
        return table(COLUMNS, map(_line, page.lines))
    return table(PERSON, _missing(page.one))


def file(view: View, page: RollCalls) -> tuple[str, bytes]:
    """Return everybody who was asked as an Excel file. Raises `rollcall.not_yours` where none is named."""
    if page.file is None:
        raise Refusal("rollcall.not_yours")
    return page.file


PAGE = Page("rollcall", "rollcall", LEAD, gather, data, rows, Group.WORD, ticking=True, file=file)
