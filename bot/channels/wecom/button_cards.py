"""Build cards with buttons (D/90236, button_interaction) from our content, and check them against WeCom's limits.

A text becomes a card only if the card shows it whole (title 36 characters, body 160, button 10), so that the statement
of a zero is never cut. Any other text is sent with a numbered menu."""

import re
import unicodedata
from typing import Any

from bot.channels.wecom.content import plain
from handlers.core.menu_numbers import buttons
from handlers.core.rendering import Content

BUTTONS = 6
TITLE, BODY, LABEL = 36, 160, 10  # characters that a card shows whole; a Latin letter is half a one
KEY_BYTES = 1024
TASK = re.compile(r"[0-9a-zA-Z_\-@]{1,128}")
PAUSE = re.compile(r"[\u3011\u3002\uff01\uff1f\uff1a\]!?]|[.:](?= )")  # after which the rest may go below


def card(content: Content, task: str) -> dict[str, Any] | None:
    """Return a card; None if it would not show the whole text or WeCom would not take it, so that it is sent
    as text."""
    found = _titled(plain(content).strip())
    if found is None:
        return None
    title, body = found
    made: dict[str, Any] = {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "button_list": [{"text": _label(b.label), "key": b.data} for b in buttons(content)],
        "task_id": task,
    }
    if body:
        made["sub_title_text"] = body
    return None if faults(made) else made


def _label(label: str) -> str:
    """Return the button's label, without the leading sign if there is no room for it."""
    return label if width(label) <= LABEL else re.sub(r"^\W+", "", label)


def _titled(text: str) -> tuple[str, str] | None:
    """Return the text as title and rest: its first line, or its beginning up to a pause. None if no beginning is short
    enough, because a card needs a title and texts are never cut."""
    first, _, rest = text.partition("\n")
    if width(first) <= TITLE:
        return first, rest.strip()
    ends = [found.end() for found in PAUSE.finditer(first) if width(first[: found.end()]) <= TITLE]
    if not ends:
        return None
    at = max(ends)
    return text[:at].strip(), text[at:].strip()


def faults(made: dict[str, Any]) -> list[str]:
    """Return what WeCom would refuse in a card, or not show whole; nothing if it is fine. Content without buttons is
    sent as text, so a card without buttons can only be one that lost its last."""
    keys = made.get("button_list", [])
    labels = [button["text"] for button in keys]
    title, body = made["main_title"]["title"], made.get("sub_title_text", "")
    found = {
        "title": 0 < width(title) <= TITLE,  # without one WeCom answers 41016: only text_notice may omit it
        "text": width(body) <= BODY,
        "buttons": len(keys) <= BUTTONS,
        "labels": all(0 < width(label) <= LABEL for label in labels),
        "keys": all(0 < len(button["key"].encode()) <= KEY_BYTES for button in keys),
        "task": TASK.fullmatch(made["task_id"]) is not None,
    }
    return [name for name, fine in found.items() if not fine]


def width(text: str) -> float:
    """Return how many characters wide a text is, as WeCom counts: a Chinese character is one."""
    return sum(1 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 0.5 for c in text)
