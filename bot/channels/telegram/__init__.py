"""Telegram, as the rest of the program knows it."""

from collections.abc import Iterable

from bot.channels.package import Finding, Installed, Package, Services
from bot.channels.telegram.settings import TelegramSettings


def _make(settings: TelegramSettings, services: Services) -> Installed | None:
    if not settings.telegram_bot:
        return None
    from bot.channels.telegram.channel import Telegram  # loaded where it is set up: it takes 17 MB
    from bot.channels.telegram.webhook import telegram_hook

    made = Telegram(settings, services)
    return Installed(made, made.close, [telegram_hook(made)], caught_up=lambda: made.caught_up)


def _checks(settings: TelegramSettings, public_url: str) -> Iterable[Finding]:
    if not settings.telegram_bot:
        return []
    from bot.channels.telegram.checks import look  # loaded where it is set up: it takes 17 MB

    return look(settings, public_url)


PACKAGE = Package(
    "telegram", TelegramSettings, lambda settings: settings.telegram_bot, _make, _checks,
    rate=lambda settings: settings.telegram_per_second if settings.telegram_bot else None,
)  # fmt: skip
