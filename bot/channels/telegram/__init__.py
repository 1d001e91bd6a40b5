"""Telegram, as the rest of the program knows it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.channels.package import Finding, Installed, Package, Services
from bot.channels.telegram.settings import TelegramSettings

if TYPE_CHECKING:
    from bot.channels.previews import Preview
    from handlers.core.rendering import Renderer
    from models.messaging.contents import Content


def _make(settings: TelegramSettings, services: Services) -> Installed | None:
    if not settings.telegram_bot:
        return None
    from bot.channels.telegram.channel import Telegram  # loaded where it is set up: it takes 17 MB
    from bot.channels.telegram.mini_app import door
    from bot.channels.telegram.webhook import telegram_hook

    made = Telegram(settings, services)
    way_in = door(settings.telegram_token.get_secret_value()) if services.public_url.startswith("https://") else None
    return Installed(made, made.close, [telegram_hook(made)], caught_up=lambda: made.caught_up, door=way_in)


def _checks(settings: TelegramSettings, public_url: str) -> Iterable[Finding]:
    if not settings.telegram_bot:
        return []
    from bot.channels.telegram.checks import look  # loaded where it is set up: it takes 17 MB

    return look(settings, public_url)


def _preview(content: "Content", words: "Renderer") -> "Preview":
    from bot.channels.previews import as_it_is  # loaded where somebody looks
    from bot.channels.telegram import text

    return as_it_is("telegram", content, text.split(content.text))


PACKAGE = Package(
    "telegram", TelegramSettings, lambda settings: settings.telegram_bot, _make, _checks,
    rate=lambda settings: settings.telegram_per_second if settings.telegram_bot else None, preview=_preview,
)  # fmt: skip
