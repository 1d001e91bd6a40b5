"""Return what the chat answers to what was done on a page, so that the page can show it."""

import re
from collections.abc import Sequence
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from markupsafe import Markup, escape
from sqlmodel import Session, col, select

from handlers.core import qr_codes
from handlers.core.context import Context
from handlers.dashboard.pages import Slip
from models.conversations import drafts, expected_input
from models.messaging import contents, enrolment_links
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.contents import Content
from models.organisation.people import Person

LOOKED_AT = 40  # a chat's newest messages
CODE = re.compile(r"^(.*) <code>([^<]+)</code>$", re.MULTILINE)  # of an invitation (organisation/invited.j2)
TAGS = ("b", "i", "u", "s", "code", "pre")


def standing(session: Session, address: Address) -> dict[int, int | None]:
    """Return what the newest messages of a chat say: the id of the content, by the message's own."""
    newest = (
        select(Card.id, Card.wanted_id)
        .where(Card.address_id == address.id)
        .order_by(col(Card.id).desc())
        .limit(LOOKED_AT)
    )
    return dict(session.exec(newest).all())


def since(session: Session, address: Address, before: dict[int, int | None]) -> dict[int, Content]:
    """Return the messages that are new or changed since they were as `before`, by their cards: first the new ones,
    because an older message that changed with them, a checklist say, is long; each the oldest first."""
    after = sorted(standing(session, address).items(), key=lambda it: (it[0] in before, it[0]))
    changed = {card: said for card, said in after if said is not None and before.get(card) != said}
    found = contents.contents(session, list(changed.values()))
    return {card: found[said] for card, said in changed.items()}


def slips(session: Session, heard: Sequence[Content]) -> list[list[Slip]]:
    """Return, for each message, the enrolment codes in it to be scanned. They are drawn from the message alone: whoever
    is not told a code does not see one."""
    return [
        [
            Slip(unescape(name), urlsplit(link).netloc, qr_codes.drawn(link))
            for name, code in CODE.findall(content.text)
            for link in enrolment_links.to(session, code)
            if str(escape(link)) in content.text
        ]
        for content in heard
    ]


def waits(context: Context, person: Person) -> bool:
    """Say whether the chat waits for words from this person."""
    session = context.session
    lasts = context.defaults.waits(expected_input.LASTS)
    if expected_input.current(session, person, context.now, lasts):
        return True
    form = drafts.active(session, person)
    return form is not None and (form.takes_answers or form.reason is None)


def as_html(content: Content) -> Markup:
    """Return a message's text for a page: of its markup what messages may have, and all else as text."""
    reader = _Marked()
    reader.feed(content.text)
    reader.close()
    reader.end()
    return Markup("").join(reader.parts)


class _Marked(HTMLParser):
    """Keeps the tags of Telegram's HTML subset that a page has a use for; links lead to web addresses only."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Markup] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and href.startswith(("https://", "http://")):
            self.parts.append(Markup('<a href="{}" rel="noreferrer">').format(href))
        elif tag in TAGS:
            self.parts.append(Markup(f"<{tag}>"))  # noqa: S704 (one of TAGS)
        else:
            return
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
            self.parts.append(Markup(f"</{tag}>"))  # noqa: S704 (one of TAGS, or a)

    def end(self) -> None:
        """Close what is still open, so that it marks nothing of the page around it."""
        while self._open:
            self.handle_endtag(self._open[-1])

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data))
