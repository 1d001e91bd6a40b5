"""Choose buttons without tapping: by a number or word typed where a chat shows a menu as plain text."""

import re

from handlers.core.router import InForm, Routes
from models.messaging.contents import Button, Content


def _picks(routes: Routes, button: Button) -> InForm | None:
    found = routes.buttons.get(routes.named(button.data))
    return found.in_form if found else None


def buttons(content: Content) -> list[Button]:
    return [button for row in content.buttons for button in row]


def numbered(routes: Routes, content: Content) -> list[Button]:
    """Return the buttons that a typed number chooses, in order. None leaves a form: a slip of the finger would drop
    what was filled in, so that takes a word."""
    return [button for button in buttons(content) if _picks(routes, button) is not InForm.LEAVING]


def waits_for_words(routes: Routes, content: Content) -> bool:
    """Say whether the content is a question to be answered in words or numbers: there a number is an answer and chooses
    no button."""
    picks = {_picks(routes, button) for button in buttons(content)}
    return InForm.LEAVING in picks and not picks & {InForm.CHOICE, InForm.SUBMIT}


def in_form(routes: Routes, content: Content, text: str) -> str | None:
    """Return the data of the form's button that a number or its label chooses; None for an answer."""
    found = [(button, _picks(routes, button)) for button in buttons(content)]
    if not any(picks for _, picks in found):
        return None
    choices = sum(picks is InForm.CHOICE for _, picks in found)
    if text.isdecimal() and len(text) <= 2 and not waits_for_words(routes, content):
        number, counted = int(text), numbered(routes, content)
        return counted[number - 1].data if choices < number <= len(counted) else None
    read_there = (InForm.CHOICE, InForm.LEAVING)
    named = (b for b, picks in found if picks not in read_there and _bare(b.label) == _bare(text))
    return next((button.data for button in named), None)


def labelled(content: Content, text: str) -> str | None:
    """Return the data of the one button that is called so; None if none is, or several."""
    found = [button.data for button in buttons(content) if called(button.label, text)]
    return found[0] if len(found) == 1 else None


def called(label: str, text: str) -> bool:
    """Say whether words are what stands on a button, signs and case aside."""
    return bool(_bare(text)) and _bare(label) == _bare(text)


def _bare(label: str) -> str:
    return re.sub(r"^\W+|\W+$", "", label).casefold()
