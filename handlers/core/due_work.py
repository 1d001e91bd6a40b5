"""Describe due work: what is due, and how one item of it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from handlers.core.context import Context


@dataclass(frozen=True)
class DueWork:
    """One kind of due work. `find` returns the next item that is due, leaving out the ids of those set aside; `take`
    does it, in a savepoint of its own. An error of `take` sets that item aside for a while, an error of `find` this
    kind. `pending` says whether there may be any by `now`: a tick asks that of all kinds in one statement, and `find`
    only of those that may have something. A kind without it is asked each time."""

    name: str
    find: Callable[[Context, Sequence[int]], Any]
    take: Callable[[Context, Any], None]
    pending: ColumnElement[bool] | None = None
