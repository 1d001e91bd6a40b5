"""Show a message as each channel would write it, to somebody who has not sent it yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from handlers.dashboard.answers import as_html
from models.messaging.contents import Content


@dataclass(frozen=True)
class Preview:
    """A message on one channel: the texts that are sent one below the other, and the buttons under the last, in rows.
    A `card` has a title."""

    channel: str
    parts: Sequence[Markup]
    rows: Sequence[Sequence[str]] = ()
    title: str = ""
    card: bool = False


def as_it_is(channel: str, content: Content, parts: Sequence[str] = ()) -> Preview:
    """Return the preview of a channel that shows the text, or its `parts`, and the rows of buttons as they are."""
    rows = [[button.label for button in row] for row in content.buttons]
    return Preview(channel, [as_html(Content(it)) for it in parts or [content.text]], rows)
