"""WeCom, as the rest of the program knows it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.channels.package import Finding, Installed, Package, Services
from bot.channels.wecom.settings import WeComSettings

if TYPE_CHECKING:
    from bot.channels.previews import Preview
    from handlers.core.rendering import Renderer
    from models.messaging.contents import Content


def _bot(settings: WeComSettings) -> str | None:
    return settings.wecom.app if settings.wecom else None


def _make(settings: WeComSettings, services: Services) -> Installed | None:
    access = settings.ready_wecom()
    if access is None:
        return None
    from bot.channels.wecom import callback, oauth  # loaded where it is set up: it takes 8 MB
    from bot.channels.wecom.channel import WeCom

    made = WeCom(access, services.database, services.worker, services.locale, services.draw, services.public_url)
    made.inbox.alive = services.alive
    if made.profile.real:  # the clock of a server on this machine is this machine's
        made.api.hear = services.outside.hear
    return Installed(
        made,
        made.close,
        [callback.route(made)],
        begin=lambda: made.catch_up(services.desk),
        door=oauth.door(made.api) if services.public_url else None,
    )


def _checks(settings: WeComSettings, public_url: str) -> Iterable[Finding]:
    if settings.wecom is None:
        return []
    from bot.channels.wecom.checks import verify  # loaded where it is set up: it takes 8 MB

    return verify(settings.wecom, public_url)


def _preview(content: "Content", words: "Renderer") -> "Preview":
    """Return the card, or the numbered text where a card has no room."""
    from markupsafe import escape  # all of it loaded where somebody looks

    from bot.channels.previews import Preview
    from bot.channels.wecom import button_cards
    from bot.channels.wecom.content import menu, text_messages

    card = button_cards.card(content, "preview") if content.buttons else None
    if card is None:
        texts = [message["text"]["content"] for message in text_messages(menu(content, words))]
        return Preview("wecom", [escape(it) for it in texts])
    rows = [[button["text"]] for button in card["button_list"]]
    return Preview("wecom", [escape(card.get("sub_title_text", ""))], rows, card["main_title"]["title"], card=True)


PACKAGE = Package("wecom", WeComSettings, _bot, _make, _checks, preview=_preview)
