"""Describe due work: what is due, and how one item of it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core.context import Context


@dataclass(frozen=True)
class DueWork:
    """One kind of due work. `find` returns the next item that is due, leaving out the ids of those set aside; `take`
    does it, in a savepoint of its own. An error of `take` sets that item aside for a while, an error of `find` this
    kind."""

    name: str
    find: Callable[[Context, Sequence[int]], Any]
    take: Callable[[Context, Any], None]
