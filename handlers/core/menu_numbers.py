"""Buttons without a finger: what a typed number or word picks where a chat shows a menu as plain text."""

import re

from models.messaging.contents import Button, Content

CHOICES = {"qa", "qm"}  # the choices of a question: `dialogue.typed` reads these itself, by number and by name
LEAVING = {"qb", "qx"}  # the words on these it reads itself as well
FORM = CHOICES | {"qb", "qd", "qj", "qn", "qs", "qx"}


def _action(button: Button) -> str:
    return button.data.partition(".")[0]


def buttons(content: Content) -> list[Button]:
    return [button for row in content.buttons for button in row]


def waits_for_words(content: Content) -> bool:
    """Whether it is a question to be answered in words or figures: there a number is an answer and picks nothing."""
    actions = {_action(button) for button in buttons(content)}
    return "qb" in actions and not actions & (CHOICES | {"qs"})


def in_form(content: Content, text: str) -> str | None:
    """What the buttons of a form under way carry, picked by number or by what stands on them; None for an answer."""
    found = buttons(content)
    if not any(_action(button) in FORM for button in found):
        return None
    choices = sum(_action(button) in CHOICES for button in found)
    if text.isdecimal() and len(text) <= 2 and not waits_for_words(content):
        number = int(text)
        return found[number - 1].data if choices < number <= len(found) else None
    named = (b for b in found if _action(b) not in CHOICES | LEAVING and _bare(b.label) == _bare(text))
    return next((button.data for button in named), None)


def _bare(label: str) -> str:
    return re.sub(r"^\W+|\W+$", "", label).casefold()
