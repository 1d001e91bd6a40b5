"""What stands on everybody's phone."""

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from models.messaging.contents import Content


@dataclass
class Bubble:
    """One message as a phone shows it."""

    id: str
    content: Content
    born: datetime
    kind: str
    lane: str
    edits: int = 0
    gone: bool = False

    @property
    def text(self) -> str:
        return html.unescape(re.sub(r"<[^>]+>", "", self.content.text))

    @property
    def labels(self) -> list[str]:
        return [b.label for row in self.content.buttons for b in row]


@dataclass
class Town:
    """What outlives the program: everybody's phone, and the platform's running numbers."""

    phones: dict[str, list[Bubble]] = field(default_factory=dict)
    updates: "count[int]" = field(default_factory=lambda: count(1))
    messages: "count[int]" = field(default_factory=lambda: count(1))
