"""What WeCom knows of itself and of its company: credentials, limits, what a chat shows, and how it refuses."""

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

CORP, AGENT, SECRET = "ww0123456789abcdef", "1000002", "the-apps-secret"
TOKEN, AES_KEY = "callbackToken", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
PER_MINUTE, ROBOT_PER_MINUTE, PER_ACCOUNT = 30, 20, 200
PATIENCE, TRIES = 5.0, 3


@dataclass
class Shown:
    """One message in a chat."""

    msgid: str
    kind: str
    text: str = ""
    buttons: list[tuple[str, str]] = field(default_factory=list)
    task: str = ""
    media: bytes | None = None
    grey: str = ""  # what stands where the buttons were
    changed: int = 0

    @property
    def labels(self) -> list[str]:
        """Return what may be chosen: the buttons of a card, or the lines of a numbered menu."""
        return [label for label, _ in self.buttons] or [line for _, line in self.menu]

    @property
    def menu(self) -> list[tuple[str, str]]:
        return re.findall(r"^(\d{1,2}) (.+)$", self.text, re.MULTILINE) if self.kind == "text" else []


def fine(**told: Any) -> Response:
    return JSONResponse({"errcode": 0, "errmsg": "ok", **told})


def error(code: int, words: str = "error") -> Response:
    return JSONResponse({"errcode": code, "errmsg": words})
