"""What is due, item by item."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from handlers.core.turn import Defaults


@dataclass(frozen=True)
class DueWork:
    """One kind of it. `find` says what is due next, leaving out the ids of what is set aside; `take` does it, in a
    savepoint of its own. What `take` raises sets that item aside for a while; what `find` raises, this kind."""

    name: str
    find: Callable[[Session, Defaults, datetime, Sequence[int]], Any]
    take: Callable[[Session, Defaults, Any, datetime], None]
