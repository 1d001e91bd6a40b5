"""Write and read the messages between two programs: an envelope with the exact words that are signed (docs/rules.md
40.4)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from models.core.canonical import canonical, digest
from models.handup import signing

PROTOCOL = 1
SKEW = timedelta(minutes=10)  # by which two clocks may differ
LARGEST = 64 * 1024  # bytes of a message
CONNECTING = ("join", "key", "end")  # kinds of messages about the connection itself
IN_ORDER = ("day", *CONNECTING)  # kinds that are taken in the order in which they were made
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_TYPES = {"protocol": int, "partner": str, "kind": str, "number": int, "at": str, "to": str, "body": dict}


@dataclass(frozen=True)
class Message:
    """One message: of which partnership (`partner`), its `number` there, when it was sent, the fingerprint of the key
    `to` which it goes, and what it says. `about` is the digest of the message that an answer answers."""

    partner: str
    kind: str
    number: int
    at: datetime
    to: str
    body: Mapping[str, Any]
    about: str = ""
    protocol: int = PROTOCOL

    @property
    def digest(self) -> str:
        """Return what makes it the same message whenever it is sent: all but its time, recipient and signature."""
        return digest([self.partner, self.kind, self.number, self.body])

    def written(self, private: str) -> bytes:
        """Return the message in its envelope, signed."""
        said = canonical({
            "protocol": self.protocol, "partner": self.partner, "kind": self.kind, "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(), "to": self.to, "body": self.body, "about": self.about,
        }).decode()  # fmt: skip
        return canonical({"message": said, "signature": signing.sign(private, said)})


@dataclass(frozen=True)
class Envelope:
    """A message as it came in, with the exact words that were signed."""

    message: Message
    said: str
    signature: str

    def signed_by(self, public: str | None) -> bool:
        return bool(public) and signing.signed_by(public or "", self.said, self.signature)


def read(data: bytes) -> Envelope | None:
    """Return what came in, not checked against any key; None for what is no message of any version."""
    try:
        told = json.loads(data)
        said, signature = told["message"], told["signature"]
        inner = json.loads(said)
        _refuse_odd(said, inner)
        if not isinstance(said, str) or not isinstance(signature, str):
            return None
        if not all(type(inner[name]) is kind for name, kind in _TYPES.items()):
            return None
        at = datetime.fromisoformat(inner["at"])
        if at.tzinfo is None or not 0 <= inner["number"] < 2**31:
            return None
        message = Message(
            inner["partner"], inner["kind"], inner["number"], at, inner["to"], inner["body"],
            str(inner.get("about", "")), inner["protocol"],
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    return Envelope(message, said, signature)


def _refuse_odd(said: str, inner: object) -> None:
    """Raise ValueError for what JSON can say and no database keeps: half a character, NUL, and numbers that are none.
    No program of ours writes it."""
    json.dumps([said, inner], ensure_ascii=False, allow_nan=False).encode()
    if _NUL.search(said):
        raise ValueError(said[:40])


def speaks(data: bytes) -> int | None:
    """Return the version that a message says it is of, whatever else it holds; None for what says none."""
    try:
        number = json.loads(json.loads(data)["message"])["protocol"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return number if type(number) is int else None
