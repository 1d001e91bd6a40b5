"""Telegram's settings, mixed into those of the program."""

import re
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from bot.channels.telegram.limits import PER_SECOND


def _is_proxy(url: str) -> bool:
    """Say whether a URL names a proxy; a bare `/` in the password would end the host."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname and parts.port) and parts.path in ("", "/") and not (parts.query or parts.fragment)
    except ValueError:
        return False
    return whole and parts.scheme in ("http", "socks5") and not re.search(r"\s", url)


class TelegramSettings(BaseSettings):
    """The settings an operator may make for Telegram."""

    telegram_token: SecretStr = Field(SecretStr(""), description="The bot’s token from @BotFather; empty: no Telegram.")
    telegram_mode: str = Field(
        "polling", description="How updates come: polling, or webhook, for which Telegram has to reach PUBLIC_URL."
    )
    telegram_api_url: str = Field(
        "https://api.telegram.org/bot", description="The Bot API, your own server’s for instance: http://HOST:PORT/bot."
    )
    telegram_proxy: SecretStr = Field(
        SecretStr(""),
        description="A proxy to reach Telegram through: http://HOST:PORT or socks5://USER:PASSWORD@HOST:PORT.",
    )
    telegram_per_second: float = Field(
        PER_SECOND, ge=1, le=1000, description="Messages a second in all; up to 1000 where paid broadcasts are bought."
    )

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(
            r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}", value.get_secret_value()
        ):
            raise ValueError("telegram_token")
        return value

    @field_validator("telegram_mode")
    @classmethod
    def _mode(cls, value: str) -> str:
        if value not in ("polling", "webhook"):
            raise ValueError("telegram_mode")
        return value

    @field_validator("telegram_api_url")
    @classmethod
    def _api(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?/bot", value):
            raise ValueError("telegram_api")
        return value

    @field_validator("telegram_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _is_proxy(value.get_secret_value()):
            raise ValueError("telegram_proxy")
        return value

    @field_validator("public_url", check_fields=False)  # a field of the whole program's settings
    @classmethod
    def _reached(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("telegram_mode") == "webhook":
            raise ValueError("webhook")
        return value

    @property
    def telegram_bot(self) -> str | None:
        """Return the bot's number, with which its token begins; None if there is no bot."""
        return self.telegram_token.get_secret_value().partition(":")[0] or None
