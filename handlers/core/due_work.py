"""What is due, item by item."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core.context import Context


@dataclass(frozen=True)
class DueWork:
    """One kind of it. `find` says what is due next, leaving out the ids of what is set aside; `take` does it, in a
    savepoint of its own. What `take` raises sets that item aside for a while; what `find` raises, this kind."""

    name: str
    find: Callable[[Context, Sequence[int]], Any]
    take: Callable[[Context, Any], None]
