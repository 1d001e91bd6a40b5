"""The chat page over a real socket for a whole file of tests: one server, real words, a small bureau."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.app import menu
from bot.channels.base import Recipient
from handlers.core.locales import translations
from handlers.core.rendering import Button, Content
from models.core.database import connect
from tests.support.serving import NOW, Served, populate, serving

SUMMARY = Content(
    "<b>一站</b> 53/58\n/team /nowhere https://example.org/a.\n<code>一站：应报58人</code> <code>/people add 9</code>",
    ((Button("核对", "signoff.sign.1.1.1"), Button("提交", "answer.submit.1.1")),),
)


@contextmanager
def page_of(database_file: Path, **options: Any) -> Iterator[Served]:
    """Serve the page of a bureau in this file: nothing was said yet."""
    database = connect(f"sqlite:///{database_file}")
    try:
        populate(database)
        with serving(database, **({"translations": translations, "commands": menu} | options)) as served:
            yield served
    finally:
        database.close()


def tell(served: Served, chat: str, content: Content, at: datetime = NOW) -> str:
    """Have the bot say something in a chat; return the message's id."""
    (sent,) = served.run(served.chat.send(content, [Recipient(chat, chat)], at))
    return str(sent.message)
