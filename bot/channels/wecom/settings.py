"""WeCom's settings, mixed into those of the program."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from bot.channels.wecom.credentials import DEFAULT_URL, Access
from bot.loopback import is_loopback
from models.core.errors import Refusal


class WeComSettings(BaseSettings):
    """The settings an operator may make for WeCom."""

    wecom_corp_id: str = Field("", description="WeCom: the corp id; empty: no WeCom.")
    wecom_agent_id: str = Field("", description="WeCom: the app's AgentId.")
    wecom_secret: SecretStr = Field(SecretStr(""), description="WeCom: the app's Secret.")
    wecom_callback_token: SecretStr = Field(SecretStr(""), description="WeCom: the Token of the app's callback.")
    wecom_aes_key: SecretStr = Field(SecretStr(""), description="WeCom: the EncodingAESKey of the app's callback.")
    wecom_callback_window: int = Field(
        300, ge=30, le=86_400,
        description="WeCom: a callback signed so many seconds before or after now is refused.",
    )  # fmt: skip
    wecom_api_url: str = Field(DEFAULT_URL, description="WeCom: where its server is called.")

    @field_validator("wecom_api_url")
    @classmethod
    def _url(cls, value: str) -> str:
        parts = urlsplit(value)
        schemes = ("http", "https") if is_loopback(value) else ("https",)
        if value and not (parts.hostname and parts.scheme in schemes):
            raise ValueError("wecom_api")
        return value.rstrip("/")

    @property
    def wecom(self) -> Access | None:
        """Return what is known of the WeCom app, complete or not; None if there is none."""
        access = Access(
            self.wecom_corp_id, self.wecom_agent_id, self.wecom_secret.get_secret_value(),
            self.wecom_callback_token.get_secret_value(), self.wecom_aes_key.get_secret_value(), self.wecom_api_url,
            self.wecom_callback_window,
        )  # fmt: skip
        return access if access != Access(url=access.url, window=access.window) else None

    def ready_wecom(self) -> Access | None:
        """Return the complete access, or None without an app; raise `settings.…` with what is missing or wrong."""
        access = self.wecom
        for name in access.missing if access else []:
            raise Refusal("settings.wecom_missing", name=name)
        if access and not access.has_aes_key:
            raise Refusal("settings.wecom_key", name="WECOM_AES_KEY")
        return access
