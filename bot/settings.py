"""Every setting, once: from the environment or `.env`. `.env.example` is tested to equal this."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.channels.wecom_access import DEFAULT_URL, Access
from handlers.turn import House
from handlers.words import LOCALES
from models.calendars import parse_time, zone
from models.errors import Refusal


class Settings(BaseSettings):
    """What an operator may set. A secret may stand in a file instead: X_FILE names it."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr = Field(
        SecretStr("sqlite:///zeroreport.db"),
        description="Where everything is kept: sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on. The browser chat takes loopback only.")
    port: int = Field(8086, ge=0, le=65535, description="The port to listen on; 0 takes any free one.")
    default_locale: str = Field("zh_CN", description="The language of groups and of people without one: zh_CN or en.")
    default_timezone: str = Field("Asia/Shanghai", description="The time zone of assignments that name none.")
    backup_dir: str = Field("backups", description="The folder of the nightly backups (SQLite).")
    backup_keep: int = Field(14, ge=1, le=3650, description="How many nightly backups are kept.")
    report_at: str = Field("20:00", description="When the admins get the bot's own report, in DEFAULT_TIMEZONE.")
    heartbeat_url: SecretStr = Field(
        SecretStr(""),
        description="Fetched each minute while the clock ticks (healthchecks and the like); empty: none.",
    )
    public_url: str = Field(
        "",
        description="The https address under which this program is reached from outside; "
        "webhooks and upload links need it.",
    )
    wecom_corp_id: str = Field("", description="WeCom: the corp id; empty: no WeCom.")
    wecom_agent_id: str = Field("", description="WeCom: the app's AgentId.")
    wecom_secret: SecretStr = Field(SecretStr(""), description="WeCom: the app's Secret.")
    wecom_callback_token: SecretStr = Field(SecretStr(""), description="WeCom: the Token of the app's callback.")
    wecom_aes_key: SecretStr = Field(SecretStr(""), description="WeCom: the EncodingAESKey of the app's callback.")
    wecom_api_url: str = Field(DEFAULT_URL, description="WeCom: where its server is called.")
    log_level: str = Field("WARNING", description="How much is logged to stderr: DEBUG, INFO, WARNING or ERROR.")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        try:
            url = make_url(value.get_secret_value())
        except (ArgumentError, ValueError):
            url = None
        if url and url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
            return value
        if url and url.get_backend_name() == "postgresql":
            return value
        raise ValueError("write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")

    @field_validator("report_at")
    @classmethod
    def _time(cls, value: str) -> str:
        try:
            return str(parse_time(value))
        except Refusal:
            raise ValueError("write HH:MM") from None

    @field_validator("default_locale")
    @classmethod
    def _locale(cls, value: str) -> str:
        if value not in LOCALES:
            raise ValueError(f"one of {', '.join(LOCALES)}")
        return value

    @field_validator("default_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            zone(value)
        except Refusal:
            raise ValueError("no such time zone, write one like Asia/Shanghai") from None
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("public_url", "wecom_api_url")
    @classmethod
    def _url(cls, value: str) -> str:
        parts = urlsplit(value)
        near = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if value and not (parts.hostname and parts.scheme in (("http", "https") if near else ("https",))):
            raise ValueError("write https://HOST")
        return value.rstrip("/")

    @property
    def wecom(self) -> Access | None:
        """What is known of the WeCom app, all of it or a part; None where there is none."""
        access = Access(
            self.wecom_corp_id, self.wecom_agent_id, self.wecom_secret.get_secret_value(),
            self.wecom_callback_token.get_secret_value(), self.wecom_aes_key.get_secret_value(), self.wecom_api_url,
        )  # fmt: skip
        return access if access != Access(url=self.wecom_api_url) else None

    def ready_wecom(self) -> Access | None:
        """The same, whole; Refusal `cli.setting` names what is missing or wrong."""
        access = self.wecom
        for name in access.missing if access else []:
            raise Refusal("cli.setting", name=name, reason="WeCom needs it")
        if access and not access.has_aes_key:
            raise Refusal("cli.setting", name="WECOM_AES_KEY", reason="43 letters and digits")
        return access

    @property
    def house(self) -> House:
        return House(self.default_locale, self.default_timezone, self.report_at, self.public_url)


def load(**given: Any) -> Settings:
    """The settings; Refusal `cli.setting` names the first wrong one, never its value if it is a secret."""
    known = dotenv_values(".env") | os.environ
    for name, field in Settings.model_fields.items():
        path = known.get(f"{name.upper()}_FILE")
        if field.annotation is SecretStr and path and name not in given:
            try:
                given[name] = Path(path).read_text().strip()
            except OSError as error:
                raise Refusal("cli.setting", name=f"{name.upper()}_FILE", reason=error.strerror) from None
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = str(first["loc"][0]).upper()
        raise Refusal("cli.setting", name=name, reason=first["msg"].removeprefix("Value error, ")) from None
